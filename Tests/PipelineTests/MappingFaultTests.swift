import Pipeline
import TestSupport
import Testing
import YAMLDocument

@Suite("Faults of mapping files")
struct MappingFaultTests {
    @Test("are all found, those of options and actions too, each with its place")
    func faults() throws {
        let folder = try TemporaryFolder("mappings")
        let options = try folder.write(
            """
            version: 1
            defaults: { nams: snake_case, dates: soon }
            mappings:
              - { name: a, trigger: 'true', action: update_profile, mapping: default }

            """,
            to: "options.yaml"
        )
        let action = try folder.write(
            """
            version: 1
            mappings:
              - { name: a, trigger: 'true', action: update_profile, mapping: default }
              - name: b
                trigger: 'true'
                action: update_audience
                mapping: { custom_id: x }

            """,
            to: "action.yaml"
        )
        let gone = folder.path("gone.yaml")
        let place = Fault.Place.file("batchrelay.yaml", YAMLNode.Mark(line: 4, column: 12))
        let faults = [options, action, gone].enumerated().flatMap { index, path in
            MappingSet.faults(in: path, namedAt: place, key: "mappings[\(index)]")
        }
        let places = faults.map { fault in
            "\(fault.file?.split(separator: "/").last ?? ""):\(fault.line ?? 0):\(fault.column ?? 0) \(fault.path)"
        }
        #expect(
            places.sorted() == [
                "action.yaml:6:13 mappings[1].action", "batchrelay.yaml:4:12 mappings[2]",
                "options.yaml:2:13 defaults.nams",
                "options.yaml:2:31 defaults.dates",
            ],
            "\(faults)"
        )
        #expect(throws: RelayError.self) { try MappingSet(files: [options, action]) }
    }

    @Test("come with the warnings of their file, and of no other")
    func warnings() throws {
        let folder = try TemporaryFolder("mappings")
        func file(_ name: String, _ mapping: String) throws -> String {
            let entry = "{ name: \(name), trigger: 'true', action: update_profile, mapping: \(mapping) }"
            return try folder.write("version: 1\nmappings:\n  - \(entry)\n", to: "\(name).yaml")
        }
        let wrong = try file("wrong", "{ custom_id: { '@path': $.u }, attributes: { plan: { path: $.plan } } }")
        let other = try file("other", "{ custom_id: { '@path': $.u }, attributes: { note: $.note } }")
        #expect(throws: RelayError.self) { try MappingSet(files: [wrong, other]) }
        do {
            _ = try MappingSet(files: [wrong, other])
        } catch {
            let lines = error.description.split(separator: "\n")
            #expect(lines.count == 2, "\(error)")
            #expect(lines.first?.contains("attributes.plan: ") == true)
            #expect(
                lines.last?.contains("'path' is an ordinary key here; did you mean '@path'? (warning, entry 'wrong')")
                    == true
            )
        }
    }
}
