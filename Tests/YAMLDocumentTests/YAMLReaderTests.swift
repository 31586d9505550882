import Testing
import YAMLDocument

/// A text that must be refused, and the whole error: place, problem and remedy.
struct RefusedText: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    let error: String

    init(_ testDescription: String, _ text: String, _ error: String) {
        self.testDescription = testDescription
        self.text = text
        self.error = error
    }
}

/// Writes a node in a short form that tests compare: kinds are visible, places are not.
func form(_ node: YAMLNode) -> String {
    switch node.value {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let text): "n:\(text)"
    case .text(let text): "\"\(text)\""
    case .list(let elements): "[\(elements.map(form).joined(separator: " "))]"
    case .map(let members): "{\(members.map { "\($0.key)=\(form($0.value))" }.joined(separator: " "))}"
    }
}

/// Where each key and each scalar stands, in order of the file.
func marks(_ node: YAMLNode) -> String {
    switch node.value {
    case .list(let elements): (["\(node.mark.line):\(node.mark.column)"] + elements.map(marks)).joined(separator: " ")
    case .map(let members):
        members.map { "\($0.key)@\($0.keyMark.line):\($0.keyMark.column) \(marks($0.value))" }.joined(separator: " ")
    default: "\(node.mark.line):\(node.mark.column)"
    }
}

@Suite("YAML reader")
struct YAMLReaderTests {
    @Test(
        "types plain scalars by the core schema of YAML 1.2",
        arguments: [
            ("null", "null"), ("~", "null"), ("", "null"), ("Null", "null"), ("nULL", "\"nULL\""),
            ("true", "true"), ("True", "true"), ("FALSE", "false"), ("tRUE", "\"tRUE\""),
            ("yes", "\"yes\""), ("no", "\"no\""), ("on", "\"on\""), ("off", "\"off\""), ("y", "\"y\""),
            ("0", "0"), ("-5", "-5"), ("+7", "7"), ("0123", "123"), ("0o17", "15"), ("0xFf", "255"),
            ("0o18", "\"0o18\""), ("0xg", "\"0xg\""), ("0x", "\"0x\""), ("-0x10", "\"-0x10\""),
            ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
            ("9223372036854775808", "n:9223372036854775808"), ("1.50", "n:1.50"), (".5", "n:0.5"), ("-.5", "n:-0.5"),
            ("1.", "n:1.0"), ("+1e3", "n:1e3"), ("1.e3", "n:1e3"), ("007.5", "n:7.5"), ("1e", "\"1e\""),
            ("1.2.3", "\"1.2.3\""),
            (".", "\".\""), ("-", "[null]"), ("+", "\"+\""), ("1_000", "\"1_000\""), ("12:30", "\"12:30\""),
            ("2026-01-01", "\"2026-01-01\""), ("100ms", "\"100ms\""), ("'5'", "\"5\""), ("\"true\"", "\"true\""),
            ("\"\"", "\"\""), ("=", "\"=\""), ("<<", "\"<<\""), ("!!str 12", "\"12\""), ("! 12", "\"12\""),
            ("!!int \"12\"", "12"), ("!!float 1", "n:1.0"), ("!!null \"\"", "null"), ("|\n  a\n  b\n", "\"a\nb\n\""),
            (">-\n  a\n  b\n", "\"a b\""), ("\"\\u00e9\\U0001F600\"", "\"é😀\""),
        ]
    )
    func types(_ text: String, _ expected: String) throws {
        #expect(form(try YAMLReader.read(Array(text.utf8))) == expected)
    }

    @Test(
        "reads lists, maps, aliases and comments",
        arguments: [
            ("a: 1\nb: [x, 2]\n", "{a=1 b=[\"x\" 2]}"),
            ("# only a comment\n", "null"),
            ("--- \na: 1\n...\n", "{a=1}"),
            ("%YAML 1.2\n---\n5\n", "5"),
            ("1: a\ntrue: b\n~: c\n'': d\n", "{1=\"a\" true=\"b\" ~=\"c\" =\"d\"}"),
            ("a: &x [1]\nb: *x\nc: [*x, *x]\n", "{a=[1] b=[1] c=[[1] [1]]}"),
            ("a: &x 1\nb: &x 2\nc: *x\n", "{a=1 b=2 c=2}"),
            ("&k a: 1\nb: {*k : 2}\n", "{a=1 b={a=2}}"),
            ("{ \"@path\": $.userId, when: type = \"identify\" }", "{@path=\"$.userId\" when=\"type = \"identify\"\"}"),
            ("- a\n-\n  - b\n", "[\"a\" [\"b\"]]"),
            ("<<: {a: 1}\n", "{<<={a=1}}"),
        ]
    )
    func reads(_ text: String, _ expected: String) throws {
        #expect(form(try YAMLReader.read(Array(text.utf8))) == expected)
    }

