import DefaultMapping
import Foundation
import ServiceConfiguration
import TestSupport
import Testing
import YAMLDocument

@testable import MappingLanguage

@Suite("Keys of schemas")
struct KeyTests {
    /// The keys of the configuration's schema, with what it says of them. A section has its own properties and no others.
    private static func keys(_ schema: [String: Any], at path: String = "") -> [String: [String: Any]] {
        guard let properties = schema["properties"] as? [String: [String: Any]],
            schema["additionalProperties"] as? Bool == false
        else { return [path: schema] }
        var found: [String: [String: Any]] = [:]
        for (name, property) in properties {
            found.merge(keys(property, at: path.isEmpty ? name : "\(path).\(name)")) { first, _ in first }
        }
        return found
    }

    @Test("the configuration has the keys that the program declares, no more and no fewer, with the same defaults")
    func configuration() throws {
        let keys = try Self.keys(SchemaCaseTests.schema("configuration"))
        let declarations = ServiceSettings.declarations
        let declared = Set(declarations.map(\.path))
        #expect(declared.subtracting(keys.keys) == [], "the schema lacks these")
        #expect(Set(keys.keys).subtracting(declared) == [], "the program does not know these")
        for declaration in declarations {
            guard let standard = declaration.standard, let key = keys[declaration.path], let written = key["default"]
            else { continue }
            let text = key["type"] as? String == "boolean" ? "\(written as? Bool == true)" : Self.text(written)
            #expect(text == standard.replacing("\"", with: ""), "the default of \(declaration.path)")
        }
        // A default that is a sentence stands in the description, as do those of keys that may be left out.
        let without = declarations.filter { $0.standard != nil && keys[$0.path]?["default"] == nil }.map(\.path)
        #expect(
            without == [
                "batch.legacy.apps.ios", "batch.legacy.apps.android", "batch.legacy.apps.web", "mappings",
                "dead_letter.topic",
            ]
        )
    }

    /// A default as the table of keys writes it.
    private static func text(_ value: Any) -> String {
        switch value {
        case is NSNull: return "null"
        case let list as [Any]: return "[\(list.map(text).joined(separator: ", "))]"
        case is [String: Any]: return "{}"
        default: return "\(value)"
        }
    }

    @Test("each example of the table of keys is right by the schema and by the program")
    func examples() async throws {
        var lines: [String] = []
        var open: [String] = []
        for declaration in ServiceSettings.declarations {
            let parts = declaration.path.split(separator: ".").map(String.init)
            let sections = parts.dropLast()
            for (depth, section) in sections.enumerated() where depth >= open.count || open[depth] != section {
                open = Array(open.prefix(depth))
                lines.append(String(repeating: "  ", count: depth) + section + ":")
                open.append(section)
            }
            open = Array(sections)
            guard let example = declaration.example ?? declaration.standard else { continue }
            lines.append(String(repeating: "  ", count: sections.count) + "\(parts[sections.count]): \(example)")
        }
        let text = lines.joined(separator: "\n")
        let node = try YAMLReader.read(Array(text.utf8), named: "all.yaml")
        let faults = try await SchemaValidation.faults(of: [.init("configuration", node.jsonText)])
        #expect(faults == [[]], "\(text)")
        // What is said of files that are not there is no matter of the schema.
        do throws(FaultReport) {
            _ = try ServiceSettings.read(Array(text.utf8), fileName: "all.yaml", environment: [:], needsKey: false)
        } catch {
            let others = error.faults.filter { !$0.description.contains("No such file") }
            #expect(others.isEmpty, "\(others)")
        }
    }

    @Test("mapping files have the options, directives and actions that the program has")
    func mappingFile() throws {
        let schema = try SchemaCaseTests.schema("mapping-file")
        let properties = try #require(schema["properties"] as? [String: [String: Any]])
        let options = try #require(properties["defaults"]?["properties"] as? [String: [String: Any]])
        #expect(Set(options.keys) == Set(DefaultMappingOptions.keys))
        let words: [String: [String]] = [
            "names": DefaultMappingOptions.Names.allCases.map(\.rawValue),
            "long_names": DefaultMappingOptions.LongNames.allCases.map(\.rawValue),
            "objects": DefaultMappingOptions.Objects.allCases.map(\.rawValue),
            "dates": DefaultMappingOptions.Dates.allCases.map(\.rawValue),
            "urls": DefaultMappingOptions.URLs.allCases.map(\.rawValue),
            "long_text": DefaultMappingOptions.LongText.allCases.map(\.rawValue),
            "empty_lists": DefaultMappingOptions.EmptyLists.allCases.map(\.rawValue),
        ]
        for (option, expected) in words {
            #expect((options[option]?["enum"] as? [Any])?.compactMap { $0 as? String } == expected, "\(option)")
        }
        let parts = try #require(schema["$defs"] as? [String: [String: Any]])
        let directives = try #require(parts["objectValue"]?["properties"] as? [String: Any])
        #expect(Set(directives.keys) == Set(DirectiveName.allCases.filter { $0 != .liquid }.map(\.rawValue)))
        let entry = try #require(parts["entry"]?["properties"] as? [String: [String: Any]])
        #expect(entry["action"]?["enum"] as? [String] == MappingAction.allCases.map(\.rawValue))
    }
}
