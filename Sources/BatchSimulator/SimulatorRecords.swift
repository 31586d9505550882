/// One operation that was applied, as received. Refers to the call's body and does not copy it.
struct AppliedOperation: Sendable {
    /// From 1, in order of application.
    let sequence: Int
    let call: Int
    let wallMilliseconds: Int64
    let customID: ByteText
    let body: [UInt8]
    let attributes: Range<Int>?
    let events: Range<Int>?
    /// Partial errors of this operation.
    let refusedCount: Int
}

/// One call of Batch's routes.
struct RequestRecord: Sendable {
    let call: Int
    let wallMilliseconds: Int64
    let route: String
    /// The status decided; 0 for a reset or no answer at all.
    let status: Int
    let outcome: String
    let operationCount: Int
    let isApplied: Bool
    let latencyMilliseconds: Int
    /// The rule that refused the whole call.
    let rule: SimulatorRule?
    let customIDs: [ByteText]
}

/// Sums since the start or the last reset.
struct SimulatorStatistics: Sendable, Equatable {
    var callCount = 0
    var statusCounts: [Int: Int] = [:]
    var resetCount = 0
    var silenceCount = 0
    var appliedOperationCount = 0
    var appliedEventCount = 0
    var partialErrorCount = 0
    /// Operations of calls that the rate limit refused.
    var refusedTokenCount = 0
    var rateLimitedCallCount = 0
    var ruleCounts: [SimulatorRule: Int] = [:]
    var firstCallMilliseconds: Int64?
    var lastAnswerMilliseconds: Int64?
    /// Calls for a Custom ID while another call for it was not answered yet.
    var concurrentUserBreachCount = 0
    /// Operations on a Custom ID that stands earlier in the same call.
    var repeatedUserBreachCount = 0
    var largestInFlightCount = 0
    var largestCallOperationCount = 0
    var receivedBodyBytes = 0
}
