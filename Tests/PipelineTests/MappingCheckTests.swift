import TestSupport
import Testing
import YAMLDocument

@testable import Pipeline

/// A part of an own mapping, and what is said about it when it is loaded.
struct CheckCase: Sendable, CustomTestStringConvertible {
    let mapping: String
    /// The beginning of the finding without file, line and column; nil where nothing is wrong.
    let finding: String?

    init(_ mapping: String, _ finding: String?) {
        self.mapping = mapping
        self.finding = finding
    }

    var testDescription: String { mapping }
}

@Suite("Checks of a mapping against Batch when it is loaded")
struct MappingCheckTests {
    private static let head = """
        version: 1
        mappings:
          - name: own
            trigger: type = "track"
            action: update_profile
            mapping:

        """

    private static let wrongType = "this key cannot have a value of this type"
    private static let noObject =
        "an object is no value of a profile attribute: name its members, or use $add/$remove for lists"

    private static func file(_ mapping: String) -> String {
        head + mapping.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n") + "\n"
    }

    private static func load(_ mapping: String) throws(RelayError) -> MappingSet {
        try MappingSet([(name: "own.yaml", bytes: Array(file(mapping).utf8))])
    }

    private static func faults(_ mapping: String) -> [String] {
        do throws(RelayError) {
            _ = try load(mapping)
            return []
        } catch {
            // The warnings of the file stand behind its faults.
            return error.description.split(separator: "\n").map(String.init).filter { !$0.contains(" (warning, entry") }
        }
    }

