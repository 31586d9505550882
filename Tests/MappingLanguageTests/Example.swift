import Foundation
import JSONDocument
import MappingLanguage
import Testing

/// One example of the languages' description.
struct Example: Sendable, CustomTestStringConvertible {
    let line: Int
    let section: String
    let message: String
    let mapping: String?
    let trigger: String?
    let expected: String

    var testDescription: String { "section \(section), line \(line)" }

    /// Reads `Fixtures/examples.txt`.
    static func all() throws -> [Example] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/examples.txt")
        var examples: [Example] = []
        var section = ""
        var message = ""
        var mapping: String?
        var trigger: String?
        let lines = try String(contentsOf: file, encoding: .utf8).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        for (index, line) in lines.enumerated() {
            let parts = line.split(separator: " ", maxSplits: 1)
            let rest = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
            switch parts.first {
            case "section": section = String(rest)
            case "in": message = String(rest)
            case "map": (mapping, trigger) = (String(rest), nil)
            case "fql": (mapping, trigger) = (nil, String(rest))
            case "out", "out*":
                examples.append(
                    Example(
                        line: index + 1,
                        section: section,
                        message: message,
                        mapping: mapping,
                        trigger: trigger,
                        expected: String(rest)
                    )
                )
            default: break
            }
        }
        return examples
    }
}

/// What became of a mapping and a message, as one text: JSON, `ABSENT`, `REFUSED…` or `FAILS`.
enum Outcome {
    static func of(mapping: String, message: String) throws -> String {
        let plan: MappingPlan
        do throws(MappingRefusal) {
            plan = try MappingPlan(json: Array(mapping.utf8))
        } catch {
            return "REFUSED"
        }
        return try of(plan, message: message)
    }

    static func of(_ plan: MappingPlan, message: String) throws -> String {
        let text = Array(message.utf8)
        var tape = JSONTape()
        try tape.parse(text.span)
        var scratch = MappingScratch()
        var writer = JSONWriter()
        do throws(MappingFailure) {
            let isPresent = try plan.resolve(tape, text.span, scratch: &scratch, into: &writer)
            if !isPresent { #expect(writer.bytes.isEmpty) }
            return isPresent ? String(decoding: writer.bytes, as: UTF8.self) : "ABSENT"
        } catch {
            #expect(writer.bytes.isEmpty)
            return "FAILS"
        }
    }

    static func of(trigger: String, message: String) throws -> String {
        guard let trigger = try? Trigger(trigger) else { return "REFUSED" }
        let text = Array(message.utf8)
        var tape = JSONTape()
        try tape.parse(text.span)
        return trigger.matches(tape, text.span) ? "true" : "false"
    }

    /// The same JSON with sorted keys, to compare objects regardless of order; other texts unchanged.
    static func canonical(_ outcome: String) throws -> String {
        guard let first = outcome.first, "{[\"-0123456789tfn".contains(first) else { return outcome }
        let value = try JSONSerialization.jsonObject(with: Data(outcome.utf8), options: .fragmentsAllowed)
        let sorted: JSONSerialization.WritingOptions = [.sortedKeys, .fragmentsAllowed]
        return String(decoding: try JSONSerialization.data(withJSONObject: value, options: sorted), as: UTF8.self)
    }
}
