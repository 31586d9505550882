import Foundation
import RelayScenes
import TestSupport
import Testing

/// One way in which `send` fails, and what it says.
private struct FaultCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The README's row that says the same.
    var row: String?
    /// Changes in the environment.
    var environment: [String: String] = [:]
    /// Faults of the simulator.
    var faults = "{}"
    var events = SendTests.good
    var arguments = ["--yes"]
    let exitCode: Int32
    /// What stdout and stderr together name.
    let words: [String]
}

extension FirstUse {
    /// `batchrelay send` as people use it, against the simulator.
    @Suite("Sending a few messages", .timeLimit(.minutes(3)))
    struct SendingTests {
        private struct Scene {
            let simulator: SimulatorProcess
            let folder: TemporaryFolder

            init() async throws {
                simulator = try await SimulatorProcess()
                folder = try TemporaryFolder("send")
            }

            func send(
                _ events: [String],
                _ arguments: [String] = ["--yes"],
                environment changes: [String: String] = [:]
            ) async throws -> (status: ChildProcess.ExitStatus?, output: String, errors: String) {
                try folder.write(events.joined(separator: "\n"), to: "events.jsonl")
                var environment = RelayProcess.environment
                environment["BATCHRELAY_BATCH_BASE_URL"] = simulator.url
                environment["BATCHRELAY_BATCH_PROJECT_KEY"] = SimulatorProcess.projectKey
                environment["BATCHRELAY_BATCH_REST_API_KEY"] = SimulatorProcess.restKey
                for (name, value) in changes { environment[name] = value }
                let child = try ChildProcess(
                    TestExecutable.batchrelay,
                    ["send"] + arguments + ["events.jsonl"],
                    environment: environment,
                    folder: folder.path
                )
                let status = await child.wait(within: .seconds(30))
                return (status, child.standardOutput, child.standardError)
            }
        }

        @Test("messages arrive as the service would send them: one update a user")
        func arrives() async throws {
            let scene = try await Scene()
            let (status, output, errors) = try await scene.send(SendTests.good)
            #expect(status == .exited(0), "\(errors)")
            #expect(output.contains("line 1: accepted\n"))
            #expect(output.contains("call 1: 1 update, "))
            #expect(output.contains(": 202 accepted"))
            let log = try await scene.simulator.applied()
            #expect(log.map(\.customId) == ["97980cfea0067"])
            #expect(log.first?.attributes["$email_address"] == "peter@example.com")
            #expect(log.first?.events.map(\.name) == ["user_registered"])
            await scene.simulator.stop()
        }

        @Test("a configuration file and a mapping of one's own are used")
        func ownMapping() async throws {
            let scene = try await Scene()
            try scene.folder.write(SimulatorProcess.restKey, to: "key")
            try scene.folder.write(
                """
                version: 1
                mappings:
                  - name: mine
                    trigger: type = "track"
                    action: update_profile
                    mapping: { custom_id: { "@path": $.userId }, attributes: { seen: true } }
                """,
                to: "mine.yaml"
            )
            try scene.folder.write(
                """
                version: 1
                kafka: { topics: [events] }
                batch: { base_url: "\(scene.simulator.url)", project_key: project_simulator, rest_api_key_file: key }
                mappings: [mine.yaml]
                """,
                to: "batchrelay.yaml"
            )
            let (status, output, errors) = try await scene.send(
                SendTests.good,
                ["--yes", "--config", "batchrelay.yaml"],
                environment: ["BATCHRELAY_BATCH_REST_API_KEY": SimulatorProcess.restKey]
            )
            #expect(status == .exited(0), "\(errors)")
            #expect(output.contains("line 1: not sent, it is not for Batch: no_trigger"))
            #expect(try await scene.simulator.applied().first?.attributes == ["seen": true])
            await scene.simulator.stop()
        }

        private struct Answer: Decodable {
            struct Message: Decodable {
                let line: Int
                let outcome: String
                let left_out: [[String: String]]
            }
            struct Call: Decodable {
                let updates: Int
                let status: Int?
            }
            let version: Int
            let messages: [Message]
            let calls: [Call]
            let exit_code: Int
        }

