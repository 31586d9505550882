import JSONDocument
import Testing

@Suite("JSON look-up")
struct JSONLookUpTests {
    /// Names that are hard to tell apart: one is the start of another, they differ in one byte at each place, or are equal
    /// in the first and the last eight bytes.
    static let names: [String] = {
        var names = [""]
        for length in 1...24 { names.append(String(repeating: "n", count: length)) }
        for place in 0..<24 {
            var characters = Array(repeating: Character("n"), count: 24)
            characters[place] = "x"
            names.append(String(characters))
        }
        return names
    }()

    private static func text(_ names: some Sequence<String>) -> [UInt8] {
        Array(("{" + names.enumerated().map { #""\#($1)":\#($0)"# }.joined(separator: ",") + "}").utf8)
    }

    @Test("names are told apart by every byte, in objects of every size")
    func tellsApart() throws {
        var tape = JSONTape()
        for count in 1...Self.names.count {
            let text = Self.text(Self.names.prefix(count))
            try tape.parse(text.span)
            let visible = tape.count(of: tape.root)
            #expect(visible == count)
            for (index, name) in Self.names.enumerated() {
                let found = tape.member(JSONName(name), of: tape.root, in: text.span)
                let value = found.flatMap { tape.int64(of: $0, in: text.span) }
                #expect(value == (index < count ? Int64(index) : nil))
            }
        }
    }

    @Test(
        "of two equal names the last counts, at each pair of places, short and long, escaped and not",
        arguments: [2, 5, 63, 64, 65, 66, 200, 511, 512, 513, 600]
    )
    func lastCounts(_ count: Int) throws {
        var tape = JSONTape()
        for (name, second) in [
            ("a", "a"), ("a", #"\u0061"#), ("exactly8", "exactly8"), ("longer than eight", "longer than eight"),
            ("é", #"\u00e9"#),
        ] {
            for first in [0, count / 2 - 1] {
                for last in [first + 1, count - 1] where last > first {
                    var names = (0..<count).map { "other\($0)" }
                    names[first] = name
                    names[last] = second
                    let text = Self.text(names)
                    try tape.parse(text.span)
                    let visible = tape.count(of: tape.root)
                    #expect(visible == count - 1)
                    let found = tape.member(JSONName(name), of: tape.root, in: text.span)
                    let value = found.flatMap { tape.int64(of: $0, in: text.span) }
                    #expect(value == Int64(last))
                }
            }
        }
    }

    @Test("equal names in different objects are no duplicates, and an inner pair leaves the outer members alone")
    func nestedObjects() throws {
        let text = Array(#"{"a":{"a":1,"b":{"a":2,"a":3}},"b":[{"a":4},{"a":5,"c":6,"a":7}]}"#.utf8)
        let value = try ReferenceJSON.parsed(text)
        #expect(
            try value == ReferenceJSON.parsed(Array(#"{"a":{"a":1,"b":{"a":3}},"b":[{"a":4},{"c":6,"a":7}]}"#.utf8))
        )
    }

    @Test("a name is found and compared at the very end of the text, where no eight bytes are left")
    func shortText() throws {
        var tape = JSONTape()
        for text in [#"{"a":1}"#, #"["a"]"#, #""a""#, #""""#, #"{"":1}"#].map({ Array($0.utf8) }) {
            try tape.parse(text.span)
            try compareWithReference(text, &tape, maximumDepth: 128)
        }
        let text = Array(#""abc""#.utf8)
        try tape.parse(text.span)
        for (name, isEqual) in [("abc", true), ("abd", false), ("ab", false), ("abcd", false), ("", false)] {
            let answer = tape.equals(tape.root, JSONName(name), in: text.span)
            #expect(answer == isEqual)
        }
    }

    @Test("an accessor of another kind answers nothing")
    func otherKinds() throws {
        let text = Array(#"{"o":{},"a":[],"s":"x","n":1.5,"b":false,"z":null}"#.utf8)
        var tape = JSONTape()
        try tape.parse(text.span)
        var members = tape.members(of: tape.root)
        while let (_, value) = tape.next(&members) {
            let kind = tape.kind(of: value)
            let string = tape.string(of: value, in: text.span)
            let boolean = tape.boolean(of: value)
            let number = tape.double(of: value, in: text.span)
            let integer = tape.int64(of: value, in: text.span)
            let count = tape.count(of: value)
            let member = tape.member("o", of: value, in: text.span)
            let element = tape.element(at: 0, of: value)
            #expect((string != nil) == (kind == .string))
            #expect((boolean != nil) == (kind == .boolean))
            #expect((number != nil) == (kind == .number))
            #expect(integer == nil && count == 0 && member == nil && element == nil)
        }
    }

    @Test(
        "whole numbers are read up to the bounds of 64 bits",
        arguments: [
            ("0", 0), ("-0", 0), ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("99999999999999999999", nil), ("1.0", nil),
            ("1e2", nil),
        ] as [(String, Int64?)]
    )
    func readsIntegers(_ source: String, _ expected: Int64?) throws {
        let text = Array(source.utf8)
        var tape = JSONTape()
        try tape.parse(text.span)
        let value = tape.int64(of: tape.root, in: text.span)
        #expect(value == expected)
    }

    @Test(
        "numbers past the doubles have no value",
        arguments: [("1e308", true), ("1e309", false), ("-1e400", false), ("1e-400", true)]
    )
    func readsDoubles(_ source: String, _ isFinite: Bool) throws {
        let text = Array(source.utf8)
        var tape = JSONTape()
        try tape.parse(text.span)
        let value = tape.double(of: tape.root, in: text.span)
        #expect((value != nil) == isFinite)
    }
}
