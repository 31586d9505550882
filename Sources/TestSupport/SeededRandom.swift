/// Random numbers that a seed determines, on every machine and with every version of Swift: xoshiro256**, seeded by
/// SplitMix64 (Blackman and Vigna, public domain).
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Starts the sequence of a seed; every seed is good.
    public init(seed: UInt64) {
        var mixer = seed
        func next() -> UInt64 {
            mixer &+= 0x9e37_79b9_7f4a_7c15
            var mixed = mixer
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
        state = (next(), next(), next(), next())
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        let result = rotate(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotate(state.3, by: 45)
        return result
    }

    /// A number from 0 up to, not including, `bound`, all alike but for a part in 2^64 (multiply and shift). Unlike the
    /// standard library's, it stays the same in later versions of Swift.
    ///
    /// - Precondition: `bound` is positive.
    public mutating func number(below bound: Int) -> Int {
        precondition(bound > 0, "a random number below \(bound) does not exist")
        return Int(UInt64(bound).multipliedFullWidth(by: next()).high)
    }

    /// A number in a range.
    public mutating func number(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + number(below: range.count)
    }

    /// True with this probability, 0 to 1.
    public mutating func isTrue(probability: Double) -> Bool {
        Double(next() >> 11) * 0x1p-53 < probability
    }

    /// An element of a collection; nil if it is empty.
    public mutating func element<Elements: RandomAccessCollection>(of elements: Elements) -> Elements.Element? {
        guard !elements.isEmpty else { return nil }
        return elements[elements.index(elements.startIndex, offsetBy: number(below: elements.count))]
    }

    private func rotate(_ value: UInt64, by count: UInt64) -> UInt64 { value << count | value >> (64 - count) }
}
