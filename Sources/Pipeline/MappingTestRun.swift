import JSONDocument
import MappingLanguage
import YAMLDocument

/// The outcome of a file of mapping tests.
public struct MappingTestRun: Sendable {
    /// The outcome of one test.
    public struct Outcome: Sendable, Equatable {
        /// The test's name.
        public let name: String
        /// The line of the test in its file.
        public let line: Int
        /// How what came out differs from what was expected, a line each; empty if it does not.
        public let differences: [String]
        /// What came out.
        let operations: [JSONTree]
        /// What was left out and why, as tests write it.
        let reasons: [String]

        /// Whether the test passed.
        public var isPassed: Bool { differences.isEmpty }
    }

    /// The file's path.
    public let file: String
    /// The outcomes in the order of the file.
    public let outcomes: [Outcome]
    /// What should be known of the mapping files that the tests are for, and is no fault.
    public let warnings: [MappingFinding]

    /// Whether all tests passed.
    public var isPassed: Bool { outcomes.allSatisfy(\.isPassed) }

    /// Runs the tests of a file.
    ///
    /// - Throws: ``RelayError`` with all faults of the file, or of the mapping files that it names.
    public init(file path: String) throws(RelayError) {
        let bytes = try MappingSet.bytes(of: path, "file of tests")
        try self.init(bytes, named: path)
    }

    init(_ bytes: [UInt8], named path: String) throws(RelayError) {
        let file: MappingTestFile
        do throws(FaultReport) {
            file = try MappingTestFile(bytes, named: path)
        } catch {
            throw RelayError(error.description)
        }
        var contents: [(name: String, bytes: [UInt8])] = []
        for (mapping, place) in file.mappings {
            do throws(RelayError) {
                contents.append((mapping, try MappingSet.bytes(of: mapping)))
            } catch {
                throw RelayError(Fault(at: place, path: "mapping", error.description).description)
            }
        }
        let mappings = try MappingSet(contents, actions: Set(MappingAction.allCases))
        var explainer = MessageExplainer(mappings: mappings)
        self.file = path
        warnings = mappings.warnings
        var outcomes: [Outcome] = []
        for test in file.tests {
            outcomes.append(Self.outcome(test, explainer.explain(test.message, record: test.record)))
        }
        self.outcomes = outcomes
    }

    /// The outcomes for a program: `version` 1, `file`, and `tests` with `name`, `line`, `passed` and `differences`.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("version", 1)
        writer.member("file", file)
        writer.name("tests")
        writer.beginArray()
        for outcome in outcomes {
            writer.beginObject()
            writer.member("name", outcome.name)
            writer.member("line", outcome.line)
            writer.name("passed")
            writer.boolean(outcome.isPassed)
            writer.name("differences")
            writer.beginArray()
            for difference in outcome.differences { writer.string(difference) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func outcome(_ test: MappingTest, _ explanation: MessageExplanation) -> Outcome {
        let operations = explanation.operations.compactMap {
            try? JSONTree(parsing: $0, limits: MessageExplainer.limits)
        }
        let reasons = reasons(explanation)
        var differences: [String] = []
        if let expected = test.operations {
            differences += TreeDifference.lines(.list(expected), .list(operations), at: "operations")
        }
        if let expected = test.reasons {
            for reason in expected where !reasons.contains(reason) { differences.append("- reasons: \(reason)") }
            for reason in reasons where !expected.contains(reason) { differences.append("+ reasons: \(reason)") }
        }
        if let cause = explanation.deadLetter, test.reasons?.contains("dead_letter \(cause.reason)") != true {
            // Without it a message that cannot be sent would pass for one of which nothing is to be sent.
            if test.reasons == nil { differences.append("+ reasons: dead_letter \(cause.reason)") }
            differences.append("  the message is a dead letter: \(cause.detail)\(advice(test, explanation))")
        }
        if test.operations == nil, test.reasons == nil {
            differences.append("the test expects nothing: write operations, reasons or both, or run with --update")
        }
        return Outcome(
            name: test.name,
            line: test.node.mark.line,
            differences: differences,
            operations: operations,
            reasons: reasons
        )
    }

    /// What to know of a message that is none, where it was written as a text.
    private static func advice(_ test: MappingTest, _ explanation: MessageExplanation) -> String {
        guard explanation.unreadable != nil, case .text? = test.node["message"]?.value else { return "" }
        return "; a text as message: is read as JSON: write JSON in it, or the message as YAML without quotes"
    }

    /// What was left out, `path reason` each, or why the message gives nothing.
    private static func reasons(_ explanation: MessageExplanation) -> [String] {
        if let cause = explanation.deadLetter { return ["dead_letter \(cause.reason)"] }
        if let reason = explanation.filteredReason { return ["filtered \(reason)"] }
        return explanation.losses.filter { !$0.isUnused }.map { "\($0.path) \($0.reason)" }
    }
}

/// How two JSON values differ, for people.
enum TreeDifference {
    /// A line for each part that differs: `-` expected and missing, `+` there and not expected, `~` other value. The order of
    /// members does not count, and numbers are compared by value.
    static func lines(_ expected: JSONTree, _ found: JSONTree, at path: String) -> [String] {
        switch (expected, found) {
        case (.object(let members), .object(let others)):
            return members.flatMap { member -> [String] in
                let place = "\(path).\(member.name)"
                guard let value = found[member.name] else { return ["- \(place): \(text(member.value))"] }
                return lines(member.value, value, at: place)
            }
                + others.filter { expected[$0.name] == nil }.map { "+ \(path).\($0.name): \(text($0.value))" }
        case (.list(let elements), .list(let others)):
            return (0..<max(elements.count, others.count)).flatMap { index -> [String] in
                let place = "\(path)[\(index)]"
                guard index < elements.count else { return ["+ \(place): \(text(others[index]))"] }
                guard index < others.count else { return ["- \(place): \(text(elements[index]))"] }
                return lines(elements[index], others[index], at: place)
            }
        case (.number(let left), .number(let right)):
            if left == right { return [] }
            // Whole numbers beyond a double's precision are equal only if their digits are.
            let isSame =
                Int64(left) == nil || Int64(right) == nil ? Double(left) == Double(right) : Int64(left) == Int64(right)
            return isSame ? [] : changed(expected, found, path)
        default: return expected == found ? [] : changed(expected, found, path)
        }
    }

    private static func changed(_ expected: JSONTree, _ found: JSONTree, _ path: String) -> [String] {
        ["~ \(path): expected \(text(expected)), got \(text(found))"]
    }

    private static func text(_ tree: JSONTree) -> String { String(decoding: tree.json, as: UTF8.self) }
}
