/// Resolves the escapes of strings that the parser has accepted.
enum JSONString {
    /// Appends the characters of a string as UTF-8.
    static func appendContent(of node: Node, in text: Span<UInt8>, to bytes: inout [UInt8]) {
        let start = Int(node.start) + 1
        let end = Int(node.start) + Int(node.length) - 1
        guard node.flags & Node.escaped != 0 else {
            append(text, from: start, to: end, to: &bytes)
            return
        }
        var run = start
        var index = start
        while index < end {
            guard text[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            append(text, from: run, to: index, to: &bytes)
            index = appendEscape(at: index, in: text, to: &bytes)
            run = index
        }
        append(text, from: run, to: end, to: &bytes)
    }

    @inline(__always)
    private static func append(_ text: Span<UInt8>, from start: Int, to end: Int, to bytes: inout [UInt8]) {
        text.extracting(start..<end).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    /// - Returns: the index after the escape.
    private static func appendEscape(at index: Int, in text: Span<UInt8>, to bytes: inout [UInt8]) -> Int {
        switch text[index + 1] {
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            let unit = codeUnit(at: index + 2, in: text)
            guard unit & 0xFC00 == 0xD800 else {
                append(scalar: unit, to: &bytes)
                return index + 6
            }
            let low = codeUnit(at: index + 8, in: text)
            append(scalar: 0x10000 + ((unit & 0x3FF) << 10 | low & 0x3FF), to: &bytes)
            return index + 12
        case let byte: bytes.append(byte)
        }
        return index + 2
    }

    private static func codeUnit(at index: Int, in text: Span<UInt8>) -> UInt32 {
        var unit: UInt32 = 0
        for offset in 0..<4 { unit = unit << 4 | UInt32(HexDigit.value(of: text[index + offset]) ?? 0) }
        return unit
    }

    private static func append(scalar: UInt32, to bytes: inout [UInt8]) {
        // The parser has refused lone surrogates, so the replacement character cannot appear.
        let scalar = Unicode.Scalar(scalar) ?? "\u{FFFD}"
        bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
}
