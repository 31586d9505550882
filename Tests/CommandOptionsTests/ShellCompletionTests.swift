import CommandOptions
import Foundation
import Testing

private struct ShellFailed: Error { let status: Int32 }

/// Runs bash with a script as its argument and gives what it prints.
private func bash(_ script: String) async throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["bash", "--norc", "-c", script]
    let output = Pipe()
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    let status: Int32 = try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
        do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    guard status == 0 else { throw ShellFailed(status: status) }
    return String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
}

@Suite("Shell completion")
struct ShellCompletionTests {
    @Test(
        "offers in bash what can stand at the cursor",
        .timeLimit(.minutes(1)),
        arguments: [
            ("relay ''", "map offsets --help"),
            ("relay m", "map"),
            ("relay offsets ''", "show reset --help"),
            ("relay offsets r", "reset"),
            ("relay map --e", "--explain"),
            ("relay map --format ''", "text json"),
            ("relay map --format = j", "json"),
            ("relay map --format =", "text json"),
            ("relay map --explain --format t", "text"),
            ("relay offsets reset --to", "--to-offset --to-earliest"),
            ("relay offsets reset --group ''", ""),
            ("relay offsets reset map", ""),
        ]
    )
    func offers(_ line: String, _ expected: String) async throws {
        let parts = words(line).map { "'\($0)'" }
        let script = """
            \(ShellCompletion.bash(Sample.program))
            COMP_WORDS=(\(parts.joined(separator: " ")))
            COMP_CWORD=\(parts.count - 1)
            _relay
            echo "${COMPREPLY[*]}"
            """
        #expect(try await bash(script) == expected + "\n")
    }

    @Test("offers files in bash where a file is expected", .timeLimit(.minutes(1)))
    func offersFiles() async throws {
        for line in ["'relay' 'map' '--config' '/et'", "'relay' 'map' '-c' '/et'", "'relay' 'map' '/et'"] {
            let count = line.split(separator: " ").count
            let script = """
                \(ShellCompletion.bash(Sample.program))
                COMP_WORDS=(\(line))
                COMP_CWORD=\(count - 1)
                _relay
                echo "${COMPREPLY[*]}"
                """
            #expect(try await bash(script) == "/etc\n", "\(line)")
        }
    }

    @Test("writes a zsh function for each command, with its options")
    func writesZsh() {
        let script = ShellCompletion.zsh(Sample.program)
        #expect(script.hasPrefix("#compdef relay\n"))
        for function in [
            "_relay()", "_relay_map()", "_relay_offsets()", "_relay_offsets_show()", "_relay_offsets_reset()",
        ] {
            #expect(script.contains("\n\(function) {\n"), "\(function)")
        }
        #expect(script.contains("'--config=[configuration file]:FILE:_files' '-c[configuration file]:FILE:_files'"))
        #expect(script.contains("'*--mapping=[mapping file]:FILE:_files'"))
        #expect(script.contains("'--explain[says where each field came from]'"))
        #expect(script.contains("'--format=[form of the output]:FORMAT:(text json)'"))
        #expect(script.contains("'*::FILE:_files'"))
        #expect(script.contains("'map:messages in, operations out'"))
    }
}
