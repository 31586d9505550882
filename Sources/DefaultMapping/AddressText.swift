import BatchAPI

/// What is an address, and what an e-mail address.
enum AddressText {
    /// Whether a text starts with `http`, `https` or `ftp` in any case, `://` and a host, and has no white space and no
    /// control character.
    @inline(__always)
    static func isWebAddress(_ text: Span<UInt8>) -> Bool {
        guard text.count > 6 else { return false }
        let first = text[0] | 0x20
        guard first == UInt8(ascii: "h") || first == UInt8(ascii: "f") else { return false }
        return isAddress(text, ofAnyScheme: false)
    }

    /// Whether a text is a scheme, `://` and a host, and has no white space and no control character.
    static func isAddress(_ text: Span<UInt8>, ofAnyScheme: Bool) -> Bool {
        if text.count > 8, TextRules.equals(text.extracting(0..<8), "https://") {
            return hasHost(text, from: 8) && isUnbroken(text)
        }
        guard let colon = schemeEnd(of: text), colon + 3 < text.count, text[colon + 1] == UInt8(ascii: "/"),
            text[colon + 2] == UInt8(ascii: "/")
        else { return false }
        if !ofAnyScheme {
            let scheme = text.extracting(0..<colon)
            guard
                TextRules.equalsIgnoringCase(scheme, "https") || TextRules.equalsIgnoringCase(scheme, "http")
                    || TextRules.equalsIgnoringCase(scheme, "ftp")
            else { return false }
        }
        return hasHost(text, from: colon + 3) && isUnbroken(text)
    }

    /// The index of the colon after a scheme by RFC 3986, section 3.1.
    private static func schemeEnd(of text: Span<UInt8>) -> Int? {
        for index in text.indices {
            let byte = text[index]
            if TextRules.isLetter(byte) { continue }
            guard index > 0 else { return nil }
            if byte == UInt8(ascii: ":") { return index }
            let isAllowed =
                TextRules.isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".")
            if !isAllowed { return nil }
        }
        return nil
    }

    private static func hasHost(_ text: Span<UInt8>, from start: Int) -> Bool {
        var host = start
        var end = start
        authority: while end < text.count {
            let byte = text[end]
            // Letters, which most of it is, come after all of the marks.
            if byte <= UInt8(ascii: "@") {
                switch byte {
                case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): break authority
                // What stands before is the user, not the host.
                case UInt8(ascii: "@"): host = end &+ 1
                default: break
                }
            }
            end &+= 1
        }
        guard host < end else { return false }
        guard text[host] == UInt8(ascii: "[") else { return text[host] != UInt8(ascii: ":") }
        var bracket = host + 1
        while bracket < end, text[bracket] != UInt8(ascii: "]") { bracket += 1 }
        return bracket < end && bracket > host + 1
    }

    private static func isUnbroken(_ text: Span<UInt8>) -> Bool {
        var index = 0
        while index < text.count {
            if index &+ 8 <= text.count {
                let word = text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
                // The high bit of each byte below 0x21 or above 0x7E. A borrow or a carry can set more, never less.
                let others = (word &- 0x2121_2121_2121_2121) | (word &+ 0x0101_0101_0101_0101) | word
                if others & 0x8080_8080_8080_8080 == 0 {
                    index &+= 8
                    continue
                }
            }
            let scalar = TextRules.scalar(in: text, at: &index)
            if scalar > 0x20, scalar < 0x7F { continue }
            if scalar <= 0x9F || TextRules.isWhiteSpace(scalar) { return false }
        }
        return true
    }

    /// Whether a trimmed text is an e-mail address: at most 256 code points, no white space, and
    /// `^[^@]+@[A-Za-z0-9.-]+\.[A-Za-z0-9]+$`.
    static func isEmail(_ text: Span<UInt8>) -> Bool {
        guard TextRules.end(ofFirst: BatchLimits.emailLength, in: text) == nil else { return false }
        var index = 0
        while index < text.count, text[index] != UInt8(ascii: "@") {
            if text[index] &- 0x21 < 0x5E {
                index &+= 1
                continue
            }
            if TextRules.isWhiteSpace(TextRules.scalar(in: text, at: &index)) { return false }
        }
        guard index > 0, index < text.count else { return false }
        let domain = index + 1
        var lastDot = 0
        index = domain
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: ".") {
                lastDot = index
            } else if byte == UInt8(ascii: "-") {
                // The part after the last dot has no hyphen; a later dot may still come.
            } else if !TextRules.isLetter(byte), !TextRules.isDigit(byte) {
                return false
            }
            index += 1
        }
        guard lastDot > domain, lastDot + 1 < text.count else { return false }
        for index in lastDot + 1..<text.count where text[index] == UInt8(ascii: "-") { return false }
        return true
    }
}
