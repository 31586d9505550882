import Foundation
import RelayScenes

/// What the README shows, for tests that do it.
enum Readme {
    private static func text() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    }

    /// The texts of the blocks of a section, each with its language.
    static func blocks(of section: String) throws -> [(language: String, text: String)] {
        let parts = try text().components(separatedBy: "### \(section)\n")
        guard parts.count == 2 else { throw IntegrationError("the README has no section '\(section)'") }
        let body = parts[1].components(separatedBy: "\n##")[0].components(separatedBy: "```")
        return stride(from: 1, to: body.count, by: 2).map { place in
            let lines = body[place].split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(lines[0]), lines.count > 1 ? String(lines[1]) : "")
        }
    }

    /// The rows of the table of faults, by the first column.
    static func faultRows() throws -> [String: (printed: String, exitCode: Int32)] {
        let section = try text().components(separatedBy: "## What `send` answers\n").last ?? ""
        let table = section.components(separatedBy: "\n## ")[0]
        var rows: [String: (printed: String, exitCode: Int32)] = [:]
        for line in table.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 4, let code = Int32(cells[3]) else { continue }
            rows[cells[0]] = (cells[1].trimmingCharacters(in: ["`"]), code)
        }
        return rows
    }
}
