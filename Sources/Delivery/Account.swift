/// What has become of the records read: `consumed = delivered + filtered + deadLettered + released + alreadySettled + pending`.
public struct Account: Sendable, Hashable {
    /// Records taken in.
    public internal(set) var consumed = 0
    /// Records that Batch has acknowledged.
    public internal(set) var delivered = 0
    /// Records that are not for Batch.
    public internal(set) var filtered = 0
    /// Records stored as dead letters.
    public internal(set) var deadLettered = 0
    /// Records given back unsent at a revoke, a loss or the stop.
    public internal(set) var released = 0
    /// Records that an earlier run had settled, as the commit metadata says.
    public internal(set) var alreadySettled = 0
    /// Records read and not settled yet.
    public internal(set) var pending = 0

    /// Messages that repeated another one in the window; counted in `filtered`.
    public internal(set) var repeats = 0
    /// Events left out or sent without time since they were too old when read.
    public internal(set) var lateEvents = 0
    /// Events that grew too old while waiting.
    public internal(set) var expiredEvents = 0
    /// Fields that Batch refused.
    public internal(set) var refusedFields = 0
    /// Calls written to Batch, retries included.
    public internal(set) var calls = 0
    /// Updates in calls that Batch has accepted.
    public internal(set) var updatesAccepted = 0
    /// Updates in all calls written.
    public internal(set) var updatesSent = 0
    /// Calls that failed and whose users were sent again.
    public internal(set) var failedCalls = 0
    /// Calls answered with 429.
    public internal(set) var rateLimited = 0
    /// Calls without an answer when the time for a drain ran out.
    public internal(set) var abandonedCalls = 0
    /// Commits accepted.
    public internal(set) var commits = 0
    /// Times that commit metadata was cut for a broker's limit.
    public internal(set) var metadataCuts = 0

    /// Records that were gone from their topic before they were read, at most: not consumed, so in no other figure.
    public internal(set) var recordsGone = 0

    /// An account of nothing.
    public init() {}

    /// Whether every record consumed has exactly one outcome or is pending.
    public var addsUp: Bool {
        consumed == delivered + filtered + deadLettered + released + alreadySettled + pending
    }
}
