import ServiceConfiguration
import TestSupport
import Testing
import YAMLDocument

@Suite("The outline of a configuration")
struct ConfigurationOutlineTests {
    private static func outline(_ text: String?, _ environment: [String: String] = [:]) throws -> ConfigurationOutline {
        let folder = try TemporaryFolder("outline")
        let path = try text.map { try folder.write($0, to: "batchrelay.yaml") } ?? folder.path("gone.yaml")
        return ConfigurationOutline(file: path, environment: environment)
    }

    @Test(
        "names the mapping files of a file with faults, and of the environment before it",
        arguments: [
            ("mappings: [a.yaml, b.yaml]\nnonsense: {", [:], []),
            ("mappings: [a.yaml, b.yaml]\nnonsense: 1", [:], ["a.yaml", "b.yaml"]),
            ("mappings: a.yaml", [:], []), ("version: 1", [:], []), (nil, [:], []),
            ("mappings: [a.yaml]", ["BATCHRELAY_MAPPINGS": "c.yaml, d.yaml"], ["c.yaml", "d.yaml"]),
        ] as [(String?, [String: String], [String])]
    )
    func mappings(_ text: String?, _ environment: [String: String], _ files: [String]) throws {
        #expect(try Self.outline(text, environment).mappings.map(\.path) == files)
    }

    @Test("tells where the name of each mapping file stands")
    func mappingPlaces() throws {
        let marks = try Self.outline("version: 1\nmappings:\n  - a.yaml\n  - b.yaml\n").mappings.map { file in
            if case .file(_, let mark) = file.place { "\(file.path) \(mark.line):\(mark.column)" } else { "" }
        }
        #expect(marks == ["a.yaml 3:5", "b.yaml 4:5"])
        let other = try Self.outline("mappings: [a.yaml]", ["BATCHRELAY_MAPPINGS": "c.yaml"]).mappings
        #expect(other.first?.place == .environment("BATCHRELAY_MAPPINGS"))
    }

    @Test("tells where a key stands, or its nearest parent")
    func places() throws {
        let outline = try Self.outline(
            "version: 1\nevents:\n  late: drop\n",
            ["BATCHRELAY_EVENTS_EXPIRED": "drop"]
        )
        func place(_ path: String) -> String {
            switch outline.place(of: path) {
            case .file(_, let mark): "\(mark.line):\(mark.column)"
            case .environment(let name): name
            }
        }
        #expect(place("events.late") == "3:3")
        #expect(place("events.id_attribute") == "2:1")
        #expect(place("dedupe") == "1:1")
        #expect(place("events.expired") == "BATCHRELAY_EVENTS_EXPIRED")
    }
}