    @Test("keeps the line and the column in code points of keys and values, behind a byte order mark too")
    func marksPlaces() throws {
        let text = "é: ü\nlist:\n  - 😀x: [a, \"b\"]\n    y: 1\n"
        let expected = "é@1:1 1:4 list@2:1 3:3 😀x@3:5 3:9 3:10 3:13 y@4:5 4:8"
        #expect(marks(try YAMLReader.read(Array(text.utf8))) == expected)
        #expect(marks(try YAMLReader.read([0xEF, 0xBB, 0xBF] + Array(text.utf8))) == expected)
    }

    @Test("keeps the text of a scalar as written")
    func keepsText() throws {
        let node = try YAMLReader.read(Array("{a: 0x10, b: +1.50, c: '2', d: ~}".utf8))
        #expect(["a", "b", "c", "d"].map { node[$0]?.scalarText } == ["0x10", "+1.50", "2", "~"])
        #expect(node.scalarText == nil)
        #expect(node["e"] == nil)
    }

    @Test(
        "refuses with place, problem and remedy",
        arguments: [
            RefusedText(
                "a key twice",
                "a: 1\nb:\n  c: 1\n  c: 2\n",
                "4:3: the key 'c' stands twice, first at 3:3; remove one"
            ),
            RefusedText(
                "a key twice in different quotes",
                "{a: 1, \"a\": 2}",
                "1:8: the key 'a' stands twice, first at 1:2; remove one"
            ),
            RefusedText(
                "a list as key",
                "? [a]\n: 1\n",
                "1:3: a key is a list; write text; a value in braces needs quotes"
            ),
            RefusedText(
                "a template without quotes",
                "a: {{ x }}\n",
                "1:5: a key is a map; write text; a value in braces needs quotes"
            ),
            RefusedText(
                "an alias of a list as key",
                "a: &x [1]\n*x : 2\n",
                "2:1: a key is a list; write text; a value in braces needs quotes"
            ),
            RefusedText(
                "two documents",
                "a: 1\n---\nb: 2\n",
                "2:1: a second document starts here; write one document a file, without '---' between parts"
            ),
            RefusedText(
                "an alias without an anchor",
                "a: *b\n",
                "1:4: no anchor '&b' stands before '*b'; put a text that starts with '*' in quotes"
            ),
            RefusedText(
                "an alias inside its anchor",
                "a: &b\n  c: *b\n",
                "2:6: '*b' stands inside its own anchor '&b'; remove it"
            ),
            RefusedText(
                "an unknown tag",
                "a: !secret x\n",
                "1:4: the tag '!secret' is not known; remove it, and put a text that starts with '!' in quotes"
            ),
            RefusedText(
                "a tag on a map",
                "a: !!set {b}\n",
                "1:4: the tag '!!set' is not known; remove it, and put a text that starts with '!' in quotes"
            ),
            RefusedText(
                "a tag that lies",
                "!!int abc",
                "1:1: the value is not what its tag '!!int' says; remove it, and put a text that starts with '!' in quotes"
            ),
            RefusedText("infinity", "a: [1, -.inf]", "1:8: '-.inf' is not a number; put it in quotes if it is text"),
            RefusedText("not a number", "a: .NaN", "1:4: '.NaN' is not a number; put it in quotes if it is text"),
            RefusedText(
                "hexadecimal of 64 bits",
                "0xFFFFFFFFFFFFFFFF",
                "1:1: '0xFFFFFFFFFFFFFFFF' is more than 9223372036854775807; "
                    + "write it in decimal, or in quotes if it is text"
            ),
            RefusedText(
                "a colon in a plain text",
                "a: b: c\n",
                "1:5: mapping values are not allowed in this context; "
                    + "put a text that holds ': ' in quotes, and give keys of one map the same indentation"
            ),
            RefusedText(
                "a tab as indentation",
                "a:\n\tb: 1\n",
                "2:1: found character that cannot start any token while scanning for the next token; "
                    + "indent with spaces, and put texts and keys that start with a special character in quotes, such as \"@path\""
            ),
            RefusedText(
                "a quote that stays open",
                "a: 'b\nc: d\n",
                "3:1: found unexpected end of stream while scanning a quoted scalar that starts at 1:4; close the quote"
            ),
            RefusedText(
                "a bracket that stays open",
                "a: [b\nc: d\n",
                "2:2: did not find expected ',' or ']' while parsing a flow sequence that starts at 1:4; "
                    + "close the bracket, and put a comma between elements"
            ),
            RefusedText(
                "a control character",
                "a: 1\nb: é\u{1}x\n",
                "2:5: control characters are not allowed; save the file as UTF-8 without control characters"
            ),
        ]
    )
    func refuses(_ example: RefusedText) {
        let error = #expect(throws: YAMLSyntaxError.self) { try YAMLReader.read(Array(example.text.utf8)) }
        #expect(error?.description == example.error)
    }

