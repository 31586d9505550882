import Foundation
import RelayScenes
import TestSupport
import Testing

extension FirstUse {
    /// What somebody meets who has never used the program.
    @Suite("A newcomer", .timeLimit(.minutes(3)))
    struct NewcomerTests {
        @Test("asks for the version")
        func version() async throws {
            let run = try await CommandRun(["--version"])
            #expect(run.status == .exited(0))
            #expect(run.output.contains(#/^batchrelay \d+\.\d+\.\d+\n/#), "\(run.output)")
            let help = try await CommandRun(["--help"])
            #expect(help.output.contains("batchrelay --version"))
        }

        @Test("pastes what `simulate` prints into a configuration, and `check` and `send` take it")
        func simulator() async throws {
            let simulator = try await SimulatorProcess()
            // What goes to stderr comes by a pipe of its own, and may be read later than the address.
            #expect(await eventually { simulator.child.standardError.contains("export ") })
            let printed = simulator.child.standardError
            #expect(simulator.child.standardOutput == "listening on \(simulator.url)\n")
            #expect(printed.contains("the project key is project_simulator, the REST API key simulator-rest-key"))
            let batch = try #require(printed.firstMatch(of: #/(batch: .*)\n/#)).output.1
            let key = try #require(printed.firstMatch(of: #/export BATCHRELAY_BATCH_REST_API_KEY='(.*)'\n/#)).output.1
            #expect(batch.contains(simulator.url))
            let folder = try TemporaryFolder("newcomer")
            try folder.write("version: 1\nkafka: { topics: [t] }\n\(batch)\n", to: "batchrelay.yaml")
            try folder.write(SendTests.good[0], to: "events.jsonl")
            let environment = ["BATCHRELAY_BATCH_REST_API_KEY": String(key)]
            for command in [["check"], ["send", "--yes", "events.jsonl"]] {
                let run = try await CommandRun(command, folder: folder.path, environment: environment)
                #expect(run.status == .exited(0), "\(run.output)\(run.errors)")
            }
            #expect(try await simulator.statistics().updatesAccepted == 1)
            await simulator.stop()
        }

        @Test("is told by `check` where an imported mapping does something else than in Segment, and may go on")
        func differences() async throws {
            let folder = try BadFileTests.folder(
                BadFileTests.good.replacing("[mapping.yaml]", with: "[imported.yaml]")
            )
            try folder.write(
                """
                version: 1
                mappings:
                  - name: imported
                    trigger: "!(event = 'Signed Up')"
                    action: update_profile
                    mapping:
                      custom_id: { "@path": $.userId }
                      attributes: { plan: { "@path": "$.traits['my.plan']" } }

                """,
                to: "imported.yaml"
            )
            let check = try await CommandRun(["check", "--json"], folder: folder.path)
            #expect(check.status == .exited(0), "\(check.output)")
            let warned = try check.json().filter { $0["check"] == "mapping" && $0["verdict"] == "warned" }
            let places = warned.map { "\($0["line"] ?? .null):\($0["column"] ?? .null) \($0["text"] ?? .null)" }
            for (place, word) in [("4:", "(F3"), ("8:", "(M2")] {
                #expect(places.contains { $0.hasPrefix(place) && $0.contains(word) }, "\(place) \(word): \(places)")
            }
        }
    }

    @Suite("Mapping tests with faults", .timeLimit(.minutes(1)))
    struct FaultyTestFileTests {
        private static let mapping = """
            version: 1
            mappings: [{ name: all, trigger: 'true', action: update_profile, mapping: default }]

            """
        private static let tests = """
            version: 1
            mapping: mapping.yaml
            tests:
              - name: a trait
                message: { type: identify, userId: u1, traits: { plan: gold } }
                operations: [{ identifiers: { custom_id: u1 }, attributes: { plan: gold } }]

            """

        @Test(
            "are said to be not run, and end with 78; the others are run all the same",
            arguments: [
                (
                    "version: 1\nmapping: mapping.yaml\ntest: []\n", mapping,
                    "bad.yaml:3:1: test: unknown key; did you mean 'tests'?"
                ),
                (tests, mapping.replacing("'true'", with: "type ="), "mappings[0].trigger: column 7: the trigger ends"),
                (
                    tests.replacing("mapping.yaml", with: "gone.yaml"), mapping,
                    "bad.yaml:2:1: mapping: cannot read the mapping file 'gone.yaml': No such file or directory; create it"
                ), (nil, mapping, "cannot read 'bad.yaml': No such file or directory"),
            ] as [(String?, String, String)]
        )
        func faulty(_ tests: String?, _ mapping: String, _ fault: String) async throws {
            let folder = try TemporaryFolder("mapping-tests")
            try folder.write(mapping, to: "mapping.yaml")
            try folder.write(Self.mapping, to: "other.yaml")
            if let tests { try folder.write(tests, to: "bad.yaml") }
            try folder.write(Self.tests.replacing("mapping.yaml", with: "other.yaml"), to: "good.yaml")
            let run = try await CommandRun(["test", "bad.yaml", "good.yaml"], folder: folder.path)
            #expect(run.status == .exited(78))
            #expect(run.errors.contains(fault), "\(run.errors)")
            let sum = "1 file was not run, for the faults above; of the others: 1 passed, 0 failed\n"
            #expect(run.errors.hasSuffix(sum), "\(run.errors)")
        }
    }

