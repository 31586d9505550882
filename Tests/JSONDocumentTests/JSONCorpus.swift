import TestSupport

/// Random JSON texts, the same for the same seed.
struct JSONCorpus {
    private(set) var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// A whole text: mostly a container, with white space here and there.
    mutating func text() -> [UInt8] {
        var bytes: [UInt8] = []
        append(depth: 0, to: &bytes)
        return bytes
    }

    /// The text with one to three small changes: a byte replaced, taken out, put in, or the end cut off.
    mutating func mutated(_ text: [UInt8]) -> [UInt8] {
        var bytes = text
        for _ in 0...random.number(below: 3) where !bytes.isEmpty {
            let place = random.number(below: bytes.count)
            switch random.number(below: 5) {
            case 0: bytes[place] = UInt8(random.number(below: 256))
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(pick(Array(#"{}[]:,"\u0tfn-1.eE "#.utf8)), at: place)
            case 3: bytes[place] = pick(Array(#"{}[]:,"\u0tfn-1.eE "#.utf8))
            default: bytes.removeLast(bytes.count - place)
            }
        }
        return bytes
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[random.number(below: elements.count)]
    }

    private mutating func white(_ bytes: inout [UInt8]) {
        if random.number(below: 8) == 0 { bytes += pick([" ", "\n", "\t", "\r\n", "    "]).utf8 }
    }

    private mutating func append(depth: Int, to bytes: inout [UInt8]) {
        white(&bytes)
        switch random.number(below: depth == 0 ? 3 : depth > 4 ? 8 : 12) {
        case 0...2 where depth == 0, 8...9:
            bytes.append(UInt8(ascii: "{"))
            let count = random.number(below: 40) == 0 ? 90 : random.number(below: 9)
            for index in 0..<count {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                white(&bytes)
                appendString(isName: true, to: &bytes)
                white(&bytes)
                bytes.append(UInt8(ascii: ":"))
                append(depth: count > 20 ? 5 : depth + 1, to: &bytes)
            }
            white(&bytes)
            bytes.append(UInt8(ascii: "}"))
        case 10...11:
            bytes.append(UInt8(ascii: "["))
            for index in 0..<random.number(below: 6) {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(depth: depth + 1, to: &bytes)
            }
            white(&bytes)
            bytes.append(UInt8(ascii: "]"))
        case 0...3: appendString(isName: false, to: &bytes)
        case 4...5: appendNumber(to: &bytes)
        default: bytes += pick(["true", "false", "null"]).utf8
        }
        white(&bytes)
    }

    /// Names are short and few, so that equal ones are common, escaped and not.
    private mutating func appendString(isName: Bool, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for _ in 0..<random.number(below: isName ? 3 : 14) {
            switch random.number(below: 12) {
            case 0: bytes += pick([#"\n"#, #"\""#, #"\\"#, #"\/"#, #"\u0061"#, #"\u00e9"#, #"\ud83d\ude00"#]).utf8
            case 1: bytes += pick(["é", "€", "😀", "\u{7FF}", "\u{800}", "\u{10FFFF}"]).utf8
            case 2: bytes += pick(["properties.", "12345678", "a long run of plain text"]).utf8
            default: bytes.append(UInt8(ascii: "a") + UInt8(random.number(below: isName ? 3 : 26)))
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendNumber(to bytes: inout [UInt8]) {
        if random.number(below: 3) == 0 { bytes.append(UInt8(ascii: "-")) }
        bytes += String(pick([0, 1, 9, 10, 123_456, 9_007_199_254_740_991]) as Int).utf8
        if random.number(below: 3) == 0 { bytes += pick([".0", ".5", ".125", ".000001"]).utf8 }
        if random.number(below: 4) == 0 { bytes += pick(["e1", "E+2", "e-3", "E0"]).utf8 }
    }
}
