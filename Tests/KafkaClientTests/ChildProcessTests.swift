import Glibc
import TestSupport
import Testing

@Suite("Child processes of tests")
struct ChildProcessTests {
    @Test("output, errors and the exit code come back")
    func output() async throws {
        let child = try ChildProcess(
            "sh",
            ["-c", "echo \"$GREETING\"; echo bad >&2; exit 3"],
            environment: ["GREETING": "hi"]
        )
        #expect(await child.wait(within: .seconds(20)) == .exited(3))
        #expect(child.standardOutput == "hi\n")
        #expect(child.standardError == "bad\n")
        #expect(!child.isRunning)
    }

    @Test("SIGTERM ends a program, whatever the thread that started it blocks")
    func termination() async throws {
        let child = try ChildProcess("sleep", ["1000"])
        #expect(child.isRunning)
        #expect(await child.terminate() == .signalled(SIGTERM))
        child.signal(SIGKILL)
        #expect(child.status == .signalled(SIGTERM))
    }

    @Test("a program that ignores SIGTERM is killed")
    func stubborn() async throws {
        let child = try ChildProcess("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 1; done"])
        #expect(await eventually { child.standardOutput == "ready\n" })
        #expect(await child.terminate(within: .milliseconds(200)) == .signalled(SIGKILL))
    }

    @Test("what a program started is gone when its owner lets go of it")
    func group() async throws {
        func start() async throws -> pid_t {
            let child = try ChildProcess("sh", ["-c", "sleep 1000 & echo $!; wait"])
            #expect(await eventually { child.standardOutput.hasSuffix("\n") })
            return try #require(pid_t(child.standardOutput.dropLast()))
        }
        let grandchild = try await start()
        #expect(await eventually { kill(grandchild, 0) != 0 || Self.isZombie(grandchild) })
    }

    @Test("standard input is written and ended")
    func input() async throws {
        let child = try ChildProcess("cat", input: .pipe)
        #expect(child.write("one\n"))
        #expect(child.write("two\n"))
        child.closeInput()
        #expect(await child.wait(within: .seconds(20)) == .exited(0))
        #expect(child.standardOutput == "one\ntwo\n")
        #expect(!child.write("three\n"))
    }

    @Test("captured output is bounded and never holds the program up")
    func bound() async throws {
        let child = try ChildProcess("head", ["-c", "1000000", "/dev/zero"], output: .captured(limit: 1_000))
        #expect(await child.wait(within: .seconds(20)) == .exited(0))
        #expect(child.standardOutput.utf8.count == 1_000)
    }

    @Test("a program that is not there is an error that names it")
    func missing() {
        let error = #expect(throws: ProcessError.self) { try ChildProcess("no-such-program") }
        #expect(error.map { "\($0)" }?.contains("no-such-program") == true)
    }

    @Test("a temporary folder is removed with what is in it")
    func folder() throws {
        func use() throws -> String {
            let folder = try TemporaryFolder()
            try folder.write("text", to: "file")
            #expect(folder.read("file") == "text")
            mkdir(folder.path("inner"), 0o755)
            try folder.write("text", to: "inner/file")
            return folder.path
        }
        let path = try use()
        #expect(access(path, F_OK) != 0)
    }

    @Test("random numbers follow from the seed alone")
    func random() {
        // xoshiro256** after SplitMix64 of 42, computed by an independent program.
        var random = SeededRandom(seed: 42)
        #expect((0..<3).map { _ in random.next() } == Self.firstOf42)
        var bounded = SeededRandom(seed: 7)
        var counts = [Int](repeating: 0, count: 6)
        for _ in 0..<6_000 { counts[bounded.number(below: 6)] += 1 }
        #expect(counts.allSatisfy { (800...1_200).contains($0) })
    }

    private static let firstOf42: [UInt64] = [0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1]

    private static func isZombie(_ pid: pid_t) -> Bool {
        guard let file = fopen("/proc/\(pid)/stat", "r") else { return true }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[0..<count], as: UTF8.self).contains(") Z ")
    }
}
