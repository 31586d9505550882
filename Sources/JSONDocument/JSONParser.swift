/// Writes the nodes of one text. All state of the loop lives in this value and is passed as `self`: no closure and no nested
/// function captures it, since captured mutable locals would be boxed and cost five times as much.
struct JSONParser: ~Copyable {
    private var nodes: ContiguousArray<Node>
    private let maximumDepth: Int
    private var position = 0
    private var depth = 0
    /// The index of the innermost open container.
    private var open = 0

    init(nodes: consuming ContiguousArray<Node>, maximumDepth: Int) {
        self.nodes = nodes
        self.maximumDepth = maximumDepth
    }

    consuming func takeNodes() -> ContiguousArray<Node> { nodes }

    mutating func parse(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        while true {
            guard try value(text) else { continue }
            while depth > 0 {
                guard try afterValue(text) else { break }
            }
            guard depth > 0 else { break }
        }
        skipWhiteSpace(text)
        if position < text.count { throw JSONSyntaxError(.trailingCharacters, at: position) }
    }

    /// Reads one value, or opens a container.
    ///
    /// - Returns: whether a value is complete; otherwise the first value of the container opened comes next.
    private mutating func value(_ text: Span<UInt8>) throws(JSONSyntaxError) -> Bool {
        skipWhiteSpace(text)
        guard position < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
        switch text[position] {
        case UInt8(ascii: "\""):
            try string(text)
            return true
        case UInt8(ascii: "{"):
            return try openContainer(.object, closing: UInt8(ascii: "}"), text)
        case UInt8(ascii: "["):
            return try openContainer(.array, closing: UInt8(ascii: "]"), text)
        case UInt8(ascii: "t"):
            try literal("true", .boolean, Node.isTrue, text)
            return true
        case UInt8(ascii: "f"):
            try literal("false", .boolean, 0, text)
            return true
        case UInt8(ascii: "n"):
            try literal("null", .null, 0, text)
            return true
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try number(text)
            return true
        default:
            throw JSONSyntaxError(.unexpectedCharacter, at: position)
        }
    }

    private mutating func openContainer(
        _ kind: JSONKind,
        closing: UInt8,
        _ text: Span<UInt8>
    ) throws(JSONSyntaxError) -> Bool {
        guard depth < maximumDepth else { throw JSONSyntaxError(.tooDeep(limit: maximumDepth), at: position) }
        nodes.append(Node(start: UInt32(position), length: 0, next: UInt32(open), kind: kind, flags: 0))
        open = nodes.count - 1
        depth += 1
        position += 1
        skipWhiteSpace(text)
        guard position < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
        if text[position] == closing {
            close(text)
            return true
        }
        if kind == .object { try name(text) }
        return false
    }

    /// Reads the comma or the bracket that follows a value inside a container.
    ///
    /// - Returns: whether the container was closed, and so is itself a complete value.
    private mutating func afterValue(_ text: Span<UInt8>) throws(JSONSyntaxError) -> Bool {
        skipWhiteSpace(text)
        guard position < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
        let isObject = nodes[open].kind == .object
        switch text[position] {
        case UInt8(ascii: ","):
            position += 1
            if isObject {
                skipWhiteSpace(text)
                try name(text)
            }
            return false
        case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject:
            close(text)
            return true
        default:
            throw JSONSyntaxError(.unexpectedCharacter, at: position)
        }
    }

    private mutating func close(_ text: Span<UInt8>) {
        position += 1
        let closed = open
        let isObject = nodes[closed].kind == .object
        open = Int(nodes[closed].next)
        nodes[closed].length = UInt32(position) - nodes[closed].start
        nodes[closed].next = UInt32(nodes.count)
        depth -= 1
        if isObject, nodes.count - closed > 3 { DuplicateNames.mark(inObject: closed, of: &nodes, text) }
    }

    private mutating func name(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        guard position < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
        guard text[position] == UInt8(ascii: "\"") else { throw JSONSyntaxError(.unexpectedCharacter, at: position) }
        try string(text)
        skipWhiteSpace(text)
        guard position < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
        guard text[position] == UInt8(ascii: ":") else { throw JSONSyntaxError(.unexpectedCharacter, at: position) }
        position += 1
    }

    @inline(__always)
    private mutating func skipWhiteSpace(_ text: Span<UInt8>) {
        while position < text.count {
            let byte = text[position]
            guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position += 1
        }
    }

