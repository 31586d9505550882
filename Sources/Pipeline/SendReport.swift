import BatchAPI
import Delivery
import HTTPTransport
import Threads

/// What became of the messages of a ``SendPlan``, one by one.
public struct SendReport: Sendable {
    /// What became of an update, the worst one last.
    enum End: Int, Sendable, Comparable {
        case accepted, notSent, notAccepted, refused, unknown

        static func < (one: End, other: End) -> Bool { one.rawValue < other.rawValue }
    }

    /// What Batch said about a message.
    struct MessageEnd: Sendable {
        /// Nil for a message of which nothing was to be sent.
        var end: End?
        /// Fields that Batch refused in an accepted update.
        var refused: [PartialError] = []
        /// Which of the calls explains the end, by its place.
        var call: Int?
    }

    /// One call and its answer.
    struct CallEnd: Sendable {
        let updateCount: Int
        let milliseconds: Int
        let status: Int?
        let text: String
        let exitCode: Int32
    }

    let plan: SendPlan
    let endpoint: BatchEndpoint
    private(set) var messages: [MessageEnd]
    private(set) var calls: [CallEnd] = []

    /// Sends a plan's calls, one after the other, and stops at the first that Batch does not take for a reason that is not
    /// in the messages. Blocks the calling thread, at most `batch.timeout` a call. Nothing is tried again.
    ///
    /// - Parameters:
    ///   - plan: what to send.
    ///   - endpoint: where to.
    /// - Throws: ``RelayError`` if the key or the file of authorities cannot be used; nothing was sent then.
    public init(sending plan: SendPlan, to endpoint: BatchEndpoint) throws(RelayError) {
        let caller = try BatchCaller(endpoint: endpoint)
        self.init(plan, endpoint) { caller.post($0, to: .profilesUpdate) }
    }

    /// As the public one, with any way to make a call.
    init(_ plan: SendPlan, _ endpoint: BatchEndpoint, _ post: ([UInt8]) -> CallOutcome) {
        self.plan = plan
        self.endpoint = endpoint
        messages = plan.messages.map { _ in MessageEnd() }
        var waiting = plan.calls[...]
        var isStopped = false
        while let call = waiting.popFirst() {
            guard !isStopped else {
                mark(call, .notSent)
                continue
            }
            let start = Clocks.bootNanoseconds
            let outcome = post(call.body)
            let words = SendWords(outcome, endpoint)
            calls.append(
                CallEnd(
                    updateCount: call.updates.count,
                    milliseconds: Int((Clocks.bootNanoseconds - start) / 1_000_000),
                    status: words.status,
                    text: words.text,
                    exitCode: words.exitCode
                )
            )
            switch outcome {
            case .answered(.accepted(let errors, _, _)):
                mark(call, .accepted)
                for error in errors { note(error, in: call) }
            case .answered(.invalid) where call.updates.count > 1:
                // Refused as a whole, so nothing of it was applied: each update by itself shows which was at fault.
                waiting = (plan.apart(call) + waiting)[...]
            case .answered(.invalid): mark(call, .refused)
            case .answered(.rateLimited), .answered(.setup), .notConnected, .misconfigured, .notWritten:
                mark(call, .notAccepted)
                isStopped = true
            case .answered(.transient), .noAnswer:
                mark(call, .unknown)
                isStopped = true
            }
        }
    }

    private mutating func mark(_ call: SendPlan.Call, _ end: End) {
        for update in call.updates {
            for message in plan.stretches[plan.updates[update].stretch].messages
            where messages[message].end.map({ $0 < end }) ?? true {
                messages[message].end = end
                messages[message].call = calls.indices.last
            }
        }
    }

    private mutating func note(_ error: PartialError, in call: SendPlan.Call) {
        for message in plan.messages(of: error, in: call) {
            messages[message].refused.append(error)
        }
    }

    /// 0: every message was taken whole or is not for Batch; 1: not so; 75: a call had no answer, so that nobody knows whether
    /// Batch has applied it; 77: Batch answered 401 or 403.
    public var exitCode: Int32 {
        // Calls that were taken apart are explained by those after them.
        if let code = calls.last(where: { $0.exitCode > 1 })?.exitCode { return code }
        let areWhole = zip(plan.messages, messages).allSatisfy { message, end in
            message.result.deadLetter == nil && (end.end ?? .accepted) == .accepted
        }
        // An accepted call may have refused fields that belong to no known message.
        return areWhole && !calls.contains { $0.status == 202 && $0.exitCode != 0 } ? 0 : 1
    }
}

/// Makes one call to Batch at a time and waits for its answer. One thread owns it.
struct BatchCaller {
    private let endpoint: BatchEndpoint
    private let key: RestKeyReader
    private let client: HTTPClient

    init(endpoint: BatchEndpoint) throws(RelayError) {
        self.endpoint = endpoint
        key = try RestKeyReader(endpoint: endpoint)
        client = try endpoint.makeClient(connections: 1)
    }

    func post(_ body: [UInt8], to route: BatchRoute) -> CallOutcome {
        client.start(HTTPRequest(method: .post, url: endpoint.url(of: route), headers: key.headers, body: body), id: 1)
        while true {
            // The client's own time-out ends this.
            guard let completion = client.poll(timeout: .seconds(1)).first else { continue }
            switch completion.result {
            case .success(let response):
                return .answered(BatchAnswer.read(response, nowWallMilliseconds: Clocks.wallMilliseconds))
            case .failure(let error): return CallOutcome(error)
            }
        }
    }
}
