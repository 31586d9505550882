import JSONDocument
import Testing

/// One text and where it is refused; nil if it is accepted.
private func refusal(of text: [UInt8], limits: JSONLimits = JSONLimits()) -> JSONSyntaxError? {
    var tape = JSONTape(limits: limits)
    do throws(JSONSyntaxError) {
        try tape.parse(text.span)
        return nil
    } catch {
        #expect(tape.nodeCount == 0, "a tape is empty after an error")
        return error
    }
}

@Suite("JSON grammar")
struct JSONGrammarTests {
    struct Malformed: Sendable, CustomTestStringConvertible {
        let text: [UInt8]
        let problem: JSONSyntaxError.Problem
        let offset: Int
        var testDescription: String { String(decoding: text, as: UTF8.self) }

        init(_ text: String, _ problem: JSONSyntaxError.Problem, _ offset: Int) {
            self.init(Array(text.utf8), problem, offset)
        }

        init(_ text: [UInt8], _ problem: JSONSyntaxError.Problem, _ offset: Int) {
            self.text = text
            self.problem = problem
            self.offset = offset
        }
    }

    @Test(
        "each production of RFC 8259 is accepted",
        arguments: [
            // Values, with each kind of white space on both sides.
            "{}", "[]", "\"\"", "0", "true", "false", "null", " \t\n\r0\r\n\t ", "[ ]", "{ }", "\n{\t}\r",
            // Objects and arrays.
            #"{"a":1}"#, #"{"a":1,"b":2}"#, #"{ "a" : 1 , "b" : 2 }"#, #"{"":{}}"#, "[1]", "[1,2]", "[ 1 , 2 ]",
            "[[[]],{}]",
            #"{"a":[{"b":[{}]}]}"#, #"[{"a":1},{"a":2}]"#,
            // Numbers: sign, integer, fraction, exponent in every form.
            "-0", "-1", "10", "1234567890", "0.0", "0.5", "-0.5", "1.25", "1e1", "1E1", "1e+1", "1E-1", "1.5e10",
            "-1.5E+10",
            "0e0", "0E-0", "1e0001", "123456789012345678901234567890", "0.00000000000000000000000000001",
            // Strings: all escapes, all lengths around eight, the characters at the edges of each length in UTF-8.
            #""\"\\\/\b\f\n\r\t""#, #""\u0000\u001f\u0020\u00e9\uABCD\uabcd\uFFFF""#, #""\ud800\udc00\uDBFF\uDFFF""#,
            "\"1234567\"", "\"12345678\"", "\"123456789\"", "\"\u{7F}\"", "\"\u{80}\u{7FF}\"",
            "\"\u{800}\u{D7FF}\u{E000}\u{FFFF}\"", "\"\u{10000}\u{10FFFF}\"", "\"1234567é\"", "\"\u{FEFF}\"", "\"/\"",
        ]
    )
    func accepts(_ text: String) throws(TapeDifference) {
        let bytes = Array(text.utf8)
        #expect(refusal(of: bytes) == nil)
        var tape = JSONTape()
        try compareWithReference(bytes, &tape, maximumDepth: 128)
    }

    @Test("each class of malformed text is refused at its byte", arguments: malformed)
    func refuses(_ malformed: Malformed) throws(TapeDifference) {
        let error = refusal(of: malformed.text)
        #expect(error?.problem == malformed.problem)
        #expect(error?.byteOffset == malformed.offset)
        var tape = JSONTape()
        try compareWithReference(malformed.text, &tape, maximumDepth: 128)
    }

