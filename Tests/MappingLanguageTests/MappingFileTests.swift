import Foundation
import JSONDocument
import MappingLanguage
import Testing
import YAMLDocument

@Suite("Mapping files")
struct MappingFileTests {
    @Test("entries are read in order with their options")
    func reads() throws {
        let text = """
            version: 1
            defaults: { names: keep }
            mappings:
              - name: all
                trigger: true
                action: update_profile
                mapping: default
              - name: members
                trigger: type = "track" and event = "Joined"
                action: update_audience
                topics: [events, ^audience\\.]
                final: true
                mapping:
                  id: { "@path": $.userId }
            """
        let file = try MappingFile(Array(text.utf8), named: "a.yaml")
        #expect(file.entries.map(\.name) == ["all", "members"])
        #expect(file.entries.map(\.action) == [.updateProfile, .updateAudience])
        #expect(file.entries.map(\.isFinal) == [false, true])
        #expect(file.defaults?["names"]?.value == .text("keep"))
        #expect(!file.readsRecord)
        let members = file.entries[1]
        #expect(
            ["events", "audience.x", "audiences", "xevents", "x.audience."].map(members.applies) == [
                true, true, false, false, false,
            ]
        )
        #expect(file.entries[0].applies(toTopic: "anything"))
        guard case .plan(let plan) = members.method, case .standard = file.entries[0].method else {
            Issue.record("wrong methods")
            return
        }
        #expect(plan.text == #"{"id":{"@path":"$.userId"}}"#)
    }

    @Test("every fault is reported with file, line and column")
    func faults() throws {
        let text = """
            version: 2
            mapings: []
            mappings:
              - name: a
                trigger: type == "x"
                action: update_profil
                mapping:
                  x: { "@nope": 1 }
                  y: [{ "@path": 5 }]
                finall: true
              - name: a
                trigger: "true"
                action: update_audience
                mapping: default
                topics: [""]
              - 5
            """
        do throws(FaultReport) {
            _ = try MappingFile(Array(text.utf8), named: "m.yaml")
            Issue.record("accepted")
        } catch {
            let shown = error.faults.map { "\($0.line ?? 0) \($0.path)" }
            #expect(
                shown == [
                    "1 version", "2 mapings", "5 mappings[0].trigger", "6 mappings[0].action",
                    "8 mappings[0].mapping/x/@nope", "9 mappings[0].mapping/y/0/@path", "10 mappings[0].finall",
                    "11 mappings[1]",
                    "14 mappings[1].mapping", "15 mappings[1].topics[0]", "16 mappings[2]",
                ],
                "\(error)"
            )
            #expect(error.faults.allSatisfy { $0.file == "m.yaml" && ($0.column ?? 0) > 0 })
            #expect(error.description.contains("did you mean 'mappings'?"))
            #expect(error.description.contains("did you mean 'update_profile'?"))
        }
    }

    @Test(
        "what is missing is named",
        arguments: [
            ("", "'version' is missing"), ("version: 1", "'mappings' is missing"),
            ("version: 1\nmappings: []", "empty"),
            ("version: 1\nmappings: [{}]", "'trigger' is missing"), ("version: [", "1"), ("[]", "'version'"),
            ("version: 1\nmappings: [{name: a, trigger: null}]", "not a trigger"),
        ]
    )
    func missing(_ text: String, _ words: String) {
        do throws(FaultReport) {
            _ = try MappingFile(Array(text.utf8), named: "m.yaml")
            Issue.record("accepted")
        } catch {
            #expect(error.description.contains(words), "\(error)")
        }
    }

    private func shipped(_ name: String) throws -> MappingFile {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("mappings")
        let url = folder.appendingPathComponent("\(name).yaml")
        return try MappingFile(Array(try Data(contentsOf: url)), named: url.lastPathComponent)
    }

    @Test(
        "the files that ship are valid",
        arguments: ["segment", "computed-traits", "warehouse-rows", "audiences", "custom-audiences"]
    )
    func shippedFiles(_ name: String) throws {
        let file = try shipped(name)
        #expect(!file.entries.isEmpty)
        // What a plan prints is a mapping too.
        for case .plan(let plan) in file.entries.map(\.method) {
            #expect(try MappingPlan(json: Array(plan.text.utf8)).text == plan.text)
        }
    }

    @Test(
        "the files that ship map their messages",
        arguments: [
            (
                "computed-traits",
                #"{"type":"track","userId":"u","event":"Trait Computed","properties":{"trait_key":"ltv","ltv":120,"x":null}}"#,
                #"{"custom_id":"u","attributes":{"ltv":120}}"#
            ),
            ("computed-traits", #"{"type":"identify","userId":"u","traits":{"plan":"x"}}"#, nil),
            (
                "warehouse-rows", #"{"plan":"gold","custom_id":7,"$email_address":"a@b.io","n":null}"#,
                #"{"custom_id":"7","attributes":{"plan":"gold","$email_address":"a@b.io"}}"#
            ),
            ("warehouse-rows", #"{"plan":"gold","custom_id":""}"#, nil),
            (
                "audiences",
                #"{"type":"identify","userId":"u","traits":{"a.b":false},"context":{"personas":{"computation_class":"audience","computation_key":"a.b"}}}"#,
                #"{"name":"a.b","type":"custom_ids","mode":"membership","id":"u","member":false}"#
            ),
            (
                "audiences",
                #"{"type":"track","userId":"u","event":"Audience Exited","context":{"personas":{"computation_key":"k"}}}"#,
                #"{"name":"k","type":"custom_ids","mode":"remove","id":"u"}"#
            ),
        ]
    )
    func shippedResults(_ name: String, _ message: String, _ expected: String?) throws {
        let text = Array(message.utf8)
        var tape = JSONTape()
        try tape.parse(text.span)
        var results: [String] = []
        for entry in try shipped(name).entries where entry.trigger.matches(tape, text.span) {
            guard case .plan(let plan) = entry.method else { continue }
            results.append(try Outcome.of(plan, message: message))
        }
        #expect(results == (expected.map { [$0] } ?? []))
    }
}
