import Foundation
import JSONDocument
import Testing

@testable import Pipeline

@Suite("Explanations of paths that several parts read, and of paths that lead nowhere")
struct ExplainedPathTests {
    private static func explain(_ message: String, _ mapping: String) throws -> MessageExplanation {
        let file = """
            version: 1
            mappings:
              - { name: own, trigger: true, action: update_profile, mapping: \(mapping) }
            """
        var explainer = MessageExplainer(mappings: try MappingSet([(name: "own.yaml", bytes: Array(file.utf8))]))
        return explainer.explain(Array(message.utf8))
    }

    private static func sources(_ explanation: MessageExplanation) -> [String: String] {
        var sources: [String: String] = [:]
        for output in explanation.outputs {
            sources[output.path] = "\(output.sources.joined(separator: " ")) \(output.directive)"
        }
        return sources
    }

    @Test("a field that one part copies is a source of every other part that reads it")
    func sharedSources() throws {
        let explanation = try Self.explain(
            #"{"u":"u1","traits":{"city":"Lyon","country":"FR","plan":"gold"}}"#,
            #"""
            { custom_id: { "@path": $.u }, attributes: { city: { "@path": $.traits.city },
              place: { "@template": "{{traits.city}} {{traits.country}}" }, again: { "@template": "{{traits.city}}" },
              upper: { "@case": { operator: upper, value: { "@path": $.traits.city } } },
              known: { "@if": { exists: { "@path": $.traits.city }, then: yes } },
              plan: { "@path": $.traits.plan } } }
            """#
        )
        #expect(
            Self.sources(explanation) == [
                "identifiers.custom_id": "u @path", "attributes.city": "traits.city @path",
                "attributes.place": "traits.city traits.country @template", "attributes.again": "traits.city @template",
                "attributes.upper": "traits.city @case", "attributes.known": "traits.city @if",
                "attributes.plan": "traits.plan @path",
            ]
        )
        #expect(explanation.losses.isEmpty)
    }

    @Test("a hole of a template that leads nowhere is named, also where another directive stands around it")
    func emptyHoles() throws {
        let explanation = try Self.explain(
            #"{"u":"u1","p":{"to":{"country":"FR","zip":null}}}"#,
            #"""
            { custom_id: { "@path": $.u }, attributes: { place: { "@template": "{{p.ship.city}}, {{p.to.country}}" },
              upper: { "@case": { operator: upper, value: { "@template": "{{p.to.zip}}-{{ $.p.to.country }}" } } },
              fine: { "@template": "{{p.to.country}}!" },
              maybe: { "@if": { exists: { "@template": "{{p.none}}" }, then: yes } } } }
            """#
        )
        #expect(explanation.blanks.map(\.part) == [.hole("p.ship.city"), .hole("p.to.zip")])
        let text = explanation.text(at: "e:1")
        #expect(
            text.contains(
                "  attributes.place: the hole {{p.ship.city}} is empty: the message has nothing at $.p.ship.city\n"
            ),
            "\(text)"
        )
        let json = try JSONSerialization.jsonObject(with: Data(explanation.json(at: "e:1"))) as? [String: Any]
        let blanks = try #require(json?["blanks"] as? [[String: String]])
        #expect(
            blanks.first == [
                "path": "attributes.place", "directive": "@template", "source": "$.p.ship.city", "entry": "own",
                "hole": "p.ship.city",
            ]
        )
    }

    private static let products =
        #"{"u":"u1","p":{"list":[{"sku":"a","price":1,"name":"x","tags":[{"t":1}]},{"sku":"b","coupon":"c","price":2}]}}"#

    @Test("a member of a shape that no item has is named once, and what nobody reads is not mapped")
    func shapes() throws {
        let explanation = try Self.explain(
            Self.products,
            #"""
            { custom_id: { "@path": $.u }, events: [{ name: bought, attributes: { items: { "@arrayPath": [$.p.list,
              { sku: { "@path": $.sku }, coupon: { "@path": $.coupon }, price: { "@path": $.p.list.price },
                label: { "@template": "{{nam}} {{sku}}" },
                more: { "@arrayPath": [$.tags, { v: { "@path": $.tags.t } }] } }] } } }] }
            """#
        )
        let gaps = explanation.blanks.map { "\($0.path) \($0.source ?? "")" }
        #expect(
            gaps == [
                "events[0].attributes.items $.p.list.price", "events[0].attributes.items $.nam",
                "events[0].attributes.items $.tags.t",
            ]
        )
        let text = explanation.text(at: "e:1")
        let price =
            "events[0].attributes.items: the member price of its shape found nothing in any item: no item has anything at "
            + "$.p.list.price; paths there start at the item, not at the message\n"
        #expect(text.split(separator: price, omittingEmptySubsequences: false).count == 2, "\(text)")
        #expect(text.contains("the hole {{nam}} of the member label of its shape is empty in every item: "), "\(text)")
        #expect(
            explanation.losses.map { "\($0.path) \($0.reason)" } == [
                "p.list[0].price not_mapped", "p.list[0].name not_mapped", "p.list[0].tags[0].t not_mapped",
                "p.list[1].price not_mapped",
            ]
        )
    }

    @Test("an item that is found in one item, in a list of none, or by a condition is no gap")
    func noGaps() throws {
        for list in [#"[{"a":1},{}]"#, "[]", #"[{"a":null}]"#, #"{"a":1}"#] {
            let explanation = try Self.explain(
                #"{"u":"u1","l":\#(list)}"#,
                #"""
                { custom_id: { "@path": $.u }, events: [{ name: e, attributes: { l: { "@arrayPath": [$.l,
                  { a: { "@path": $.a }, b: { "@if": { exists: { "@path": $.b }, then: { "@path": $.b } } } }] } } }] }
                """#
            )
            #expect(explanation.blanks.isEmpty, "\(list): \(explanation.blanks)")
        }
    }

    @Test("an object that is no value of an attribute is one line, about the attribute")
    func objects() throws {
        let explanation = try Self.explain(
            #"{"u":"u1","a":{"street":"s","city":{"name":"n"},"zip":1},"m":{"$add":"x"},"n":5}"#,
            #"""
            { custom_id: { "@path": $.u }, attributes: { address: { "@path": $.a }, m: { "@path": $.m },
              $email_marketing: { "@path": $.n } } }
            """#
        )
        let lines = explanation.text(at: "e:1").split(separator: "\n").filter { $0.contains("left out") }
        let words = "an object is no value of a profile attribute: name its members, or use $add/$remove for lists"
        try #require(lines.count == 3, "\(lines)")
        #expect(lines[0].hasPrefix("e:1: left out attributes.address (from a.street, a.city.name, a.zip): \(words)"))
        #expect(lines[1].hasPrefix("e:1: left out attributes.m (from m.$add): \(words)"))
        #expect(
            lines[2]
                == "e:1: left out n: this key cannot have a value of this type; it takes subscribed, unsubscribed or null (bad_opt_in)"
        )
        #expect(explanation.losses.count == 5, "each field of the message is told to programs")
    }

    @Test("an event that is left out is one line, with the name that is none")
    func eventNames() throws {
        let explanation = try Self.explain(
            #"{"u":"u1","e":"Order Completed","f":"paid","p":{"a":1,"b":2,"c":[{"d":3}]}}"#,
            #"""
            { custom_id: { "@path": $.u }, events: [{ name: { "@path": $.f } },
              { name: { "@path": $.e }, attributes: { "@path": $.p } }] }
            """#
        )
        let lines = explanation.text(at: "e:1").split(separator: "\n").filter { $0.contains("left out") }
        #expect(
            lines == [
                "e:1: left out events[1] \"Order Completed\" (from e, p.a, p.b, p.c[0].d): "
                    + "an event needs a name of 1 to 30 of a-z, 0-9 and _ (bad_event_name)"
            ]
        )
    }
}
