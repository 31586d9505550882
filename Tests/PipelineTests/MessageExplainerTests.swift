import DefaultMapping
import Foundation
import JSONDocument
import MappingLanguage
import TestSupport
import Testing

@testable import Pipeline

@Suite("Explanations")
struct MessageExplainerTests {
    private static func explain(
        _ message: String,
        _ mapping: String? = nil,
        record: SampleRecord = SampleRecord()
    ) throws -> MessageExplanation {
        var explainer = MessageExplainer(mappings: try set(mapping))
        return explainer.explain(Array(message.utf8), record: record)
    }

    private static func set(_ mapping: String?) throws -> MappingSet {
        guard let mapping else { return try MappingSet(files: []) }
        let file = """
            version: 1
            mappings:
              - name: own
                trigger: type != "page"
                action: update_profile
                mapping: \(mapping)
            """
        return try MappingSet([(name: "own.yaml", bytes: Array(file.utf8))])
    }

    private static func outputs(_ explanation: MessageExplanation) -> [String] {
        explanation.outputs.map { "\($0.path) <- \($0.sources.joined(separator: " ")) \($0.directive)" }
    }

    private static func losses(_ explanation: MessageExplanation) -> [String] {
        explanation.losses.map { "\($0.path) \($0.reason)" }
    }

