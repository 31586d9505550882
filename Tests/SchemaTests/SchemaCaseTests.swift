import Foundation
import TestSupport
import Testing

@Suite("Schemas")
struct SchemaCaseTests {
    static let folder = URL(filePath: SchemaValidation.repository).appending(path: "schemas")

    /// The names of all schemas.
    static func names() throws -> [String] {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
        let suffix = ".schema.json"
        return files.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }.sorted()
    }

    static func schema(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: folder.appending(path: "\(name).schema.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private struct Case: Decodable {
        let schema: String
        let valid: Bool
        let why: String
    }

    @Test("accept what is right and refuse it with any one thing wrong, each of them both ways")
    func cases() async throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/cases.jsonl")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        let cases = try lines.map { try JSONDecoder().decode(Case.self, from: Data($0.utf8)) }
        let faults = try await SchemaValidation.faults(ofLines: lines)
        for (example, faults) in zip(cases, faults) {
            if example.valid {
                #expect(faults == [], "\(example.schema): \(example.why)")
            } else {
                #expect(faults != [], "\(example.schema) accepts \(example.why)")
            }
        }
        for name in try Self.names() {
            #expect(cases.count { $0.schema == name && $0.valid } >= 1, "nothing shows that \(name) accepts anything")
            #expect(cases.count { $0.schema == name && !$0.valid } >= 6, "too little shows what \(name) refuses")
        }
    }

    @Test("have an id, a title and a description, and describe every member for an editor")
    func descriptions() throws {
        let names = try Self.names()
        #expect(names.count >= 14)
        for name in names {
            let schema = try Self.schema(name)
            #expect(schema["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
            #expect(schema["$id"] as? String == "urn:batchrelay:schema:\(name):1")
            for key in ["title", "description"] { #expect((schema[key] as? String ?? "").count > 8, "\(name): \(key)") }
            for path in Self.undescribed(schema, at: name) { Issue.record("\(path) has no description") }
        }
    }

    /// The members of objects, at any depth, that have no description.
    private static func undescribed(_ value: Any, at path: String) -> [String] {
        if let list = value as? [Any] {
            return list.enumerated().flatMap { undescribed($0.element, at: "\(path)[\($0.offset)]") }
        }
        guard let object = value as? [String: Any] else { return [] }
        var found: [String] = []
        // What stands under a condition only adds to members that are described elsewhere.
        for (key, member) in object where !["if", "then", "else", "not", "allOf"].contains(key) {
            guard ["properties", "$defs"].contains(key), let members = member as? [String: [String: Any]] else {
                found += undescribed(member, at: "\(path).\(key)")
                continue
            }
            for (name, schema) in members {
                if schema["description"] as? String == nil { found.append("\(path).\(name)") }
                found += undescribed(schema, at: "\(path).\(name)")
            }
        }
        return found
    }
}
