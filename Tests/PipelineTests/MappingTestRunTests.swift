import Foundation
import TestSupport
import Testing

@testable import Pipeline

@Suite("Mapping tests")
struct MappingTestRunTests {
    /// The folder of the repository.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path()

    private static let mapping = """
        version: 1
        mappings:
          - name: own
            trigger: type = "track"
            topics: [web]
            action: update_profile
            mapping:
              custom_id: { "@path": $.userId }
              attributes:
                plan: { "@path": $.properties.plan }
                source: { "@path": $kafka.headers.source }
                user_key: { "@path": $kafka.key }
        """

    private static let tests = """
        # Kept as it is.
        version: 1
        mapping: own.yaml   # beside this file

        tests:
          - name: right
            topic: web
            key: k1
            headers: { source: app }
            message: { type: track, userId: u1, properties: { plan: gold } }
            operations:
              - { identifiers: { custom_id: u1 }, attributes: { user_key: k1, plan: gold, source: app } }
            reasons: []

          # A comment on the next test.
          - name: wrong
            message: '{"type":"track","userId":"u1","properties":{"plan":" ","n":1.0}}'
            operations:
            - identifiers: { custom_id: u2 }
              attributes:
                plan: x
            reasons: []
            topic: web

          - name: other topic
            topic: app
            message: { type: track }
            reasons: [filtered no_trigger]   # the last

        """