    @Test("the default mapping: each field has its source, each other field its reason")
    func standard() throws {
        let explanation = try Self.explain(
            """
            {"type":"identify","userId":"u1","messageId":"m","traits":{"planName":"gold","email":"nobody","tags":["a","a",null],
             "address":{"city":"Lyon"}},"context":{"locale":"fil-PH","ip":"::1","traits":{"phone":"+33612345678"}}}
            """
        )
        #expect(
            Self.outputs(explanation) == [
                "identifiers.custom_id <- userId default", "attributes.$phone_number <- context.traits.phone default",
                "attributes.$region <- context.locale default", "attributes.plan_name <- traits.planName default",
                "attributes.tags <- traits.tags[0] default", "attributes.address_city <- traits.address.city default",
            ]
        )
        #expect(
            Self.losses(explanation) == [
                "type decides", "messageId identifies_message", "traits.email bad_email",
                "traits.tags[1] repeated_item", "traits.tags[2] empty_item", "context.locale language_unsupported",
                "context.ip not_mapped",
            ]
        )
    }

    @Test("an own mapping: copies, templates, conditions, constants, and what is not read")
    func own() throws {
        let explanation = try Self.explain(
            #"{"type":"track","userId":"u1","a":{"x":1,"y":{"z":2},"Bad":3},"b":"t","c":null,"d":true,"e":5,"f":[{"s":"p","q":1}]}"#,
            #"""
            { custom_id: { "@path": $.userId }, attributes: { "@path": $.a },
              events: { name: seen, attributes: { t: { "@template": "{{b}}!" },
                i: { "@if": { exists: { "@path": $.c }, then: yes, else: no } },
                w: { "@if": { exists: { "@path": $.d }, then: yes } },
                l: { "@arrayPath": [$.f, { sku: { "@path": $.s } }] } } } }
            """#
        )
        #expect(
            Self.outputs(explanation) == [
                "identifiers.custom_id <- userId @path", "attributes.x <- a.x @path",
                "events[0].name <-  constant", "events[0].attributes.t <- b @template",
                "events[0].attributes.i <- c @if", "events[0].attributes.w <- d @if",
                "events[0].attributes.l[0].sku <- f[0].s @arrayPath",
            ]
        )
        #expect(
            Self.losses(explanation) == [
                "type decides", "a.y.z invalid_patch", "a.Bad name_invalid", "e not_mapped", "f[0].q not_mapped",
            ]
        )
    }

    @Test("a field that the mapping has and the message has nothing for is named, the Custom ID too")
    func blanks() throws {
        let mapping = """
            { custom_id: { "@path": $.user }, attributes: { plan: { "@path": $.traits.plna }, known: { "@path": $.traits.plan } } }
            """
        let explanation = try Self.explain(#"{"user":"u","traits":{"plan":"gold"}}"#, mapping)
        #expect(explanation.blanks.map(\.path) == ["attributes.plan"])
        #expect(
            explanation.text(at: "e:1")
                .contains("attributes.plan is not written: the message has nothing at $.traits.plna")
        )
        let nobody = try Self.explain(#"{"userId":"u","traits":{"plan":"gold"}}"#, mapping)
        #expect(nobody.filteredReason == "no_user_id")
        #expect(nobody.text(at: "e:1").contains("custom_id is not written: the message has nothing at $.user"))
    }

    @Test("a refused field is named as the message has it, whatever its characters and length")
    func foreignNames() throws {
        let long = String(repeating: "x", count: 70)
        let explanation = try Self.explain(
            #"{"type":"t","u":"u1","a":{"年齢":1,"a b":2,"\#(long)":3,"quote\"":4,"ok":5}}"#,
            #"{ custom_id: { "@path": $.u }, attributes: { "@path": $.a } }"#
        )
        #expect(
            Self.losses(explanation) == [
                "type decides", "a.年齢 name_invalid", "a.a b name_invalid", "a.\(long) name_too_long",
                "a.quote\" name_invalid",
            ]
        )
    }

    @Test("every field of a mapping of many hundred fields is followed, and what it cannot read is not tried")
    func manyFields() throws {
        let count = 420
        let fields = (0..<count).map { "\"f\($0)\":\($0)" }.joined(separator: ",")
        let others = (0..<20).map { "\"o\($0)\":\($0)" }.joined(separator: ",")
        let events = stride(from: 0, to: count, by: 20).map { first in
            let members = (first..<first + 20).map { "a\($0): { \"@template\": \"{{p.f\($0)}}!\" }" }
            return "{ name: e\(first), attributes: { \(members.joined(separator: ", ")) } }"
        }
        let explanation = try Self.explain(
            "{\"u\":\"u1\",\"p\":{\(fields)},\"q\":{\(others)}}",
            "{ custom_id: { \"@path\": $.u }, events: [\(events.joined(separator: ", "))] }"
        )
        let losses = Self.losses(explanation)
        #expect(losses == (0..<20).map { "q.o\($0) not_mapped" }, "\(losses.prefix(5))")
        #expect(
            Self.outputs(explanation).filter { $0.hasSuffix(" @template") }.count == count
        )
    }

    /// A fault of the sender, once as the default mapping meets it and once as an own mapping does.
    static let sameFaults: [(message: String, mapping: String, code: String)] = [
        (#""traits":{"email":"nobody"}"#, "$email_address: { '@path': traits.email }", "bad_email"),
        (#""traits":{"email":5}"#, "$email_address: { '@path': traits.email }", "bad_email"),
        (#""traits":{"email":" "}"#, "$email_address: { '@path': traits.email }", "empty"),
        (#""traits":{"phone":"12"}"#, "$phone_number: { '@path': traits.phone }", "bad_phone"),
        (
            #""traits":{"email_marketing":"maybe"}"#, "$email_marketing: { '@path': traits.email_marketing }",
            "bad_opt_in"
        ),
        (#""context":{"timezone":"Mars/Base"}"#, "$timezone: { '@path': context.timezone }", "bad_time_zone"),
        (#""traits":{"$language":"french"}"#, "$language: { '@path': traits.$language }", "bad_language"),
        (#""traits":{"$region":"France"}"#, "$region: { '@path': traits.$region }", "bad_region"),
        (
            #""traits":{"$topic_preferences":["A"]}"#, "$topic_preferences: { '@path': traits.$topic_preferences }",
            "bad_topic_preferences"
        ),
        (
            #""traits":{"$topic_preferences":"a"}"#, "$topic_preferences: { '@path': traits.$topic_preferences }",
            "bad_topic_preferences"
        ),
        (#""traits":{"date(a)":"soon"}"#, "date(a): { '@path': traits.date(a) }", "bad_date"),
        (#""traits":{"date(a)":5}"#, "date(a): { '@path': traits.date(a) }", "bad_date"),
        (#""traits":{"url(a)":"example"}"#, "url(a): { '@path': traits.url(a) }", "bad_url"),
        (#""traits":{"a":" "}"#, "a: { '@path': traits.a }", "empty"),
        (#""traits":{"a":[]}"#, "a: { '@path': traits.a }", "empty"),
        (#""traits":{"a":"\#(String(repeating: "x", count: 301))"}"#, "a: { '@path': traits.a }", "text_too_long"),
        (#""traits":{"a":99999999999999999999}"#, "a: { '@path': traits.a }", "number_out_of_range"),
        (#""traits":{"a":1e999}"#, "a: { '@path': traits.a }", "number_out_of_range"),
        (
            #""traits":{"a":[\#((0..<26).map { "\"\($0)\"" }.joined(separator: ","))]}"#, "a: { '@path': traits.a }",
            "list_too_long"
        ),
        (#""traits":{"a":[{"b":1}]}"#, "a: { '@path': traits.a }", "list_of_objects"),
        (#""traits":{"a":[["b"]]}"#, "a: { '@path': traits.a }", "list_of_objects"),
        (#""traits":{"$shoe":1}"#, "{ '@path': traits }", "unknown_native"),
        (#""traits":{"\#(String(repeating: "x", count: 31))":1}"#, "{ '@path': traits }", "name_too_long"),
    ]

    @Test("one fault has one code, whichever way the message is mapped", arguments: sameFaults.indices)
    func sameCodes(_ index: Int) throws {
        let example = Self.sameFaults[index]
        let message = #"{"type":"identify","userId":"u1",\#(example.message)}"#
        let attributes = example.mapping.hasPrefix("{") ? example.mapping : "{ \(example.mapping) }"
        let own = try Self.explain(message, "{ custom_id: { '@path': userId }, attributes: \(attributes) }")
        for explanation in [try Self.explain(message), own] {
            let codes = explanation.losses.filter { !$0.isUnused }.map(\.reason)
            #expect(Set(codes) == [example.code], "\(explanation.losses)")
            for loss in explanation.losses { #expect(!loss.detail.contains("batch-api")) }
        }
    }

    @Test("one fault of an event has one code, whichever way the message is mapped")
    func sameCodesOfEvents() throws {
        for (value, code) in [
            (#""$label":5"#, "bad_label"), (#""$tags":5"#, "bad_tags"), (#""a":null"#, "null_in_event"),
            (#""a":[["b"]]"#, "list_of_lists"), (#""a":["b",{"c":1}]"#, "mixed_list"),
            (#""$shoe":1"#, "unknown_native"),
            (#""a":{"b":{"c":{"d":{"e":1}}}}"#, "too_deep"), (#""a":{"b":{"c":{"d":["e"]}}}"#, "too_deep"),
            ((0..<21).map { "\"a\($0)\":1" }.joined(separator: ","), "over_20"),
        ] {
            let message = #"{"type":"track","event":"e","userId":"u1","properties":{\#(value)}}"#
            let mapping =
                "{ custom_id: { '@path': userId }, events: [{ name: e, attributes: { '@path': properties } }] }"
            for explanation in [try Self.explain(message), try Self.explain(message, mapping)] {
                let codes = explanation.losses.filter { !$0.isUnused }.map(\.reason)
                #expect(Set(codes) == [code], "\(value): \(explanation.losses)")
            }
        }
    }

    @Test("the result of another action is explained too")
    func otherAction() throws {
        let root = MappingTestRunTests.root
        let set = try MappingSet(files: ["\(root)/mappings/audiences.yaml"], actions: [.updateAudience])
        var explainer = MessageExplainer(mappings: set)
        let message =
            #"{"type":"identify","userId":"u1","traits":{"big":true,"other":1},"#
            + #""context":{"personas":{"computation_class":"audience","computation_key":"big"}}}"#
        let explanation = explainer.explain(Array(message.utf8))
        #expect(
            Self.outputs(explanation) == [
                "name <- context.personas.computation_key @path", "type <-  constant", "mode <-  constant",
                "id <- userId @path", "member <- traits.big context.personas.computation_key @path",
            ]
        )
        #expect(
            Self.losses(explanation) == [
                "type decides", "traits.other not_mapped", "context.personas.computation_class decides",
            ]
        )
    }

    @Test("a message that goes nowhere has the reason of its entry")
    func nowhere() throws {
        #expect(try Self.explain(#"{"type":"group","userId":"u"}"#).filteredReason == "type_not_mapped")
        #expect(
            try Self.explain(#"{"type":"page"}"#, "{ custom_id: { \"@path\": $.u } }").filteredReason == "no_trigger"
        )
        #expect(
            try Self.explain(#"{"type":"track"}"#, "{ custom_id: { \"@path\": $.u } }").filteredReason == "no_user_id"
        )
        #expect(try Self.explain("[1]").deadLetter?.reason == "not_an_object")
        let marked = try #require(try Self.explain("\u{FEFF}{}").deadLetter)
        #expect(marked.reason == "malformed_json" && marked.detail.contains("byte order mark"))
        #expect(try Self.explain(#"{"type":"track","userId":"u"}"#).deadLetter?.reason == "bad_event_name")
        #expect(
            try Self.explain(#"{"type":"t","u":[]}"#, "{ custom_id: { \"@path\": $.u } }").deadLetter?.reason
                == "bad_user_id"
        )
    }

    @Test("a topic chooses entries, and a late event is named")
    func record() throws {
        var record = SampleRecord()
        record.nowMilliseconds = SampleRecord.milliseconds(of: "2026-11-21T12:00:00Z")
        let late = try Self.explain(
            #"{"type":"track","userId":"u","event":"a","timestamp":"2026-11-20T12:00:00Z","context":{"locale":"fr"}}"#,
            record: record
        )
        #expect(late.operations.count == 1)
        #expect(Self.losses(late).contains("timestamp late_event"))
        #expect(Self.outputs(late).allSatisfy { !$0.hasPrefix("events") })
    }

    @Test("text and JSON hold the same")
    func forms() throws {
        let explanation = try Self.explain(#"{"type":"identify","userId":"u1","traits":{"plan":"x","email":"?"}}"#)
        #expect(
            explanation.text(at: "f:1") == """
                f:1: entry 'segment': maps it
                  identifiers.custom_id <- userId (default)
                  attributes.plan       <- traits.plan (default)
                f:1: left out traits.email: is no e-mail address (bad_email)
                  not used type: decides whether and how the message is read (decides)
                """
        )
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(explanation.json(at: "f:1"))) as? [String: Any]
        )
        #expect(json["version"] as? Int == 1)
        #expect((json["operations"] as? [Any])?.count == 1)
        #expect(
            (json["outputs"] as? [[String: Any]])?.map { $0["path"] as? String } == [
                "identifiers.custom_id", "attributes.plan",
            ]
        )
        #expect((json["losses"] as? [[String: Any]])?.map { $0["reason"] as? String } == ["decides", "bad_email"])
    }

    @Test("what comes from the record is named")
    func recordFields() throws {
        var record = SampleRecord()
        record.topic = "web"
        record.key = "k1"
        record.headers = [("source", "app")]
        let explanation = try Self.explain(
            #"{"type":"t","a":1}"#,
            #"""
            { custom_id: { "@path": $kafka.key }, attributes: { s: { "@path": $kafka.headers.source },
              t: { "@template": "{{$kafka.topic}}!" }, c: fixed } }
            """#,
            record: record
        )
        #expect(
            Self.outputs(explanation) == [
                "identifiers.custom_id <- $kafka.key @path", "attributes.s <- $kafka.headers.source @path",
                "attributes.t <-  @template", "attributes.c <-  constant",
            ]
        )
    }

    @Test("what several entries give is told apart, and a field that one of them takes is not lost")
    func severalEntries() throws {
        let file = """
            version: 1
            mappings:
              - { name: one, trigger: true, action: update_profile, mapping: { custom_id: { "@path": u }, attributes: { a: { "@path": a } } } }
              - { name: two, trigger: true, final: true, action: update_profile,
                  mapping: { custom_id: { "@path": u }, attributes: { b: { "@path": b }, c: { "@path": a } } } }
              - { name: three, trigger: true, action: update_profile, mapping: default }
            """
        var explainer = MessageExplainer(mappings: try MappingSet([(name: "own.yaml", bytes: Array(file.utf8))]))
        let explanation = explainer.explain(Array(#"{"u":"u1","a":1,"b":" ","d":2}"#.utf8))
        #expect(explanation.operations.count == 2)
        #expect(explanation.entries.map(\.fate) == [.mapped, .mapped, .afterFinal])
        #expect(Self.losses(explanation) == ["b empty", "d not_mapped"])
        let text = explanation.text(at: "f:1")
        #expect(text.contains("attributes.c          <- a (@path, entry 'two')"), "\(text)")
    }

    @Test("the command writes explanations for people and for programs", .timeLimit(.minutes(1)))
    func command() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(#"{"type":"identify","userId":"u1","traits":{"plan":"x"}}"# + "\n", to: "m.jsonl")
        let people = try ChildProcess(TestExecutable.batchrelay, ["map", "--explain", path])
        #expect(await people.wait(within: .seconds(20)) == .exited(0))
        #expect(people.standardOutput == #"{"identifiers":{"custom_id":"u1"},"attributes":{"plan":"x"}}"# + "\n")
        #expect(people.standardError.contains("attributes.plan       <- traits.plan (default)"))
        let program = try ChildProcess(TestExecutable.batchrelay, ["map", "--json", path])
        #expect(await program.wait(within: .seconds(20)) == .exited(0))
        #expect(program.standardOutput.hasPrefix(#"{"version":1,"place":""#))
        #expect(program.standardError.isEmpty)
    }
}
