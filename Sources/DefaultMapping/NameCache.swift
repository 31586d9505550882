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

    /// The name of a key; see ``NameRule/rename(_:allowsTypes:)``.
    mutating func name(of key: Span<UInt8>, allowsTypes: Bool) -> RenamedKey {
        guard key.count <= CachedKey.maximumLength else { return rule.rename(key, allowsTypes: allowsTypes) }
        let cached = CachedKey(key, allowsTypes: allowsTypes)
        let place = cached.hash & (Self.slotCount - 2)
        if slots[place].key == cached { return slots[place].name }
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

/// A key of up to 40 bytes in words.
private struct CachedKey: Equatable {
    static let maximumLength = 40

    private var word0: UInt64 = 0
    private var word1: UInt64 = 0
    private var word2: UInt64 = 0
    private var word3: UInt64 = 0
    private var word4: UInt64 = 0
    private var tag: UInt64 = .max

    init() {}

    @inline(__always)
    init(_ key: Span<UInt8>, allowsTypes: Bool) {
        tag = UInt64(key.count) << 1 | (allowsTypes ? 1 : 0)
        word0 = Self.word(of: key, at: 0)
        guard key.count > 8 else { return }
        word1 = Self.word(of: key, at: 8)
        guard key.count > 16 else { return }
        word2 = Self.word(of: key, at: 16)
        guard key.count > 24 else { return }
        word3 = Self.word(of: key, at: 24)
        guard key.count > 32 else { return }
        word4 = Self.word(of: key, at: 32)
    }

    @inline(__always)
    private static func word(of key: Span<UInt8>, at offset: Int) -> UInt64 {
        if offset + 8 <= key.count {
            return UInt64(littleEndian: key.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        if key.count >= 8 {
            // The last eight bytes, without those that an earlier word has.
            let last = key.bytes.unsafeLoadUnaligned(fromByteOffset: key.count - 8, as: UInt64.self)
            return UInt64(littleEndian: last) >> UInt64(8 * (offset + 8 - key.count))
        }
        var word: UInt64 = 0
        for index in key.indices { word |= UInt64(key[index]) << UInt64(8 * index) }
        return word
    }

    @inline(__always)
    var hash: Int {
        var mixed = (word0 ^ tag) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 29) ^ word1) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 32) ^ word2) &* 0x94D0_49BB_1331_11EB
        mixed = (mixed ^ (mixed >> 29) ^ word3 ^ word4) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 40)
    }
}
