import Foundation
import RelayScenes
import TestSupport
import Testing

/// `batchrelay demo` and `batchrelay send` need nothing but this machine.
@Suite("First use", .serialized)
enum FirstUse {}

extension FirstUse {
    @Suite("The demo", .timeLimit(.minutes(3)))
    struct DemoTests {
        /// A folder to be in and one for temporary files: both must be empty afterwards.
        private struct Surroundings {
            let folder: TemporaryFolder
            let temporary: TemporaryFolder

            init() throws {
                folder = try TemporaryFolder("demo")
                temporary = try TemporaryFolder("demo-tmp")
            }

            func start(_ program: String, _ arguments: [String]) throws -> ChildProcess {
                var environment = RelayProcess.environment
                environment["TMPDIR"] = temporary.path
                // Neither a proxy nor a configuration of the environment must stand between the parts.
                environment["http_proxy"] = "http://127.0.0.1:1"
                environment["BATCHRELAY_BATCH_BASE_URL"] = "http://127.0.0.1:1"
                environment["BATCHRELAY_KAFKA_TOPICS"] = "^wrong"
                return try ChildProcess(program, arguments, environment: environment, folder: folder.path)
            }

            func expectNothingLeft() throws {
                for path in [folder.path, temporary.path] {
                    #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [])
                }
            }
        }

        @Test("in any folder it ends within 20 s in a summary with every figure, and leaves nothing behind")
        func summary() async throws {
            let surroundings = try Surroundings()
            let start = ContinuousClock.now
            let child = try surroundings.start(TestExecutable.batchrelay, ["demo"])
            #expect(await child.wait(within: .seconds(60)) == .exited(0), "\(child.standardError)")
            #expect(ContinuousClock.now - start < .seconds(20))
            // Not a terminal: no live line.
            #expect(child.standardError.isEmpty, "\(child.standardError)")
            let account = RelayProcess.Account(child.standardOutput)
            #expect(account.addsUp, "\(child.standardOutput)")
            #expect(account.consumed == 4_000)
            #expect(account.deadLettered > 0)
            #expect(account.updates > 0)
            for text in [
                "Saved by merging:", "no_user_id", "repeat", "bad_email", "malformed_json",
                #""$email_address": "ada@example.com""#, "What to do next",
            ] {
                #expect(child.standardOutput.contains(text), "\(text)")
            }
            try surroundings.expectNothingLeft()
        }

        private struct Summary: Decodable {
            let version: Int
            let messages: Int
            let complete: Bool
            let account: [String: Int]
            let updates: [String: Int]
            let arrived: [String: Int]
            let filtered: [String: Int]
            let refused_fields: [String: Int]
            let refused_by_batch: Int
            let dead_letters: [String: Int]
        }

        @Test(
            "as JSON it is one object whose figures add up, and the seed makes no difference to that",
            arguments: [1, 7]
        )
        func json(_ seed: Int) async throws {
            let surroundings = try Surroundings()
            let arguments = ["demo", "--json", "--messages", "600", "--seed", "\(seed)"]
            let child = try surroundings.start(TestExecutable.batchrelay, arguments)
            #expect(await child.wait(within: .seconds(60)) == .exited(0), "\(child.standardError)")
            let summary = try JSONDecoder().decode(Summary.self, from: Data(child.standardOutput.utf8))
            #expect(summary.version == 1)
            #expect(summary.messages == 600)
            #expect(summary.complete)
            let account = summary.account
            #expect(account["consumed"] == 600)
            #expect(summary.filtered.values.reduce(0, +) == account["filtered"])
            #expect(summary.dead_letters.values.reduce(0, +) == account["dead_lettered"])
            #expect(
                (account["delivered"] ?? 0) - (summary.updates["accepted"] ?? 0) == summary.updates["saved_by_merging"]
            )
            #expect((summary.updates["saved_by_merging"] ?? 0) > 0)
            #expect(summary.arrived["updates"] == summary.updates["accepted"])
            #expect((summary.arrived["profiles"] ?? 0) > 10)
            #expect((summary.refused_fields["bad_email"] ?? 0) > 0)
            // What the mapping left out is what Batch would have refused.
            #expect(summary.refused_by_batch == 0)
        }

        @Test("on a terminal a live line shows how far it is, and goes before the summary")
        func liveLine() async throws {
            let surroundings = try Surroundings()
            // `script` (util-linux, on every Debian) gives it a terminal of its own.
            let child = try surroundings.start(
                "script",
                ["-qec", "\(TestExecutable.batchrelay) demo --messages 600", "/dev/null"]
            )
            #expect(await child.wait(within: .seconds(60)) == .exited(0))
            let output = child.standardOutput
            #expect(output.contains("\r0."))
            #expect(output.contains("joining the consumer group"))
            #expect(output.contains("read 600 of 600, settled 600"))
            let summary = try #require(output.range(of: "600 sample messages of"))
            // The line is overwritten with blanks before anything else is written.
            #expect(output[..<summary.lowerBound].hasSuffix(" \r"))
        }

        @Test(
            "an interruption ends it in order and at once, with nothing left behind",
            arguments: [("joining", SIGINT), (" read ", SIGTERM)]
        )
        func interruption(_ moment: String, _ number: Int32) async throws {
            let surroundings = try Surroundings()
            let child = try surroundings.start(
                "script",
                ["-qec", "\(TestExecutable.batchrelay) demo --messages 10000", "/dev/null"]
            )
            #expect(await eventually(within: .seconds(60)) { child.standardOutput.contains(moment) })
            let program = try #require(Self.child(of: child.processID))
            kill(program, number)
            #expect(await child.wait(within: .seconds(20)) == .exited(0))
            // A fast machine may be done with all messages when the signal comes in the midst of them.
            if moment == "joining" { #expect(child.standardOutput.contains("interrupted:")) }
            // A terminal ends its lines by two characters, which Swift takes for one.
            let output = child.standardOutput.replacing("\r\n", with: "\n")
            #expect(RelayProcess.Account(output).addsUp, "\(output)")
            try surroundings.expectNothingLeft()
        }

        /// The demo below `script`, which may have a shell between.
        private static func child(of parent: Int32) -> Int32? {
            var current = parent
            while let text = try? String(contentsOfFile: "/proc/\(current)/task/\(current)/children", encoding: .utf8),
                let next = text.split(separator: " ").first.flatMap({ Int32($0) })
            {
                current = next
            }
            return current == parent ? nil : current
        }

        @Test("a command that waits for its input is ended by a signal at once", arguments: [SIGINT, SIGTERM])
        func waitingForInput(_ number: Int32) async throws {
            let folder = try TemporaryFolder("map")
            try folder.write(#"{"type":"identify","userId":"a"}"#, to: "first.jsonl")
            let child = try ChildProcess(
                TestExecutable.batchrelay,
                ["map", "first.jsonl", "-"],
                environment: RelayProcess.environment,
                folder: folder.path,
                input: .pipe
            )
            // The first file is mapped: now it reads its standard input, to which nobody writes.
            #expect(await eventually { child.standardOutput.contains("custom_id") })
            child.signal(number)
            #expect(await child.wait(within: .seconds(10)) == .signalled(number))
        }

        @Test("a count out of its range is a usage error that says the range", arguments: ["99", "10001", "many"])
        func range(_ count: String) async throws {
            let child = try ChildProcess(TestExecutable.batchrelay, ["demo", "--messages", count])
            #expect(await child.wait(within: .seconds(20)) == .exited(64))
            #expect(child.standardError.contains("an integer from 100 to 10000"))
        }
    }
}
