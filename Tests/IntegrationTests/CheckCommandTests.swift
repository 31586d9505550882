import Foundation
import RelayScenes
import TestSupport
import Testing

/// What `check --connect` says of surroundings that are not as they should be.
struct ConnectCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var change: @Sendable (inout RelaySettings) -> Void = { _ in }
    var key = SimulatorProcess.restKey
    var faults: String?
    /// Beginnings of lines, verdict and subject with single spaces, and what stands in them.
    let lines: [String]
    var code: Int32 = 1
}

extension RealParts {
    @Suite("check --connect")
    struct CheckCommandTests {
        private static let cases: [ConnectCase] = [
            ConnectCase(
                testDescription: "a key that is wrong",
                key: "not-the-key",
                lines: [
                    "passed broker 1 broker of cluster", "passed topic", "passed dead_letter",
                    "failed api GET http://127.0.0.1 Batch answered 401 AUTHENTICATION_INVALID: the REST API key is wrong",
                    "to change: correct the key file",
                ]
            ),
            ConnectCase(
                testDescription: "the key of an app",
                key: "DEV0123456789",
                lines: [
                    "warned configuration the key begins with DEV", "failed api 401",
                    "to change: the key begins with DEV, as the Dev API key of an app does: use the REST API key",
                ]
            ),
            ConnectCase(
                testDescription: "another project",
                change: { $0.projectKey = "project_other" },
                lines: ["failed api 401 AUTHENTICATION_INVALID not for this project", "to change: batch.project_key"]
            ),
            ConnectCase(
                testDescription: "a project that may not use the API",
                faults: #"{"outage": "forbidden"}"#,
                lines: ["failed api 403 API_MISUSE", "to change: ask Batch to allow the API for this project"]
            ),
            ConnectCase(
                testDescription: "a wrong path",
                change: { $0.baseURL += "/api" },
                lines: ["failed api 404 ROUTE_NOT_FOUND: no such route", "to change: correct batch.base_url"]
            ),
            ConnectCase(
                testDescription: "a rate that somebody else uses",
                faults: #"{"outage": "too_many_requests"}"#,
                lines: ["warned api 429: somebody else uses", "to change: check again in a few seconds"],
                code: 0
            ),
            ConnectCase(
                testDescription: "maintenance",
                faults: #"{"outage": "maintenance"}"#,
                lines: ["failed api 503", "to change: check again later"]
            ),
            ConnectCase(
                testDescription: "nobody at the API's address",
                change: { $0.baseURL = "http://127.0.0.1:\(LoopbackPorts.choose(1)[0])" },
                lines: ["failed api no connection check host, port, firewall", "skipped clock"]
            ),
            ConnectCase(
                testDescription: "a name that does not exist",
                change: { $0.baseURL = "http://no-such-host.invalid" },
                lines: ["failed api the name cannot be resolved check the host name and this machine's DNS"]
            ),
            ConnectCase(
                testDescription: "no TLS where https is wanted",
                change: { $0.baseURL = $0.baseURL.replacing("http://", with: "https://") },
                lines: ["failed api the TLS handshake failed check that the port speaks TLS"]
            ),
            ConnectCase(
                testDescription: "no topic",
                change: { $0.topics = "no.such.topic" },
                lines: [
                    "failed topic 'no.such.topic': Unknown topic or partition",
                    "to change: create the topic or correct",
                    "passed api 200",
                ]
            ),
            ConnectCase(
                testDescription: "a pattern without a topic",
                change: { $0.topics = "^no-such-.*" },
                lines: ["warned topic the pattern '^no-such-.*' matches no topic"],
                code: 0
            ),
            ConnectCase(
                testDescription: "no dead-letter topic, which the brokers create",
                change: { $0.deadLetter = "{ topic: no.such.dead-letter }" },
                lines: [
                    "warned dead_letter topic 'no.such.dead-letter' does not exist; `run` has the brokers create it"
                ],
                code: 0
            ),
            ConnectCase(
                testDescription: "a dead-letter file in a folder that is not there",
                change: { $0.deadLetter = "{ file: /no-such-folder/letters.jsonl }" },
                lines: ["failed dead_letter the folder '/no-such-folder' of the file No such file or directory"]
            ),
            ConnectCase(
                testDescription: "no broker",
                change: { $0.bootstrapServers = "127.0.0.1:\(LoopbackPorts.choose(1)[0])" },
                lines: [
                    "failed broker Connection refused", "to change: check bootstrap.servers", "skipped topic",
                    "skipped group", "passed dead_letter file", "passed api 200",
                ]
            ),
            ConnectCase(testDescription: "nothing wrong", lines: ["passed clock"], code: 0),
        ]