    private func scene() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        _ = try folder.write(Self.mapping, to: "own.yaml")
        _ = try folder.write(Self.tests, to: "own-tests.yaml")
        return folder
    }

    @Test("what differs is told by its place")
    func differences() throws {
        let folder = try scene()
        let run = try MappingTestRun(file: folder.path("own-tests.yaml"))
        #expect(run.outcomes.map(\.isPassed) == [true, false, true])
        #expect(
            run.outcomes[1].differences == [
                #"~ operations[0].identifiers.custom_id: expected "u2", got "u1""#,
                #"- operations[0].attributes: {"plan":"x"}"#,
                "+ reasons: properties.plan empty",
            ]
        )
        #expect(run.outcomes[1].line == 16)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(run.json)) as? [String: Any])
        #expect(json["version"] as? Int == 1)
        let tests = try #require(json["tests"] as? [[String: Any]])
        #expect(tests.map { $0["passed"] as? Bool } == [true, false, true])
    }

    @Test("an update replaces what the failed test expects and keeps the rest of the text")
    func update() throws {
        let folder = try scene()
        let run = try MappingTestRun(file: folder.path("own-tests.yaml"))
        let text = try #require(try MappingTestUpdate.text(run))
        let expected = Self.tests
            .replacing(
                """
                    operations:
                    - identifiers: { custom_id: u2 }
                      attributes:
                        plan: x
                    reasons: []
                    topic: web

                """,
                with: """
                        topic: web
                        operations:
                          - { identifiers: { custom_id: "u1" } }
                        reasons:
                          - "properties.plan empty"

                    """
            )
        #expect(text == expected)
        _ = try folder.write(text, to: "own-tests.yaml")
        let again = try MappingTestRun(file: folder.path("own-tests.yaml"))
        #expect(again.isPassed)
        #expect(try MappingTestUpdate.text(again) == nil)
    }

    @Test(
        "a message that cannot be sent does not pass for one of which nothing is sent",
        arguments: [
            (
                "'{type: track}'", "operations: []", ["dead_letter malformed_json"],
                "a text as message: is read as JSON"
            ),
            ("{ type: track, userId: [u] }", "operations: []", ["dead_letter bad_user_id"], "custom_id"),
            ("[1]", "operations: []", ["dead_letter not_an_object"], "the value is JSON but not an object"),
            ("{ type: track, userId: [u] }", "reasons: []", ["dead_letter bad_user_id"], "custom_id"),
        ]
    )
    func deadLetters(_ message: String, _ expected: String, _ reasons: [String], _ detail: String) throws {
        let folder = try scene()
        let head = "version: 1\nmapping: own.yaml\ntests:\n  - name: a\n    topic: web\n    message: \(message)\n"
        let run = try MappingTestRun(file: try folder.write("\(head)    \(expected)\n", to: "dead.yaml"))
        let differences = try #require(run.outcomes.first?.differences)
        #expect(differences.first == "+ reasons: \(reasons[0])")
        #expect(differences.contains { $0.contains("the message is a dead letter: ") && $0.contains(detail) })
        let isText = message.hasPrefix("'")
        #expect(differences.contains { $0.contains("a text as message:") } == isText, "\(differences)")
        let named = "\(head)    operations: []\n    reasons: [\(reasons[0])]\n"
        #expect(try MappingTestRun(file: try folder.write(named, to: "named.yaml")).isPassed)
    }

    @Test("the command prints what a mapping warns of once, to stderr", .timeLimit(.minutes(1)))
    func warnings() async throws {
        let folder = try scene()
        let mapping = Self.mapping + "\n      fixed: $.properties.plan\n"
        _ = try folder.write(mapping.replacing("      fixed", with: "        fixed"), to: "own.yaml")
        let test = "version: 1\nmapping: own.yaml\ntests:\n  - { name: a, message: { type: page }, operations: [] }\n"
        let paths = try ["a.yaml", "b.yaml"].map { try folder.write(test, to: $0) }
        let child = try ChildProcess(TestExecutable.batchrelay, ["test"] + paths)
        #expect(await child.wait(within: .seconds(20)) == .exited(0), "\(child.standardError)")
        #expect(child.standardOutput.isEmpty)
        let lines = child.standardError.split(separator: "\n")
        #expect(lines.count == 2 && lines.last == "2 passed, 0 failed", "\(lines)")
        #expect(
            lines.first?.contains("attributes/fixed: is this text for every message; did you mean '@path'?") == true
        )
    }

    @Test("a test in braces cannot be updated and says so")
    func braces() throws {
        let folder = try scene()
        let text =
            "version: 1\nmapping: own.yaml\ntests:\n  - { name: a, message: { type: track, userId: u }, operations: [] }\n"
        let run = try MappingTestRun(file: try folder.write(text, to: "braces.yaml"))
        #expect(!run.isPassed)
        #expect {
            _ = try MappingTestUpdate.text(run)
        } throws: { error in
            "\(error)".contains("braces.yaml:4: cannot update 'a': write each key of a test on a line of its own")
        }
    }

    @Test(
        "a wrong file of tests tells all its faults",
        arguments: [
            ("mapping: a.yaml\ntests: []\n", "write version: 1"),
            ("version: 1\ntests: []\n", "'mapping' is missing"),
            ("version: 1\nmapping: own.yaml\n", "'tests' is missing"),
            ("version: 1\nmapping: own.yaml\ntests:\n  - name: a\n", "'message' is missing"),
            ("version: 1\nmapping: own.yaml\ntests:\n  - message: {}\n", "name"),
            (
                "version: 1\nmapping: own.yaml\ntests:\n  - { name: a, message: {}, operatoins: [] }\n",
                "did you mean 'operations'?"
            ),
            ("version: 1\nmapping: own.yaml\ntests:\n  - { name: a, message: {}, now: today }\n", "is not a date-time"),
            ("version: 1\nmapping: missing.yaml\ntests: []\n", "cannot read the mapping file"),
        ]
    )
    func faults(_ text: String, _ detail: String) throws {
        let folder = try scene()
        let path = try folder.write(text, to: "wrong.yaml")
        #expect {
            _ = try MappingTestRun(file: path)
        } throws: { error in
            "\(error)".contains(detail)
        }
    }

    @Test(
        "values that YAML would read otherwise survive an update",
        arguments: [
            "true", "null", "1e3", "a: b", "# x", "\u{85}\u{2028}", "\"quoted\"", "tab\tnew\nline", "😀é", "- x", " ",
        ]
    )
    func awkwardTexts(_ value: String) throws {
        let folder = try scene()
        var json = try JSONSerialization.data(withJSONObject: [
            "type": "identify", "userId": "u", "traits": ["k": value],
        ])
        json = Data(String(decoding: json, as: UTF8.self).replacing("'", with: "''").utf8)
        let text = """
            version: 1
            mapping: \(Self.root)/mappings/segment.yaml
            tests:
              - name: a
                message: '\(String(decoding: json, as: UTF8.self))'

            """
        let path = try folder.write(text, to: "awkward.yaml")
        let updated = try #require(try MappingTestUpdate.text(try MappingTestRun(file: path)))
        _ = try folder.write(updated, to: "awkward.yaml")
        #expect(try MappingTestRun(file: path).isPassed, "\(updated)")
    }

    @Test(
        "the shipped mappings pass their tests",
        arguments: ["segment", "computed-traits", "warehouse-rows", "audiences", "custom-audiences"]
    )
    func shipped(_ name: String) throws {
        let run = try MappingTestRun(file: "\(Self.root)/mappings/tests/\(name).yaml")
        #expect(run.outcomes.count > 3)
        #expect(run.outcomes.filter { !$0.isPassed } == [])
    }

    @Test("the command tells by its exit code whether all passed, and can update", .timeLimit(.minutes(1)))
    func command() async throws {
        let folder = try scene()
        let path = folder.path("own-tests.yaml")
        let first = try ChildProcess(TestExecutable.batchrelay, ["test", path])
        #expect(await first.wait(within: .seconds(20)) == .exited(1))
        #expect(first.standardOutput.contains("own-tests.yaml:16: wrong\n    ~ operations[0].identifiers.custom_id"))
        #expect(first.standardError == "2 passed, 1 failed\n")
        let update = try ChildProcess(TestExecutable.batchrelay, ["test", "--update", path])
        #expect(await update.wait(within: .seconds(20)) == .exited(0))
        let second = try ChildProcess(TestExecutable.batchrelay, ["test", "--json", path])
        #expect(await second.wait(within: .seconds(20)) == .exited(0))
        #expect(second.standardOutput.hasPrefix("{\"version\":1,\"file\":"))
        #expect(second.standardError == "3 passed, 0 failed\n")
        let missing = try ChildProcess(TestExecutable.batchrelay, ["test", folder.path("none")])
        #expect(await missing.wait(within: .seconds(20)) == .exited(78))
        let all = try ChildProcess(TestExecutable.batchrelay, ["test"], folder: Self.root)
        #expect(await all.wait(within: .seconds(20)) == .exited(0), "\(all.standardOutput)")
    }
}
