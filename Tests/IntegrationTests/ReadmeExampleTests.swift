import Foundation
import RelayScenes
import TestSupport
import Testing

extension FirstUse {
    @Suite("The README's examples", .timeLimit(.minutes(3)))
    struct ReadmeExampleTests {
        @Test("a message of one's own: mapped as shown, then sent to the simulator, where the profile shows it")
        func ownMessage() async throws {
            let blocks = try Readme.blocks(of: "A message of your own")
            try #require(blocks.map(\.language) == ["sh", "json", "text", "sh"])
            let folder = try TemporaryFolder("readme")
            let mapped = try await run(blocks[0].text, in: folder)
            #expect(mapped.output == blocks[1].text)
            #expect(mapped.errors == blocks[2].text)

            let simulator = try await SimulatorProcess()
            // The test's own simulator, at its own port, stands for the one that the block starts.
            let lines = blocks[3].text.split(separator: "\n").filter { !$0.contains(" simulate ") }
            #expect(lines.count == 4)
            let script = lines.joined(separator: "\n").replacing("http://127.0.0.1:8411", with: simulator.url)
            let sent = try await run(script.replacing("curl -s", with: "python3 -c '\(Self.fetch)'"), in: folder).output
            #expect(sent.contains("line 1: accepted\n    left out traits.phone: bad_phone"), "\(sent)")
            #expect(sent.contains("\nline 2: accepted\n"), "\(sent)")
            #expect(sent.contains(#""custom_id":"97980cfea0067""#), "\(sent)")
            #expect(sent.contains(#""event_count":1"#), "\(sent)")
            await simulator.stop()
        }

        @Test("a mapping of one's own and its test: the test passes, and fails where the mapping is another")
        func ownMapping() async throws {
            let blocks = try Readme.blocks(of: "A mapping of your own")
            try #require(blocks.map(\.language) == ["yaml", "yaml"])
            let folder = try TemporaryFolder("readme")
            for name in ["mappings", "mappings/tests"] {
                try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
            }
            try folder.write(blocks[0].text, to: "mappings/signups.yaml")
            try folder.write(blocks[1].text, to: "mappings/tests/signups.yaml")
            let passed = try await CommandRun(["test"], folder: folder.path)
            #expect(passed.status == .exited(0), "\(passed.output)\(passed.errors)")
            #expect(passed.errors == "2 passed, 0 failed\n")
            try folder.write(
                blocks[0].text.replacing("properties.plan", with: "traits.plan"),
                to: "mappings/signups.yaml"
            )
            let failed = try await CommandRun(["test"], folder: folder.path)
            #expect(failed.status == .exited(1))
            #expect(failed.output.contains("mappings/tests/signups.yaml:4: a signup sets the plan"), "\(failed.output)")
        }

        @Test("each directive gives what its row says, and there is a row for each that the program knows")
        func directives() async throws {
            let section = try Readme.section("Directives")
            let message = try #require(section.firstMatch(of: #/`(\{"name".*\})`/#)).output.1
            let rows = section.split(separator: "\n").compactMap {
                $0.wholeMatch(of: #/\| `(.*)` \| .* \| `(.*)` \|/#)?.output
            }
            let lines = rows.map { #"{"mapping":\#($0.1),"message":\#(message)}"# }
            let folder = try TemporaryFolder("readme")
            try folder.write(lines.joined(separator: "\n"), to: "lines.jsonl")
            let eval = try await CommandRun(["eval", "lines.jsonl"], folder: folder.path)
            #expect(eval.lines == rows.map { #"{"value":\#($0.2)}"# })
            let unknown = try await CommandRun([
                "eval", folder.write(#"{"mapping":{"@x":1},"message":{}}"#, to: "x.jsonl"),
            ])
            let known = Set(unknown.output.matches(of: #/@[a-zA-Z]+/#).map { String($0.output) }).subtracting(["@x"])
            #expect(known.count > 10, "\(unknown.output)")
            let shown = Set(rows.flatMap { $0.1.matches(of: #/@[a-zA-Z]+/#).map { String($0.output) } })
            #expect(known.subtracting(["@liquid"]) == shown)
        }

        /// What `curl -s` does; the tests' packages have Python, and not curl's program.
        private static let fetch =
            "import sys, urllib.request as r; print(r.build_opener(r.ProxyHandler({})).open(sys.argv[1]).read().decode())"

        private func run(_ script: String, in folder: TemporaryFolder) async throws -> (output: String, errors: String)
        {
            let own = script.replacing(".build/release/batchrelay", with: TestExecutable.batchrelay)
            let child = try ChildProcess(
                "bash",
                ["-ec", own],
                environment: RelayProcess.environment,
                folder: folder.path
            )
            #expect(await child.wait(within: .seconds(60)) == .exited(0), "\(child.standardError)")
            return (child.standardOutput, child.standardError)
        }
    }
}

extension RealParts {
    @Suite("The README's service", .timeLimit(.minutes(3)))
    struct ReadmeServiceTests {
        @Test("a configuration as it stands there is checked, runs without --config, and delivers")
        func service() async throws {
            let blocks = try Readme.blocks(of: "Run it against a broker")
            try #require(blocks.map(\.language) == ["sh"])
            let scene = try await RelayScene(partitions: 1)
            try await scene.fill(SendTests.good)
            let script = blocks[0].text.replacing(".build/release/batchrelay", with: TestExecutable.batchrelay)
                .replacing("localhost:9092", with: scene.kafka.bootstrapServers)
                .replacing("analytics.events", with: scene.topic)
                .replacing("group_id: batchrelay", with: "group_id: \(scene.group)")
                .replacing("http://127.0.0.1:8411", with: scene.simulator.url)
            var environment = RelayProcess.environment
            environment["BATCHRELAY_ADMIN_LISTEN"] = "127.0.0.1:0"
            // So that the signal reaches the service and not the shell.
            let child = try ChildProcess(
                "bash",
                ["-ec", script.replacing("&& /", with: "&& exec /")],
                environment: environment,
                folder: scene.folder.path
            )
            let isDone = try await eventually(within: .seconds(60), every: .milliseconds(100)) {
                try await scene.simulator.statistics().updatesAccepted > 0 || !child.isRunning
            }
            #expect(isDone, "\(child.standardError)")
            child.signal(SIGTERM)
            #expect(await child.wait(within: .seconds(30)) == .exited(0), "\(child.standardError)")
            #expect(!child.standardOutput.contains("failed  "), "\(child.standardOutput)")
            let profiles = try await scene.simulator.profiles()
            #expect(profiles["97980cfea0067"]?.eventCount == 1)
            await scene.simulator.stop()
        }
    }
}
