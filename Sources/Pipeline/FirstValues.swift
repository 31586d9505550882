/// Judges by a topic's first values whether they are JSON at all.
///
/// The wire format of schema registries begins with a zero byte, and JSON never does. A single such value is a producer's
/// mistake and a dead letter; where most of the first ones are so, every record of the topic would be one.
struct FirstValues: Sendable {
    /// What the values so far say.
    enum Verdict: Sendable {
        /// Too few have come.
        case undecided
        /// They are not binary, most of them at least.
        case text
        /// Most begin with a zero byte.
        case binary
    }

    /// So many values are looked at (design, section 9).
    static let count = 20

    private var seenCount = 0
    private var zeroCount = 0

    /// Looks at one value; empty and null ones say nothing.
    mutating func see(_ value: UnsafeRawBufferPointer?) -> Verdict {
        guard let first = value?.first else { return .undecided }
        seenCount += 1
        if first == 0 { zeroCount += 1 }
        if zeroCount * 2 > Self.count { return .binary }
        // So few are left that no more than half can be binary.
        return (zeroCount + Self.count - seenCount) * 2 <= Self.count ? .text : .undecided
    }
}
