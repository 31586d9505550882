/// Remembers the names of keys that were renamed lately: the keys of a source are few and come with every message.
///
/// Two places for each hash, and no growth: an unlucky or hostile key costs a renaming, never memory.
struct NameCache {
    private static let slotCount = 512

    private var rule: NameRule
    private var slots: [Slot]

    init(_ rule: NameRule) {
        self.rule = rule
        slots = Array(repeating: Slot(), count: Self.slotCount)
    }

    /// The name of the key that is a part of a text; see ``NameRule/rename(_:allowsTypes:)``. Traps if it is not inside the text.
    @inline(__always)
    mutating func name(of text: Span<UInt8>, _ key: Range<Int>, allowsTypes: Bool) -> RenamedKey {
        if let cached = CachedKey(short: key, of: text, tag: allowsTypes ? 1 : 0) {
            let place = cached.hash & (Self.slotCount - 2)
            if slots[place].key.isEqual(toShort: cached) { return slots[place].name }
        }
        return nameOfAny(text.extracting(key), allowsTypes: allowsTypes)
    }

    /// The same for keys of all lengths.
    @inline(never)
    private mutating func nameOfAny(_ key: Span<UInt8>, allowsTypes: Bool) -> RenamedKey {
        guard key.count <= CachedKey.maximumLength else { return rule.rename(key, allowsTypes: allowsTypes) }
        let cached = CachedKey(key, tag: allowsTypes ? 1 : 0)
        let place = cached.hash & (Self.slotCount - 2)
        if slots[place].key == cached { return slots[place].name }
        return name(of: cached, at: place, key, allowsTypes: allowsTypes)
    }

    /// The name of a key; see ``NameRule/rename(_:allowsTypes:)``.
    mutating func name(of key: Span<UInt8>, allowsTypes: Bool) -> RenamedKey {
        name(of: key, 0..<key.count, allowsTypes: allowsTypes)
    }

    /// Looks at the second place, and renames.
    @inline(never)
    private mutating func name(
        of cached: CachedKey,
        at place: Int,
        _ key: Span<UInt8>,
        allowsTypes: Bool
    ) -> RenamedKey {
        if slots[place + 1].key == cached { return slots[place + 1].name }
        let name = rule.rename(key, allowsTypes: allowsTypes)
        slots[place + 1] = slots[place]
        slots[place] = Slot(key: cached, name: name)
        return name
    }

    private struct Slot {
        // No key has this tag, so an unused place is never found.
        var key = CachedKey()
        var name = RenamedKey()
    }
}
