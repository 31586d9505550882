/// Decides which of many equal events are logged: the first of each key, then one every interval.
///
/// A value without a clock: time is an argument.
public struct LogLimiter: Sendable {
    /// Keys that are remembered at once. Beyond it the longest silent key is forgotten, so that keys made from foreign
    /// data cannot fill the memory; a forgotten key is logged again too early, never too late.
    public static let maximumKeyCount = 1_024

    private struct State {
        var lastNanoseconds: Int64
        var suppressedCount: Int
    }

    private var states: [String: State] = [:]

    /// A limiter that knows no key yet.
    public init() {}

    /// Asks whether an event may be logged now, and remembers the answer.
    ///
    /// - Parameters:
    ///   - key: what counts as the same event.
    ///   - interval: the shortest time between two events of the key.
    ///   - now: nanoseconds by a clock that never goes back.
    /// - Returns: nil when the event is suppressed, else how many were suppressed since the last one.
    public mutating func admit(_ key: String, every interval: Duration, now: Int64) -> Int? {
        guard let state = states[key] else {
            if states.count >= Self.maximumKeyCount { forgetOldest() }
            states[key] = State(lastNanoseconds: now, suppressedCount: 0)
            return 0
        }
        guard Duration.nanoseconds(now - state.lastNanoseconds) >= interval else {
            states[key]?.suppressedCount += 1
            return nil
        }
        states[key] = State(lastNanoseconds: now, suppressedCount: 0)
        return state.suppressedCount
    }

    private mutating func forgetOldest() {
        let oldest = states.min { $0.value.lastNanoseconds < $1.value.lastNanoseconds }
        if let oldest { states[oldest.key] = nil }
    }
}
