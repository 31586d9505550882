/// Tells a bad time at Batch from bad operations: while half or more of what is answered fails, no refusal is one record's fault
/// (design, section 7).
///
/// It begins when, of the operations answered in the last 60 seconds, at least 20 and half or more failed, and ends when at
/// least half of the last 20 succeeded. An operation counts once per call built, with its first verdict, so that halving and
/// retries do not count again. Towards the end of an outage, one that failed in company counts once more when it is known what
/// Batch says to it alone: else one bad operation in a call of 200 would count as 200 until as many new ones had come.
struct OutageGuard: Sendable {
    /// Verdicts of one second.
    private struct Second: Sendable {
        var number = Int64.min
        var succeeded = 0
        var failed = 0
    }

    private var seconds = [Second](repeating: Second(), count: OutageGuard.span)
    /// The last 20 verdicts, the newest in the lowest bit; a set bit is a success.
    private var lastVerdicts: UInt32 = 0
    private var isActive = false
    /// The second of the last first verdict.
    private var lastSecond = Int64.min

    /// Whether an outage lasts. Without a first verdict for 60 seconds nothing is known of Batch any more: a window that is
    /// full of refused records brings no new operations, and must not wait for ever for some.
    func isActive(now: Int64) -> Bool { isActive && now / 1_000_000_000 < lastSecond + Int64(Self.span) }

    /// Notes the first verdict on operations of a newly built call.
    ///
    /// - Parameters:
    ///   - count: the operations, all with the same verdict.
    ///   - isSuccess: whether Batch accepted them.
    ///   - now: nanoseconds, never smaller than before.
    mutating func note(_ count: Int, isSuccess: Bool, now: Int64) {
        let second = now / 1_000_000_000
        lastSecond = second
        let place = Int(second % Int64(Self.span))
        if seconds[place].number != second { seconds[place] = Second(number: second) }
        if isSuccess { seconds[place].succeeded += count } else { seconds[place].failed += count }
        shift(count, isSuccess)
        if isActive { endIfOver() } else { beginIfDue(second) }
    }

    /// Notes what became of operations that had failed in a larger call: accepted now, or refused for the first time alone.
    mutating func noteRetry(_ count: Int, isSuccess: Bool) {
        guard isActive else { return }
        shift(count, isSuccess)
        endIfOver()
    }

    private mutating func shift(_ count: Int, _ isSuccess: Bool) {
        for _ in 0..<min(count, Self.leastCount) {
            lastVerdicts = (lastVerdicts << 1 | (isSuccess ? 1 : 0)) & Self.verdictMask
        }
    }

    private mutating func beginIfDue(_ now: Int64) {
        var succeeded = 0
        var failed = 0
        for second in seconds where second.number > now - Int64(Self.span) {
            succeeded += second.succeeded
            failed += second.failed
        }
        guard succeeded + failed >= Self.leastCount, failed >= succeeded else { return }
        isActive = true
    }

    private mutating func endIfOver() {
        guard lastVerdicts.nonzeroBitCount * 2 >= Self.leastCount else { return }
        isActive = false
        // What failed in the outage must not begin the next one.
        seconds = [Second](repeating: Second(), count: Self.span)
    }

    /// Seconds looked at.
    private static let span = 60
    /// Operations below which nothing is judged, and the number of the last ones that end an outage.
    private static let leastCount = 20
    private static let verdictMask: UInt32 = (1 << 20) - 1
}
