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
        let places = MappingSet.faults(in: [options, action, gone]).map { fault in
            "\(fault.file?.split(separator: "/").last ?? ""):\(fault.line ?? 0):\(fault.column ?? 0) \(fault.path)"
        }
        #expect(
            places.sorted() == [
                "action.yaml:6:13 mappings[1].action", "gone.yaml:1:1 ", "options.yaml:2:13 defaults.nams",
                "options.yaml:2:31 defaults.dates",
            ],
            "\(MappingSet.faults(in: [options, action, gone]))"
        )
        #expect(throws: RelayError.self) { try MappingSet(files: [options, action]) }
    }
}