        @Test("names what is wrong and what to change", .timeLimit(.minutes(2)), arguments: cases)
        func explains(_ example: ConnectCase) async throws {
            let scene = try await RelayScene(partitions: 2)
            try scene.folder.write(example.key, to: "key")
            if let faults = example.faults { try await scene.simulator.setFaults(faults) }
            var settings = scene.settings
            example.change(&settings)
            let check = try await CommandRun(["check", "--connect", "--config", scene.configuration(settings)])
            #expect(check.status == .exited(example.code), "\(check.output)\(check.errors)")
            let lines = check.lines.map { $0.split(separator: " ").joined(separator: " ") }
            for expected in example.lines {
                #expect(lines.contains { Self.line($0, has: expected) }, "'\(expected)' is not in\n\(check.output)")
            }
            if example.code == 0 { #expect(!check.output.contains("failed"), "\(check.output)") }
            #expect(!check.output.contains(example.key), "a secret is shown")
            #expect(try await scene.simulator.statistics().updatesAccepted == 0)
            await scene.simulator.stop()
        }

        /// Whether a line has all words in this order, with others between them.
        private static func line(_ line: String, has expected: String) -> Bool {
            var rest = line[...]
            for word in expected.split(separator: " ") {
                guard let range = rest.range(of: word) else { return false }
                rest = rest[range.upperBound...]
            }
            return true
        }

        @Test("a login by SCRAM that an old library cannot make is explained", .timeLimit(.minutes(2)))
        func scram() async throws {
            let scene = try await RelayScene(partitions: 1)
            let servers = try #require(scene.kafka.secureBootstrapServers)
            var settings = scene.settings
            settings.bootstrapServers = servers
            settings.client["security.protocol"] = "SASL_PLAINTEXT"
            settings.client["sasl.username"] = KafkaCluster.user
            settings.client["sasl.password"] = KafkaCluster.password
            settings.client["sasl.mechanism"] = "PLAIN"
            let plain = try await CommandRun(["check", "--connect", "--config", scene.configuration(settings)])
            #expect(plain.status == .exited(0), "\(plain.output)")
            settings.client["sasl.mechanism"] = "SCRAM-SHA-256"
            let scram = try await CommandRun(["check", "--connect", "--config", scene.configuration(settings)])
            // Newer libraries log in.
            if scram.status != .exited(0) {
                #expect(scram.status == .exited(1), "\(scram.output)")
                #expect(scram.output.contains("is older than 2.6.1 and repeats its nonce"), "\(scram.output)")
                try await Self.serve(
                    settings,
                    of: scene,
                    until: "repeats its nonce",
                    row: "SCRAM with a librdkafka before 2.6.1 and Kafka 4"
                )
            }
            settings.client["sasl.mechanism"] = "PLAIN"
            settings.client["sasl.password"] = "not-the-password"
            let wrong = try await CommandRun(["check", "--connect", "--config", scene.configuration(settings)])
            #expect(wrong.status == .exited(1))
            #expect(wrong.output.contains("check sasl.mechanism, sasl.username and sasl.password"), "\(wrong.output)")
            #expect(!wrong.output.contains("not-the-password"))
            try await Self.serve(settings, of: scene, until: "check sasl.mechanism", row: "SASL login refused")
            await scene.simulator.stop()
        }

        /// Runs the service until its log has a text; then it ends as the README's row says.
        private static func serve(_ settings: RelaySettings, of scene: RelayScene, until text: String, row: String)
            async throws
        {
            let relay = try scene.relay(settings)
            #expect(await relay.awaitLog(text), "\(relay.log)")
            let ending = await relay.stop()
            try Readme.fault(row).expect(ending.status, relay.log)
            #expect(!relay.log.contains("not-the-password"))
        }

        /// Stands for Batch with a clock that has stopped at the beginning of 2026.
        private static let stoppedClock = """
            import http.server
            class Batch(http.server.BaseHTTPRequestHandler):
                def date_time_string(self, timestamp=None): return 'Thu, 01 Jan 2026 00:00:00 GMT'
                def log_message(self, *words): pass
                def do_GET(self):
                    body = b'{"audiences":[]}'
                    self.send_response(200)
                    self.send_header('Content-Length', str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
            server = http.server.HTTPServer(('127.0.0.1', 0), Batch)
            print(server.server_address[1], flush=True)
            server.serve_forever()
            """

        @Test("a clock that is wrong is warned of", .timeLimit(.minutes(1)))
        func clock() async throws {
            let scene = try await RelayScene(partitions: 1)
            let batch = try ChildProcess("python3", ["-c", Self.stoppedClock])
            let isUp = await eventually { batch.standardOutput.contains("\n") || !batch.isRunning }
            #expect(isUp, "\(batch.standardError)")
            var settings = scene.settings
            settings.baseURL = "http://127.0.0.1:\(batch.standardOutput.filter(\.isNumber))"
            let check = try await CommandRun(["check", "--connect", "--config", scene.configuration(settings)])
            try Readme.fault("this machine's clock is wrong").expect(check.status, check.output)
            await batch.terminate()
            await scene.simulator.stop()
        }

        @Test("lines of JSON say the same", .timeLimit(.minutes(1)))
        func json() async throws {
            let scene = try await RelayScene(partitions: 3)
            let check = try await CommandRun(["check", "--connect", "--json", "--config", scene.configuration()])
            let lines = try check.json()
            #expect(
                lines.map { "\($0["check"] ?? .null)" } == [
                    #""configuration""#, #""configuration""#, #""mapping""#, #""broker""#, #""topic""#, #""group""#,
                    #""dead_letter""#, #""api""#, #""clock""#,
                ]
            )
            #expect(lines.allSatisfy { $0["version"] == 1 })
            #expect(lines[4]["text"] == .text("'\(scene.topic)' has 3 partitions"))
            await scene.simulator.stop()
        }
    }
}
