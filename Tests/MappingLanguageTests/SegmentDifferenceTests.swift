import MappingLanguage
import Testing
import YAMLDocument

@Suite("Differences from Segment")
struct SegmentDifferenceTests {
    private static let start = YAMLNode.Mark(line: 1, column: 1)

    @Test(
        "a mapping tells where Segment does otherwise",
        arguments: [
            (#"{"x":{"@path":"$.p['a.b']"}}"#, ["M2"]), (#"{"x":{"@path":"$.p['ab']"}}"#, []),
            (#"{"x":{"@path":"a\"b"}}"#, ["M3"]), (#"{"x":{"@path":"$"}}"#, ["M4"]),
            (#"{"x":{"@path":"$.a.$.b"}}"#, ["M4"]), (#"{"x":{"@path":"$.l.length"}}"#, ["M5"]),
            (#"{"x":{"@template":"{{$.a}}"}}"#, ["M6"]), (#"{"x":{"@template":"{{ }}"}}"#, ["M7"]),
            (#"{"x":{"@template":"{{{a}}}"}}"#, ["M9"]),
            (#"{"x":{"@if":{"exists":{"@path":"a"},"then":1,"else":0}}}"#, ["M10"]),
            (#"{"x":{"@case":{"operator":"upper","value":""}}}"#, ["M11"]),
            (#"{"x":{"@replace":{"value":{"@path":"a"},"pattern":"a","replacement":"$&"}}}"#, ["M14"]),
            (#"{"x":{"@json":{"mode":"encode","value":false}}}"#, ["M16"]),
            (#"{"x":{"@json":{"mode":"ENCODE","value":{"@path":"a"}}}}"#, ["M17"]),
            (#"{"x":{"@flatten":{"value":"text","separator":"."}}}"#, ["M18"]),
            (#"{"@merge":{"direction":"LEFT","objects":[{"@path":"a"}]}}"#, ["M17"]),
            (#"{"@merge":{"direction":"right","objects":[{"x":1},{"x":{"@path":"a"}}]}}"#, ["M20"]),
            (#"{"@merge":{"direction":"right","objects":[{"@template":"{{a}}"},{"x":1}]}}"#, ["M21"]),
            (#"{"x":9007199254740993,"y":9007199254740992}"#, ["M23"]), (#"{"10":1,"a":2}"#, ["M23"]),
            (#"{"a":{"@path":"$.a.b[0]"},"b":{"@template":"{{a}} x"}}"#, []),
        ]
    )
    func mappings(_ mapping: String, _ codes: [String]) throws {
        let node = try YAMLReader.readJSON(Array(mapping.utf8))
        _ = try MappingPlan(node)
        #expect(SegmentDifference.all(ofMapping: node).map(\.code) == codes)
    }

    @Test(
        "a trigger tells where Segment does otherwise",
        arguments: [
            (#"type = "track" and event = "a" or event = "b""#, ["F1"]),
            (#"((type = "track"))"#, ["F2"]),
            (#"type = "track" and (contains(event, "a") or event = "b")"#, ["F2"]),
            (#"!(type = "track")"#, ["F3"]), (#"type = 'track'"#, ["F4"]), (#"properties.n>1"#, ["F5"]),
            (#"type != "track"and event = "a""#, ["F5"]), (#"anonymousId = "a""#, ["F6"]),
            (#"contains(type, "a")"#, ["F6"]), (#"event = null"#, ["F7"]), (#"properties.t != true"#, ["F8"]),
            (#"userId = 5"#, ["F9"]), (#"properties.s > "a""#, ["F9"]), (#"match(event, "a*b")"#, ["F10"]),
            (#"match(event, "abc")"#, ["F10"]), (#"type in ["track"]"#, ["F11"]), (#"length(event) = 2"#, ["F11"]),
            (#"properties.gift"#, ["F11"]), ("true", []), (#"properties.and = 1"#, ["F13"]),
            (#"properties.a\.b = 1"#, ["F13"]), ("context != null", ["F14"]),
        ]
    )
    func triggers(_ trigger: String, _ codes: [String]) throws {
        let found = SegmentDifference.all(of: try Trigger(trigger), at: Self.start)
        #expect(found.map(\.code) == codes, "\(found)")
    }

    @Test(
        "what Segment's editor writes means the same in both",
        arguments: [
            #"type = "identify" or type = "track""#, #"type = "track" and event = "Order Completed""#,
            #"type = "track" and match(event, "Order *")"#, "properties.coupon != null", "userId != null",
            #"event = "Order Completed" and properties.total > 100 and traits.plan != "free""#,
            #"!contains(properties.a, "x") and !match(event, "*x")"#,
            #"type = "track" and context.personas.computation_key = "big_spenders""#,
            #"(type = "track" and event = "a")"#, #"properties.unit\ price = 3"#,
        ]
    )
    func sameTriggers(_ trigger: String) throws {
        #expect(SegmentDifference.all(of: try Trigger(trigger), at: Self.start) == [])
    }
}
