import DefaultMapping
import Foundation
import JSONDocument
import MappingLanguage
import Testing
import YAMLDocument

@testable import Pipeline

@Suite("Shipped mappings and the guide")
struct GuideTests {
    private static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: MappingTestRunTests.root).appending(path: path)))
    }

    @Test("segment.yaml lists every option with the value that holds without it")
    func options() throws {
        let file = try MappingFile(try Self.bytes("mappings/segment.yaml"), named: "segment.yaml")
        guard case .map(let members)? = file.defaults?.value else {
            Issue.record("segment.yaml has no defaults block")
            return
        }
        #expect(members.map(\.key) == DefaultMappingOptions.keys)
        let set = try MappingSet(files: ["\(MappingTestRunTests.root)/mappings/segment.yaml"])
        #expect(set.options == [DefaultMappingOptions()])
        let none = try MappingSet([(name: "a.yaml", bytes: Array(Self.minimal("").utf8))])
        #expect(none.options == set.options)
    }

    private static func minimal(_ defaults: String) -> String {
        """
        version: 1
        \(defaults)
        mappings:
          - { name: a, trigger: true, action: update_profile, mapping: default }
        """
    }

    @Test("a wrong option is told with its place and the nearest option")
    func wrongOption() {
        #expect {
            _ = try MappingSet([
                (name: "a.yaml", bytes: Array(Self.minimal("defaults: { long_name: shorten, dates: on }").utf8))
            ])
        } throws: { error in
            let lines = "\(error)".split(separator: "\n")
            return lines.count == 2
                && lines[0].hasPrefix("a.yaml:2:13: defaults.long_name: unknown key")
                && lines[0].hasSuffix("did you mean 'long_names'?")
                && lines[1].hasPrefix("a.yaml:2:33: defaults.dates: ")
        }
    }

    @Test("the shipped files have no warning but differences from Segment, and none that loses an event")
    func warnings() throws {
        for name in ["segment", "computed-traits", "audiences", "custom-audiences"] {
            let set = try MappingSet(
                files: ["\(MappingTestRunTests.root)/mappings/\(name).yaml"],
                actions: Set(MappingAction.allCases)
            )
            #expect(set.warnings.filter { $0.level == .warning } == [], "\(name)")
        }
    }

    /// The first block of YAML of the guide.
    static func guide() throws -> [UInt8] {
        let article = String(decoding: try bytes("Sources/Pipeline/Pipeline.docc/OwnMappings.md"), as: UTF8.self)
        let start = try #require(article.firstRange(of: "```yaml\n"))
        let rest = article[start.upperBound...]
        let end = try #require(rest.firstRange(of: "```"))
        return Array(rest[..<end.lowerBound].utf8)
    }

    @Test(
        "the guide's mapping gives what the default mapping gives for the fields it names",
        arguments: [
            #"{"type":"identify","userId":"u1","traits":{"name":"Peter Gibbons","email":"peter@example.com","phone":"+33 6-12 34 56 78","email_marketing":true,"sms_marketing":false,"plan":"premium","logins":5},"context":{"locale":"fr-FR","timezone":"Europe/Paris"}}"#,
            #"{"type":"identify","userId":"u1","traits":{"createdAt":"2026-01-31T09:00:00Z","avatar":"https://example.com/a.png","address":{"city":"Lyon"},"interests":["bikes","cinema"]},"context":{"locale":"en_US"}}"#,
            #"{"type":"identify","userId":"u1","traits":{"plan":null},"context":{"locale":"fr"}}"#,
            #"{"type":"identify","userId":"u1","traits":{"email":"nobody","plan":" "}}"#,
            #"{"type":"identify","userId":42,"traits":{}}"#,
            #"{"type":"track","userId":"u1","event":"User Registered","timestamp":"2026-11-21T12:00:00+01:00","properties":{"plan":"Pro Annual","accountType":"Facebook"}}"#,
            #"{"type":"track","userId":"u1","event":"Order Completed","properties":{"total":27.5,"products":[{"productId":"p1","name":"Uno","price":3},{"productId":"p2","price":18.99}]}}"#,
            #"{"type":"track","userId":"u1","event":"Signed Out"}"#,
            #"{"type":"track","event":"Signed Out"}"#, #"{"type":"group","userId":"u1","groupId":"g"}"#,
        ]
    )
    func guide(_ message: String) throws {
        var own = MessageExplainer(mappings: try MappingSet([(name: "own.yaml", bytes: try Self.guide())]))
        var standard = MessageExplainer(mappings: try MappingSet(files: []))
        let bytes = Array(message.utf8)
        let expected = try standard.explain(bytes).operations.map { try JSONTree(parsing: $0) }
        let found = try own.explain(bytes).operations.map { try JSONTree(parsing: $0) }
        #expect(TreeDifference.lines(.list(expected), .list(found), at: "operations") == [])
    }

    @Test("the guide's mapping is accepted without a warning")
    func guideWarnings() throws {
        let set = try MappingSet([(name: "own.yaml", bytes: try Self.guide())])
        #expect(set.warnings.filter { $0.level == .warning } == [])
    }
}
