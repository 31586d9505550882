import Foundation
import RelayScenes
import TestSupport

/// One run of the program from its start to its end.
struct CommandRun {
    /// How it ended.
    let status: ChildProcess.ExitStatus?
    let output: String
    let errors: String

    /// The lines of the output.
    var lines: [String] { output.split(separator: "\n").map(String.init) }

    /// Runs the program in the repository's folder, or another one.
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
    }

    /// The members of each line of JSON.
    func json() throws -> [[String: JSONText]] {
        try lines.map { try JSONDecoder().decode([String: JSONText].self, from: Data($0.utf8)) }
    }
}