    @Test(
        "an attribute that Batch can never accept is a fault",
        arguments: [
            CheckCase(
                "Plan Name: 1",
                "attributes.Plan Name: attribute names are [a-z0-9_]{1,30}; did you mean plan_name?"
            ),
            CheckCase(
                "favoriteColor: { \"@path\": $.a }",
                "attributes.favoriteColor: attribute names are [a-z0-9_]{1,30}; did you mean favorite_color?"
            ),
            CheckCase(
                "\"date(bornOn)\": { \"@path\": $.a }",
                "attributes.date(bornOn): attribute names are [a-z0-9_]{1,30}; did you mean date(born_on)?"
            ),
            CheckCase("\"\": 1", "attributes.: attribute names are [a-z0-9_]{1,30}"),
            CheckCase(
                "$emial_address: { \"@path\": $.a }",
                "attributes.$emial_address: no native attribute has this name; did you mean $email_address?"
            ),
            CheckCase("$shoe: 1", "attributes.$shoe: no native attribute has this name; known are $email_address"),
            CheckCase("$email_marketing: \"yes\"", "attributes.$email_marketing: must be subscribed or unsubscribed"),
            CheckCase(
                "$email_marketing: true",
                "attributes.$email_marketing: this key cannot have a value of this type; it takes subscribed, unsubscribed or null"
            ),
            CheckCase(
                "$sms_marketing: false",
                "attributes.$sms_marketing: \(wrongType); it takes subscribed, unsubscribed or null"
            ),
            CheckCase("$email_address: 5", "attributes.$email_address: \(wrongType); it takes an e-mail address"),
            CheckCase(
                "$phone_number: 33612345678",
                "attributes.$phone_number: \(wrongType); it takes a phone number as text"
            ),
            CheckCase(
                "$language: 5",
                "attributes.$language: \(wrongType); it takes two lower-case letters, such as fr"
            ),
            CheckCase(
                "$region: false",
                "attributes.$region: \(wrongType); it takes two upper-case letters, such as FR"
            ),
            CheckCase("$timezone: 2", "attributes.$timezone: \(wrongType); it takes the name of an IANA time zone"),
            CheckCase("$email_address: nobody", "attributes.$email_address: not an e-mail address"),
            CheckCase("$phone_number: \"0612345678\"", "attributes.$phone_number: a phone number needs E.164"),
            CheckCase("$language: fr-FR", "attributes.$language: a language is two lower-case letters"),
            CheckCase("$region: fr", "attributes.$region: a region is two upper-case letters"),
            CheckCase("$timezone: Mars/Base", "attributes.$timezone: not the name of an IANA time zone"),
            CheckCase(
                "$topic_preferences: sports",
                "attributes.$topic_preferences: \(wrongType); it takes a list of topics"
            ),
            CheckCase("$topic_preferences: [Sports]", "attributes.$topic_preferences: a topic is of a-z"),
            CheckCase("\"date(d)\": 2026-01-31", "attributes.date(d): a date needs RFC 3339"),
            CheckCase(
                "\"date(d)\": 5",
                "attributes.date(d): \(wrongType); it takes a text such as 2026-11-21T10:00:00Z, or null"
            ),
            CheckCase("\"url(u)\": example.com", "attributes.url(u): a URL needs the form"),
            CheckCase("plan: \"\"", "attributes.plan: a string must not be empty"),
            CheckCase("plan: \" \"", "attributes.plan: a string must not be white space only"),
            CheckCase("plan: { name: gold }", "attributes.plan: \(noObject)"),
            CheckCase("plan: { name: { \"@path\": $.a } }", "attributes.plan: \(noObject)"),
            CheckCase(
                "plan: { path: $.plan }",
                "attributes.plan: \(noObject) of strings; did you mean '@path'?"
            ),
            CheckCase("plan: []", "attributes.plan: an array must not be empty"),
            CheckCase("plan: [1, 2]", "attributes.plan: an array holds strings"),
            CheckCase("plan: 1e999", "attributes.plan: a number must be a finite double"),
            CheckCase("plan: { \"$add\": [a], \"$remove\": [a] }", "attributes.plan: a value stands in both"),
            CheckCase(
                "plan: { \"@if\": { exists: { \"@path\": $.a }, then: good, else: \"\" } }",
                "attributes.plan: a string must not be empty"
            ),
            CheckCase("plan: { \"@template\": \" \" }", "attributes.plan: a string must not be white space only"),
            CheckCase(
                "plan: { \"@arrayPath\": [$.a, { b: { \"@path\": $.c } }] }",
                "attributes.plan: an array holds strings"
            ),
            CheckCase(
                "\"@merge\": { direction: right, objects: [{ \"@path\": $.a }, { Bad: 1 }] }",
                "attributes.Bad: attribute names are"
            ),
        ]
    )
    func attributes(_ example: CheckCase) throws {
        let faults = Self.faults("custom_id: { \"@path\": $.userId }\nattributes:\n  \(example.mapping)")
        #expect(faults.count == 1, "\(faults)")
        #expect(faults.first?.contains(": \(example.finding ?? "")") == true, "\(faults)")
    }

    @Test(
        "what the message decides, and good constants, pass without a word",
        arguments: [
            "plan: { \"@path\": $.a }", "plan: gold", "plan: null", "plan: [a, b]", "plan: { \"$add\": [a] }",
            "plan: { \"$add\": [{ \"@path\": $.a }], \"$remove\": [{ \"@path\": $.b }] }",
            "plan: [{ \"@path\": $.a }, { \"@path\": $.b }]",
            "plan: { $add: [{ \"@path\": $.a }], $remove: [a0] }",
            "plan: { $add: [a], $remove: { \"@path\": $.b } }",
            "\"date(d)\": { \"@path\": $.a }", "\"url(u)\": { \"@template\": \"https://x/{{a}}\" }",
            "$email_address: { \"@path\": $.a }", "$topic_preferences: { \"@path\": $.a }",
            "$topic_preferences: { $add: [{ \"@path\": $.a }] }", "$timezone: Europe/Paris", "$region: null",
            "plan: { \"@flatten\": { value: { \"@path\": $.a }, separator: _ } }",
            "\"@excludeWhenNull\": { \"@merge\": { direction: right, objects: [{ \"@path\": $.a }, { Bad Name: null }] } }",
            "plan: { \"@if\": { exists: { \"@path\": $.a }, then: x } }",
            "plan: { \"@json\": { mode: encode, value: { \"@path\": $.a } } }",
        ]
    )
    func goodAttributes(_ mapping: String) throws {
        let set = try Self.load("custom_id: { \"@path\": $.userId }\nattributes:\n  \(mapping)")
        #expect(set.warnings.filter { $0.level == .warning } == [])
    }

