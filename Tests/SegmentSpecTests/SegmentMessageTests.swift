import JSONDocument
import SegmentSpec
import Testing

@Suite("Segment messages")
struct SegmentMessageTests {
    private func read<Result>(
        _ source: String,
        _ body: (SegmentMessage, borrowing JSONTape, Span<UInt8>) -> Result
    ) throws -> Result {
        let text = Array(source.utf8)
        var tape = JSONTape()
        try tape.parse(text.span)
        return body(SegmentMessage(tape, text.span), tape, text.span)
    }

    @Test(
        "the type is read in any case",
        arguments: [
            (#""identify""#, SegmentMessage.Kind.identify), (#""TRACK""#, .track), (#""Page""#, .page),
            (#""scr\u0065en""#, .screen), (#""group""#, .group), (#""alias""#, .alias), (#""delete""#, nil), ("5", nil),
            (#""""#, nil),
        ]
    )
    func kinds(_ type: String, _ kind: SegmentMessage.Kind?) throws {
        let found = try read("{\"type\":\(type),\"userId\":\"u\",\"event\":\"e\"}") { message, _, _ in message }
        #expect(found.kind == kind)
        #expect(found.problems == (kind == nil ? [.unknownType] : []))
    }

    @Test("ids, event and times are found")
    func fields() throws {
        let source = """
            {"user\\u0049d":"ü1","messageId":"m","event":"E","anonymousId":"x","type":"track",
            "timestamp":"2026-01-01T00:00:00Z","originalTimestamp":"2025-01-01T00:00:00\\u005a"}
            """
        let shown = try read(source) { message, tape, text in
            [message.userID, message.messageID, message.event, message.anonymousID].map { node in
                node.map { tape.string(of: $0, in: text) ?? "?" } ?? "-"
            } + ["\(message.timeMilliseconds ?? 0)", "\(message.originalTimestamp?.milliseconds ?? 0)"]
        }
        #expect(shown == ["ü1", "m", "E", "x", "1767225600000", "1735689600000"])
    }

    @Test(
        "the original timestamp counts only where the timestamp is absent or null",
        arguments: [
            (#""timestamp":null,"#, 1_735_689_600_000 as Int64?), ("", 1_735_689_600_000),
            (#""timestamp":"soon","#, nil),
            (#""timestamp":5,"#, nil),
        ]
    )
    func time(_ timestamp: String, _ expected: Int64?) throws {
        let source = "{\"type\":\"page\",\"userId\":\"u\",\(timestamp)\"originalTimestamp\":\"2025-01-01T00:00:00Z\"}"
        let message = try read(source) { message, _, _ in message }
        #expect(message.timeMilliseconds == expected)
        #expect(message.problems == (expected == nil ? [.badTimestamp] : []))
    }

    @Test(
        "problems are data",
        arguments: [
            ("[]", [SegmentMessage.Problem.notAnObject]), ("{}", [.noType, .noIdentity]),
            (#"{"type":"track","userId":"u"}"#, [.noEvent]), (#"{"type":"track","userId":"u","event":5}"#, [.noEvent]),
            (#"{"type":"page","userId":4.5}"#, [.badUserID]), (#"{"type":"page","userId":45}"#, []),
            (#"{"type":"page","userId":null,"anonymousId":"a"}"#, []),
            (#"{"type":"page","userId":"u","integrations":[]}"#, [.badIntegrations]),
        ]
    )
    func problems(_ source: String, _ expected: [SegmentMessage.Problem]) throws {
        #expect(try read(source) { message, _, _ in message.problems } == expected)
    }

    @Test(
        "integrations switch a destination off",
        arguments: [
            ("{}", false), (#"{"All":false}"#, true), (#"{"All":true}"#, false), (#"{"Batch":false}"#, true),
            (#"{"All":false,"Batch":true}"#, false), (#"{"All":false,"Batch":{}}"#, false),
            (#"{"All":false,"Batch":"yes"}"#, true), (#"{"all":false}"#, false), ("[]", false), ("null", false),
            (#"{"Batch (Actions)":false,"Batch":true}"#, true), (#"{"All":0}"#, false),
        ]
    )
    func integrations(_ integrations: String, _ isOff: Bool) throws {
        let found = try read("{\"integrations\":\(integrations)}") { message, tape, text in
            message.isIntegrationOff(["Batch", "Batch (Actions)"], tape, text)
        }
        #expect(found == isOff)
    }
}
