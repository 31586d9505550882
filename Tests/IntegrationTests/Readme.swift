import Foundation
import RelayScenes
import TestSupport
import Testing

/// What the README shows, for tests that do it.
enum Readme {
    private static func text() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    }

    /// The text of a section of the third level.
    static func section(_ name: String) throws -> String {
        let parts = try text().components(separatedBy: "### \(name)\n")
        guard parts.count == 2 else { throw IntegrationError("the README has no section '\(name)'") }
        return parts[1].components(separatedBy: "\n##")[0]
    }

    /// The texts of the blocks of a section, each with its language.
    static func blocks(of section: String) throws -> [(language: String, text: String)] {
        let body = try Self.section(section).components(separatedBy: "```")
        return stride(from: 1, to: body.count, by: 2).map { place in
            let lines = body[place].split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(lines[0]), lines.count > 1 ? String(lines[1]) : "")
        }
    }

    /// The rows of a section's table of faults.
    static func faultRows(of section: String) throws -> [FaultRow] {
        let body = try text().components(separatedBy: "## \(section)\n").last ?? ""
        let table = body.components(separatedBy: "\n## ")[0]
        return table.split(separator: "\n").compactMap { FaultRow(String($0)) }
    }

    /// The sections that have such a table.
    static let faultSections = ["What `send` answers", "When something is wrong"]

    /// The row of either table that begins with this cell.
    static func fault(_ name: String) throws -> FaultRow {
        for section in faultSections {
            if let row = try faultRows(of: section).first(where: { $0.name == name }) { return row }
        }
        throw IntegrationError("the README's tables of faults have no row '\(name)'")
    }
}

/// A row of one of the README's tables of faults: what is printed, what to change, and the code with which the command ends.
struct FaultRow {
    let name: String
    /// What stands in backticks, but for commands in parentheses, which say where it is printed: each text is printed as it
    /// stands there.
    let printed: [String]
    /// What stands in backticks in the column of what to change: the command names it too.
    let change: [String]
    let code: Int32

    /// - Returns: nil for a line that is no row, or the heading.
    init?(_ line: String) {
        guard line.hasPrefix("| ") else { return nil }
        let cells = line.dropFirst().split(separator: "|", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        guard cells.count == 5, let code = Int32(cells[3]) else { return nil }
        name = cells[0]
        printed = Self.quoted(cells[1].replacing(#/\(`[^`]*`\)/#, with: ""))
        change = Self.quoted(cells[2])
        self.code = code
    }

    private static func quoted(_ cell: String) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    /// Expects that a command has ended and printed as the row says.
    ///
    /// - Parameters:
    ///   - status: how it ended.
    ///   - output: all that it printed.
    ///   - place: where the test asks.
    func expect(
        _ status: ChildProcess.ExitStatus?,
        _ output: String,
        _ place: SourceLocation = #_sourceLocation
    ) {
        #expect(status == .exited(code), "the README's row '\(name)': \(output)", sourceLocation: place)
        for text in printed + change {
            #expect(
                output.contains(text),
                "the README's row '\(name)' has '\(text)': \(output)",
                sourceLocation: place
            )
        }
    }
}
