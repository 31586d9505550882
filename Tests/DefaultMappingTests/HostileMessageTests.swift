import DefaultMapping
import JSONDocument
import Testing

@Suite("Hostile and unusual messages")
struct HostileMessageTests {
    @Test("escapes and white space change nothing", arguments: DefaultMappingCase.all)
    func escapes(_ example: DefaultMappingCase) throws {
        var tape = JSONTape()
        try tape.parse(example.message.span)
        var escaped = EscapedText()
        escaped.append(tape.root, tape, example.message.span)
        let options = try DefaultMappingOptions(values: example.options)
        var mapper = DefaultMapper(options: options)
        let plain = try MappedMessage(example.message, &mapper)
        #expect(try MappedMessage(Array(escaped.json.utf8), &mapper) == plain)
    }

    @Test("one mapper gives for all messages in turn what a new one gives for each")
    func reuse() throws {
        var mapper = DefaultMapper(options: DefaultMappingOptions())
        for example in DefaultMappingCase.all + DefaultMappingCase.all.reversed() {
            var fresh = DefaultMapper(options: DefaultMappingOptions())
            #expect(try MappedMessage(example.message, &mapper) == MappedMessage(example.message, &fresh))
        }
    }

    @Test("what is refused leaves the writer and the reports as they were")
    func refusalWritesNothing() throws {
        let message = Array(
            #"{"type":"track","userId":"u","event":7,"properties":{"a":null},"context":{"traits":{"email":"x"}}}"#.utf8
        )
        var tape = JSONTape()
        try tape.parse(message.span)
        var writer = JSONWriter()
        writer.beginArray()
        writer.integer(1)
        var leftOut = [LeftOut(path: "earlier", reason: .empty)]
        var mapper = DefaultMapper(options: DefaultMappingOptions())
        let outcome = mapper.map(tape, message.span, into: &writer, leftOut: &leftOut)
        #expect(outcome == .deadLetter(.badEventName, field: "event"))
        #expect(writer.bytes == Array("[1".utf8))
        #expect(leftOut.count == 1)
    }

    @Test("an operation goes into a list as one more item, and its reports after the earlier ones")
    func appends() throws {
        let message = Array(#"{"type":"identify","userId":"u","traits":{"a":"","b":1}}"#.utf8)
        var tape = JSONTape()
        try tape.parse(message.span)
        var writer = JSONWriter()
        writer.beginArray()
        var leftOut: [LeftOut] = []
        var mapper = DefaultMapper(options: DefaultMappingOptions())
        for _ in 0..<2 { _ = mapper.map(tape, message.span, into: &writer, leftOut: &leftOut) }
        writer.endArray()
        let operation = #"{"identifiers":{"custom_id":"u"},"attributes":{"b":1}}"#
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "[\(operation),\(operation)]")
        #expect(leftOut == [LeftOut(path: "traits.a", reason: .empty), LeftOut(path: "traits.a", reason: .empty)])
    }

    @Test(
        "anything but an object is a message of no type",
        arguments: ["null", "1", "\"type\"", "[]", "[{\"type\":\"identify\"}]", "true", "{}"]
    )
    func noObject(_ message: String) throws {
        #expect(try MappedMessage(message).outcome == .filtered(.typeNotMapped))
    }

