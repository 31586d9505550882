/// Finds the characters that a JSON string cannot hold as they are: quotes, backslashes, and those below U+0020.
enum JSONEscaping {
    /// The first byte from `start` on that needs an escape, or the end of the text.
    @inline(__always)
    static func firstEscaped(in text: Span<UInt8>, from start: Int) -> Int {
        var position = start
        while position &+ 8 <= text.count {
            let found = stops(in: ByteWord.load(text, uncheckedAt: position))
            if found != 0 { return position &+ found.trailingZeroBitCount &>> 3 }
            position &+= 8
        }
        guard position < text.count else { return position }
        guard text.count >= 8 else {
            while position < text.count, !needsEscape(text[unchecked: position]) { position &+= 1 }
            return position
        }
        // The rest is the upper part of the last eight bytes; spaces, which need no escape, fill up what is missing.
        let missing = UInt64(truncatingIfNeeded: 8 &* (position &+ 8 &- text.count))
        let rest = ByteWord.load(text, uncheckedAt: text.count &- 8) &>> missing
        let found = stops(in: rest | 0x2020_2020_2020_2020 &<< (64 &- missing))
        return found == 0 ? text.count : position &+ found.trailingZeroBitCount &>> 3
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// The high bit of each byte that needs an escape; as in ``ByteWord/stops(in:)``, only the lowest bit is exact.
    @inline(__always)
    private static func stops(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = (word ^ (ones &* 0x22)) &- ones
        let backslashes = (word ^ (ones &* 0x5C)) &- ones
        let controls = word &- (ones &* 0x20)
        return (quotes | backslashes | controls) & ~word & (ones &* 0x80)
    }
}
