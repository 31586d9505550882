/// Eight bytes at once, the first one in the lowest bits.
enum ByteWord {
    /// The eight bytes from `offset` on. Traps if they are not all inside the text.
    @inline(__always)
    static func load(_ text: Span<UInt8>, at offset: Int) -> UInt64 {
        UInt64(littleEndian: text.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The same without the check: only where it has just been made.
    @inline(__always)
    static func load(_ text: Span<UInt8>, uncheckedAt offset: Int) -> UInt64 {
        UInt64(littleEndian: text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// All bits of the first `length` bytes, at most 7.
    @inline(__always)
    static func mask(_ length: Int) -> UInt64 { (1 &<< UInt64(truncatingIfNeeded: 8 &* length)) &- 1 }

    /// The next `length` bytes, at most 7, with zeros above them. Traps if they are not all inside the text.
    @inline(__always)
    static func load(_ text: Span<UInt8>, at offset: Int, length: Int) -> UInt64 {
        if offset &+ 8 <= text.count {
            return load(text, at: offset) & mask(length)
        }
        var word: UInt64 = 0
        for index in 0..<length { word |= UInt64(text[offset + index]) << UInt64(8 * index) }
        return word
    }

    /// Whether two parts of texts, equally long, have the same bytes. Traps if either reaches past its text.
    static func equal(
        _ first: Span<UInt8>,
        from firstStart: Int,
        _ second: Span<UInt8>,
        from secondStart: Int,
        length: Int
    ) -> Bool {
        if length < 8 {
            return load(first, at: firstStart, length: length) == load(second, at: secondStart, length: length)
        }
        var offset = 0
        while offset &+ 8 <= length {
            guard load(first, at: firstStart &+ offset) == load(second, at: secondStart &+ offset) else { return false }
            offset &+= 8
        }
        // The last word overlaps the one before it.
        let last = length &- 8
        return load(first, at: firstStart &+ last) == load(second, at: secondStart &+ last)
    }

    /// The high bit of each byte that is a quote, a backslash, a control character or not ASCII. Bits above the lowest may be
    /// set by a borrow; the lowest is exact, and only that one may be used.
    @inline(__always)
    static func stops(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // A byte below its subtrahend borrows into its own high bit. The usual `& ~word` is not needed, for a byte whose
        // high bit is set is a stop in any case.
        let quotes = (word ^ (ones &* 0x22)) &- ones
        let backslashes = (word ^ (ones &* 0x5C)) &- ones
        let controls = word &- (ones &* 0x20)
        return (quotes | backslashes | controls | word) & (ones &* 0x80)
    }
}
