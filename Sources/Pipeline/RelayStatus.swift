public import Delivery
import Threads

/// What the rest of the process may know of a running service; safe to read from any thread.
public final class RelayStatus: Sendable {
    private let state = Lock(State())

    private struct State {
        var account = Account()
        var hold: HoldReason?
        var sinkTrouble: String?
    }

    /// Creates the status of a service that has not begun.
    public init() {}

    /// The account, at most a quarter of a second old.
    public var account: Account { state.withLock { $0.account } }

    /// Why nothing is sent; nil while something is.
    public var hold: HoldReason? { state.withLock { $0.hold } }

    /// Why dead letters cannot be stored; nil while they can.
    public var sinkTrouble: String? { state.withLock { $0.sinkTrouble } }

    func publish(account: Account, hold: HoldReason?) {
        state.withLock {
            $0.account = account
            $0.hold = hold
        }
    }

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
    public var text: String {
        switch kind {
        case .unauthorized:
            "Batch answered \(detail): the REST API key is wrong, or not for this project; correct the key file "
                + "(it is read again by itself) or batch.project_key"
        case .forbidden:
            "Batch answered \(detail): this account may not write profiles; ask Batch to allow it"
        case .unknownRoute:
            "Batch answered \(detail): no such route; correct batch.base_url or batch.api_version"
        case .connectionSetup: "no connection to Batch: \(detail)"
        case .everythingInvalid:
            "\(detail): not one record's fault; check batch.api_version and the mapping with `batchrelay send`"
        case .deadLetterShare:
            "\(detail): mend the mapping, or raise dead_letter.max_share, then reload (SIGHUP)"
        }
    }
}
