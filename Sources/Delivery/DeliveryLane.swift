/// The users of a failed call, which are sent again together so that a bad one among them can be found by halving.
struct RetryGroup: Sendable {
    var users: [UserReference]
    /// Not before this time.
    var notBefore: Int64
    /// Calls of these users that have failed in a row.
    var failures: Int
    /// When the first of them failed.
    var firstFailure: Int64
    /// Whether a smaller part of a call that kept failing: it is halved at each further failure.
    var isSuspect = false
    /// The most records of its only user that a call may carry, while a refused operation is taken apart.
    var recordLimit: Int?
    /// Times in a row that its only operation, of one record, was refused.
    var refusals = 0
    /// Whether a call with its only operation has failed.
    var hasFailedAlone = false
    /// When the first of the refusals came.
    var firstRefusal = Int64.min
    /// When the call before failed; nothing else is known of a group that has not failed yet.
    var lastFailure = Int64.min
    /// While the operation of one user is taken apart: the sequence of the last of its records. Up to it the user goes alone,
    /// so that what is bad among the rest fails no other user's update, and does not wait anew.
    var suspectEnd: UInt64?
    /// What Batch said last.
    var lastAnswer: Refusal?
}

/// What Batch said when it refused a call.
struct Refusal: Sendable, Hashable {
    let status: Int
    let body: String
}

/// One user's update in a call.
struct CallOperation: Sendable {
    let user: UserReference
    /// Parts at the front of the user's list that it carries whole.
    let whole: Int
    /// Events of the part after those that it carries too; 0 for none.
    let partialEvents: Int
    /// Whether the stretch is delivered with it.
    let isLast: Bool

    var taken: Int { whole + (partialEvents > 0 ? 1 : 0) }
}

/// A call that has been written and not answered.
struct CallInFlight: Sendable {
    let id: CallID
    let lane: Int
    let operations: [CallOperation]
    /// The group it came from, if it is a retry.
    var group: RetryGroup?
    let sentAt: Int64
}

/// One destination with its bucket, its users and its health.
struct DeliveryLane: Sendable {
    let settings: DestinationSettings
    let nameHash: UInt32
    /// The linger in nanoseconds.
    let linger: Int64
    var bucket: TokenBucket
    var ready = ReadyQueue()
    var retries: [RetryGroup] = []
    var callsInFlight = 0
    /// Nothing is sent before this time (429, or everything fails).
    var waitUntil: Int64 = Int64.min
    /// Calls that failed in a row, whoever they carried, without one that was accepted in between.
    var failuresInARow = 0
    /// Whether users that are ready go before the retries that are due.
    var isTurnOfReady = false
    var hold: HoldReason?
    var outage = OutageGuard()
    var lastAccepted: Int64 = Int64.min
    /// Whether one refusal has been believed by repetition since the last accepted operation.
    var hasBelievedRepetition = false

    /// How many calls may be in flight now: one while the lane is held, or while nothing succeeds.
    var callLimit: Int { hold != nil || failuresInARow >= 3 ? 1 : settings.callsInFlight }

    /// The place of the first retry group that is due.
    func dueRetry(now: Int64) -> Int? { retries.firstIndex { $0.notBefore <= now } }
}
