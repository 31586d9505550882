/// Writes strings in their one spelling: only what a JSON string cannot hold as it is (quotes, backslashes, and characters below
/// U+0020) is escaped, and each of these in one way.
public enum JSONEscaping {
    /// Appends a string with its quotes, given as valid UTF-8.
    public static func appendString(_ characters: Span<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        appendContent(characters, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a string without quotes: what needs no escape in runs.
    static func appendContent(_ characters: Span<UInt8>, to bytes: inout [UInt8]) {
        var start = 0
        while true {
            let end = firstEscaped(in: characters, from: start)
            characters.extracting(start..<end).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
            guard end < characters.count else { return }
            appendEscape(characters[end], to: &bytes)
            start = end + 1
        }
    }

    private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(UInt8(ascii: "0") + byte >> 4)
            bytes.append(byte & 15 + (byte & 15 < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
        }
    }

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
