/// What makes two records of one user the same message: 128 bits over message id, type and payload.
public struct RepeatIdentity: Sendable, Hashable {
    /// The upper half.
    public let high: UInt64
    /// The lower half.
    public let low: UInt64

    /// Creates an identity from the two halves of a 128-bit hash.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
