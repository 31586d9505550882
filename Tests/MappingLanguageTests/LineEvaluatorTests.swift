import Foundation
import MappingLanguage
import TestSupport
import Testing

@Suite("Lines of eval")
struct LineEvaluatorTests {
    private static func answer(_ line: String) -> (json: String, isUnderstood: Bool) {
        var evaluator = LineEvaluator()
        let answer = evaluator.answer(Array(line.utf8))
        return (String(decoding: answer.json, as: UTF8.self), answer.isUnderstood)
    }

    @Test(
        "a line is answered with what it gives",
        arguments: [
            (#"{"mapping":{"a":{"@path":"$.b"}},"message":{"b":1.50}}"#, #"{"value":{"a":1.50}}"#),
            (#"{"message":{"b":1},"mapping":{"@path":"$.zz"}}"#, #"{"absent":true}"#),
            (#"{"trigger":"type = \"track\"","message":{"type":"track"}}"#, #"{"value":true}"#),
            (#"{"trigger":"type = \"track\"","message":{}}"#, #"{"value":false}"#),
            (#"{"trigger":"true","message":7}"#, #"{"value":true}"#),
            (
                #"{"mapping":{"a":1},"message":[]}"#,
                #"{"failed":"the message is not a JSON object"}"#
            ),
            (
                #"{"mapping":[],"message":{}}"#,
                #"{"refused":["a mapping is an object; this is a list"]}"#
            ),
            (
                #"{"trigger":5,"message":{}}"#,
                #"{"refused":["a trigger is a text such as type = \"identify\""]}"#
            ),
        ]
    )
    func answers(_ line: String, _ expected: String) {
        let answer = Self.answer(line)
        #expect(answer.json == expected)
        #expect(answer.isUnderstood)
    }

    @Test("all faults of a mapping are told with their places")
    func faults() throws {
        let answer = Self.answer(
            #"{"mapping":{"x":{"@Path":"a"},"y":{"@liquid":"z"},"z":{"@case":{"operator":"UPPER"}}},"message":{}}"#
        )
        let object = try JSONSerialization.jsonObject(with: Data(answer.json.utf8)) as? [String: [String]]
        let faults = try #require(object?["refused"])
        #expect(faults.map { String($0.prefix { $0 != ":" }) } == ["/x/@Path", "/y/@liquid", "/z/@case/operator"])
    }

    @Test(
        "what loading a file refuses is refused here too, with its place",
        arguments: [
            (#"{"@path":"$['x']"}"#, ["/@path"]),
            (#"{"a":{"@path":"$.b"},"c":{"@path":"$.d['x"}}"#, ["/c/@path"]),
            (#"{"a":{"@liquid":"b"},"c":{"@path":"$['x']"}}"#, ["/a/@liquid", "/c/@path"]),
        ]
    )
    func likelyRefusals(_ mapping: String, _ places: [String]) throws {
        let answer = Self.answer(#"{"mapping":\#(mapping),"message":{"x":1}}"#)
        let object = try JSONSerialization.jsonObject(with: Data(answer.json.utf8)) as? [String: [String]]
        let faults = try #require(object?["refused"], "\(answer.json)")
        #expect(faults.map { String($0.prefix { $0 != ":" }) } == places)
    }

    @Test("other likely mistakes go to stderr, and the answer stays as it is", .timeLimit(.minutes(1)))
    func remarks() async throws {
        let child = try ChildProcess(TestExecutable.batchrelay, ["eval"], input: .pipe)
        child.write(#"{"mapping":{"a":{"path":"$.b"}},"message":{"b":1}}"# + "\n")
        child.write(#"{"trigger":"event = Paid","message":{"event":"Paid"}}"# + "\n")
        child.write(#"{"mapping":{"a":{"@path":"$.b"}},"message":{"b":1}}"# + "\n")
        child.closeInput()
        #expect(await child.wait(within: .seconds(30)) == .exited(0))
        #expect(
            child.standardOutput
                == #"{"value":{"a":{"path":"$.b"}}}"# + "\n{\"value\":false}\n" + #"{"value":{"a":1}}"# + "\n"
        )
        let lines = child.standardError.split(separator: "\n")
        #expect(lines.count == 2, "\(lines)")
        #expect(lines[0] == "-:1: /a/path: 'path' is an ordinary key here; did you mean '@path'? (warning)")
        #expect(lines[1].hasPrefix("-:2: column 9: 'Paid' is read as the field 'Paid'"), "\(lines)")
    }

    @Test(
        "a line of another form is failed and says what is missing",
        arguments: [
            ("{", "not JSON"), ("[]", "not a JSON object"), (#"{"mapping":{}}"#, "'message' is missing"),
            (#"{"message":{}}"#, "'mapping' or 'trigger'"),
            (#"{"message":{},"mapping":{},"trigger":"true"}"#, "one line"),
        ]
    )
    func misunderstood(_ line: String, _ detail: String) {
        let answer = Self.answer(line)
        #expect(!answer.isUnderstood)
        #expect(answer.json.hasPrefix(#"{"failed":""#))
        #expect(answer.json.contains(detail), "\(answer.json)")
    }

    @Test("every documented example runs through the executable", .timeLimit(.minutes(2)))
    func executable() async throws {
        let examples = try Example.all()
        let input = try examples.map { example -> String in
            // As somebody would write it in another language: the mapping as JSON, the trigger as a JSON string.
            let trigger = try example.trigger.map { try Self.quoted($0) }
            let subject = trigger.map { "\"trigger\":\($0)" } ?? "\"mapping\":\(example.mapping ?? "")"
            return "{\(subject),\"message\":\(example.message)}\n"
        }
        let child = try ChildProcess(TestExecutable.batchrelay, ["eval"], input: .pipe)
        child.write(input.joined())
        child.closeInput()
        #expect(await child.wait(within: .seconds(60)) == .exited(0), "\(child.standardError)")
        let lines = child.standardOutput.split(separator: "\n")
        #expect(lines.count == examples.count)
        for (example, line) in zip(examples, lines) {
            let found = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                "line \(example.line)"
            )
            let expected =
                switch example.expected {
                case _ where example.mapping?.contains("UPPER") == true: "REFUSED"
                default: example.expected
                }
            #expect(try Self.outcome(found) == Outcome.canonical(expected), "line \(example.line)")
        }
    }

    @Test(
        "a line that is not understood gives exit code 1, and the lines after it are answered",
        .timeLimit(.minutes(1))
    )
    func exitCode() async throws {
        let child = try ChildProcess(TestExecutable.batchrelay, ["eval"], input: .pipe)
        child.write("nonsense\n\n" + #"{"trigger":"true","message":{}}"#)
        child.closeInput()
        #expect(await child.wait(within: .seconds(30)) == .exited(1))
        #expect(child.standardOutput.hasSuffix("\n{\"value\":true}\n"))
        #expect(child.standardError.contains("-:1: "))
    }

    private static func quoted(_ text: String) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed), as: UTF8.self)
    }

    /// An answer in the words of the examples.
    private static func outcome(_ answer: [String: Any]) throws -> String {
        #expect(answer.count == 1)
        if answer["absent"] as? Bool == true { return "ABSENT" }
        if let faults = answer["refused"] as? [String], !faults.isEmpty { return "REFUSED" }
        if answer["failed"] is String { return "FAILS" }
        let value = try #require(answer["value"])
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .fragmentsAllowed]
        return String(decoding: try JSONSerialization.data(withJSONObject: value, options: options), as: UTF8.self)
    }
}
