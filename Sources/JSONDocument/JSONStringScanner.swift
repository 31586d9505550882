internal import CByteScan

/// Finds the end of a string, and refuses what cannot stand in one.
enum JSONStringScanner {
    typealias End = (position: Int, flags: UInt8)

    /// Steps over plain ASCII sixteen bytes at a time; all else is for ``rest(_:from:)``.
    ///
    /// `start` is where the opening quote stands; what comes back is the position after the closing one, and the node's flags.
    @inline(__always)
    static func end(_ text: Span<UInt8>, from start: Int) throws(JSONSyntaxError) -> End {
        var position = start &+ 1
        while position &+ 16 <= text.count {
            let low = ByteWord.load(text, uncheckedAt: position)
            let high = ByteWord.load(text, uncheckedAt: position &+ 8)
            let plain = Int(truncatingIfNeeded: plain_prefix_16(low, high))
            position &+= plain
            if plain == 16 { continue }
            // Inside the sixteen bytes just tested.
            if text[unchecked: position] == UInt8(ascii: "\"") { return (position &+ 1, 0) }
            break
        }
        return try rest(text, from: position)
    }

    /// Reads the rest of a string that has begun before `start`.
    @inline(never)
    private static func rest(_ text: Span<UInt8>, from start: Int) throws(JSONSyntaxError) -> End {
        var position = start
        var flags: UInt8 = 0
        while true {
            if position &+ 8 <= text.count {
                let stops = ByteWord.stops(in: ByteWord.load(text, uncheckedAt: position))
                if stops == 0 {
                    position &+= 8
                    continue
                }
                position &+= stops.trailingZeroBitCount &>> 3
            }
            guard position < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
            let byte = text[unchecked: position]
            if byte == UInt8(ascii: "\"") { return (position &+ 1, flags) }
            if byte == UInt8(ascii: "\\") {
                flags |= Node.escaped
                position = try escape(text, from: position)
            } else if byte < 0x20 {
                throw JSONSyntaxError(.controlCharacter, at: position)
            } else if byte >= 0x80 {
                flags |= Node.nonASCII
                position = try multiByteCharacter(text, from: position)
            } else {
                position &+= 1
            }
        }
    }

    /// - Returns: the position after an escape, or after the pair of escapes of a surrogate pair.
    private static func escape(_ text: Span<UInt8>, from start: Int) throws(JSONSyntaxError) -> Int {
        guard start + 1 < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: text.count) }
        switch text[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            let unit = try codeUnit(text, from: start + 2)
            guard unit & 0xF800 == 0xD800 else { return start + 6 }
            guard unit < 0xDC00, start + 7 < text.count, text[start + 6] == UInt8(ascii: "\\"),
                text[start + 7] == UInt8(ascii: "u")
            else { throw JSONSyntaxError(.loneSurrogate, at: start) }
            guard try codeUnit(text, from: start + 8) & 0xFC00 == 0xDC00 else {
                throw JSONSyntaxError(.loneSurrogate, at: start)
            }
            return start + 12
        default:
            throw JSONSyntaxError(.invalidEscape, at: start)
        }
    }

    /// Reads the four digits of an escape such as `\u00e9`.
    private static func codeUnit(_ text: Span<UInt8>, from start: Int) throws(JSONSyntaxError) -> UInt32 {
        var unit: UInt32 = 0
        for position in start..<start + 4 {
            guard position < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: text.count) }
            guard let digit = HexDigit.value(of: text[position]) else {
                throw JSONSyntaxError(.invalidEscape, at: position)
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// Steps over one well-formed UTF-8 sequence of two to four bytes (Unicode 15, table 3-7).
    private static func multiByteCharacter(_ text: Span<UInt8>, from start: Int) throws(JSONSyntaxError) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch text[start] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONSyntaxError(.invalidUTF8, at: start)
        }
        guard start + length <= text.count, second.contains(text[start + 1]) else {
            throw JSONSyntaxError(.invalidUTF8, at: start)
        }
        for offset in 2..<max(2, length) where text[start + offset] & 0xC0 != 0x80 {
            throw JSONSyntaxError(.invalidUTF8, at: start)
        }
        return start + length
    }
}

/// Hexadecimal digits in ASCII.
enum HexDigit {
    @inline(__always)
    static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