    @Test(
        "an event that Batch can never accept is a fault",
        arguments: [
            CheckCase("name: Signed Up", "events[0].name: event names are [a-z0-9_]{1,30}; did you mean signed_up?"),
            CheckCase("name: 5", "events[0].name: event names are"),
            CheckCase("attributes: {}", "events[0].name: is missing"),
            CheckCase("name: e\nat: x", "events[0].at: is no part of an event; known are name, time and attributes"),
            CheckCase(
                "name: e\natributes: {}",
                "events[0].atributes: is no part of an event; did you mean attributes?"
            ),
            CheckCase("name: e\ntime: today", "events[0].time: a time needs RFC 3339"),
            CheckCase("name: e\nattributes: text", "events[0].attributes: must be an object of attributes"),
            CheckCase(
                "name: e\nattributes: { unitPrice: 1 }",
                "events[0].attributes.unitPrice: attribute names are [a-z0-9_]{1,30}; did you mean unit_price?"
            ),
            CheckCase("name: e\nattributes: { a: null }", "events[0].attributes.a: an event must not hold null"),
            CheckCase(
                "name: e\nattributes: { $email_address: a }",
                "events[0].attributes.$email_address: an event's own attributes"
            ),
            CheckCase(
                "name: e\nattributes: { a: \"x\\ny\" }",
                "events[0].attributes.a: a string of an event must be one line"
            ),
            CheckCase("name: e\nattributes: { $tags: tag }", "events[0].attributes.$tags: "),
            CheckCase(
                "name: e\nattributes: { a: { b: { c: { d: { e: 1 } } } } }",
                "events[0].attributes.a.b.c.d: objects of an event may stand 3 levels"
            ),
            CheckCase(
                "name: e\nattributes: { a: { Bad: 1, good: 2 } }",
                "events[0].attributes.a.Bad: attribute names are"
            ),
            CheckCase("name: e\nattributes: { a: [{ Bad: 1 }] }", "events[0].attributes.a[0].Bad: attribute names are"),
            CheckCase(
                "name: e\nattributes: { items: { \"@arrayPath\": [$.p, { skuId: { \"@path\": $.s } }] } }",
                "events[0].attributes.items[].skuId: attribute names are [a-z0-9_]{1,30}; did you mean sku_id?"
            ),
        ]
    )
    func events(_ example: CheckCase) throws {
        let lines = example.mapping.split(separator: "\n")
        let event = lines.enumerated().map { "\($0 == 0 ? "  - " : "    ")\($1)" }.joined(separator: "\n")
        let faults = Self.faults("custom_id: { \"@path\": $.userId }\nevents:\n\(event)")
        #expect(faults.count == 1, "\(faults)")
        #expect(faults.first?.contains(": \(example.finding ?? "")") == true, "\(faults)")
    }

    @Test(
        "a result that is no update is a fault",
        arguments: [
            CheckCase("attributes: { a: 1 }", "custom_id: is missing"),
            CheckCase("custom_id: null", "custom_id: is always null"),
            CheckCase("custom_id: [a]", "custom_id: must be text or a whole number"),
            CheckCase("custom_id: \"undefined\"", "custom_id: identifiers.custom_id is a word such as"),
            CheckCase("custom_id: 1.5", "custom_id: identifiers.custom_id is not a string"),
            CheckCase(
                "custom_id: { \"@path\": $.a }\natributes: {}",
                "atributes: is no part of an update; did you mean attributes?"
            ),
            CheckCase(
                "custom_id: { \"@path\": $.a }\nidentifiers: {}",
                "identifiers: a mapping gives custom_id itself"
            ),
            CheckCase("custom_id: { \"@path\": $.a }\nattributes: []", "attributes: attributes must be an object"),
            CheckCase(
                "custom_id: { \"@path\": $.a }\nevents: started",
                "events: attributes must be an object and events"
            ),
            CheckCase("custom_id: { \"@path\": $.a }\nevents: [started]", "events[0]: an event must be an object"),
            CheckCase("\"@template\": x", "a mapping gives an object with custom_id"),
        ]
    )
    func results(_ example: CheckCase) {
        let faults = Self.faults(example.mapping)
        #expect(faults.count == 1, "\(faults)")
        #expect(faults.first?.contains(": \(example.finding ?? "")") == true, "\(faults)")
    }

