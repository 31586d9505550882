/// A JSON value as a tree, for comparison with the tape.
indirect enum ReferenceJSON: Equatable {
    /// A member's name, escapes resolved, and its value.
    struct Member: Equatable {
        let name: [UInt8]
        let value: ReferenceJSON
    }

    /// Members in the order of the text; of equal names only the last.
    case object([Member])
    case array([ReferenceJSON])
    /// The characters as UTF-8, escapes resolved.
    case string([UInt8])
    /// The number as it is written.
    case number([UInt8])
    case boolean(Bool)
    case null
}

/// The reference for the tape: RFC 8259 byte by byte, recursive, every access checked, nothing shared with the product.
struct ReferenceParser {
    /// Where the first wrong byte stands.
    struct Refusal: Error, Equatable {
        let byteOffset: Int
    }

    private let text: [UInt8]
    private let maximumDepth: Int
    private var position = 0

    static func parse(_ text: [UInt8], maximumDepth: Int) throws(Refusal) -> ReferenceJSON {
        var parser = ReferenceParser(text: text, maximumDepth: maximumDepth)
        let value = try parser.value(depth: 0)
        parser.skipWhiteSpace()
        guard parser.position == text.count else { throw parser.refusal }
        return value
    }

    private init(text: [UInt8], maximumDepth: Int) {
        self.text = text
        self.maximumDepth = maximumDepth
    }

    private var refusal: Refusal { Refusal(byteOffset: position) }
    private var byte: UInt8? { position < text.count ? text[position] : nil }

    private mutating func skipWhiteSpace() {
        while let byte, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private mutating func take(_ expected: Character) throws(Refusal) {
        guard byte == expected.asciiValue else { throw refusal }
        position += 1
    }

    private mutating func word(_ word: String, _ value: ReferenceJSON) throws(Refusal) -> ReferenceJSON {
        for character in word { try take(character) }
        return value
    }

    private mutating func value(depth: Int) throws(Refusal) -> ReferenceJSON {
        skipWhiteSpace()
        switch byte.map({ Character(Unicode.Scalar($0)) }) {
        case "{": return try object(depth: depth)
        case "[": return try array(depth: depth)
        case "\"": return .string(try string())
        case "t": return try word("true", .boolean(true))
        case "f": return try word("false", .boolean(false))
        case "n": return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(Refusal) -> ReferenceJSON {
        guard depth < maximumDepth else { throw refusal }
        position += 1
        skipWhiteSpace()
        var members: [ReferenceJSON.Member] = []
        if byte != UInt8(ascii: "}") {
            while true {
                skipWhiteSpace()
                let name = try string()
                skipWhiteSpace()
                try take(":")
                let value = try value(depth: depth + 1)
                members.removeAll { $0.name == name }
                members.append(ReferenceJSON.Member(name: name, value: value))
                skipWhiteSpace()
                guard byte == UInt8(ascii: ",") else { break }
                position += 1
            }
        }
        try take("}")
        return .object(members)
    }

    private mutating func array(depth: Int) throws(Refusal) -> ReferenceJSON {
        guard depth < maximumDepth else { throw refusal }
        position += 1
        skipWhiteSpace()
        var elements: [ReferenceJSON] = []
        if byte != UInt8(ascii: "]") {
            while true {
                elements.append(try value(depth: depth + 1))
                skipWhiteSpace()
                guard byte == UInt8(ascii: ",") else { break }
                position += 1
            }
        }
        try take("]")
        return .array(elements)
    }

    private var startsWithDigit: Bool { byte.map { (0x30...0x39).contains($0) } ?? false }

    private mutating func digits() throws(Refusal) {
        guard startsWithDigit else { throw refusal }
        while startsWithDigit { position += 1 }
    }

    private mutating func number() throws(Refusal) -> ReferenceJSON {
        let start = position
        if byte == UInt8(ascii: "-") { position += 1 }
        if byte == UInt8(ascii: "0") {
            position += 1
            if startsWithDigit { throw refusal }
        } else {
            try digits()
        }
        if byte == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            position += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return .number(Array(text[start..<position]))
    }

    private mutating func string() throws(Refusal) -> [UInt8] {
        try take("\"")
        var content: [UInt8] = []
        while true {
            guard let byte else { throw refusal }
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return content
            case UInt8(ascii: "\\"): content += try escape()
            case 0..<0x20: throw refusal
            case 0x20..<0x80:
                content.append(byte)
                position += 1
            default: content += try multiByteCharacter()
            }
        }
    }

    private mutating func escape() throws(Refusal) -> [UInt8] {
        let start = position
        position += 1
        guard let byte else { throw refusal }
        let simple: [Character: UInt8] = [
            "\"": 0x22, "\\": 0x5C, "/": 0x2F, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9,
        ]
        if let character = simple[Character(Unicode.Scalar(byte))] {
            position += 1
            return [character]
        }
        guard byte == UInt8(ascii: "u") else { throw Refusal(byteOffset: start) }
        var scalar = try codeUnit()
        if (0xD800..<0xDC00).contains(scalar), position + 1 < text.count, text[position] == UInt8(ascii: "\\"),
            text[position + 1] == UInt8(ascii: "u")
        {
            position += 1
            let low = try codeUnit()
            guard (0xDC00..<0xE000).contains(low) else { throw Refusal(byteOffset: start) }
            scalar = 0x10000 + (scalar - 0xD800) * 0x400 + (low - 0xDC00)
        }
        guard let character = Unicode.Scalar(scalar) else { throw Refusal(byteOffset: start) }
        return Array(String(character).utf8)
    }

    private mutating func codeUnit() throws(Refusal) -> UInt32 {
        position += 1
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw refusal
            }
            unit = unit * 16 + UInt32(digit)
            position += 1
        }
        return unit
    }

    /// Decodes by arithmetic, and refuses by the value: too long a form, a surrogate, past the last character.
    private mutating func multiByteCharacter() throws(Refusal) -> [UInt8] {
        let start = position
        let lead = UInt32(text[start])
        let count = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
        guard lead >= 0xC0, lead < 0xF8, start + count <= text.count else { throw refusal }
        var scalar = lead & (0x7F >> UInt32(count))
        for byte in text[start + 1..<start + count] {
            guard byte & 0xC0 == 0x80 else { throw refusal }
            scalar = scalar << 6 | UInt32(byte & 0x3F)
        }
        let smallest: UInt32 = count == 2 ? 0x80 : count == 3 ? 0x800 : 0x10000
        guard scalar >= smallest, Unicode.Scalar(scalar) != nil else { throw refusal }
        position += count
        return Array(text[start..<position])
    }
}
