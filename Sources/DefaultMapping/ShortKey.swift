/// The key of an object and that of a member, joined by `_`, where both are short: they are joined for every member of every nested
/// object, and in an array that would cost more than all the rest of the member.
struct ShortKey {
    private static let capacity = 48
    /// The joined key, and bytes of no meaning after it.
    private(set) var bytes = InlineArray<48, UInt8>(repeating: 0)
    /// Where the member's key starts; past the capacity if there is no room.
    private let start: Int

    init(_ key: Span<UInt8>) {
        start = key.count + 1
        guard start <= Self.capacity else { return }
        for index in key.indices { bytes[index] = key[index] }
        bytes[key.count] = UInt8(ascii: "_")
    }

    /// Replaces the member's key.
    ///
    /// - Returns: how long both are; nil if there is no room for them.
    @inline(__always)
    mutating func join(_ key: Span<UInt8>) -> Int? {
        guard key.count <= Self.capacity - start else { return nil }
        for index in key.indices { bytes[start &+ index] = key[index] }
        return start &+ key.count
    }
}