    @Test("what directives put together is seen through")
    func directives() {
        let head = "custom_id: { \"@path\": $.userId }\nattributes:\n"
        // The left object wins, so that the bad constant never counts.
        #expect(
            Self.faults(head + "  \"@merge\": { direction: left, objects: [{ $region: FR }, { $region: fr }] }") == []
        )
        #expect(
            Self.faults(head + "  \"@merge\": { direction: right, objects: [{ $region: FR }, { $region: fr }] }").count
                == 1
        )
        #expect(
            Self.faults(head + "  \"@transform\": { apply: { a: 1 }, mapping: { Bad: { \"@path\": a } } }").count == 1
        )
        #expect(Self.faults(head + "  a: { \"@literal\": { b: 1 } }").count == 1)
        #expect(
            Self.faults(
                "__segment_internal_directive: { \"@transform\": { apply: { i: 1 } } }\ncustom_id: { \"@path\": i }\nEvents: []"
            ).count == 1
        )
        #expect(Self.faults("\"@if\": { exists: { \"@path\": a }, then: { custom_id: { \"@path\": a } } }") == [])
        #expect(Self.faults("\"@path\": $.operation") == [])
    }

    @Test("a fault names file, line and column, and all are told at once")
    func places() {
        let faults = Self.faults(
            """
            custom_id: { "@path": $.userId }
            attributes:
              Plan Name: { "@path": $.traits.plan }
              $language: FR
            events:
              - name: Order Completed
            """
        )
        #expect(
            faults == [
                "own.yaml:9:9: attributes.Plan Name: attribute names are [a-z0-9_]{1,30}; did you mean plan_name?",
                "own.yaml:10:20: attributes.$language: a language is two lower-case letters (ISO 639-1)",
                "own.yaml:12:17: events[0].name: event names are [a-z0-9_]{1,30}; did you mean order_completed?",
            ]
        )
    }

    @Test("faults of the language and faults against Batch are told together, in the order of the file")
    func together() {
        let text =
            Self.file("custom_id: { \"@path\": $.userId }\nattributes: { Bad: 1 }")
                + """
                  - { name: other, trigger: type = , action: update_profile, mapping: default }
                unknown: 1

                """
            .split(separator: "\n").map { $0.hasPrefix("    ") ? String($0.dropFirst(2)) : String($0) }.joined(
                separator: "\n"
            )
        do throws(RelayError) {
            _ = try MappingSet([(name: "own.yaml", bytes: Array(text.utf8))])
            Issue.record("accepted: \(text)")
        } catch {
            let lines = error.description.split(separator: "\n").map(String.init)
            #expect(lines.count == 3, "\(lines)")
            #expect(lines.first?.hasPrefix("own.yaml:8:21: attributes.Bad: ") == true, "\(lines)")
        }
    }

    @Test("a misspelt key or a bad trigger hides nothing of the mapping below it, nor of another entry")
    func misspeltKeys() {
        let text = """
            version: 1
            mappings:
              - name: a
                triger: type = "track"
                action: update_profile
                mapping:
                  custom_id: { "@path": $.userId }
                  attributes: { Plan Name: 1, b: { "@pth": $.b } }
              - name: b
                trigger: type == "track"
                acton: update_profile
                maping: { custom_id: { "@path": "$['id']" }, attributes: { Plan: 1 } }
            """
        do throws(RelayError) {
            _ = try MappingSet([(name: "own.yaml", bytes: Array(text.utf8))])
            Issue.record("accepted")
        } catch {
            let expected = [
                "own.yaml:4:5: mappings[0].triger: unknown key; did you mean 'trigger'?",
                "own.yaml:8:21: attributes.Plan Name: attribute names are [a-z0-9_]{1,30}; did you mean plan_name?",
                "own.yaml:8:48: mappings[0].mapping/attributes/b/@pth: no directive has this name; did you mean @path?",
                "own.yaml:9:5: mappings[1].action: is missing; ",
                "own.yaml:10:5: mappings[1].trigger: column 7: ",
                "own.yaml:11:5: mappings[1].acton: unknown key; did you mean 'action'?",
                "own.yaml:12:5: mappings[1].maping: unknown key; did you mean 'mapping'?",
                "own.yaml:12:37: mappings[1].maping/custom_id/@path: '$[' is not the whole message",
                "own.yaml:12:64: attributes.Plan: attribute names are",
            ]
            let lines = error.description.split(separator: "\n").map(String.init)
            #expect(lines.count == expected.count, "\(error)")
            for (line, beginning) in zip(lines, expected) { #expect(line.hasPrefix(beginning), "\(line)") }
        }
    }

    @Test("what is most likely a mistake is a warning with its place, faults or not")
    func likelyMistakes() throws {
        let mapping = """
            custom_id: $.userId
            attributes: { plan: { "@path": "$.plan " }, Bad: 1 }
            """
        let folder = try TemporaryFolder("mistakes")
        let file = try folder.write(
            Self.file(mapping).replacing("type = \"track\"", with: "type = track"),
            to: "own.yaml"
        )
        let place = Fault.Place.file("batchrelay.yaml", YAMLNode.Mark(line: 1, column: 1))
        #expect(MappingSet.faults(in: file, namedAt: place, key: "mappings[0]").map(\.path) == ["attributes.Bad"])
        let warnings = MappingSet.warnings(in: file)
        let shown = warnings.filter { $0.level == .warning }.map {
            "\($0.fault.line ?? 0):\($0.fault.column ?? 0) \($0.fault.path)"
        }
        #expect(
            shown == [
                "7:18 custom_id", "4:14 column 8", "7:18 /custom_id", "8:38 /attributes/plan/@path",
            ],
            "\(warnings)"
        )
    }

    @Test(
        "what Batch may refuse is a warning",
        arguments: [
            CheckCase("custom_id: u1", "custom_id: is the same for every message"),
            CheckCase(
                "custom_id: { \"@path\": $.u }\nevents: [{ name: { \"@path\": $.event } }]",
                "events[0].name: Batch takes names of"
            ),
            CheckCase(
                "custom_id: { \"@path\": $.u }\nattributes: { d: 1, \"date(d)\": { \"@path\": $.d } }",
                "attributes.date(d): is the same attribute as d"
            ),
            CheckCase(
                "custom_id: { \"@path\": $.u }\nevents: [{ name: e, attributes: { \((0..<21).map { "a\($0): 1" }.joined(separator: ", ")) } }]",
                "events[0].attributes: has 21 attributes; 20 arrive"
            ),
        ]
    )
    func warnings(_ example: CheckCase) throws {
        let warnings = try Self.load(example.mapping).warnings.filter { $0.level == .warning }
        #expect(warnings.count == 1, "\(warnings)")
        #expect(warnings.first?.description.contains(": \(example.finding ?? "")") == true, "\(warnings)")
        #expect(warnings.first?.description.hasSuffix(" (warning, entry 'own')") == true)
    }

    @Test("differences from Segment are told with the row of the language's description")
    func differences() throws {
        let set = try Self.load("custom_id: { \"@template\": \"{{$.userId}}\" }")
        let differences = set.warnings.filter { $0.level == .difference }
        #expect(differences.map(\.fault.message) == ["Segment gives empty text for {{$.…}}; here $. is dropped (M6)"])
        #expect(differences.first?.fault.line == 7)
    }
}
