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

    /// A key of up to 16 bytes; nil for a longer one, and for one so near to the end of its text that two words cannot be read.
    @inline(__always)
    init?(short key: Range<Int>, of text: Span<UInt8>, tag: UInt64) {
        let count = key.upperBound &- key.lowerBound
        guard count <= 16, key.lowerBound >= 0, key.lowerBound &+ 16 <= text.count else { return nil }
        self.tag = UInt64(truncatingIfNeeded: count) &<< 1 | tag
        let low = UInt64(
            littleEndian: text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: key.lowerBound, as: UInt64.self)
        )
        if count < 8 {
            word0 = low & Self.mask(count)
            return
        }
        word0 = low
        let high = UInt64(
            littleEndian: text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: key.lowerBound &+ 8, as: UInt64.self)
        )
        word1 = count == 16 ? high : high & Self.mask(count &- 8)
    }

    init(_ key: Span<UInt8>, tag: UInt64) {
        self.tag = UInt64(key.count) << 1 | tag
        for index in key.indices {
            let byte = UInt64(key[index]) << UInt64(8 * (index & 7))
            switch index >> 3 {
            case 0: word0 |= byte
            case 1: word1 |= byte
            case 2: word2 |= byte
            case 3: word3 |= byte
            default: word4 |= byte
            }
        }
    }

    /// All bits of the first `length` bytes, at most 7.
    @inline(__always)
    private static func mask(_ length: Int) -> UInt64 { (1 &<< UInt64(truncatingIfNeeded: 8 &* length)) &- 1 }

    /// Whether it is this key of up to 16 bytes. Keys with equal tags are equally long, so the other words are 0.
    @inline(__always)
    func isEqual(toShort other: CachedKey) -> Bool {
        word0 == other.word0 && word1 == other.word1 && tag == other.tag
    }

    @inline(__always)
    var hash: Int {
        var mixed = (word0 ^ tag) &* 0x9E37_79B9_7F4A_7C15
        mixed ^= word1 &* 0xBF58_476D_1CE4_E5B9
        mixed ^= word2 &* 0x94D0_49BB_1331_11EB ^ (word3 ^ word4) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: (mixed ^ mixed &>> 29) &>> 20)
    }
}
