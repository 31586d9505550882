import Testing

@testable import Pipeline

@Suite("The message's id in events")
struct EventIDWriterTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let operation: String
        let result: String
    }

    private static let wide = (0..<20).map { "\"a\($0)\":1" }.joined(separator: ",")

    @Test(
        "is added to each event, and to nothing else",
        arguments: [
            Example(
                testDescription: "no events",
                operation: #"{"identifiers":{"custom_id":"u"},"attributes":{"a":1.50}}"#,
                result: #"{"identifiers":{"custom_id":"u"},"attributes":{"a":1.50}}"#
            ),
            Example(
                testDescription: "an event without attributes",
                operation: #"{"identifiers":{"custom_id":"u"},"events":[{"name":"e","time":"t"}]}"#,
                result:
                    #"{"identifiers":{"custom_id":"u"},"events":[{"name":"e","time":"t","attributes":{"message_id":"m\"1"}}]}"#
            ),
            Example(
                testDescription: "two events",
                operation: #"{"events":[{"attributes":{"x":{"y":[1e2]}},"name":"e"},{"name":"f"}],"z":1}"#,
                result:
                    #"{"events":[{"name":"e","attributes":{"x":{"y":[1e2]},"message_id":"m\"1"}},{"name":"f","attributes":{"message_id":"m\"1"}}],"z":1}"#
            ),
            Example(
                testDescription: "an attribute of the same name stays",
                operation: #"{"events":[{"name":"e","attributes":{"message_id":"own"}}]}"#,
                result: #"{"events":[{"name":"e","attributes":{"message_id":"own"}}]}"#
            ),
            Example(
                testDescription: "no room for another attribute",
                operation: "{\"events\":[{\"name\":\"e\",\"attributes\":{\(wide)}}]}",
                result: "{\"events\":[{\"name\":\"e\",\"attributes\":{\(wide)}}]}"
            ),
            Example(testDescription: "no JSON", operation: "{", result: "{"),
        ]
    )
    func adds(_ example: Example) {
        var writer = EventIDWriter(attribute: "message_id")
        let result = writer.adding(Array("m\"1".utf8).span, to: Array(example.operation.utf8))
        #expect(String(decoding: result, as: UTF8.self) == example.result)
    }

    @Test("messages with an id have it in their events as they are sent")
    func mapped() throws {
        var mapper = MessageMapper(mappings: try MappingSet(files: []), eventIDAttribute: "message_id")
        let message = #"{"type":"track","event":"Paid","userId":"u","messageId":"id-1","properties":{"total":3}}"#
        let operation = try #require(mapper.map(Array(message.utf8)).operations.first)
        #expect(String(decoding: operation, as: UTF8.self).contains(#""message_id":"id-1""#))
        let anonymous = #"{"type":"track","event":"Paid","userId":"u","properties":{"total":3}}"#
        let plain = try #require(mapper.map(Array(anonymous.utf8)).operations.first)
        #expect(!String(decoding: plain, as: UTF8.self).contains("message_id"))
    }
}
