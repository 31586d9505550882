import DefaultMapping
import BatchAPI
import Delivery
import JSONDocument

/// An answer in words: what came back and what to change.
struct SendWords {
    let status: Int?
    let text: String
    /// What this call alone would end the process with.
    let exitCode: Int32

    init(_ outcome: CallOutcome, _ endpoint: BatchEndpoint) {
        switch outcome {
        case .answered(let answer): self.init(answer, endpoint)
        case .noAnswer(let detail):
            self.init(
                nil,
                "no answer, so that Batch may have applied it or not: \(detail); batch.timeout says how long it waits",
                exitCode: 75
            )
        case .notConnected(let detail), .misconfigured(let detail):
            self.init(nil, "nothing was sent: \(detail); batch.base_url is '\(endpoint.baseURL)'", exitCode: 1)
        case .notWritten: self.init(nil, "nothing was sent", exitCode: 1)
        }
    }

    private init(_ answer: BatchAnswer, _ endpoint: BatchEndpoint) {
        switch answer {
        case .accepted(let errors, let unread, let isReadable):
            let count = errors.count + unread
            let text =
                isReadable
                ? (count == 0 ? "accepted" : "accepted, but for \(count) \(count == 1 ? "field" : "fields")")
                : "accepted, with an answer that cannot be read, so that refused fields would not show"
            self.init(202, text, exitCode: isReadable && count == 0 ? 0 : 1)
        case .rateLimited(let wait):
            let seconds = wait.map { "\(max(1, $0 / 1_000_000_000)) s" } ?? "some seconds"
            self.init(
                429,
                "the project's updates a second are used up, by a running service perhaps; nothing of it was applied: "
                    + "wait \(seconds) and send again",
                exitCode: 1
            )
        case .transient(let status, let code):
            self.init(
                status,
                "\(code ?? "no answer of Batch's"): Batch cannot take it now and may have applied it or not: send again later",
                exitCode: 75
            )
        case .setup(let status, let code): self.init(setup: status, code, endpoint)
        case .invalid(let status, let code, let message):
            let why = [code, message].compactMap { $0 }.joined(separator: ": ")
            self.init(status, "\(why.isEmpty ? "refused" : why); nothing of it was applied", exitCode: 1)
        }
    }

    private init(setup status: Int, _ code: String?, _ endpoint: BatchEndpoint) {
        let code = code ?? "no code of Batch's"
        switch status {
        case 401:
            self.init(
                status,
                "\(code): the REST API key is wrong, or not for the project '\(endpoint.projectKey)': correct the key "
                    + "(it is the company's REST API key, not an app's Dev or Live key) or batch.project_key",
                exitCode: 77
            )
        case 403:
            self.init(
                status,
                "\(code): this account may not write to the project '\(endpoint.projectKey)': ask Batch to allow it, or "
                    + "correct batch.project_key",
                exitCode: 77
            )
        case 404:
            self.init(
                status,
                "\(code): no such route or project at \(endpoint.url(of: .profilesUpdate)): correct "
                    + "batch.base_url ('\(endpoint.baseURL)'), batch.api_version "
                    + "('\(endpoint.version)') or batch.project_key ('\(endpoint.projectKey)')",
                exitCode: 1
            )
        default:
            self.init(
                status,
                "\(code): something between here and Batch has answered: check batch.base_url and the proxy of the "
                    + "environment",
                exitCode: 1
            )
        }
    }

    private init(_ status: Int?, _ text: String, exitCode: Int32) {
        self.status = status
        self.text = text
        self.exitCode = exitCode
    }
}

extension SendReport {
    /// What became of a message, as a code and in words.
    private func outcome(_ place: Int) -> (code: String, text: String) {
        let result = plan.messages[place].result
        let message = messages[place]
        if let cause = result.deadLetter {
            let field = cause.attribute.map { " (\($0))" } ?? ""
            return ("dead_letter", "not sent, it would be a dead letter: \(cause.reason)\(field): \(cause.detail)")
        }
        if let reason = result.filteredReason {
            let words = MessageExplanation.words(filtered: reason)
            return ("filtered", "not sent, it is not for Batch: \(reason): \(words)")
        }
        let call = message.call.map { calls[$0] }
        let status = call?.status.map { "\($0)" } ?? "no answer"
        let place = "see call \((message.call ?? 0) + 1) below"
        switch message.end {
        case .accepted where message.refused.isEmpty: return ("accepted", "accepted")
        case .accepted: return ("accepted_in_part", "accepted, but for what is named here")
        case .refused: return ("refused", "refused by Batch: \(status) \(call?.text ?? "")")
        case .notAccepted: return ("not_accepted", "not accepted: \(status), \(place)")
        case .unknown: return ("unknown", "nobody knows whether Batch took it: \(status), \(place)")
        case .notSent, nil: return ("not_sent", "not sent, or not all of it, since a call before it failed")
        }
    }

    /// A line for each message, what of it did not go, and a line for each call.
    public var text: String {
        var lines: [String] = []
        for (place, message) in plan.messages.enumerated() {
            lines.append("line \(message.line): \(outcome(place).text)")
            for refused in messages[place].refused {
                let what = refused.attribute ?? "something of this user"
                lines.append("    Batch refused \(what) (\(refused.category)): \(refused.reason)")
            }
            if let note = message.note { lines.append("    \(note)") }
            for field in message.result.leftOut {
                let words = MappingReason(rawValue: field.reason).map { ": \($0.explanation)" } ?? ""
                lines.append("    left out \(field.path): \(field.reason)\(words)")
            }
        }
        guard !calls.isEmpty else { return (lines + ["", "nothing was sent"]).joined(separator: "\n") }
        lines.append("")
        for (place, call) in calls.enumerated() {
            let updates = "\(call.updateCount) \(call.updateCount == 1 ? "update" : "updates")"
            let status = call.status.map { "\($0) " } ?? ""
            lines.append("call \(place + 1): \(updates), \(call.milliseconds) ms: \(status)\(call.text)")
        }
        return lines.joined(separator: "\n")
    }

    /// The same as one JSON object with `version: 1`.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("version", 1)
        writer.member("base_url", endpoint.baseURL)
        writer.member("project_key", endpoint.projectKey)
        writer.name("messages")
        writer.beginArray()
        for place in plan.messages.indices { write(message: place, to: &writer) }
        writer.endArray()
        writer.name("calls")
        writer.beginArray()
        for call in calls {
            writer.beginObject()
            writer.member("updates", call.updateCount)
            writer.member("status", call.status)
            writer.member("detail", call.text)
            writer.member("duration_ms", call.milliseconds)
            writer.endObject()
        }
        writer.endArray()
        writer.member("exit_code", exitCode)
        writer.endObject()
        return writer.bytes
    }

    private func write(message place: Int, to writer: inout JSONWriter) {
        let outcome = outcome(place)
        let message = plan.messages[place]
        writer.beginObject()
        writer.member("line", message.line)
        writer.member("outcome", outcome.code)
        writer.member("detail", outcome.text)
        writer.member("note", message.note)
        writer.name("refused")
        writer.beginArray()
        for refused in messages[place].refused {
            writer.beginObject()
            writer.member("attribute", refused.attribute)
            writer.member("category", refused.category)
            writer.member("reason", refused.reason)
            writer.endObject()
        }
        writer.endArray()
        writer.name("left_out")
        writer.beginArray()
        for field in message.result.leftOut {
            writer.beginObject()
            writer.member("path", field.path)
            writer.member("reason", field.reason)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}
