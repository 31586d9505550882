import JSONDocument
import YAMLDocument

/// Writes what came out into a file of mapping tests, and leaves the rest of its text as it is.
public enum MappingTestUpdate {
    /// Puts the outcomes of a run in the place of what its tests expect.
    ///
    /// - Parameter run: of the same file, just before.
    /// - Returns: the file's new text, or nil where nothing is to change.
    /// - Throws: ``RelayError`` if the file cannot be read, or a test is written in braces, of which no part can be replaced.
    public static func text(_ run: MappingTestRun) throws(RelayError) -> String? {
        let bytes = try MappingSet.bytes(of: run.file)
        return try text(bytes, run)
    }

    static func text(_ bytes: [UInt8], _ run: MappingTestRun) throws(RelayError) -> String? {
        let root: YAMLNode
        do throws(YAMLSyntaxError) {
            root = try YAMLReader.read(bytes, named: run.file)
        } catch {
            throw RelayError(Fault(in: run.file, error).description)
        }
        guard case .list(let tests)? = root["tests"]?.value, tests.count == run.outcomes.count else { return nil }
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        // From the end, so that the places before stay where they are.
        for (test, outcome) in zip(tests, run.outcomes).reversed() where !outcome.isPassed {
            try replace(test, outcome, in: run.file, &lines)
        }
        let text = lines.joined(separator: "\n")
        return Array(text.utf8) == bytes ? nil : text
    }

    private static func replace(
        _ test: YAMLNode,
        _ outcome: MappingTestRun.Outcome,
        in file: String,
        _ lines: inout [String]
    ) throws(RelayError) {
        guard case .map(let members) = test.value, let first = members.first else { return }
        let line = lines[first.keyMark.line - 1]
        let isBlock =
            members.allSatisfy { $0.keyMark.column == first.keyMark.column } && members.count > 1
            && Set(members.map(\.keyMark.line)).count == members.count && !line.contains("- {")
        guard isBlock else {
            throw RelayError(
                "\(file):\(first.keyMark.line): cannot update '\(outcome.name)': write each key of a test on a line of its own"
            )
        }
        let indent = String(repeating: " ", count: first.keyMark.column - 1)
        var parts: [(key: String, values: [String])] = []
        parts.append(("operations", outcome.operations.map { YAMLText.item($0, indent: indent + "  ") }))
        let isReasonExpected = members.contains { $0.key == "reasons" }
        if isReasonExpected || !outcome.reasons.isEmpty {
            parts.append(("reasons", outcome.reasons.map { "\(indent)  - \(YAMLText.quoted($0))" }))
        }
        let places = members.filter { $0.key == "operations" || $0.key == "reasons" }
        var end = members.map { self.end(of: $0, members, lines) }.max() ?? first.keyMark.line
        for place in places.reversed() {
            let range = place.keyMark.line - 1..<self.end(of: place, members, lines)
            guard place.keyMark != first.keyMark else {
                throw RelayError("\(file):\(place.keyMark.line): cannot update '\(outcome.name)': write its name first")
            }
            lines.removeSubrange(range)
            end -= range.count
        }
        var written: [String] = []
        for part in parts {
            written.append("\(indent)\(part.key):\(part.values.isEmpty ? " []" : "")")
            written += part.values.flatMap { $0.split(separator: "\n").map(String.init) }
        }
        lines.insert(contentsOf: written, at: end)
    }

    /// The line behind a member: the next line that is indented no more than its key, blank lines and comments before it not
    /// counted. A list may stand as far to the left as its key.
    private static func end(of member: YAMLNode.Member, _ members: [YAMLNode.Member], _ lines: [String]) -> Int {
        let column = member.keyMark.column - 1
        var end = member.keyMark.line
        var next = end
        while next < lines.count {
            let content = lines[next].drop { $0 == " " }
            let indent = lines[next].count - content.count
            next += 1
            if content.isEmpty { continue }
            if content.hasPrefix("#"), indent <= column { continue }
            let isItem = indent == column && content.hasPrefix("-")
            guard indent > column || isItem else { break }
            end = next
        }
        return end
    }
}

/// Writes JSON values as YAML that people like to read.
enum YAMLText {
    private static let width = 120

    /// An element of a list: on one line if it fits, else a member a line.
    static func item(_ tree: JSONTree, indent: String) -> String {
        let short = "\(indent)- \(flow(tree))"
        guard short.count > width, case .object(let members) = tree, !members.isEmpty else { return short }
        let lines = members.map { block($0, indent: indent + "  ") }.joined(separator: "\n")
        return "\(indent)- \(lines.drop { $0 == " " })"
    }

    private static func block(_ member: JSONTree.Member, indent: String) -> String {
        let short = "\(indent)\(key(member.name)): \(flow(member.value))"
        guard short.count > width else { return short }
        switch member.value {
        case .object(let members) where !members.isEmpty:
            let lines = members.map { block($0, indent: indent + "  ") }
            return "\(indent)\(key(member.name)):\n\(lines.joined(separator: "\n"))"
        case .list(let elements) where !elements.isEmpty:
            let lines = elements.map { item($0, indent: indent + "  ") }
            return "\(indent)\(key(member.name)):\n\(lines.joined(separator: "\n"))"
        default: return short
        }
    }

    private static func flow(_ tree: JSONTree) -> String {
        switch tree {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .number(let text): text
        case .text(let text): quoted(text)
        case .list(let elements): "[\(elements.map { flow($0) }.joined(separator: ", "))]"
        case .object(let members) where members.isEmpty: "{}"
        case .object(let members):
            "{ \(members.map { "\(key($0.name)): \(flow($0.value))" }.joined(separator: ", ")) }"
        }
    }

    /// A key without quotes where it is surely a text so.
    private static func key(_ name: String) -> String {
        let words = ["null", "true", "false", "y", "n", "yes", "no", "on", "off"]
        let isPlain =
            name.first.map { $0 == "_" || $0 == "$" || ("a"..."z").contains($0) } == true
            && name.allSatisfy { $0 == "_" || $0 == "$" || ("a"..."z").contains($0) || ("0"..."9").contains($0) }
        return isPlain && !words.contains(name) ? name : quoted(name)
    }

    /// A text in double quotes; what YAML does not allow as it is gets an escape.
    static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        var escaped = ""
        for scalar in String(decoding: writer.bytes, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
