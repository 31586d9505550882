/// Remembers the names of time zones that were accepted lately: the messages of a source name few of them, and most come from one.
///
/// No growth: a name costs another search of the database where its place is taken, never memory.
struct TimeZoneCache {
    private static let slotCount = 32

    private let isTimeZone: @Sendable (Span<UInt8>) -> Bool
    // No name has the tag of an unused place.
    private var slots = [CachedKey](repeating: CachedKey(), count: slotCount)

    /// - Parameter isTimeZone: says the same of the same name every time.
    init(_ isTimeZone: @escaping @Sendable (Span<UInt8>) -> Bool) { self.isTimeZone = isTimeZone }

    /// Whether a text is exactly a name of a time zone.
    mutating func accepts(_ name: Span<UInt8>) -> Bool {
        guard name.count <= CachedKey.maximumLength else { return isTimeZone(name) }
        let cached = CachedKey(name, tag: 0)
        let place = cached.hash & (Self.slotCount - 1)
        if slots[place] == cached { return true }
        guard isTimeZone(name) else { return false }
        slots[place] = cached
        return true
    }
}
