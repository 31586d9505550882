internal import Glibc

/// Validates JSON texts by the project's schemas (folder `schemas`), with an implementation that is not this project's:
/// Debian's python3-jsonschema, through a small program in the folder of the schema tests.
public enum SchemaValidation {
    /// One text and what it must be.
    public struct Instance: Sendable {
        /// The schema's file name without `.schema.json`.
        public let schema: String
        /// The text, JSON without a line break.
        public let json: String

        /// Names a text and its schema.
        public init(_ schema: String, _ json: String) {
            self.schema = schema
            self.json = json
        }
    }

    /// Validates texts.
    ///
    /// - Returns: what is wrong with each text, in their order; empty for those that are right.
    /// - Throws: ``ProcessError`` where a text is not JSON, a schema is none, or Python or its package is missing: a test
    ///   must fail then and not pass over what it could not check.
    public static func faults(of instances: [Instance]) async throws(ProcessError) -> [[String]] {
        try await faults(ofLines: instances.map { "{\"schema\":\"\($0.schema)\",\"instance\":\($0.json)}" })
    }

    /// As ``faults(of:)``, for lines as the program reads them.
    ///
    /// - Parameter lines: one JSON object each, see the program's own words.
    /// - Returns: what is wrong with each, in their order.
    /// - Throws: ``ProcessError`` as for ``faults(of:)``.
    public static func faults(ofLines lines: [String]) async throws(ProcessError) -> [[String]] {
        let folder = try TemporaryFolder("schemas")
        let input = try folder.write(lines.map { "\($0)\n" }.joined(), to: "instances.jsonl")
        let program = "\(repository)/Tests/SchemaTests/Fixtures/validate.py"
        // Debian's packages belong to Debian's Python, whatever other one stands first in PATH.
        let python = access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3"
        let child = try ChildProcess(
            "/bin/sh",
            ["-c", "exec \"$0\" \"$1\" \"$2\" < \"$3\"", python, program, "\(repository)/schemas", input],
            output: .captured(limit: 64 << 20)
        )
        let status = await child.wait(within: .seconds(120))
        let output = child.standardOutput.split(separator: "\n")
        guard status == .exited(0), output.last == "checked \(lines.count)" else {
            throw ProcessError(
                attempt: "validate \(lines.count) texts by the schemas (bash .ci/setup installs what that needs)",
                reason: "\(status.map { "\($0)" } ?? "it takes too long"): \(child.standardError)"
            )
        }
        var faults = [[String]](repeating: [], count: lines.count)
        for line in output.dropLast() {
            let parts = line.split(separator: "\t", maxSplits: 1)
            if parts.count == 2, let place = Int(parts[0]) { faults[place].append(String(parts[1])) }
        }
        return faults
    }

    /// The folder of the repository.
    public static let repository: String = {
        // Sources/TestSupport/SchemaValidation.swift
        let parts = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return parts.joined(separator: "/")
    }()
}
