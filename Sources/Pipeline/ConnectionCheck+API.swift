import BatchAPI
import Delivery
import HTTPTransport
import JSONDocument
import Threads

extension ConnectionCheck {
    /// Makes the read-only call that needs key and project, and compares the clocks by its answer.
    ///
    /// Batch allows one such call a second; a check makes one.
    func checkAPI(_ report: (CheckResult) -> Void) {
        let key: RestKeyReader
        let http: HTTPClient
        do {
            key = try RestKeyReader(endpoint: options.endpoint)
            http = try options.endpoint.makeClient(connections: 1)
        } catch {
            report(CheckResult("api", .failed, "\(error)"))
            return report(CheckResult("clock", .skipped, "not looked at, since Batch was not asked"))
        }
        let url = options.endpoint.url(of: .audiencesList) + "?limit=1"
        let start = Clocks.wallMilliseconds
        http.start(HTTPRequest(method: .get, url: url, headers: key.headers), id: 1)
        var completion: HTTPCompletion?
        // Every request ends by itself, at its timeout at the latest.
        while completion == nil { completion = http.poll(timeout: .milliseconds(100)).first }
        let middle = (start + Clocks.wallMilliseconds) / 2
        switch completion?.result {
        case .success(let response):
            report(
                Self.explain(
                    status: response.status,
                    body: response.body,
                    call: "GET \(url)",
                    hint: key.hint
                )
            )
            report(Self.compareClocks(date: response.header("Date"), own: middle))
        case .failure(let error):
            report(CheckResult("api", .failed, error.description))
            report(CheckResult("clock", .skipped, "not looked at, since Batch did not answer"))
        case nil: break
        }
    }

    /// What an answer to the read-only call means.
    ///
    /// - Parameters:
    ///   - status: the HTTP status.
    ///   - body: the answer's body, foreign.
    ///   - call: the call, for the text.
    ///   - hint: what the key seems to be, if not a REST API key.
    /// - Returns: a line of the subject `api`.
    static func explain(status: Int, body: [UInt8], call: String, hint: String?) -> CheckResult {
        if status == 200 {
            guard isAudienceList(body) else {
                return CheckResult(
                    "api",
                    .failed,
                    "\(call): answered 200 with something that is not Batch's: a proxy or another server",
                    advice: "correct batch.base_url"
                )
            }
            return CheckResult("api", .passed, "\(call): 200, so that key and project are accepted")
        }
        switch BatchAnswer.read(status: status, retryAfter: nil, body: body, nowWallMilliseconds: 0) {
        case .setup(let status, let code):
            let detail = code.map { "\(status) \($0)" } ?? "\(status)"
            guard let kind = HoldReason.Kind(status: status) else {
                let text = "\(call): answered \(detail), as a proxy does"
                return CheckResult("api", .failed, text, advice: "correct batch.base_url or the proxy's settings")
            }
            let reason = HoldReason(kind: kind, detail: detail)
            let advice = kind == .unauthorized ? hint ?? reason.advice : reason.advice
            return CheckResult("api", .failed, "\(call): \(reason.problem)", advice: advice)
        case .rateLimited:
            return CheckResult(
                "api",
                .warned,
                "\(call): answered \(status): somebody else uses this project's one such call a second",
                advice: "check again in a few seconds"
            )
        case .transient, .accepted:
            let text = "\(call): answered \(status): Batch, or a proxy, has trouble of its own"
            return CheckResult(
                "api",
                .failed,
                text,
                advice: "check again later; `run` would try for as long as it takes"
            )
        case .invalid(_, let code, _):
            let text = "\(call): answered \(status) \(code ?? "")"
            return CheckResult("api", .failed, text, advice: "check batch.api_version")
        }
    }

    private static let audiences: JSONName = "audiences"

    private static func isAudienceList(_ body: [UInt8]) -> Bool {
        var tape = JSONTape()
        let text = body.span
        guard (try? tape.parse(text)) != nil, tape.kind(of: tape.root) == .object else { return false }
        return tape.member(audiences, of: tape.root, in: text) != nil
    }

    /// Compares the header `Date`, which counts whole seconds, with this machine's clock.
    ///
    /// - Parameters:
    ///   - date: the header's value, foreign.
    ///   - own: milliseconds since 1970 in the middle of the call.
    /// - Returns: a line of the subject `clock`.
    static func compareClocks(date: String?, own: Int64) -> CheckResult {
        guard let date, let server = HTTPDate.milliseconds(date) else {
            return CheckResult("clock", .warned, "the answer has no readable Date to compare this machine's clock with")
        }
        // The clocks of both show the same when the server's second is half over, on average.
        let skew = own - server - 500
        guard abs(skew) > largestSkewMilliseconds else {
            return CheckResult("clock", .passed, "this machine's clock agrees with Batch's")
        }
        let seconds = (abs(skew) + 500) / 1_000
        return CheckResult(
            "clock",
            .warned,
            "this machine's clock is \(seconds) s \(skew > 0 ? "ahead of" : "behind") Batch's",
            advice: "set it by NTP: Batch refuses events of the future, and those older than 24 hours"
        )
    }

    private static let largestSkewMilliseconds: Int64 = 5_000
}

extension HoldReason.Kind {
    /// The hold that a status means; nil for one that is no answer of Batch.
    init?(status: Int) {
        switch status {
        case 401: self = .unauthorized
        case 403: self = .forbidden
        case 404: self = .unknownRoute
        default: return nil
        }
    }
}
