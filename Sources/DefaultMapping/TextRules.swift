/// The rules on characters that the whole mapping shares. Texts are valid UTF-8, as the parser has seen to.
enum TextRules {
    /// Whether a scalar has Unicode's property White_Space, or is the byte order mark.
    static func isWhiteSpace(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF:
            true
        default: false
        }
    }

    /// Decodes the scalar at `index` and steps over it.
    @inline(__always)
    static func scalar(in text: Span<UInt8>, at index: inout Int) -> UInt32 {
        let first = text[index]
        index += 1
        if first < 0x80 { return UInt32(first) }
        return multiByteScalar(first, in: text, at: &index)
    }

    private static func multiByteScalar(_ first: UInt8, in text: Span<UInt8>, at index: inout Int) -> UInt32 {
        let length = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3
        var scalar = UInt32(first) & (0x3F >> UInt32(length))
        for _ in 0..<length where index < text.count {
            scalar = scalar << 6 | UInt32(text[index] & 0x3F)
            index += 1
        }
        return scalar
    }

    /// Whether a text has nothing but white space.
    @inline(__always)
    static func isBlank(_ text: Span<UInt8>) -> Bool {
        if text.count > 0, text[0] > 0x20, text[0] < 0x80 { return false }
        return hasOnlyWhiteSpace(text)
    }

    private static func hasOnlyWhiteSpace(_ text: Span<UInt8>) -> Bool {
        var index = 0
        while index < text.count {
            guard isWhiteSpace(scalar(in: text, at: &index)) else { return false }
        }
        return true
    }

    /// The range of a text without white space at both ends.
    @inline(__always)
    static func trimmed(_ text: Span<UInt8>) -> Range<Int> {
        // Hardly any text needs it: printable ASCII at both ends says so.
        if text.count > 0, text[0] &- 0x21 < 0x5E, text[text.count - 1] &- 0x21 < 0x5E { return 0..<text.count }
        return searchedTrimmed(text)
    }

    private static func searchedTrimmed(_ text: Span<UInt8>) -> Range<Int> {
        var start = 0
        while start < text.count {
            var next = start
            guard isWhiteSpace(scalar(in: text, at: &next)) else { break }
            start = next
        }
        var end = text.count
        while end > start {
            var last = end - 1
            while last > start, text[last] & 0xC0 == 0x80 { last -= 1 }
            var next = last
            guard isWhiteSpace(scalar(in: text, at: &next)) else { break }
            end = last
        }
        return start..<end
    }

    /// Where the code point after the first `limit` begins, or nil if the text has no more than `limit`.
    @inline(__always)
    static func end(ofFirst limit: Int, in text: Span<UInt8>) -> Int? {
        // A code point has at least one byte.
        text.count <= limit ? nil : countedEnd(ofFirst: limit, in: text)
    }

    private static func countedEnd(ofFirst limit: Int, in text: Span<UInt8>) -> Int? {
        var count = 0
        for index in text.indices where text[index] & 0xC0 != 0x80 {
            if count == limit { return index }
            count += 1
        }
        return nil
    }

    /// Replaces each line break (CR LF counts as one) by a space, in place.
    static func joinLines(of text: inout [UInt8]) {
        var source = 0
        var target = 0
        while source < text.count {
            let width = lineBreakLength(in: text, at: source)
            text[target] = width > 0 ? 0x20 : text[source]
            source += max(1, width)
            target += 1
        }
        text.removeLast(text.count - target)
    }

    @inline(__always)
    private static func lineBreakLength(in text: [UInt8], at index: Int) -> Int {
        switch text[index] {
        case 0x0D: index + 1 < text.count && text[index + 1] == 0x0A ? 2 : 1
        case 0x0A: 1
        case 0xC2: index + 1 < text.count && text[index + 1] == 0x85 ? 2 : 0
        case 0xE2: index + 2 < text.count && text[index + 1] == 0x80 && text[index + 2] & 0xFE == 0xA8 ? 3 : 0
        default: 0
        }
    }

    /// Whether a text is exactly this ASCII word.
    @inline(__always)
    static func equals(_ text: Span<UInt8>, _ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard text.count == count else { return false }
        let expected = UnsafeRawPointer(word.utf8Start)
        // A word is a literal: the compiler makes constants of its bytes, and of this one or two comparisons of whole words.
        if count >= 8 {
            var offset = 0
            while offset &+ 8 <= count {
                guard isEqual(text, expected, at: offset, as: UInt64.self) else { return false }
                offset &+= 8
            }
            return isEqual(text, expected, at: count &- 8, as: UInt64.self)
        }
        if count >= 4 {
            return isEqual(text, expected, at: 0, as: UInt32.self)
                && isEqual(text, expected, at: count &- 4, as: UInt32.self)
        }
        for index in 0..<count where text[index] != word.utf8Start[index] { return false }
        return true
    }

    /// Unchecked: both have the bytes.
    @inline(__always)
    private static func isEqual<Word: FixedWidthInteger & BitwiseCopyable>(
        _ text: Span<UInt8>,
        _ expected: UnsafeRawPointer,
        at offset: Int,
        as: Word.Type
    ) -> Bool {
        text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Word.self)
            == expected.loadUnaligned(fromByteOffset: offset, as: Word.self)
    }

    /// Whether a text is this word of lower-case ASCII, in any case.
    static func equalsIgnoringCase(_ text: Span<UInt8>, _ word: StaticString) -> Bool {
        guard text.count == word.utf8CodeUnitCount else { return false }
        for index in text.indices where lowered(text[index]) != word.utf8Start[index] { return false }
        return true
    }

    @inline(__always)
    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    @inline(__always)
    static func lowered(_ byte: UInt8) -> UInt8 { byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte }
}
