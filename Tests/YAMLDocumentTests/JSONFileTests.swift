import Testing
import YAMLDocument

@Suite("JSON files")
struct JSONFileTests {
    @Test(
        "gives the same nodes as YAML",
        arguments: [
            (#"{"a":1,"b":[true,null,-2.50,"x"]}"#, #"{a=1 b=[true null n:-2.50 "x"]}"#),
            (#""yes""#, #""yes""#), (#""1""#, #""1""#), ("9223372036854775808", "n:9223372036854775808"),
            (#"{"k\u00e9":"\ud83d\ude00"}"#, #"{ké="😀"}"#), ("{}", "{}"), ("[]", "[]"), ("1e2", "n:1e2"),
        ]
    )
    func reads(_ text: String, _ expected: String) throws {
        #expect(form(try YAMLReader.readJSON(Array(text.utf8))) == expected)
    }

    @Test("keeps line and column in code points, behind a byte order mark too")
    func marksPlaces() throws {
        let text = "{\n  \"é\": \"ü\",\t\"b\": [\n1, 2 ]\n}"
        let expected = "é@2:3 2:8 b@2:13 2:18 3:1 3:4"
        #expect(marks(try YAMLReader.readJSON(Array(text.utf8))) == expected)
        #expect(marks(try YAMLReader.readJSON([0xEF, 0xBB, 0xBF] + Array(text.utf8))) == expected)
    }

    @Test(
        "refuses with place, problem and remedy",
        arguments: [
            RefusedText(
                "a name twice",
                "{\"a\":1,\n \"a\":2}",
                "2:2: the key 'a' stands twice, first at 1:2; remove one"
            ),
            RefusedText(
                "a name thrice, far apart",
                #"{"x":0,"a":{"a":1},"b":[{}],"a":2,"c":3,"a":4}"#,
                "1:41: the key 'a' stands twice, first at 1:8; remove one"
            ),
            RefusedText(
                "a name twice, once escaped",
                #"{"\u0061":1,"a":2}"#,
                "1:13: the key 'a' stands twice, first at 1:2; remove one"
            ),
            RefusedText(
                "a name twice, deep inside",
                #"{"b":[{"c\"":1,"c\"":2}]}"#,
                "1:16: the key 'c\"' stands twice, first at 1:8; remove one"
            ),
            RefusedText(
                "a comma too many",
                "{\"a\":1,\n}",
                "2:1: a character that cannot stand here in JSON; check commas, quotes and brackets; JSON has no comments"
            ),
            RefusedText(
                "no quotes",
                "{a:1}",
                "1:2: a character that cannot stand here in JSON; check commas, quotes and brackets; JSON has no comments"
            ),
            RefusedText("too short", "{\"a\":", "1:6: the file ends inside a value; close what is open"),
            RefusedText("empty", "", "1:1: the file ends inside a value; close what is open"),
            RefusedText("too long", "1 2", "1:3: something follows the value; remove it"),
            RefusedText("a bad number", "[01]", "1:3: not a number by JSON's rules"),
        ]
    )
    func refuses(_ example: RefusedText) {
        let error = #expect(throws: YAMLSyntaxError.self) { try YAMLReader.readJSON(Array(example.text.utf8)) }
        #expect(error?.description == example.error)
    }

    @Test(
        "decides by the ending of the name",
        arguments: [("a.json", false), ("A.JSON", false), ("a.yaml", true), ("a", true)]
    )
    func decides(_ name: String, _ isYAML: Bool) {
        #expect(((try? YAMLReader.read(Array("{a: 1}".utf8), named: name)) != nil) == isYAML)
    }
}
