/// A token bucket with whole nanoseconds and no rounding; time is an argument.
///
/// Section 1.5: one operation costs one token; a call that costs more than what is there takes nothing.
struct SimulatorTokenBucket: Sendable, Equatable {
    /// Tokens that a full bucket holds, 1...1 000 000 000.
    let capacity: Int64
    /// Tokens a second, 1...1 000 000 000.
    let ratePerSecond: Int64

    /// Billionths of a token, so that a nanosecond adds exactly `ratePerSecond` of them.
    private var nanotokens: Int64
    private var updatedNanoseconds: Int64?

    init(capacity: Int, ratePerSecond: Int) {
        self.capacity = Int64(min(max(1, capacity), 1_000_000_000))
        self.ratePerSecond = Int64(min(max(1, ratePerSecond), 1_000_000_000))
        nanotokens = self.capacity * 1_000_000_000
    }

    /// Takes `cost` tokens, or none.
    ///
    /// - Parameters:
    ///   - cost: how many tokens.
    ///   - nanoseconds: the time of a clock that never goes back.
    /// - Returns: whether they were there.
    mutating func take(_ cost: Int, at nanoseconds: Int64) -> Bool {
        refill(at: nanoseconds)
        guard Int64(cost) <= nanotokens / 1_000_000_000 else { return false }
        nanotokens -= Int64(cost) * 1_000_000_000
        return true
    }

    /// Whole tokens there are at that time.
    mutating func available(at nanoseconds: Int64) -> Int {
        refill(at: nanoseconds)
        return Int(nanotokens / 1_000_000_000)
    }

    private mutating func refill(at nanoseconds: Int64) {
        let elapsed = max(0, nanoseconds - (updatedNanoseconds ?? nanoseconds))
        updatedNanoseconds = max(nanoseconds, updatedNanoseconds ?? nanoseconds)
        let missing = capacity * 1_000_000_000 - nanotokens
        // Compared by division, because the product of a long pause and a high rate does not fit into 64 bits.
        nanotokens += elapsed > missing / ratePerSecond ? missing : elapsed * ratePerSecond
    }
}
