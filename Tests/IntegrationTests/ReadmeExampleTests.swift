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
            try #require(blocks.map(\.language) == ["sh", "json", "sh"])
            let folder = try TemporaryFolder("readme")
            let mapped = try await run(blocks[0].text, in: folder)
            #expect(mapped == blocks[1].text)

            let simulator = try await SimulatorProcess()
            // The test's own simulator, at its own port, stands for the one that the block starts.
            let lines = blocks[2].text.split(separator: "\n").filter { !$0.contains(" simulate ") }
            #expect(lines.count == 4)
            let script = lines.joined(separator: "\n").replacing("http://127.0.0.1:8411", with: simulator.url)
            let sent = try await run(script.replacing("curl -s", with: "python3 -c '\(Self.fetch)'"), in: folder)
            #expect(sent.contains("line 1: accepted\nline 2: accepted\n"), "\(sent)")
            #expect(sent.contains(#""custom_id":"97980cfea0067""#), "\(sent)")
            #expect(sent.contains(#""event_count":1"#), "\(sent)")
            await simulator.stop()
        }

        /// What `curl -s` does; the tests' packages have Python, and not curl's program.
        private static let fetch =
            "import sys, urllib.request as r; print(r.build_opener(r.ProxyHandler({})).open(sys.argv[1]).read().decode())"

        private func run(_ script: String, in folder: TemporaryFolder) async throws -> String {
            let own = script.replacing(".build/release/batchrelay", with: TestExecutable.batchrelay)
            let child = try ChildProcess(
                "bash",
                ["-ec", own],
                environment: RelayProcess.environment,
                folder: folder.path
            )
            #expect(await child.wait(within: .seconds(60)) == .exited(0), "\(child.standardError)")
            return child.standardOutput
        }
    }
}