    @Test("refuses bytes that are not UTF-8 at their place")
    func refusesBytes() {
        let error = #expect(throws: YAMLSyntaxError.self) {
            try YAMLReader.read(Array("a: 1\nb: ".utf8) + [0xFF, 0x0A])
        }
        #expect(error?.line == 2)
        #expect(error?.column == 4)
    }

    // MARK: Bounds

    @Test("refuses a billion laughs by the weight of the aliases, quickly")
    func boundsLaughs() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", "))]\n"
        }
        let error = #expect(throws: YAMLSyntaxError.self) { try YAMLReader.read(Array(text.utf8)) }
        #expect(error?.problem == "the file stands for more than 100000 values, aliases written out")
        #expect(error?.line == 6)
    }

    @Test("counts the depth through aliases", arguments: [(3, true), (2, false)])
    func boundsDepth(_ limit: Int, _ isRead: Bool) {
        let limits = YAMLLimits(maximumDepth: limit)
        let texts = ["a: {b: {c: 1}}", "a: &x [1]\nb: {c: *x}\n", "[[[1]]]"]
        for text in texts {
            #expect(((try? YAMLReader.read(Array(text.utf8), limits: limits)) != nil) == isRead, "\(text)")
        }
        #expect(((try? YAMLReader.readJSON(Array("[[[1]]]".utf8), limits: limits)) != nil) == isRead)
    }

    @Test("refuses deep nesting without using the stack up")
    func boundsNesting() {
        let text = Array(repeating: UInt8(ascii: "["), count: 100_000)
        for read in [{ try YAMLReader.read($0) }, { try YAMLReader.readJSON($0) }] as [([UInt8]) throws -> YAMLNode] {
            let error = #expect(throws: YAMLSyntaxError.self) { try read(text) }
            #expect(error?.problem.contains("more than 64") == true)
        }
    }

    @Test("refuses a file that is too long, and reads one of exactly the limit")
    func boundsSize() throws {
        let text = Array("a: 1".utf8)
        #expect(form(try YAMLReader.read(text, limits: YAMLLimits(maximumByteCount: 4))) == "{a=1}")
        let error = #expect(throws: YAMLSyntaxError.self) {
            try YAMLReader.read(text, limits: YAMLLimits(maximumByteCount: 3))
        }
        #expect(error?.message == "the file has 4 bytes, more than the 3 allowed; split it")
    }

    @Test("survives every single-byte change of a text without a crash", arguments: [1, 2, 3] as [UInt64])
    func survivesChanges(_ seed: UInt64) {
        let text = Array("a: &x [1, 'b', \"c\\n\"]\nd: {e: *x, ? f : |\n  g\n}\n".utf8)
        var state = seed
        for _ in 0..<2_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var changed = text
            changed[Int(state >> 33) % text.count] = UInt8(truncatingIfNeeded: state >> 25)
            // Either outcome is right; what counts is that there is one, with a place inside the text.
            if case .failure(let error) = Result(catching: { try YAMLReader.read(changed) }) {
                #expect((error as? YAMLSyntaxError).map { $0.line >= 1 && $0.column >= 1 } == true)
            }
        }
    }
}