        @Test("as JSON there is an outcome for each message, by line")
        func json() async throws {
            let scene = try await Scene()
            let (status, output, _) = try await scene.send(
                [
                    #"{"type":"identify","userId":"a","traits":{"email":"nobody"}}"#, "",
                    #"{"type":"group","userId":"a"}"#, #"{"type":"track"#,
                ],
                ["--yes", "--json"]
            )
            #expect(status == .exited(1))
            let answer = try JSONDecoder().decode(Answer.self, from: Data(output.utf8))
            #expect(answer.version == 1)
            #expect(answer.messages.map(\.line) == [1, 3, 4])
            #expect(answer.messages.map(\.outcome) == ["accepted", "filtered", "dead_letter"])
            #expect(answer.messages.first?.left_out == [["path": "traits.email", "reason": "bad_email"]])
            #expect(answer.calls.map(\.status) == [202])
            #expect(answer.exit_code == 1)
            let text = output.trimmingCharacters(in: .newlines)
            #expect(try await SchemaValidation.faults(of: [.init("send", text)]) == [[]])
            await scene.simulator.stop()
        }

        @Test("each fault is explained with what to change and has its exit code", arguments: SendTests.faults)
        private func fault(_ example: FaultCase) async throws {
            let scene = try await Scene()
            try await scene.simulator.setFaults(example.faults)
            let (status, output, errors) = try await scene.send(
                example.events,
                example.arguments,
                environment: example.environment
            )
            #expect(status == .exited(example.exitCode), "\(output)\(errors)")
            for word in example.words { #expect((output + errors).contains(word), "\(word): \(output)\(errors)") }
            #expect(!(output + errors).contains("wrong-key"))
            if let row = example.row { try Readme.fault(row).expect(status, output + errors) }
            await scene.simulator.stop()
        }

        @Test("on a terminal it asks, and sends only after a yes", arguments: [("y", 1), ("n", 0), ("", 0)])
        func asks(_ answer: String, _ count: Int) async throws {
            let scene = try await Scene()
            try scene.folder.write(SendTests.good.joined(separator: "\n"), to: "events.jsonl")
            var environment = RelayProcess.environment
            environment["BATCHRELAY_BATCH_BASE_URL"] = scene.simulator.url
            environment["BATCHRELAY_BATCH_PROJECT_KEY"] = SimulatorProcess.projectKey
            environment["BATCHRELAY_BATCH_REST_API_KEY"] = SimulatorProcess.restKey
            let child = try ChildProcess(
                "script",
                ["-qec", "\(TestExecutable.batchrelay) send events.jsonl", "/dev/null"],
                environment: environment,
                folder: scene.folder.path,
                input: .pipe
            )
            let isAsked = await eventually { child.standardOutput.contains("[y/N]") || !child.isRunning }
            #expect(isAsked)
            #expect(child.standardOutput.contains("Send 1 update of 1 profile to the project 'project_simulator'"))
            child.write("\(answer)\n")
            #expect(await child.wait(within: .seconds(20)) == .exited(count == 1 ? 0 : 1), "\(child.standardOutput)")
            #expect(try await scene.simulator.applied().count == count)
            await scene.simulator.stop()
        }
    }
}

/// What the tests of `send` are about.
enum SendTests {
    static let good = [
        #"{"type":"identify","userId":"97980cfea0067","traits":{"email":"peter@example.com","plan":"premium"}}"#,
        #"{"type":"track","userId":"97980cfea0067","event":"User Registered"}"#,
    ]

