public import Delivery
import Threads

/// What the rest of the process may know of a running service; safe to read from any thread.
public final class RelayStatus: Sendable {
    private let state = Lock(State())

    private struct State {
        var account = Account()
        var hold: HoldReason?
        var sinkTrouble: String?
        var missingSink: String?
    }

    /// Creates the status of a service that has not begun.
    public init() {}

    /// The account, at most a quarter of a second old.
    public var account: Account { state.withLock { $0.account } }

    /// Why nothing is sent; nil while something is.
    public var hold: HoldReason? { state.withLock { $0.hold } }

    /// Why dead letters cannot be stored; nil while they can.
    public var sinkTrouble: String? { state.withLock { $0.missingSink ?? $0.sinkTrouble } }

    func publish(account: Account, hold: HoldReason?) {
        state.withLock {
            $0.account = account
            $0.hold = hold
        }
    }

    /// What the check at start found; nil once the sink is there.
    func setMissingSink(_ trouble: String?) { state.withLock { $0.missingSink = trouble } }

    func setSinkTrouble(_ trouble: String?) { state.withLock { $0.sinkTrouble = trouble } }
}

/// How a service has ended.
public struct RelayOutcome: Sendable {
    /// What became of the records read.
    public let account: Account
    /// The error that ended it, if one did.
    public let failure: String?
    /// Why nothing was sent at the end, if nothing was.
    public let hold: HoldReason?

    /// The process's exit code: 0 done, 1 failed, 75 a call was abandoned, 77 stopped while held for 401 or 403.
    public var exitCode: Int32 {
        if failure != nil { return 1 }
        if hold?.kind == .unauthorized || hold?.kind == .forbidden { return 77 }
        return account.abandonedCalls > 0 ? 75 : 0
    }
}

extension HoldReason {
    /// What came back and what to change.
    public var text: String { "\(problem): \(advice)" }

    /// What came back.
    var problem: String {
        switch kind {
        case .unauthorized: "Batch answered \(detail): the REST API key is wrong, or not for this project"
        case .forbidden: "Batch answered \(detail): this account or project may not make this call"
        case .unknownRoute: "Batch answered \(detail): no such route"
        case .connectionSetup: "no connection to Batch: \(detail)"
        case .everythingInvalid: "\(detail): not one record's fault"
        case .deadLetterShare: detail
        case .binaryTopic: "\(detail): looks like Avro or Protobuf of a schema registry"
        }
    }

    /// What to change.
    var advice: String {
        switch kind {
        case .unauthorized: "correct the key file (it is read again by itself) or batch.project_key"
        case .forbidden: "correct batch.project_key, or ask Batch to allow the API for this project"
        case .unknownRoute: "correct batch.base_url or batch.api_version"
        case .connectionSetup: "correct batch.base_url, batch.ca_file or this machine's DNS"
        case .everythingInvalid:
            "check batch.api_version and the mapping with `batchrelay send`; where only these records are at fault, "
                + "each POST /release (or SIGHUP) makes a dead letter of one"
        case .deadLetterShare:
            "mend the mapping, or raise dead_letter.max_share, then reload (SIGHUP), or POST /release to the admin page"
        case .binaryTopic:
            "write JSON to the topic, or take it out of kafka.topics; to make dead letters of these records, reload (SIGHUP)"
        }
    }
}