    private mutating func literal(
        _ word: StaticString,
        _ kind: JSONKind,
        _ flags: UInt8,
        _ text: Span<UInt8>
    ) throws(JSONSyntaxError) {
        let start = position
        for offset in 0..<word.utf8CodeUnitCount {
            guard position < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
            guard text[position] == word.utf8Start[offset] else {
                throw JSONSyntaxError(.unexpectedCharacter, at: position)
            }
            position += 1
        }
        append(kind, from: start, flags)
    }

    @inline(__always)
    private mutating func append(_ kind: JSONKind, from start: Int, _ flags: UInt8) {
        nodes.append(
            Node(
                start: UInt32(start),
                length: UInt32(position - start),
                next: UInt32(nodes.count + 1),
                kind: kind,
                flags: flags
            )
        )
    }

    private mutating func number(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let start = position
        var flags: UInt8 = 0
        if text[position] == UInt8(ascii: "-") { position += 1 }
        guard position < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
        if text[position] == UInt8(ascii: "0") {
            position += 1
            if position < text.count, Self.isDigit(text[position]) {
                throw JSONSyntaxError(.invalidNumber, at: position)
            }
        } else {
            try digits(text)
        }
        if position < text.count, text[position] == UInt8(ascii: ".") {
            flags = Node.fraction
            position += 1
            try digits(text)
        }
        if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
            flags = Node.fraction
            position += 1
            if position < text.count, text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits(text)
        }
        append(.number, from: start, flags)
    }

    /// One digit or more.
    private mutating func digits(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        guard position < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
        guard Self.isDigit(text[position]) else { throw JSONSyntaxError(.invalidNumber, at: position) }
        while position < text.count, Self.isDigit(text[position]) { position += 1 }
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    /// Reads a string from its opening quote on, eight bytes at a time where they are plain ASCII.
    private mutating func string(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let start = position
        var flags: UInt8 = 0
        position += 1
        while true {
            if position + 8 <= text.count {
                let word = text.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self)
                let stops = Self.stops(in: UInt64(littleEndian: word))
                if stops == 0 {
                    position += 8
                    continue
                }
                position += stops.trailingZeroBitCount >> 3
            }
            guard position < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
            let byte = text[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                append(.string, from: start, flags)
                return
            }
            if byte == UInt8(ascii: "\\") {
                flags |= Node.escaped
                try escape(text)
            } else if byte < 0x20 {
                throw JSONSyntaxError(.controlCharacter, at: position)
            } else if byte >= 0x80 {
                flags |= Node.nonASCII
                try multiByteCharacter(text)
            } else {
                position += 1
            }
        }
    }

    /// The high bit of each byte that is a quote, a backslash, a control character or not ASCII. Bits above the lowest may be
    /// set by a borrow; the lowest is exact, and only that one is used.
    @inline(__always)
    private static func stops(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quotes = word ^ (ones &* 0x22)
        let backslashes = word ^ (ones &* 0x5C)
        let found =
            ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes) | ((word &- (ones &* 0x20)) & ~word)
        return (found | word) & highs
    }

    private mutating func escape(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let start = position
        guard position + 1 < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: text.count) }
        position += 1
        switch text[position] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            let unit = try unicodeEscape(text)
            guard unit & 0xF800 == 0xD800 else { return }
            guard unit < 0xDC00, position + 1 < text.count, text[position] == UInt8(ascii: "\\"),
                text[position + 1] == UInt8(ascii: "u")
            else { throw JSONSyntaxError(.loneSurrogate, at: start) }
            position += 1
            guard try unicodeEscape(text) & 0xFC00 == 0xDC00 else { throw JSONSyntaxError(.loneSurrogate, at: start) }
        default:
            throw JSONSyntaxError(.invalidEscape, at: start)
        }
    }

    /// Reads `uXXXX`; `position` stands on the `u`.
    private mutating func unicodeEscape(_ text: Span<UInt8>) throws(JSONSyntaxError) -> UInt32 {
        var unit: UInt32 = 0
        for offset in 1...4 {
            guard position + offset < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: text.count) }
            guard let digit = HexDigit.value(of: text[position + offset]) else {
                throw JSONSyntaxError(.invalidEscape, at: position + offset)
            }
            unit = unit << 4 | UInt32(digit)
        }
        position += 5
        return unit
    }

    /// Steps over one well-formed UTF-8 sequence of two to four bytes (Unicode 15, table 3-7).
    private mutating func multiByteCharacter(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let first = text[position]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONSyntaxError(.invalidUTF8, at: position)
        }
        guard position + length <= text.count, second.contains(text[position + 1]) else {
            throw JSONSyntaxError(.invalidUTF8, at: position)
        }
        for offset in 2..<max(2, length) where text[position + offset] & 0xC0 != 0x80 {
            throw JSONSyntaxError(.invalidUTF8, at: position)
        }
        position += length
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