    static let malformed: [Malformed] = [
        // Nothing, and more than one value.
        Malformed("", .unexpectedEnd, 0), Malformed(" \n", .unexpectedEnd, 2), Malformed("1 2", .trailingCharacters, 2),
        Malformed("{}}", .trailingCharacters, 2), Malformed("null,", .trailingCharacters, 4),
        Malformed("\"a\"x", .trailingCharacters, 3), Malformed("1\u{A0}", .trailingCharacters, 1),
        // What is no value.
        Malformed("]", .unexpectedCharacter, 0), Malformed("'a'", .unexpectedCharacter, 0),
        Malformed("NaN", .unexpectedCharacter, 0), Malformed("Infinity", .unexpectedCharacter, 0),
        Malformed("True", .unexpectedCharacter, 0), Malformed("\u{FEFF}1", .unexpectedCharacter, 0),
        Malformed("/**/1", .unexpectedCharacter, 0), Malformed("\u{0B}1", .unexpectedCharacter, 0),
        // Words.
        Malformed("tru", .unexpectedEnd, 3), Malformed("trux", .unexpectedCharacter, 3),
        Malformed("fals3", .unexpectedCharacter, 4), Malformed("n", .unexpectedEnd, 1),
        Malformed("nul1", .unexpectedCharacter, 3), Malformed("truee", .trailingCharacters, 4),
        // Objects.
        Malformed("{", .unexpectedEnd, 1), Malformed("{ ", .unexpectedEnd, 2),
        Malformed("{1:2}", .unexpectedCharacter, 1),
        Malformed(#"{"a""#, .unexpectedEnd, 4), Malformed(#"{"a" 1}"#, .unexpectedCharacter, 5),
        Malformed(#"{"a":"#, .unexpectedEnd, 5), Malformed(#"{"a":}"#, .unexpectedCharacter, 5),
        Malformed(#"{"a":1"#, .unexpectedEnd, 6), Malformed(#"{"a":1,"#, .unexpectedEnd, 7),
        Malformed(#"{"a":1,}"#, .unexpectedCharacter, 7), Malformed(#"{"a":1 "b":2}"#, .unexpectedCharacter, 7),
        Malformed(#"{"a":1]"#, .unexpectedCharacter, 6), Malformed(#"{,}"#, .unexpectedCharacter, 1),
        Malformed(#"{"a"}"#, .unexpectedCharacter, 4), Malformed(#"{a:1}"#, .unexpectedCharacter, 1),
        Malformed(#"{"a"::1}"#, .unexpectedCharacter, 5),
        // Arrays.
        Malformed("[", .unexpectedEnd, 1), Malformed("[1", .unexpectedEnd, 2), Malformed("[1,", .unexpectedEnd, 3),
        Malformed("[1,]", .unexpectedCharacter, 3), Malformed("[,1]", .unexpectedCharacter, 1),
        Malformed("[1 2]", .unexpectedCharacter, 3), Malformed("[}", .unexpectedCharacter, 1),
        Malformed("[1:2]", .unexpectedCharacter, 2), Malformed("[1}", .unexpectedCharacter, 2),
        // Numbers.
        Malformed("-", .unexpectedEnd, 1), Malformed("+1", .unexpectedCharacter, 0), Malformed("01", .invalidNumber, 1),
        Malformed("-01", .invalidNumber, 2), Malformed("1.", .unexpectedEnd, 2), Malformed("1.e1", .invalidNumber, 2),
        Malformed(".5", .unexpectedCharacter, 0), Malformed("1e", .unexpectedEnd, 2),
        Malformed("1e+", .unexpectedEnd, 3),
        Malformed("1ex", .invalidNumber, 2), Malformed("--1", .invalidNumber, 1),
        Malformed("0x10", .trailingCharacters, 1),
        Malformed("1.5.5", .trailingCharacters, 3), Malformed("[-]", .invalidNumber, 2),
        Malformed("1_0", .trailingCharacters, 1),
        // Strings.
        Malformed("\"", .unexpectedEnd, 1), Malformed("\"a", .unexpectedEnd, 2),
        Malformed("\"12345678", .unexpectedEnd, 9), Malformed("\"a\u{01}\"", .controlCharacter, 2),
        Malformed("\"\u{1F}\"", .controlCharacter, 1), Malformed("\"1234567890\n\"", .controlCharacter, 11),
        Malformed("{\"\u{00}\":1}", .controlCharacter, 2), Malformed("\"\\", .unexpectedEnd, 2),
        Malformed("\"\\\"", .unexpectedEnd, 3), Malformed(#""\x""#, .invalidEscape, 1),
        Malformed(#""\'""#, .invalidEscape, 1),
        Malformed(#""\U0041""#, .invalidEscape, 1), Malformed(#""\u12"#, .unexpectedEnd, 5),
        Malformed(#""\u12G4""#, .invalidEscape, 5), Malformed(#""\u-123""#, .invalidEscape, 3),
        // Half a surrogate pair: first, last, reversed, doubled, cut off, and in a name.
        Malformed(#""\ud800""#, .loneSurrogate, 1), Malformed(#""\uDFFF""#, .loneSurrogate, 1),
        Malformed(#""a\udbffb""#, .loneSurrogate, 2), Malformed(#""\udc00\ud800""#, .loneSurrogate, 1),
        Malformed(#""\ud800\ud800\udc00""#, .loneSurrogate, 1), Malformed(#""\ud800\u0041""#, .loneSurrogate, 1),
        Malformed(#""\ud800\n""#, .loneSurrogate, 1), Malformed(#""\ud800"#, .loneSurrogate, 1),
        Malformed(#""\ud800\"#, .loneSurrogate, 1), Malformed(#""\ud800\u"#, .unexpectedEnd, 9),
        Malformed(#""\ud800\udc0"#, .unexpectedEnd, 12), Malformed(#""\ud800\udc00\udc00""#, .loneSurrogate, 13),
        Malformed(#"{"\ud800":1}"#, .loneSurrogate, 2),
    ]

    @Test(
        "bytes that are not UTF-8 are refused at their first byte, wherever they stand in the string",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xF0, 0x80, 0x80, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xC3], [0xE2], [0xE2, 0x82],
            [0xF0],
            [0xF0, 0x9F], [0xF0, 0x9F, 0x98], [0xC3, 0x28], [0xE2, 0x28, 0xA1], [0xE2, 0x82, 0x28],
            [0xF0, 0x28, 0x8C, 0xBC],
            [0xF0, 0x90, 0x28, 0xBC], [0xF0, 0x90, 0x8C, 0x28], [0xC3, 0xC3],
        ] as [[UInt8]]
    )
    func refusesInvalidUTF8(_ bytes: [UInt8]) throws {
        for length in 0...17 {
            let before = [UInt8](repeating: UInt8(ascii: "a"), count: length)
            for after in [Array("\"".utf8), Array("b\"".utf8), Array("bbbbbbbbb\"".utf8), []] {
                let text = Array("\"".utf8) + before + bytes + after
                let error = refusal(of: text)
                #expect(error?.problem == .invalidUTF8)
                #expect(error?.byteOffset == length + 1)
                var tape = JSONTape()
                try compareWithReference(text, &tape, maximumDepth: 128)
            }
        }
    }

    @Test("a control character is found at every place of a string of every length")
    func findsStops() throws {
        for length in 1...20 {
            for place in 0..<length {
                for byte in [0x00, 0x1F, 0x0A, 0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F] as [UInt8] {
                    var content = [UInt8](repeating: UInt8(ascii: "~"), count: length)
                    content[place] = byte
                    let text = Array("\"".utf8) + content + Array("\"".utf8)
                    let error = refusal(of: text)
                    #expect(error?.byteOffset == (byte < 0x20 ? place + 1 : nil))
                }
            }
        }
    }

    @Test(
        "a text as deep as the limit is accepted, one level more is refused at its bracket",
        arguments: [1, 2, 64, 128]
    )
    func limitsDepth(_ limit: Int) {
        let limits = JSONLimits(maximumDepth: limit)
        for (opening, closing) in [("[", "]"), (#"{"a":"#, "}")] {
            func nested(_ depth: Int) -> [UInt8] {
                let inner = opening == "[" ? "" : "1"
                return Array(
                    (String(repeating: opening, count: depth) + inner + String(repeating: closing, count: depth)).utf8
                )
            }
            #expect(refusal(of: nested(limit), limits: limits) == nil)
            let error = refusal(of: nested(limit + 1), limits: limits)
            #expect(error?.problem == .tooDeep(limit: limit))
            #expect(error?.byteOffset == limit * opening.utf8.count)
        }
        let wide = "[" + Array(repeating: "[]", count: 300).joined(separator: ",") + "]"
        #expect(refusal(of: Array(wide.utf8), limits: JSONLimits(maximumDepth: 2)) == nil)
    }

    @Test("a text as long as the limit is accepted, one byte more is not looked at")
    func limitsSize() {
        let limits = JSONLimits(maximumByteCount: 10)
        #expect(refusal(of: Array("\"12345678\"".utf8), limits: limits) == nil)
        let error = refusal(of: Array("\"123456789\"".utf8), limits: limits)
        #expect(error?.problem == .tooLarge(limit: 10))
        #expect(error?.byteOffset == 10)
    }

    @Test("limits out of range are moved to the nearest bound")
    func clampsLimits() {
        #expect(JSONLimits(maximumDepth: 0, maximumByteCount: 0) == JSONLimits(maximumDepth: 1, maximumByteCount: 1))
        #expect(JSONLimits(maximumByteCount: .max).maximumByteCount == Int(UInt32.max) - 1)
    }

    @Test("a tape is of use after an error, and grows past its first memory")
    func reuses() throws {
        var tape = JSONTape()
        let many = Array(("[" + (0..<5000).map(String.init).joined(separator: ",") + "]").utf8)
        let broken = Array("[1,2".utf8)
        for _ in 0..<3 {
            try tape.parse(many.span)
            let count = tape.nodeCount
            #expect(count == 5001)
            let found = tape.element(at: 4999, of: tape.root)
            let last = try #require(found)
            let value = tape.int64(of: last, in: many.span)
            #expect(value == 4999)
            do throws(JSONSyntaxError) {
                try tape.parse(broken.span)
                Issue.record("accepted")
            } catch {
                #expect(error.byteOffset == 4)
            }
        }
    }
}