    fileprivate static let faults = [
        FaultCase(
            testDescription: "a wrong REST API key",
            row: "a wrong REST API key",
            environment: ["BATCHRELAY_BATCH_REST_API_KEY": "wrong-key"],
            exitCode: 77,
            words: ["401 AUTHENTICATION_INVALID", "not an app's Dev or Live key", "batch.project_key"]
        ),
        FaultCase(
            testDescription: "another project",
            environment: ["BATCHRELAY_BATCH_PROJECT_KEY": "project_other"],
            exitCode: 77,
            words: ["not for the project 'project_other'"]
        ),
        FaultCase(
            testDescription: "a project that is not allowed",
            row: "a project that is not allowed",
            faults: #"{"outage":"forbidden"}"#,
            exitCode: 77,
            words: ["403 API_MISUSE", "may not write to the project 'project_simulator'"]
        ),
        FaultCase(
            testDescription: "a version that does not exist",
            row: "a version that does not exist",
            environment: ["BATCHRELAY_BATCH_API_VERSION": "2.99"],
            exitCode: 1,
            words: ["404 ROUTE_NOT_FOUND", "batch.api_version ('2.99')"]
        ),
        FaultCase(
            testDescription: "an API that nobody serves",
            row: "an API that nobody serves",
            environment: ["BATCHRELAY_BATCH_BASE_URL": "http://127.0.0.1:1"],
            exitCode: 1,
            words: ["nothing was sent", "batch.base_url is 'http://127.0.0.1:1'"]
        ),
        FaultCase(
            testDescription: "an API that does not answer",
            row: "an API that does not answer",
            environment: ["BATCHRELAY_BATCH_TIMEOUT": "200ms"],
            faults: #"{"outage":"silence"}"#,
            exitCode: 75,
            words: ["nobody knows whether Batch took it", "may have applied it or not"]
        ),
        FaultCase(
            testDescription: "maintenance",
            row: "maintenance",
            faults: #"{"outage":"maintenance"}"#,
            exitCode: 75,
            words: ["503 MAINTENANCE_ERROR", "send again later"]
        ),
        FaultCase(
            testDescription: "the rate used up",
            row: "the rate used up",
            faults: #"{"outage":"too_many_requests"}"#,
            exitCode: 1,
            words: ["429", "nothing of it was applied"]
        ),
        FaultCase(
            testDescription: "an attribute that Batch refuses",
            row: "an attribute that Batch refuses",
            faults: #"{"partial_error_attribute":"plan"}"#,
            exitCode: 1,
            words: [
                "line 1: accepted, but for what is named here", "Batch refused plan (attribute)", "line 2: accepted\n",
            ]
        ),
        FaultCase(
            testDescription: "an operation that Batch refuses among good ones",
            row: "an operation that Batch refuses among good ones",
            faults: #"{"failures":{"bad":"bad_request"}}"#,
            events: good + [#"{"type":"track","userId":"bad","event":"Opened"}"#],
            exitCode: 1,
            words: ["line 1: accepted\n", "line 3: refused by Batch: 400 MALFORMED_PARAMETER", "call 3: 1 update"]
        ),
        FaultCase(
            testDescription: "no user",
            row: "no user",
            events: [#"{"type":"page","name":"Home"}"#],
            exitCode: 0,
            words: ["line 1: not sent, it is not for Batch: no_user_id", "nothing was sent"]
        ),
        FaultCase(
            testDescription: "an attribute that cannot be sent",
            row: "an attribute that cannot be sent",
            events: [#"{"type":"identify","userId":"a","traits":{"email":"nobody","plan":"premium"}}"#],
            exitCode: 0,
            words: ["line 1: accepted\n    left out traits.email: bad_email"]
        ),
        FaultCase(
            testDescription: "too many messages",
            events: Array(repeating: good[0], count: 11),
            exitCode: 1,
            words: ["there are 11 messages, and send takes at most 10"]
        ),
        FaultCase(testDescription: "no message", events: [""], exitCode: 1, words: ["there is no message"]),
        FaultCase(
            testDescription: "no terminal and no --yes",
            arguments: [],
            exitCode: 64,
            words: ["no terminal to ask on", "--yes"]
        ),
        FaultCase(
            testDescription: "a mapping that is not there",
            arguments: ["--yes", "--mapping", "nowhere.yaml"],
            exitCode: 78,
            words: ["cannot read the mapping file 'nowhere.yaml'"]
        ),
        FaultCase(
            testDescription: "no project key",
            environment: ["BATCHRELAY_BATCH_PROJECT_KEY": ""],
            exitCode: 78,
            words: ["BATCHRELAY_BATCH_PROJECT_KEY"]
        ),
    ]
}
