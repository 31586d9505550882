import Foundation
import RelayScenes
import TestSupport
import Testing

/// One run of the program from its start to its end.
struct CommandRun {
    /// How it ended.
    let status: ChildProcess.ExitStatus?
    let output: String
    let errors: String

    /// The lines of the output.
    var lines: [String] { output.split(separator: "\n").map(String.init) }

    /// Runs the program in the repository's folder, or another one. What it prints for programs must be right by its schema.
    ///
    /// - Throws: `ProcessError` if it cannot be started.
    init(_ arguments: [String], folder: String? = nil, environment: [String: String?] = [:]) async throws {
        let child = try ChildProcess(
            TestExecutable.batchrelay,
            arguments,
            environment: RelayProcess.environment.merging(environment) { $1 },
            folder: folder ?? RelayProcess.repository
        )
        status = await child.wait(within: .seconds(60))
        if status == nil { child.signalGroup(SIGKILL) }
        output = child.standardOutput
        errors = child.standardError
        guard arguments.contains("--json") else { return }
        let words = arguments.prefix { !$0.hasPrefix("-") }.prefix(arguments.first == "dead-letters" ? 2 : 1)
        let instances = lines.map { SchemaValidation.Instance(words.joined(separator: "-"), $0) }
        for (line, faults) in zip(lines, try await SchemaValidation.faults(of: instances)) {
            #expect(faults == [], "\(line)")
        }
    }

    /// The members of each line of JSON.
    func json() throws -> [[String: JSONText]] {
        try lines.map { try JSONDecoder().decode([String: JSONText].self, from: Data($0.utf8)) }
    }
}
