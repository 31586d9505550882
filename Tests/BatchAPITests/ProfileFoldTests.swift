import BatchAPI
import Testing

/// Attributes of records in order and what they become.
struct FoldCase: Sendable, CustomTestStringConvertible {
    let records: [String]
    /// The attributes of each stretch.
    let folded: [String]

    var testDescription: String { records.joined(separator: " + ") }

    init(_ records: String..., gives folded: String...) {
        self.records = records
        self.folded = folded
    }
}

private func items(_ range: Range<Int>) -> String {
    "[" + range.map { #""i\#($0)""# }.joined(separator: ",") + "]"
}

private func event(_ name: String) -> String { #"{"name":"\#(name)"}"# }

private func events(_ range: Range<Int>) -> [String] { range.map { event("e\($0)") } }

private func update(_ attributes: String, _ events: [String] = []) -> String {
    #"{"identifiers":{"custom_id":"u"}"# + (attributes.isEmpty ? "" : #","attributes":\#(attributes)"#)
        + (events.isEmpty ? "" : #","events":[\#(events.joined(separator: ","))]"#) + "}"
}

@Suite("Folding one user's records")
struct ProfileFoldTests {
    @Test(
        "replaces attributes and folds patches",
        arguments: [
            FoldCase(#"{"a":1,"b":2}"#, #"{"a":3,"c":4}"#, gives: #"{"a":3,"b":2,"c":4}"#),
            FoldCase(
                #"{"a":"longer than the next"}"#,
                #"{"a":1}"#,
                #"{"a":"much longer again"}"#,
                gives: #"{"a":"much longer again"}"#
            ),
            FoldCase(
                #"{"k":"x","a":1}"#,
                #"{"date(k)":"2026-11-21T10:00:00Z"}"#,
                gives: #"{"date(k)":"2026-11-21T10:00:00Z","a":1}"#
            ),
            FoldCase(#"{"url(k)":"https://a"}"#, #"{"k":null}"#, gives: #"{"k":null}"#),
            FoldCase(#"{"k":null}"#, #"{"k":1}"#, gives: #"{"k":1}"#),
            FoldCase(#"{"k":["a"]}"#, #"{"k":["b"]}"#, gives: #"{"k":["b"]}"#),
            FoldCase(#"{"k":["a","b"]}"#, #"{"k":{"$add":["c","a"],"$remove":["b"]}}"#, gives: #"{"k":["a","c"]}"#),
            FoldCase(#"{"k":["a"]}"#, #"{"k":{"$remove":["a"]}}"#, gives: #"{"k":null}"#),
            FoldCase(#"{"k":["a"]}"#, #"{"k":{"$remove":["a"]}}"#, #"{"k":{"$add":["b"]}}"#, gives: #"{"k":["b"]}"#),
            FoldCase(#"{"k":null}"#, #"{"k":{"$add":["x"]}}"#, gives: #"{"k":["x"]}"#),
            FoldCase(#"{"date(k)":null}"#, #"{"k":{"$add":["x"]}}"#, gives: #"{"k":["x"]}"#),
            FoldCase(#"{"k":null}"#, #"{"k":{"$remove":["x"]}}"#, gives: #"{"k":null}"#),
            FoldCase(#"{"k":{"$add":["a"]}}"#, #"{"k":{"$add":["b","a"]}}"#, gives: #"{"k":{"$add":["a","b"]}}"#),
            FoldCase(#"{"k":{"$add":["a"]}}"#, #"{"k":{"$remove":["a"]}}"#, gives: #"{"k":{"$remove":["a"]}}"#),
            FoldCase(#"{"k":{"$remove":["a"]}}"#, #"{"k":{"$add":["a"]}}"#, gives: #"{"k":{"$add":["a"]}}"#),
            FoldCase(
                #"{"k":{"$add":["a","b"],"$remove":["c","d"]}}"#,
                #"{"k":{"$add":["c"],"$remove":["a","e","d"]}}"#,
                gives: #"{"k":{"$add":["b","c"],"$remove":["d","a","e"]}}"#
            ),
            FoldCase(#"{"k":{"$add":["a"]}}"#, #"{"k":["b"]}"#, gives: #"{"k":["b"]}"#),
            FoldCase(#"{"k":{"$add":["a"]}}"#, #"{"k":null}"#, gives: #"{"k":null}"#),
            FoldCase(
                #"{"k":{"$add":["a"]}}"#,
                #"{"date(k)":"2026-11-21T10:00:00Z"}"#,
                gives: #"{"date(k)":"2026-11-21T10:00:00Z"}"#
            ),
            FoldCase(
                #"{"k":["\"a,]\\"]}"#,
                #"{"k":{"$add":["b"],"$remove":["\u0022a,]\u005c"]}}"#,
                gives: #"{"k":["b"]}"#
            ),
            FoldCase(
                #"{"$topic_preferences":["a"]}"#,
                #"{"$topic_preferences":{"$add":["b"]}}"#,
                gives: #"{"$topic_preferences":["a","b"]}"#
            ),
            FoldCase(
                #"{"k":1,"a":1}"#,
                #"{"a":2,"k":{"$add":["x"]}}"#,
                gives: #"{"k":1,"a":1}"#,
                #"{"a":2,"k":{"$add":["x"]}}"#
            ),
            FoldCase(#"{"k":\#(items(0..<25))}"#, #"{"k":{"$add":["i3"]}}"#, gives: #"{"k":\#(items(0..<25))}"#),
            FoldCase(
                #"{"k":\#(items(0..<25))}"#,
                #"{"k":{"$add":["x"]}}"#,
                gives: #"{"k":\#(items(0..<25))}"#,
                #"{"k":{"$add":["x"]}}"#
            ),
            FoldCase(
                #"{"k":{"$add":\#(items(0..<20))}}"#,
                #"{"k":{"$add":\#(items(20..<26))}}"#,
                gives: #"{"k":{"$add":\#(items(0..<20))}}"#,
                #"{"k":{"$add":\#(items(20..<26))}}"#
            ),
            FoldCase(
                #"{"k":{"$remove":\#(items(0..<20))}}"#,
                #"{"k":{"$remove":\#(items(20..<26))}}"#,
                gives: #"{"k":{"$remove":\#(items(0..<20))}}"#,
                #"{"k":{"$remove":\#(items(20..<26))}}"#
            ),
        ]
    )
    func folds(_ example: FoldCase) throws {
        let contributions = try example.records.map { try valid(attributes: $0) }
        #expect(stretches(contributions) == example.folded.map { [update($0)] })
    }

    @Test("ends a stretch at the 16th event, not at the 15th")
    func sixteenthEvent() throws {
        let contributions = [
            try valid(attributes: #"{"a":1}"#, events: events(0..<14)),
            try valid(attributes: #"{"a":2,"b":1}"#, events: events(14..<15)),
            try valid(attributes: #"{"a":3}"#),
            try valid(attributes: #"{"a":4}"#, events: events(15..<16)),
            try valid(attributes: #"{"a":5}"#),
        ]
        #expect(
            stretches(contributions) == [
                [update(#"{"a":3,"b":1}"#, events(0..<15))], [update(#"{"a":5}"#, events(15..<16))],
            ]
        )
    }

    @Test("cuts a record's events where the stretch is full; its attributes go with the first of them")
    func recordIsCut() throws {
        let contributions = [
            try valid(attributes: #"{"a":1}"#, events: events(0..<10)),
            try valid(attributes: #"{"a":2}"#, events: events(10..<50)),
            try valid(attributes: #"{"a":3}"#),
        ]
        #expect(
            stretches(contributions) == [
                [update(#"{"a":2}"#, events(0..<15))], [update("", events(15..<30))],
                [update("", events(30..<45))], [update(#"{"a":3}"#, events(45..<50))],
            ]
        )
        var fold = ProfileFold()
        fold.begin(customID: Array("u".utf8), ages: .none)
        #expect(fold.add(contributions[1], firstEvent: 0, attributesDelivered: false) == .partly(events: 15))
        #expect(fold.add(contributions[0], firstEvent: 0, attributesDelivered: false) == .full)
        fold.begin(customID: Array("u".utf8), ages: .none)
        let rest = FoldInput(contribution: contributions[1], firstEvent: 30, attributesDelivered: true)
        #expect(fold.add(rest) == .whole)
        #expect(fold.eventCount == 10 && fold.attributeCount == 0)
    }

    @Test(
        "sends attributes above 50 in updates before the one with the events, natives first",
        arguments: [50, 51, 100, 101, 230]
    )
    func surplus(_ count: Int) throws {
        let custom = (0..<count - 1).map { #""a\#($0)":\#($0)"# }
        let half = custom.count / 2
        let contributions = [
            try valid(attributes: "{" + custom[..<half].joined(separator: ",") + "}", events: events(0..<1)),
            try valid(attributes: "{" + custom[half...].joined(separator: ",") + "}", events: events(1..<2)),
            try valid(attributes: #"{"$language":"fr"}"#),
        ]
        let result = stretches(contributions)
        #expect(result.count == 1)
        let ordered = count <= 50 ? custom + [#""$language":"fr""#] : [#""$language":"fr""#] + custom
        let groups = stride(from: 0, to: count, by: 50).map { Array(ordered[$0..<min($0 + 50, count)]) }
        let expected = groups.enumerated().map { index, group in
            update("{" + group.joined(separator: ",") + "}", index == groups.count - 1 ? events(0..<2) : [])
        }
        #expect(result.first == expected)
    }

    @Test("ends a stretch before it has too many bytes")
    func bytes() throws {
        let limits = FoldLimits(byteCount: 262_144)
        let value = String(repeating: "x", count: 2000)
        let contributions = try (0..<300).map { index in
            try valid(attributes: #"{"url(a\#(index))":"https://\#(value)"}"#)
        }
        let result = stretches(contributions, limits: limits)
        #expect(result.count == 3)
        for update in result.joined() { #expect(update.utf8.count <= 262_144) }
        #expect(result.joined().reduce(0) { $0 + $1.split(separator: "https://").count - 1 } == 300)
        let rejoined = stretches(contributions, limits: FoldLimits(byteCount: 1 << 20))
        #expect(rejoined.count == 1 && rejoined.first?.count == 6)
    }

    @Test("spreads one record that alone has too many bytes over updates")
    func oversizedRecord() throws {
        let value = String(repeating: "x", count: 2000)
        let attributes = (0..<300).map { #""url(a\#($0))":"https://\#(value)""# }.joined(separator: ",")
        let heavy = (0..<15).map { index in
            let lists = (0..<3).map { list in
                #""l\#(list)":["#
                    + (0..<25).map { _ in #""\#(String(repeating: "y", count: 280))""# }.joined(separator: ",")
                    + "]"
            }
            return #"{"name":"e\#(index)","attributes":{\#(lists.joined(separator: ","))}}"#
        }
        let contribution = try valid(attributes: "{\(attributes)}", events: heavy)
        let result = stretches([contribution], limits: FoldLimits(byteCount: 262_144))
        for update in result.joined() { #expect(update.utf8.count <= 262_144) }
        var profile = ReferenceProfile()
        for update in result.joined() { try profile.apply(update) }
        #expect(profile.attributes.count == 300)
        #expect(profile.events == heavy)
    }

    @Test("omits late events, or sends them without time")
    func ages() throws {
        let timed = [
            #"{"name":"old","time":"2026-11-20T09:59:59Z"}"#, #"{"name":"fresh","time":"2026-11-21T10:00:00Z"}"#,
            #"{"name":"future","time":"2026-11-21T11:00:01Z","attributes":{"a":1}}"#, #"{"name":"timeless"}"#,
        ]
        let contribution = try valid(attributes: #"{"a":1}"#, events: timed)
        let fresh = try #require(contribution.eventTime(at: 1))
        let omit = EventAgeRule(
            oldestMilliseconds: fresh - 86_400_000,
            newestMilliseconds: fresh + 3_600_000,
            late: .omit
        )
        let untimed = EventAgeRule(
            oldestMilliseconds: omit.oldestMilliseconds,
            newestMilliseconds: omit.newestMilliseconds,
            late: .withoutTime
        )
        let rest = [timed[1], #"{"name":"future","attributes":{"a":1}}"#, timed[3]]
        #expect(stretches([contribution], ages: omit) == [[update(#"{"a":1}"#, rest)]])
        #expect(stretches([contribution], ages: untimed) == [[update(#"{"a":1}"#, [event("old")] + rest)]])
        #expect(stretches([contribution]) == [[update(#"{"a":1}"#, timed)]])
        var fold = ProfileFold()
        fold.begin(customID: contribution.customID, ages: omit)
        #expect(fold.add(contribution, firstEvent: 0, attributesDelivered: true) == .whole)
        #expect(fold.omittedEventCount == 1 && fold.untimedEventCount == 1 && fold.eventCount == 3)
        // Another contribution of the same stretch may be treated in another way; the next stretch begins with its own rule.
        fold.treatLateEvents(.withoutTime)
        #expect(fold.add(contribution, firstEvent: 0, attributesDelivered: true) == .whole)
        #expect(fold.omittedEventCount == 1 && fold.untimedEventCount == 3 && fold.eventCount == 7)
        fold.begin(customID: contribution.customID, ages: omit)
        #expect(fold.add(contribution, firstEvent: 0, attributesDelivered: true) == .whole)
        #expect(fold.omittedEventCount == 1)
        fold.begin(customID: contribution.customID, ages: omit)
        #expect(fold.isEmpty && fold.omittedEventCount == 0 && fold.untimedEventCount == 0)
    }

    @Test("does not count omitted events towards the 15")
    func omittedEventsAreFree() throws {
        let old = #"{"name":"old","time":"2020-01-01T00:00:00Z"}"#
        let contribution = try valid(events: [old] + events(0..<15) + [old, old])
        let ages = EventAgeRule(oldestMilliseconds: 1_700_000_000_000, newestMilliseconds: .max, late: .omit)
        #expect(stretches([contribution, contribution], ages: ages).count == 2)
        let onlyOld = try valid(events: [old])
        var fold = ProfileFold()
        fold.begin(customID: Array("u".utf8), ages: ages)
        #expect(fold.add(contribution, firstEvent: 0, attributesDelivered: true) == .whole)
        #expect(fold.add(onlyOld, firstEvent: 0, attributesDelivered: false) == .whole)
        fold.begin(customID: Array("u".utf8), ages: ages)
        #expect(fold.add(onlyOld, firstEvent: 0, attributesDelivered: false) == .whole)
        #expect(fold.isEmpty && fold.updateCount == 1)
        #expect(texts(of: fold) == [update("")])
    }

    @Test("judges events without time by the time given for that, and sends none")
    func ageTime() throws {
        let contribution = try read(
            #"{"identifiers":{"custom_id":"u"},"events":[{"name":"e"}]}"#,
            ageTime: 1000
        ).contribution
        let late = EventAgeRule(oldestMilliseconds: 1001, newestMilliseconds: .max, late: .omit)
        #expect(stretches([contribution], ages: late) == [[update("")]])
        let fresh = EventAgeRule(oldestMilliseconds: 1000, newestMilliseconds: .max, late: .omit)
        #expect(stretches([contribution], ages: fresh) == [[update("", [event("e")])]])
    }

    @Test("knows which record set an attribute last")
    func setters() throws {
        var fold = ProfileFold()
        fold.begin(customID: Array("u".utf8), ages: .none)
        for attributes in [
            #"{"a":1,"date(d)":"2026-11-21T10:00:00Z","$region":"FR"}"#, #"{"b":1}"#, #"{"a":2,"k":["x"]}"#,
            #"{"k":{"$add":["y"]}}"#,
        ] { _ = fold.add(try valid(attributes: attributes), firstEvent: 0, attributesDelivered: false) }
        #expect(fold.setter(ofAttribute: "a") == 2)
        #expect(fold.setter(ofAttribute: "b") == 1)
        #expect(fold.setter(ofAttribute: "d") == 0)
        #expect(fold.setter(ofAttribute: "date(d)") == 0)
        #expect(fold.setter(ofAttribute: "url(d)") == 0)
        #expect(fold.setter(ofAttribute: "k") == 3)
        #expect(fold.setter(ofAttribute: "$region") == 0)
        for unknown in ["c", "", ")", "date()", "e.x", "date(", "url(a"] {
            #expect(fold.setter(ofAttribute: unknown) == nil)
        }
    }

    @Test("can be taken apart again: each half gives what it gives alone")
    func unmerge() throws {
        let contributions = try (0..<8).map { index in
            try valid(attributes: #"{"a\#(index % 3)":\#(index)}"#, events: events(index..<index + 1))
        }
        let fresh = stretches(Array(contributions[4...]))
        var fold = ProfileFold()
        for range in [0..<8, 4..<8] {
            fold.begin(customID: Array("u".utf8), ages: .none)
            for contribution in contributions[range] {
                #expect(fold.add(contribution, firstEvent: 0, attributesDelivered: false) == .whole)
            }
        }
        #expect([texts(of: fold)] == fresh)
    }

    @Test("keeps memory in bounds while values of one attribute keep growing and shrinking")
    func manyReplacements() throws {
        var fold = ProfileFold()
        fold.begin(customID: Array("u".utf8), ages: .none)
        var last = ""
        for index in 0..<3000 {
            last = String(repeating: "x", count: 1 + index % 300)
            let contribution = try valid(attributes: #"{"a":"\#(last)","b\#(index % 7)":\#(index)}"#)
            #expect(fold.add(contribution, firstEvent: 0, attributesDelivered: false) == .whole)
        }
        #expect(fold.attributeCount == 8)
        #expect(texts(of: fold)[0].contains(#""a":"\#(last)""#))
    }
}