    @Suite("Messages over several lines", .timeLimit(.minutes(1)))
    struct PrettyMessageTests {
        private static let pretty = """
            {
              "type": "identify",
              "userId": "u1",
              "traits": {
                "plan": "a \\"}",
                "tags": [
                  "x"
                ]
              }
            }
            {
                "type": "identify", "userId": "u2", "traits": {"plan": "b"}
            }

            """
        private static let operations = """
            {"identifiers":{"custom_id":"u1"},"attributes":{"plan":"a \\"}","tags":["x"]}}
            {"identifiers":{"custom_id":"u2"},"attributes":{"plan":"b"}}

            """

        @Test("are read as one message each by `map` and `send`")
        func pretty() async throws {
            let folder = try TemporaryFolder("pretty")
            try folder.write(Self.pretty, to: "pretty.json")
            let map = try await CommandRun(["map", "pretty.json"], folder: folder.path)
            #expect(map.status == .exited(0), "\(map.errors)")
            #expect(map.output == Self.operations)
            #expect(map.errors.isEmpty)
            let simulator = try await SimulatorProcess()
            let send = try await CommandRun(
                ["send", "--yes", "pretty.json"],
                folder: folder.path,
                environment: [
                    "BATCHRELAY_BATCH_BASE_URL": simulator.url,
                    "BATCHRELAY_BATCH_PROJECT_KEY": SimulatorProcess.projectKey,
                    "BATCHRELAY_BATCH_REST_API_KEY": SimulatorProcess.restKey,
                ]
            )
            #expect(send.status == .exited(0), "\(send.output)\(send.errors)")
            #expect(send.output.contains("line 1: accepted\nline 11: accepted\n"), "\(send.output)")
            #expect(try await simulator.applied().map(\.customId) == ["u1", "u2"])
            await simulator.stop()
        }

        @Test("are missed where a file has none")
        func none() async throws {
            let folder = try TemporaryFolder("none")
            try folder.write("\n", to: "events.jsonl")
            let map = try await CommandRun(["map", "events.jsonl"], folder: folder.path)
            #expect(map.status == .exited(0))
            #expect(map.errors == "events.jsonl: there is no message in it\n", "\(map.errors)")
        }

        @Test("leave lines that are cut short alone, and say what to do about other forms")
        func cutShort() async throws {
            let folder = try TemporaryFolder("cut")
            let good = #"{"type":"identify","userId":"u1","traits":{"plan":"a"}}"#
            try folder.write("{\"type\":\"identify\",\n\(good)\n{\n\"type\": 1\n}\n", to: "events.jsonl")
            let map = try await CommandRun(["map", "events.jsonl"], folder: folder.path)
            #expect(map.status == .exited(1))
            #expect(map.lines.count == 1, "\(map.output)")
            let advice = "write one message a line; `jq -c . FILE` makes them so"
            #expect(map.errors.components(separatedBy: advice).count == 2, "\(map.errors)")
            #expect(map.errors.contains("events.jsonl:1: dead letter: malformed_json"), "\(map.errors)")
            try folder.write("{\n \"trigger\": \"true\",\n \"message\": {}\n}\n", to: "eval.json")
            let eval = try await CommandRun(["eval", "eval.json"], folder: folder.path)
            #expect(eval.status == .exited(1))
            #expect(eval.errors.contains("eval.json:1: a value is open"), "\(eval.errors)")
            #expect(eval.errors.components(separatedBy: advice).count == 2, "\(eval.errors)")
        }
    }

    @Suite("Filtered messages", .timeLimit(.minutes(1)))
    struct FilteredMessageTests {
        @Test("are explained once, in words, with the triggers that do not hold")
        func explained() async throws {
            let folder = try TemporaryFolder("filtered")
            try folder.write(#"{"type":"page","userId":"u1","properties":{"n":1}}"#, to: "page.jsonl")
            try folder.write(#"{"type":"identify","traits":{}}"#, to: "nobody.jsonl")
            try folder.write(
                """
                version: 1
                mappings:
                  - name: signups
                    trigger: type = "track" and event = "Signed Up"
                    action: update_profile
                    mapping: { custom_id: { "@path": $.userId } }

                """,
                to: "own.yaml"
            )
            let own = try await CommandRun(["map", "--explain", "-m", "own.yaml", "page.jsonl"], folder: folder.path)
            #expect(own.status == .exited(0))
            #expect(
                own.errors == """
                    page.jsonl:1: filtered: no_trigger: no entry takes it
                      entry 'signups': its trigger does not hold: type = "track" and event = "Signed Up"; here type is "page", \
                    event is not there

                    """
            )
            let standard = try await CommandRun(["map", "--explain", "nobody.jsonl"], folder: folder.path)
            #expect(standard.errors.split(separator: "\n").count == 1, "\(standard.errors)")
            #expect(standard.errors.hasPrefix("nobody.jsonl:1: filtered: no_user_id: there is no userId"))
        }
    }

    @Suite("The benchmarks", .timeLimit(.minutes(1)))
    struct BenchmarkTests {
        @Test("say what they lack and end with 1")
        func withoutKafka() async throws {
            let folder = URL(filePath: TestExecutable.batchrelay).deletingLastPathComponent()
            let child = try ChildProcess(
                folder.appending(path: "Benchmarks").path,
                ["service", "100"],
                environment: ["KAFKA_HOME": nil]
            )
            #expect(await child.wait(within: .seconds(50)) == .exited(1))
            #expect(child.standardError.hasPrefix("the benchmark could not be run: "), "\(child.standardError)")
            #expect(child.standardError.contains("KAFKA_HOME"), "\(child.standardError)")
        }
    }
}
