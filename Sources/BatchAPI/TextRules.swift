/// Checks on characters, given as a part of valid UTF-8. Nothing here allocates.
enum TextRules {
    /// The number of Unicode code points (batch-api 2.5, C).
    @inline(__always)
    static func length(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var count = 0
        for index in start..<end where text[index] & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// Whether there are more code points than `limit`; looks at the characters only if the bytes are more.
    @inline(__always)
    static func isLonger(_ text: Span<UInt8>, _ start: Int, _ end: Int, than limit: Int) -> Bool {
        end - start > limit && length(text, start, end) > limit
    }

    /// Whether there is white space only.
    @inline(__always)
    static func isBlank(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        // Almost every string ends here: its first character is plain ASCII.
        if start < end, text[start] > 0x20, text[start] < 0x80 { return false }
        return isBlankSlowly(text, start, end)
    }

    private static func isBlankSlowly(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var index = start
        while index < end {
            let width = whiteSpaceWidth(text, index, end)
            if width == 0 { return false }
            index += width
        }
        return true
    }

    /// The bytes of the white space character at a place, 0 if there is another character: Unicode's `White_Space`, and
    /// U+FEFF, which the regular expressions of the contract's schemas count too.
    static func whiteSpaceWidth(_ text: Span<UInt8>, _ index: Int, _ end: Int) -> Int {
        let byte = text[index]
        if byte < 0x80 { return byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) ? 1 : 0 }
        guard index + 1 < end else { return 0 }
        let second = text[index + 1]
        if byte == 0xC2 { return second == 0x85 || second == 0xA0 ? 2 : 0 }
        guard index + 2 < end else { return 0 }
        let third = text[index + 2]
        switch (byte, second) {
        case (0xE1, 0x9A): return third == 0x80 ? 3 : 0
        case (0xE2, 0x80): return third <= 0x8A || third == 0xA8 || third == 0xA9 || third == 0xAF ? 3 : 0
        case (0xE2, 0x81): return third == 0x9F ? 3 : 0
        case (0xE3, 0x80): return third == 0x80 ? 3 : 0
        case (0xEF, 0xBB): return third == 0xBF ? 3 : 0
        default: return 0
        }
    }

    /// Whether there is white space anywhere.
    static func hasWhiteSpace(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        for index in start..<end where whiteSpaceWidth(text, index, end) > 0 { return true }
        return false
    }

    /// Whether there is a line feed or a carriage return.
    static func hasLineBreak(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        for index in start..<end where text[index] == 0x0A || text[index] == 0x0D { return true }
        return false
    }

    /// Whether this is `^[a-z0-9_]{1,30}$` (batch-api 2.3, A).
    @inline(__always)
    static func isKey(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard end > start, end - start <= BatchLimits.keyLength else { return false }
        for index in start..<end where !isKeyCharacter(text[index]) { return false }
        return true
    }

    @inline(__always)
    static func isKeyCharacter(_ byte: UInt8) -> Bool {
        isLower(byte) || isDigit(byte) || byte == UInt8(ascii: "_")
    }

    @inline(__always)
    static func isLower(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 }

    @inline(__always)
    static func isUpper(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "A") < 26 }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    static func isAlphanumeric(_ byte: UInt8) -> Bool { isLower(byte) || isUpper(byte) || isDigit(byte) }

    /// Whether these bytes are this ASCII text.
    @inline(__always)
    static func equals(_ text: Span<UInt8>, _ start: Int, _ end: Int, _ word: StaticString) -> Bool {
        guard end - start == word.utf8CodeUnitCount else { return false }
        for offset in 0..<(end - start) where text[start + offset] != word.utf8Start[offset] { return false }
        return true
    }

    /// Whether these bytes are this ASCII text, which is in lower case, apart from case.
    static func equalsLowered(_ text: Span<UInt8>, _ word: StaticString) -> Bool {
        guard text.count == word.utf8CodeUnitCount else { return false }
        for offset in 0..<text.count {
            let byte = text[offset]
            let lowered = isUpper(byte) ? byte | 0x20 : byte
            if lowered != word.utf8Start[offset] { return false }
        }
        return true
    }

    /// Whether this is `^[^@\s]+@[A-Za-z0-9.\-]+\.[A-Za-z0-9]+$` (batch-api 2.4, B, and A.1).
    static func isEmail(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var at = -1
        for index in start..<end where text[index] == UInt8(ascii: "@") {
            guard at < 0 else { return false }
            at = index
        }
        guard at > start, !hasWhiteSpace(text, start, at) else { return false }
        var dot = -1
        for index in (at + 1)..<end {
            let byte = text[index]
            if byte == UInt8(ascii: ".") {
                dot = index
            } else if !isAlphanumeric(byte) {
                guard byte == UInt8(ascii: "-") else { return false }
            }
        }
        guard dot > at + 1, dot + 1 < end else { return false }
        for index in (dot + 1)..<end where text[index] == UInt8(ascii: "-") { return false }
        return true
    }

    /// Whether this is `^\+[0-9]{1,15}$` (batch-api 2.4, B).
    static func isPhoneNumber(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard end - start >= 2, end - start <= 1 + BatchLimits.phoneDigitCount, text[start] == UInt8(ascii: "+") else {
            return false
        }
        for index in (start + 1)..<end where !isDigit(text[index]) { return false }
        return true
    }

    /// Whether this is `^[A-Za-z][A-Za-z0-9+.\-]*://[^\s/?#]+[^\s]*$` (batch-api 2.5, A, and A.1).
    static func isURL(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard start < end, isLower(text[start]) || isUpper(text[start]) else { return false }
        var index = start + 1
        while index < end, isAlphanumeric(text[index]) || isSchemeMark(text[index]) { index += 1 }
        guard index + 3 < end, text[index] == UInt8(ascii: ":"), text[index + 1] == UInt8(ascii: "/"),
            text[index + 2] == UInt8(ascii: "/")
        else { return false }
        index += 3
        switch text[index] {
        case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): return false
        default: break
        }
        return !hasWhiteSpace(text, index, end)
    }

    private static func isSchemeMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    /// Whether this is `^[a-z0-9_\-]+$` (batch-api 2.4, B, and A.1).
    static func isTopic(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        for index in start..<end where !isKeyCharacter(text[index]) && text[index] != UInt8(ascii: "-") { return false }
        return start < end
    }
}
