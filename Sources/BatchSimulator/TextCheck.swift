/// The patterns of the contract's schemas, over UTF-8 whose escapes are resolved.
enum TextCheck {
    /// `^[a-z0-9_]{1,30}$`
    static func isKey(_ bytes: [UInt8]) -> Bool { isKey(bytes, 0..<bytes.count) }

    /// `^[a-z0-9_]{1,30}$` for a part of the bytes.
    static func isKey(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        guard (1...30).contains(range.count) else { return false }
        for index in range where !isKeyByte(bytes[index]) { return false }
        return true
    }

    /// How many Unicode code points there are.
    static func codePointCount(_ bytes: [UInt8]) -> Int {
        var count = 0
        for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// Whether there is nothing but white space.
    static func isBlank(_ bytes: [UInt8]) -> Bool {
        for byte in bytes {
            if byte > 0x20, byte < 0x7F { return false }
            if byte >= 0x7F { return isBlankBeyondASCII(bytes) }
            guard isWhiteSpace(byte) else { return false }
        }
        return true
    }

    /// Whether there is any white space.
    static func hasWhiteSpace(_ bytes: [UInt8]) -> Bool {
        var isASCII = true
        for byte in bytes {
            if isWhiteSpace(byte) { return true }
            if byte >= 0x80 { isASCII = false }
        }
        if isASCII { return false }
        return String(decoding: bytes, as: UTF8.self).unicodeScalars.contains(where: isWhiteSpace)
    }

    /// `^[^@\s]+@[A-Za-z0-9.\-]+\.[A-Za-z0-9]+$`
    static func isEmail(_ bytes: [UInt8]) -> Bool {
        guard let at = bytes.firstIndex(of: UInt8(ascii: "@")), at > 0 else { return false }
        let domain = bytes[(at + 1)...]
        for byte in domain where !isAlphanumeric(byte) && byte != UInt8(ascii: ".") && byte != UInt8(ascii: "-") {
            return false
        }
        guard let dot = domain.lastIndex(of: UInt8(ascii: ".")), dot > domain.startIndex, dot + 1 < domain.endIndex,
            !domain[(dot + 1)...].contains(UInt8(ascii: "-"))
        else { return false }
        return !hasWhiteSpace(bytes)
    }

    /// `^\+[0-9]{1,15}$`
    static func isPhoneNumber(_ bytes: [UInt8]) -> Bool {
        guard bytes.first == UInt8(ascii: "+"), (2...16).contains(bytes.count) else { return false }
        return bytes.dropFirst().allSatisfy(isDigit)
    }

    /// Two letters, all lower case or all upper case.
    static func isTwoLetters(_ bytes: [UInt8], from first: UInt8) -> Bool {
        bytes.count == 2 && bytes.allSatisfy { $0 >= first && $0 < first + 26 }
    }

    /// `^[a-z0-9_-]+$`
    static func isTopic(_ bytes: [UInt8]) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { isKeyByte($0) || $0 == UInt8(ascii: "-") }
    }

    /// `^[A-Za-z][A-Za-z0-9+.\-]*://[^\s/?#]+[^\s]*$`
    static func isURL(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, isLetter(first) else { return false }
        var index = 1
        while index < bytes.count, isSchemeByte(bytes[index]) { index += 1 }
        guard index + 3 < bytes.count, bytes[index] == UInt8(ascii: ":"), bytes[index + 1] == UInt8(ascii: "/"),
            bytes[index + 2] == UInt8(ascii: "/"), !endsAuthority(bytes[index + 3])
        else { return false }
        return !hasWhiteSpace(bytes)
    }

    /// Whether a custom ID is a word that programs write by accident (section 2.2).
    static func isAccident(_ bytes: [UInt8]) -> Bool {
        guard bytes.count <= 15 else { return false }
        return accidents.contains(String(decoding: bytes, as: UTF8.self).lowercased())
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static let accidents: Set<String> = [
        "undefined", "null", "nil", "(null)", "[object object]", "true", "false", "nan", "infinity", "-infinity",
    ]

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }

    private static func isBlankBeyondASCII(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.allSatisfy(isWhiteSpace)
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "a") < 26 || isDigit(byte) || byte == UInt8(ascii: "_")
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// `\s` of the regular expressions that the contract's schemas are written in (ECMA-262) takes U+FEFF too.
    private static func isWhiteSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar == "\u{FEFF}"
    }
}
