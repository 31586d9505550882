import DefaultMapping
import Foundation
import JSONDocument
import Testing

/// One line of `Fixtures/cases.jsonl`, with its JSON kept as text.
struct DefaultMappingCase: Sendable, CustomTestStringConvertible {
    let id: String
    let group: String
    let options: [(key: String, value: OptionValue)]
    let message: [UInt8]
    /// The operations that are expected, as JSON; nil if there is to be none.
    let operations: [String]?
    let outcome: String?
    let reason: String?
    let reasons: Set<LeftOut>

    var testDescription: String { "\(id) (\(group))" }

    init?(line: some StringProtocol) throws {
        let bytes = Array(line.utf8)
        guard !bytes.isEmpty else { return nil }
        let document = try ParsedJSON(bytes)
        id = document.text("id") ?? ""
        group = document.text("group") ?? ""
        message = Array((document.verbatim("message") ?? "").utf8)
        if let operation = document.verbatim("operation") {
            operations = [operation]
        } else if document.verbatim("operations") != nil {
            operations = document.elements("operations")
        } else {
            operations = nil
        }
        outcome = document.text("outcome")
        reason = document.text("reason")
        options = document.members("options").map { ($0.key, Self.option($0.value)) }
        reasons = Set(
            try document.elements("reasons").compactMap { element in
                let report = try ParsedJSON(Array(element.utf8))
                guard let code = report.text("reason"), let reason = MappingReason(rawValue: code) else { return nil }
                return LeftOut(path: report.text("field") ?? "", reason: reason)
            }
        )
    }

    private static func option(_ json: String) -> OptionValue {
        switch json {
        case "true": .boolean(true)
        case "false": .boolean(false)
        case "null": .null
        default: json.hasPrefix("\"") ? .text(String(json.dropFirst().dropLast())) : .other(json)
        }
    }

    static let all: [DefaultMappingCase] = {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/cases.jsonl")
        guard let text = try? String(contentsOf: path, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap { try? DefaultMappingCase(line: $0) }
    }()
}

/// A small document for tests: looks up members of the root by name, as text.
struct ParsedJSON: ~Copyable {
    private let bytes: [UInt8]
    private let tape: JSONTape

    init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        var tape = JSONTape()
        try tape.parse(bytes.span)
        self.tape = tape
    }

    func text(_ name: String) -> String? {
        tape.member(JSONName(name), of: tape.root, in: bytes.span).flatMap { tape.string(of: $0, in: bytes.span) }
    }

    func verbatim(_ name: String) -> String? {
        tape.member(JSONName(name), of: tape.root, in: bytes.span).map { tape.verbatim($0, in: bytes.span) }
    }

    func elements(_ name: String) -> [String] {
        guard let list = tape.member(JSONName(name), of: tape.root, in: bytes.span) else { return [] }
        var result: [String] = []
        var elements = tape.elements(of: list)
        while let element = tape.next(&elements) { result.append(tape.verbatim(element, in: bytes.span)) }
        return result
    }

    /// The members of a member that is an object, in document order.
    func members(_ name: String) -> [(key: String, value: String)] {
        guard let object = tape.member(JSONName(name), of: tape.root, in: bytes.span) else { return [] }
        var result: [(key: String, value: String)] = []
        var members = tape.members(of: object)
        while let (key, value) = tape.next(&members) {
            result.append((tape.string(of: key, in: bytes.span) ?? "", tape.verbatim(value, in: bytes.span)))
        }
        return result
    }

    /// The whole value with members sorted and strings written in one way, so that equal values are equal texts. Numbers
    /// stay as they are written: the mapping copies them.
    func canonical() -> String { canonical(tape.root) }

    private func canonical(_ node: JSONNode) -> String {
        switch tape.kind(of: node) {
        case .object:
            var parts: [String] = []
            var members = tape.members(of: node)
            while let (key, value) = tape.next(&members) {
                parts.append("\((tape.string(of: key, in: bytes.span) ?? "").debugDescription):\(canonical(value))")
            }
            return "{\(parts.sorted().joined(separator: ","))}"
        case .array:
            var parts: [String] = []
            var elements = tape.elements(of: node)
            while let element = tape.next(&elements) { parts.append(canonical(element)) }
            return "[\(parts.joined(separator: ","))]"
        case .string: return (tape.string(of: node, in: bytes.span) ?? "").debugDescription
        case .number, .boolean, .null: return tape.verbatim(node, in: bytes.span)
        }
    }
}

/// The outcome of one mapping, for comparison.
struct MappedMessage: Equatable {
    let outcome: DefaultOutcome
    /// The operation as written; empty if there is none.
    let json: String
    let leftOut: [LeftOut]

    init(_ message: [UInt8], _ mapper: inout DefaultMapper) throws {
        var tape = JSONTape()
        try tape.parse(message.span)
        var writer = JSONWriter()
        var leftOut: [LeftOut] = []
        outcome = mapper.map(tape, message.span, into: &writer, leftOut: &leftOut)
        json = String(decoding: writer.bytes, as: UTF8.self)
        self.leftOut = leftOut
    }

    /// With the options as shipped, unless given.
    init(_ message: String, options: DefaultMappingOptions = DefaultMappingOptions()) throws {
        var mapper = DefaultMapper(options: options)
        try self.init(Array(message.utf8), &mapper)
    }

    /// The operations after splitting: 50 attributes each, the event with the last.
    func operations() throws -> [String] {
        let document = try ParsedJSON(Array(json.utf8))
        let attributes = document.members("attributes")
        var operations: [String] = []
        var start = 0
        repeat {
            let end = min(start + 50, attributes.count)
            var parts = ["\"identifiers\":\(document.verbatim("identifiers") ?? "")"]
            if end > start {
                let members = attributes[start..<end].map { "\"\($0.key)\":\($0.value)" }
                parts.append("\"attributes\":{\(members.joined(separator: ","))}")
            }
            if end == attributes.count, let events = document.verbatim("events") {
                parts.append("\"events\":\(events)")
            }
            operations.append("{\(parts.joined(separator: ","))}")
            start = end
        } while start < attributes.count
        return operations
    }
}
