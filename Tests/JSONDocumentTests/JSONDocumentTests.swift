import JSONDocument
import Testing

@Suite("JSON tape")
struct JSONTapeTests {
    @Test("nested values are found by name and index, numbers kept as written")
    func looksUp() throws {
        let text = Array(
            #" {"a":{"b":[1,2.50,"x\u00e9\ud83d\ude00"]},"n":12345678901234567890,"a\u0062":true,"z":null} "#.utf8
        )
        var tape = JSONTape()
        try tape.parse(text.span)
        let found1 = tape.member("a", of: tape.root, in: text.span)
        let inner = try #require(found1)
        let found2 = tape.member("b", of: inner, in: text.span)
        let list = try #require(found2)
        let value8 = tape.count(of: list)
        #expect(value8 == 3)
        let found3 = tape.element(at: 1, of: list)
        let second = try #require(found3)
        let value9 = tape.verbatim(second, in: text.span)
        #expect(value9 == "2.50")
        let found4 = tape.element(at: 2, of: list)
        let third = try #require(found4)
        let value10 = tape.string(of: third, in: text.span)
        #expect(value10 == "xé😀")
        let found5 = tape.member("n", of: tape.root, in: text.span)
        let big = try #require(found5)
        let value11 = tape.int64(of: big, in: text.span)
        #expect(value11 == nil)
        let value12 = tape.verbatim(big, in: text.span)
        #expect(value12 == "12345678901234567890")
        let found6 = tape.member("ab", of: tape.root, in: text.span)
        let escaped = try #require(found6)
        let value13 = tape.boolean(of: escaped)
        #expect(value13 == true)
    }

    @Test(
        "the last of equal names counts",
        arguments: [
            #"{"a":1,"b":2,"a":3}"#, #"{"a":1,"\u0061":3}"#, #"{"x":{"a":9},"a":0,"a":1,"a":3}"#,
            "{" + (0..<100).map { #""k\#($0)":0"# }.joined(separator: ",") + #","a":1,"a":3}"#,
        ]
    )
    func lastDuplicateCounts(_ source: String) throws {
        let text = Array(source.utf8)
        var tape = JSONTape()
        try tape.parse(text.span)
        let found7 = tape.member("a", of: tape.root, in: text.span)
        let value = try #require(found7)
        let value14 = tape.int64(of: value, in: text.span)
        #expect(value14 == 3)
        var names: [String] = []
        var members = tape.members(of: tape.root)
        while let member = tape.next(&members) { names.append(tape.string(of: member.name, in: text.span) ?? "") }
        #expect(Set(names).count == names.count)
    }

    @Test(
        "malformed texts are refused at the right byte",
        arguments: [
            ("", 0), ("{", 1), ("[1,]", 3), ("{\"a\":1,}", 7), ("01", 1), ("1.", 2), ("-", 1), ("+1", 0), ("tru", 3),
            ("nul1", 3),
            ("\"a", 2), ("\"\\x\"", 1), ("\"\\ud800\"", 1), ("\"\\udc00\"", 1), ("1 2", 2), ("{\"a\" 1}", 5),
            ("{1:2}", 1),
            ("\"a\u{01}\"", 2), ("[1 2]", 3), ("'a'", 0), ("{\"a\":}", 5), ("]", 0), ("[}", 1), ("1e", 2), ("NaN", 0),
        ]
    )
    func refuses(_ source: String, _ offset: Int) {
        var tape = JSONTape()
        let text = Array(source.utf8)
        do throws(JSONSyntaxError) {
            try tape.parse(text.span)
            Issue.record("accepted: \(source)")
        } catch {
            #expect(error.byteOffset == offset, "\(source): \(error)")
        }
    }
}
