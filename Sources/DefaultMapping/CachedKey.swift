/// A short text in words, up to 40 bytes: compared and hashed without touching memory elsewhere.
struct CachedKey: Equatable {
    static let maximumLength = 40

    private var word0: UInt64 = 0
    private var word1: UInt64 = 0
    private var word2: UInt64 = 0
    private var word3: UInt64 = 0
    private var word4: UInt64 = 0
    private var tag: UInt64 = .max

    init() {}

    /// A key of up to 16 bytes; nil for a longer one, for an empty one, and for one so
    /// near to the end of its text that its words cannot be read whole.
    @inline(__always)
    init?(short key: Range<Int>, of text: Span<UInt8>, tag: UInt64) {
        let count = key.upperBound &- key.lowerBound
        guard count <= 16, count > 0, key.lowerBound >= 0, key.lowerBound &+ 8 <= text.count else { return nil }
        self.tag = UInt64(truncatingIfNeeded: count) &<< 1 | tag
        let low = Self.word(text, uncheckedAt: key.lowerBound)
        if count <= 8 {
            word0 = Self.first(count, of: low)
            return
        }
        guard key.lowerBound &+ 16 <= text.count else { return nil }
        word0 = low
        word1 = Self.first(count &- 8, of: Self.word(text, uncheckedAt: key.lowerBound &+ 8))
    }

    /// The next eight bytes: only where it has just been seen that the text has them.
    @inline(__always)
    private static func word(_ text: Span<UInt8>, uncheckedAt offset: Int) -> UInt64 {
        UInt64(littleEndian: text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// The first 1 to 8 bytes of a word, with zeros above them.
    @inline(__always)
    private static func first(_ count: Int, of word: UInt64) -> UInt64 {
        let unused = UInt64(truncatingIfNeeded: 64 &- 8 &* count)
        return (word &<< unused) &>> unused
    }

    /// A key of up to `maximumLength` bytes.
    init(_ key: Span<UInt8>, tag: UInt64) {
        self.tag = UInt64(key.count) << 1 | tag
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

    private static func word(of key: Span<UInt8>, at offset: Int) -> UInt64 {
        if offset + 8 <= key.count { return word(key, uncheckedAt: offset) }
        // The last eight bytes, without those that an earlier word has.
        if key.count >= 8 { return word(key, uncheckedAt: key.count - 8) >> UInt64(8 * (offset + 8 - key.count)) }
        var word: UInt64 = 0
        for index in key.indices { word |= UInt64(key[index]) << UInt64(8 * index) }
        return word
    }

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