    static let hostile: [(String, String)] = [
        ("deep objects", String(repeating: "{\"a\":", count: 120) + "1" + String(repeating: "}", count: 120)),
        ("deep lists", "{\"a\":" + String(repeating: "[", count: 120) + String(repeating: "]", count: 120) + "}"),
        ("a huge key", "{\"" + String(repeating: "aÉ", count: 20_000) + "\":1}"),
        ("a huge blank key", "{\"" + String(repeating: "\u{3000}", count: 20_000) + "\":{\"\":[[]]}}"),
        ("a huge text", "{\"a\":\"" + String(repeating: "\u{1F600}", count: 20_000) + "\"}"),
        ("a huge blank text", "{\"a\":[\"" + String(repeating: "\u{2028}", count: 20_000) + "\"]}"),
        ("a huge number", "{\"a\":" + String(repeating: "9", count: 20_000) + "}"),
        ("a huge fraction", "{\"a\":0." + String(repeating: "9", count: 20_000) + "e-9}"),
        ("a huge exponent", "{\"a\":1e" + String(repeating: "9", count: 1_000) + "}"),
        ("10 000 members", object(10_000) { "\"key\($0)\":\($0)" }),
        (
            "10 000 members of one new name",
            object(10_000) { "\"a" + String(repeating: "-", count: $0 % 97) + "\($0 / 5_000)\":1" }
        ),
        ("10 000 equal members", object(10_000) { _ in "\"a\":1" }),
        ("10 000 nested members", "{\"a\":{\"b\":" + object(10_000) { "\"k\($0)\":[\($0)]" } + "}}"),
        ("10 000 items", "{\"l\":[" + (0..<10_000).map { "\"\($0)\"" }.joined(separator: ",") + "]}"),
        ("10 000 equal items", "{\"l\":[" + (0..<10_000).map { _ in "\"x\"" }.joined(separator: ",") + "]}"),
        ("10 000 object items", "{\"l\":[" + (0..<10_000).map { "{\"x\":\($0)}" }.joined(separator: ",") + "]}"),
        ("10 000 empty items", "{\"l\":[" + (0..<10_000).map { _ in "{}" }.joined(separator: ",") + ",{\"a\":1}]}"),
        ("control characters", #"{"\u0000\u001f":"\u0000\u0001\u007f\u0080","b":"\"\\\/\b\f\n\r\t"}"#),
        ("phone of punctuation", "{\"phone\":\"+" + String(repeating: "(.)", count: 20_000) + "33\"}"),
        ("email of dots", "{\"email\":\"a@" + String(repeating: ".", count: 100) + "b\"}"),
        (
            "short dates",
            #"{"a":"2026-01-01T","b":"2026-01-01T00:00:00.","c":"2026-01-01T00:00:00+","d":"2","e":"2026-"}"#
        ),
        ("short addresses", #"{"a":"http","b":"http:","c":"http://","d":"http://[","e":"http://[]","f":"https://@"}"#),
        ("short types", #"{"date(":1,"url(":1,"date(a)":[],"url(a)":{},"date(b)":true,"url( )":"x://y"}"#),
        ("only natives of the wrong kind", #"{"email":[],"phone":{},"$language":"f","$region":"frr","$timezone":[]}"#),
    ]

    private static func object(_ count: Int, _ member: (Int) -> String) -> String {
        "{" + (0..<count).map(member).joined(separator: ",") + "}"
    }

    @Test("nothing traps, and what is written is JSON", arguments: hostile.indices, ["identify", "track", "page"])
    func survives(_ index: Int, _ type: String) throws {
        let part = Self.hostile[index].1
        let head = "\"type\":\"\(type)\",\"userId\":\"u\""
        let messages = [
            "{\(head),\"event\":\"e\",\"traits\":\(part),\"properties\":\(part),\"name\":1}",
            "{\(head),\"event\":\"e\",\"name\":\(part),\"context\":{\"traits\":\(part),\"locale\":\(part)}}",
            "{\(head),\"event\":\(part),\"timestamp\":\(part),\"integrations\":\(part),\"context\":\(part)}",
        ]
        for (number, options) in try Self.variousOptions().enumerated() {
            var mapper = DefaultMapper(options: options)
            for message in messages.prefix(number == 0 ? 3 : 1) {
                let mapped = try MappedMessage(Array(message.utf8), &mapper)
                if mapped.outcome == .operation {
                    try OperationRules.check(mapped.json)
                } else {
                    #expect(mapped.json.isEmpty && mapped.leftOut.isEmpty)
                }
            }
        }
    }

    static func variousOptions() throws -> [DefaultMappingOptions] {
        [
            DefaultMappingOptions(),
            try DefaultMappingOptions(values: [
                ("names", .text("segment")), ("long_names", .text("shorten")), ("dates", .text("detect_days")),
                ("long_text", .text("cut")), ("empty_lists", .text("delete")), ("phone_calling_code", .text("33")),
            ]),
        ]
    }
}
