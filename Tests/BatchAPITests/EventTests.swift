import BatchAPI
import Testing

/// One event and what is left of it.
struct EventCase: Sendable, CustomTestStringConvertible {
    let event: String
    /// What is sent, nil when it is what was given, empty when the event is left out.
    var sent: String?
    var refused: [String] = []

    var testDescription: String { String(event.prefix(80)) }

    static func passes(_ event: String, as sent: String? = nil) -> EventCase { EventCase(event: event, sent: sent) }

    /// An event `e` with these attributes, of which these are left.
    static func attributes(_ attributes: String, _ sent: String?, _ refused: String...) -> EventCase {
        EventCase(
            event: #"{"name":"e","attributes":\#(attributes)}"#,
            sent: sent.map { #"{"name":"e","attributes":\#($0)}"# } ?? #"{"name":"e"}"#,
            refused: refused.map { "events[0]." + $0 }
        )
    }
}

private func members(_ count: Int) -> String { (1...count).map { #""a\#($0)":\#($0)"# }.joined(separator: ",") }

@Suite("Events")
struct EventTests {
    @Test(
        "pass when Batch takes them",
        arguments: [
            .passes(#"{"name":"e"}"#),
            .passes(#"{"name":"e","attributes":{}}"#, as: #"{"name":"e"}"#),
            .passes(
                #"{"attributes":{"a":1},"time":"2026-11-21T10:00:00+01:00","name":"\u0065"}"#,
                as: #"{"name":"e","time":"2026-11-21T09:00:00Z","attributes":{"a":1}}"#
            ),
            .passes(
                #"{"name":"e","attributes":{"\u0024label":"L","$t\u0061gs":["a"]}}"#,
                as: #"{"name":"e","attributes":{"$label":"L","$tags":["a"]}}"#
            ),
            .passes(#"{"name":"e","attributes":{"a":{"b":{"c":{"x":1}}}}}"#),
            .passes(#"{"name":"e","attributes":{"a":[{"b":[{"c":[{"x":1}]}]}]}}"#),
            .passes(#"{"name":"e","attributes":{"a":{"b":{"c":["x"]}}}}"#),
            .passes(#"{"name":"e","attributes":{"a":["x","x"],"b":[{},{"date(d)":"2026-11-21T10:00:00Z"}],"c":{}}}"#),
            .passes(#"{"name":"e","attributes":{"$label":"L","$tags":["A","A"],\#(members(20))}}"#),
            .passes(#"{"name":"e","attributes":{"$tags":[]}}"#),
            .passes(#"{"name":"e","attributes":{"a":{\#(members(20))},"url(u)":"https://a"}}"#),
        ] as [EventCase]
    )
    func pass(_ example: EventCase) throws { try check(example) }

    @Test(
        "are left out when they cannot be named or are too large",
        arguments: [
            EventCase(event: "5", sent: "", refused: ["events[0] invalid_event"]),
            EventCase(event: "{}", sent: "", refused: ["events[0] invalid_event_name"]),
            EventCase(event: #"{"name":"Added"}"#, sent: "", refused: ["events[0] invalid_event_name"]),
            EventCase(event: #"{"name":5}"#, sent: "", refused: ["events[0] invalid_event_name"]),
            EventCase(
                event: #"{"name":"\#(String(repeating: "a", count: 31))"}"#,
                sent: "",
                refused: ["events[0] event_name_too_long"]
            ),
        ]
    )
    func refused(_ example: EventCase) throws { try check(example) }

    @Test(
        "lose the fields that Batch refuses",
        arguments: [
            EventCase(
                event: #"{"name":"e","time":"yesterday","id":1,"attributes":[1]}"#,
                sent: #"{"name":"e"}"#,
                refused: [
                    "events[0].time invalid_event_time", "events[0].id unknown_event_key",
                    "events[0].attributes wrong_container",
                ]
            ),
            .attributes(#"{"a":null,"b":1}"#, #"{"b":1}"#, "attributes.a null_in_event"),
            .attributes(#"{"b":1,"A":1}"#, #"{"b":1}"#, "attributes.A invalid_key"),
            .attributes(#"{"a":"x\ny"}"#, nil, "attributes.a multiline_string"),
            .attributes(#"{"a":["x","y\r"]}"#, nil, "attributes.a multiline_string"),
            .attributes(#"{"a":{"$add":["x"]},"b":1}"#, #"{"b":1}"#, "attributes.a.$add unknown_native_key"),
            .attributes(
                #"{"a":{"b":null},"c":{"d":1,"e":null}}"#,
                #"{"c":{"d":1}}"#,
                "attributes.a.b null_in_event",
                "attributes.c.e null_in_event"
            ),
            .attributes(#"{"a":[{"b":null},{"c":1}]}"#, #"{"a":[{"c":1}]}"#, "attributes.a[0].b null_in_event"),
            .attributes(#"{"a":[{"b":null}]}"#, nil, "attributes.a[0].b null_in_event"),
            .attributes(#"{"a":["x",{}]}"#, nil, "attributes.a mixed_items"),
            .attributes(#"{"a":[1]}"#, nil, "attributes.a invalid_item"),
            .attributes(#"{"a":[null]}"#, nil, "attributes.a null_in_event"),
            .attributes(#"{"a":[["x"]]}"#, nil, "attributes.a nested_array"),
            .attributes(#"{"a":[]}"#, nil, "attributes.a empty_array"),
            .attributes(
                #"{"a":[\#((1...26).map { _ in "\"x\"" }.joined(separator: ","))]}"#,
                nil,
                "attributes.a too_many_items"
            ),
            .attributes(
                #"{"a":{"b":{"c":{"d":{"x":1},"y":["z"],"ok":1}}}}"#,
                #"{"a":{"b":{"c":{"ok":1}}}}"#,
                "attributes.a.b.c.d event_too_deep",
                "attributes.a.b.c.y array_too_deep"
            ),
            .attributes("{\(members(21))}", "{\(members(20))}", "attributes.a21 event_too_wide"),
            .attributes(#"{"o":{\#(members(21))}}"#, #"{"o":{\#(members(20))}}"#, "attributes.o.a21 event_too_wide"),
            .attributes(
                #"{"k":1,"b":2,"date(k)":"2026-11-21T10:00:00Z"}"#,
                #"{"b":2,"date(k)":"2026-11-21T10:00:00Z"}"#,
                "attributes.date(k) same_attribute_twice"
            ),
            .attributes(#"{"url(k)":"https://a","k":1}"#, #"{"k":1}"#, "attributes.k same_attribute_twice"),
            .attributes(
                #"{"b":2,"k":1,"c":3,"url(k)":"https://a"}"#,
                #"{"b":2,"c":3,"url(k)":"https://a"}"#,
                "attributes.url(k) same_attribute_twice"
            ),
            .attributes(#"{"$label":5}"#, nil, "attributes.$label wrong_type"),
            .attributes(
                #"{"$label":"\#(String(repeating: "a", count: 201))"}"#,
                nil,
                "attributes.$label string_too_long"
            ),
            .attributes(#"{"$label":"a\nb"}"#, nil, "attributes.$label multiline_string"),
            .attributes(#"{"a":{"$label":"x","y":1}}"#, #"{"a":{"y":1}}"#, "attributes.a.$label unknown_native_key"),
            .attributes(#"{"$other":1}"#, nil, "attributes.$other unknown_native_key"),
            .attributes(#"{"$tags":"x"}"#, nil, "attributes.$tags invalid_tags"),
            .attributes(#"{"$tags":["x",""]}"#, nil, "attributes.$tags invalid_tags"),
            .attributes(#"{"$tags":["\#(String(repeating: "a", count: 65))"]}"#, nil, "attributes.$tags invalid_tags"),
            .attributes(
                #"{"$tags":[\#((1...11).map { "\"t\($0)\"" }.joined(separator: ","))]}"#,
                nil,
                "attributes.$tags invalid_tags"
            ),
            .attributes(#"{"date(d)":"2026-11-21"}"#, nil, "attributes.date(d) invalid_date"),
            .attributes(#"{"url(u)":"x"}"#, nil, "attributes.url(u) invalid_url"),
            .attributes(#"{"n":1e999}"#, nil, "attributes.n float_out_of_range"),
        ] as [EventCase]
    )
    func partlyRefused(_ example: EventCase) throws { try check(example) }

    @Test("may have line breaks when that is accepted")
    func multiline() throws {
        let operation = #"{"identifiers":{"custom_id":"u"},"events":[{"name":"e","attributes":{"a":"x\ny"}}]}"#
        #expect(try read(operation, accepted: .multilineEventStrings).refused.isEmpty)
    }

    @Test("of 25 000 bytes pass, of one more are left out", arguments: [(0, 1), (1, 0)])
    func size(_ extra: Int, _ count: Int) throws {
        let head = #"{"name":"e","attributes":{"#
        var attributes = (0..<10).map { index in
            "\"l\(index)\":[" + (0..<8).map { _ in "\"\(String(repeating: "a", count: 298))\"" }.joined(separator: ",")
                + "]"
        }
        // A last attribute of exactly what is missing: its list grows until a string fills the rest.
        let missing =
            25_000 + extra - head.utf8.count - attributes.joined(separator: ",").utf8.count - ",\"z\":[]}}".utf8.count
        let full = (missing - 100) / 303
        let rest = missing - full * 303 - 2
        #expect(full < 25 && rest > 0 && rest <= 300)
        let items =
            (0..<full).map { _ in "\"\(String(repeating: "b", count: 300))\"" } + [
                "\"\(String(repeating: "c", count: rest))\""
            ]
        attributes.append("\"z\":[" + items.joined(separator: ",") + "]")
        let event = head + attributes.joined(separator: ",") + "}}"
        #expect(event.utf8.count == 25_000 + extra)
        let result = try read(#"{"identifiers":{"custom_id":"u"},"events":[\#(event)]}"#)
        #expect(result.contribution.eventCount == count)
        #expect(result.refused.map(\.reason) == (count == 0 ? [.eventTooLarge] : []))
    }

    @Test("have the time they say, else the time given to judge their age by")
    func times() throws {
        let events =
            #"[{"name":"a","time":"1970-01-01T00:00:01.0019Z"},{"name":"b"},{"name":"c","time":"1969-12-31T23:59:59.5Z"}]"#
        let operation = #"{"identifiers":{"custom_id":"u"},"events":\#(events)}"#
        let timed = try read(operation).contribution
        #expect((0..<3).map { timed.eventTime(at: $0) } == [1001, nil, -500])
        #expect(timed.oldestEventTime == -500)
        #expect(timed.newestEventTime == 1001)
        let aged = try read(operation, ageTime: 5000).contribution
        #expect((0..<3).map { aged.eventTime(at: $0) } == [1001, 5000, -500])
        #expect(aged.newestEventTime == 5000)
        let untimed = try valid(events: [#"{"name":"b"}"#])
        #expect(!untimed.hasTimedEvents && untimed.oldestEventTime == nil && untimed.newestEventTime == nil)
    }

    private func check(_ example: EventCase) throws {
        let result = try read(#"{"identifiers":{"custom_id":"u"},"events":[\#(example.event)]}"#)
        #expect(result.refused.map { "\($0.path) \($0.reason.rawValue)" } == example.refused)
        let sent = example.sent ?? example.event
        let expected = sent.isEmpty ? "" : #","events":[\#(sent)]"#
        #expect(text(of: result.contribution) == #"{"identifiers":{"custom_id":"u"}\#(expected)}"#)
    }
}
