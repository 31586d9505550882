import BatchAPI
import Testing

@Suite("Operations")
struct OperationTests {
    @Test(
        "are refused whole without a good Custom ID",
        arguments: [
            ("{", "not_json"), ("[]", "not_an_object"), ("{}", "no_identifiers"),
            (#"{"identifiers":"u"}"#, "no_identifiers"),
            (#"{"identifiers":{}}"#, "no_user_id"),
            (#"{"identifiers":{"installation":{}}}"#, "unsupported_identifier"),
            (#"{"identifiers":{"custom_id":"u","installation":{}}}"#, "unsupported_identifier"),
            (#"{"identifiers":{"custom_id":5}}"#, "bad_user_id"),
            (#"{"identifiers":{"custom_id":null}}"#, "bad_user_id"),
            (#"{"identifiers":{"custom_id":""}}"#, "no_user_id"),
            (#"{"identifiers":{"custom_id":" \n"}}"#, "no_user_id"),
            (#"{"identifiers":{"custom_id":"\#(String(repeating: "é", count: 513))"}}"#, "bad_user_id"),
        ]
    )
    func refused(_ operation: String, _ code: String) {
        let error = #expect(throws: OperationRefusal.self) { try read(operation) }
        #expect(error?.code == code)
        #expect(error?.description.contains(code) == true)
    }

    @Test(
        "are refused when the Custom ID is an accident, unless that is accepted",
        arguments: [
            "undefined", "null", "NULL", "nil", "(null)", "[object Object]", "true", "False", "NaN", "infinity",
            "-Infinity", "\\u006eull",
        ]
    )
    func placeholders(_ id: String) throws {
        let operation = #"{"identifiers":{"custom_id":"\#(id)"}}"#
        #expect(throws: OperationRefusal(.customIDIsPlaceholder)) { try read(operation) }
        #expect(try read(operation, accepted: .placeholderCustomIDs).contribution.isEmpty)
    }

    @Test(
        "keep the Custom ID's characters, whatever its spelling",
        arguments: [
            (#"a"#, "a", #""a""#), (#"\u0061"#, "a", #""a""#), (#" jane@example.com "#, " jane@example.com ", nil),
            (#"q\"\\\/\n\u0007é\ud83d\ude00"#, "q\"\\/\n\u{7}é😀", #""q\"\\/\n\u0007é😀""#), ("0", "0", #""0""#),
            ("nulls", "nulls", nil),
        ] as [(String, String, String?)]
    )
    func customID(_ written: String, _ characters: String, _ sent: String?) throws {
        let contribution = try read(#"{"identifiers":{"custom_id":"\#(written)"}}"#).contribution
        #expect(contribution.customID == Array(characters.utf8))
        #expect(text(of: contribution) == #"{"identifiers":{"custom_id":\#(sent ?? "\"\(characters)\"")}}"#)
    }

    @Test("of 512 characters in the Custom ID pass")
    func longestCustomID() throws {
        let id = String(repeating: "é", count: 512)
        #expect(try read(#"{"identifiers":{"custom_id":"\#(id)"}}"#).contribution.customID.count == 1024)
    }

    @Test("lose what is no attribute and no event, and keep the rest")
    func otherMembers() throws {
        let result = try read(
            #"{"events":{},"identifiers":{"custom_id":"u"},"context":{},"attributes":[1]}"#
        )
        #expect(result.contribution.isEmpty)
        #expect(
            result.refused.map { "\($0.path) \($0.reason.rawValue)" }
                == ["events wrong_container", "context unknown_operation_key", "attributes wrong_container"]
        )
    }

    @Test("keep the identity that the mapper gave")
    func identity() throws {
        let identity = RepeatIdentity(high: .max, low: 7)
        let operation = #"{"identifiers":{"custom_id":"u"}}"#
        #expect(try read(operation, identity: identity).contribution.identity == identity)
        #expect(try read(operation).contribution.identity == nil)
    }

    @Test("are read one after the other by one reader without traces of each other")
    func reuse() throws {
        var reader = OperationReader()
        var refused: [RefusedField] = []
        let first = Array(
            #"{"identifiers":{"custom_id":"u"},"attributes":{"a":["x"],"b":""},"events":[{"name":"e","attributes":{"x":{"y":1}}}]}"#
                .utf8
        )
        let once = try reader.read(first.span, identity: nil, refused: &refused)
        _ = try? reader.read(Array("{".utf8).span, identity: nil, refused: &refused)
        let broken = Array(
            #"{"identifiers":{"custom_id":"u"},"events":[{"name":"e","attributes":{"x":{"y":null}}}]}"#.utf8
        )
        _ = try reader.read(broken.span, identity: nil, refused: &refused)
        refused = []
        let again = try reader.read(first.span, identity: nil, refused: &refused)
        #expect(once.bytes == again.bytes)
        #expect(refused.count == 1)
    }

    @Test("never trap the reader, whatever bytes they are", arguments: 0..<20)
    func garbage(_ seed: Int) throws {
        var numbers = SeededNumbers(seed: seed)
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "1e5", "\"identifiers\"", "\"custom_id\"", "\"u\"",
            "\"attributes\"", "\"events\"", "\"name\"", "\"time\"", "\"2026-11-21T10:00:00Z\"", "\"date(a)\"", "\"a\"",
            "\"$add\"", "\"$tags\"", "\"$label\"", "{\"a\":1}", "[\"x\"]", "é", "\"\\ud83d\\ude00\"", " ",
        ]
        var reader = OperationReader()
        for _ in 0..<400 {
            let body = (0..<Int.random(in: 1...12, using: &numbers)).map { _ in
                pieces.randomElement(using: &numbers) ?? ""
            }
            for operation in [
                body.joined(), #"{"identifiers":{"custom_id":"u"},"attributes":{\#(body.joined())}}"#,
                #"{"identifiers":{"custom_id":"u"},"events":[{"name":"e","attributes":{"a":\#(body.joined())}}]}"#,
            ] {
                var refused: [RefusedField] = []
                let bytes = Array(operation.utf8)
                guard let contribution = try? reader.read(bytes.span, identity: nil, refused: &refused) else {
                    continue
                }
                // What is kept is read again without a refusal: the reader's output is valid for itself.
                var again: [RefusedField] = []
                let sent = Array(text(of: contribution).utf8)
                let second = try reader.read(sent.span, identity: nil, refused: &again)
                #expect(again.isEmpty)
                #expect(second.bytes == contribution.bytes)
            }
        }
    }
}
