import JSONDocument
import Testing

@Suite("JSON writer")
struct JSONWriterTests {
    @Test("commas, names and values stand where JSON wants them")
    func writesStructure() {
        var writer = JSONWriter()
        let text = Array(#"{"x":[1, 2]}"#.utf8)
        writer.beginObject()
        writer.name("a")
        writer.beginArray()
        writer.endArray()
        writer.name(utf8: Array("b".utf8).span)
        writer.beginArray()
        writer.integer(Int64.min)
        writer.integer(UInt64.max)
        writer.boolean(true)
        writer.boolean(false)
        writer.null()
        writer.beginObject()
        writer.endObject()
        writer.string("s" as Substring)
        writer.endArray()
        writer.rawName(Array(#""c\n""#.utf8).span)
        writer.raw(text.span)
        writer.rawName(Array(#""d""#.utf8).span)
        writer.raw(text.span, 5..<11)
        writer.endObject()
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"a":[],"b":[-9223372036854775808,18446744073709551615,true,false,null,{},"s"],"c\n":{"x":[1, 2]},"d":[1, 2]}"#
        )
    }

    @Test("each ASCII character at each place of strings of 1 to 20 bytes is escaped if it must be, and read back")
    func escapes() throws {
        var writer = JSONWriter()
        var tape = JSONTape()
        for length in 1...20 {
            for place in 0..<length {
                for byte in UInt8(0)..<0x80 {
                    var content = [UInt8](repeating: UInt8(ascii: "~"), count: length)
                    content[place] = byte
                    writer.removeAll()
                    writer.string(utf8: content.span)
                    let mustBeEscaped = byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
                    #expect((writer.bytes.count > length + 2) == mustBeEscaped)
                    let text = writer.bytes
                    try tape.parse(text.span)
                    var back: [UInt8] = []
                    tape.appendContent(of: tape.root, in: text.span, to: &back)
                    #expect(back == content)
                }
            }
        }
    }

    @Test(
        "strings are written as they should be",
        arguments: [
            ("", #""""#), ("a\"b\\c/", #""a\"b\\c/""#), ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#),
            ("\u{0}\u{1F}\u{7F}", "\"\\u0000\\u001f\u{7F}\""), ("é€😀\u{2028}", "\"é€😀\u{2028}\""),
            ("long enough for three words\n", #""long enough for three words\n""#),
            ("\"\"\"\"\"\"\"\"\"", #""\"\"\"\"\"\"\"\"\"""#),
        ]
    )
    func writesStrings(_ text: String, _ expected: String) {
        var writer = JSONWriter()
        writer.string(text)
        writer.string(utf8: Array(text.utf8).span)
        writer.string(text[...])
        #expect(String(decoding: writer.bytes, as: UTF8.self) == [expected, expected, expected].joined(separator: ","))
    }

    @Test("what was cut off leaves no trace, and no comma too many or too few")
    func truncates() {
        var writer = JSONWriter()
        writer.beginArray()
        let afterBracket = (writer.bytes.count, writer.isAfterValue)
        writer.integer(1)
        writer.truncate(to: afterBracket.0, needsComma: afterBracket.1)
        writer.integer(2)
        let afterValue = (writer.bytes.count, writer.isAfterValue)
        writer.string("x")
        writer.truncate(to: afterValue.0, needsComma: afterValue.1)
        writer.truncate(to: 1000, needsComma: false)
        writer.null()
        writer.endArray()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "[2,null]")
    }
}
