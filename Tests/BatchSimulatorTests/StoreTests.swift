import Testing

@testable import BatchSimulator

@Suite("Store")
struct StoreTests {
    /// Attributes as one call each, and what is left of `k`.
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let calls: [String]
        let left: String?
        var errors: [String] = []

        init(_ testDescription: String, _ calls: [String], _ left: String?, errors: [String] = []) {
            self.testDescription = testDescription
            self.calls = calls
            self.left = left
            self.errors = errors
        }
    }

    @Test(
        "keeps the last value of an attribute in one spelling",
        arguments: [
            Example("string", ["\"k\":\"\\u00e9\\/\""], "string:\"é/\""),
            Example("integer", ["\"k\":5"], "integer:5"),
            Example("integer, largest", ["\"k\":9223372036854775807"], "integer:9223372036854775807"),
            Example("float that looks like an integer", ["\"k\":5.0"], "float:5"),
            Example("float", ["\"k\":1.5E1"], "float:15"),
            Example("boolean", ["\"k\":false"], "boolean:false"),
            Example(
                "date with an offset",
                ["\"date(k)\":\"2024-02-29T23:30:00.250-01:00\""],
                "date:\"2024-03-01T00:30:00.250Z\""
            ),
            Example("date before 1970", ["\"date(k)\":\"1969-12-31t23:59:59z\""], "date:\"1969-12-31T23:59:59Z\""),
            Example("url", ["\"url(k)\":\"https://a/b\""], "url:\"https://a/b\""),
            Example("type change", ["\"k\":[\"a\"]", "\"k\":1", "\"url(k)\":\"a://b\""], "url:\"a://b\""),
            Example("null", ["\"k\":1", "\"k\":null"], nil),
            Example("null of a typed key", ["\"date(k)\":\"2024-01-01T00:00:00Z\"", "\"k\":null"], nil),
            Example("typed null of a string", ["\"k\":\"a\"", "\"date(k)\":null"], nil),
            Example("absent", ["\"k\":1", "\"j\":2"], "integer:1"),
            Example("the same name twice in an object: the last", ["\"k\":1,\"k\":2"], "integer:2"),
            Example("array as a set", ["\"k\":[\"b\",\"a\",\"b\",\"B\"]"], "array:[\"b\",\"a\",\"B\"]"),
            Example("array replaces", ["\"k\":[\"a\"]", "\"k\":[\"b\"]"], "array:[\"b\"]"),
            Example("patch creates", ["\"k\":{\"$add\":[\"a\"]}"], "array:[\"a\"]"),
            Example(
                "patch adds and removes",
                ["\"k\":[\"a\",\"b\"]", "\"k\":{\"$add\":[\"c\",\"b\"],\"$remove\":[\"a\"]}"],
                "array:[\"b\",\"c\"]"
            ),
            Example("patch that leaves none", ["\"k\":[\"a\"]", "\"k\":{\"$remove\":[\"a\",\"z\"]}"], nil),
            Example("removal from nothing", ["\"k\":{\"$remove\":[\"a\"]}"], nil),
            Example(
                "patch on a string",
                ["\"k\":\"a\"", "\"k\":{\"$add\":[\"b\"]}"],
                "string:\"a\"",
                errors: ["patch.not-an-array"]
            ),
            Example(
                "patch beyond 25",
                ["\"k\":\(list(24) { "\"\($0)\"" })", "\"k\":{\"$add\":[\"x\",\"y\"]}"],
                "array:\(list(24) { "\"\($0)\"" })",
                errors: ["patch.result-count"]
            ),
            Example(
                "patch to 25 exactly",
                ["\"k\":\(list(25) { "\"\($0)\"" })", "\"k\":{\"$add\":[\"x\",\"0\"],\"$remove\":[\"24\"]}"],
                "array:\(list(24) { "\"\($0)\"" }.dropLast()),\"x\"]"
            ),
        ]
    )
    func values(_ example: Example) throws {
        let desk = try Desk()
        var rules: [String] = []
        for call in example.calls { rules += desk.post(attributes(call)).rules }
        #expect(desk.attribute("k") == example.left)
        #expect(rules == example.errors)
    }

    @Test("counts arrays by what the operation leaves, whatever the order of its names")
    func arrays() throws {
        let desk = try Desk()
        desk.post(attributes(members(15) { "\"k\($0)\":[\"a\"]" }))
        #expect(desk.post(attributes("\"x\":[\"a\"]")).rules == ["attributes.arrays-per-profile"])
        #expect(desk.post(attributes("\"x\":{\"$add\":[\"a\"]}")).rules == ["attributes.arrays-per-profile"])
        #expect(desk.post(attributes("\"x\":[\"a\"],\"k3\":null")).rules == [])
        #expect(desk.post(attributes("\"y\":[\"a\"],\"k4\":5")).rules == [])
        #expect(desk.post(attributes("\"k5\":{\"$remove\":[\"a\"]},\"z\":[\"a\"]")).rules == [])
        #expect(desk.post(attributes("\"w\":[\"a\"]")).rules == ["attributes.arrays-per-profile"])
    }

    @Test("keeps native attributes, and null resets them")
    func native() throws {
        let desk = try Desk()
        desk.post(attributes("\"$email_address\":\"a@b.c\",\"$topic_preferences\":[\"x\",\"y\"]"))
        desk.post(attributes("\"$email_address\":null,\"$topic_preferences\":{\"$remove\":[\"x\"],\"$add\":[\"z\"]}"))
        #expect(desk.attribute("$email_address") == nil)
        #expect(desk.attribute("$topic_preferences") == "array:[\"y\",\"z\"]")
    }

    @Test("creates a profile of identifiers alone, and none for an operation that is refused whole")
    func creation() throws {
        let desk = try Desk()
        desk.post("[\(operation())]")
        #expect(desk.get("/__sim/profile?id=u").text == "{\"custom_id\":\"u\",\"attributes\":{},\"event_count\":0}")
        desk.post("[\(operation("{\(members(51) { "\"k\($0)\":1" })}", events: "[{\"name\":\"e\"}]", id: "v"))]")
        #expect(desk.get("/__sim/profile?id=v").status == 404)
        #expect(desk.count("events_accepted") == 0)
    }

    @Test("tells Custom IDs apart by their bytes")
    func customIDs() throws {
        let desk = try Desk()
        desk.post(
            "[\(operation(id: "é")),\(operation(id: "e\u{301}")),\(operation(id: "É")),\(operation(id: "\\u00e9"))]"
        )
        #expect(desk.count("profiles") == 3)
        #expect(desk.count("repeated_user_violations") == 1)
    }

    @Test("keeps duplicate events as duplicates, in order of arrival")
    func events() throws {
        let desk = try Desk()
        let twice =
            "[{\"name\":\"a\",\"time\":\"2026-11-21T11:00:00Z\"},{\"name\":\"a\",\"time\":\"2026-11-21T11:00:00Z\"}]"
        desk.post("[\(operation(events: twice)),\(operation(events: "[{\"name\":\"b\"}]", id: "v"))]")
        desk.advance(milliseconds: 1_500)
        desk.post("[\(operation(events: twice))]")
        let events = desk.get("/__sim/events?id=u").lines
        #expect(events.compactMap { $0["arrival"] as? Int } == [1, 2, 4, 5])
        #expect(events.last?["received"] as? String == "2026-11-21T12:00:01.500Z")
        #expect(desk.get("/__sim/profiles").lines.compactMap { $0["event_count"] as? Int } == [4, 1])
    }

    @Test("keeps the newest events of a profile when there are too many")
    func manyEvents() throws {
        let desk = try Desk {
            $0.eventsPerProfile = 8
            $0.isRateLimited = false
        }
        for _ in 0..<40 { desk.post(event("")) }
        let arrivals = desk.get("/__sim/events?id=u").lines.compactMap { $0["arrival"] as? Int }
        #expect((8...10).contains(arrivals.count))
        #expect(arrivals.last == 40)
        #expect(desk.get("/__sim/profile?id=u").object["event_count"] as? Int == 40)
    }

    @Test("logs operations in order of application as they were received")
    func applied() throws {
        let desk = try Desk { $0.appliedLogCapacity = 3 }
        desk.post("[\(operation("{\"a\": 1,\n\"B\":2}", id: "x")),\(operation(events: "[{\"name\":\"e\"}]", id: "y"))]")
        desk.post("[\(operation(id: "z"))]")
        var lines = desk.get("/__sim/applied").lines
        #expect(lines.compactMap { $0["custom_id"] as? String } == ["x", "y", "z"])
        #expect(lines.compactMap { $0["sequence"] as? Int } == [1, 2, 3])
        #expect(lines.compactMap { $0["call"] as? Int } == [1, 1, 2])
        #expect(lines.compactMap { $0["refused"] as? Int } == [1, 0, 0])
        #expect(lines[0]["attributes"] as? [String: Int] == ["a": 1, "B": 2])
        #expect((lines[1]["events"] as? [Any])?.count == 1)
        desk.post("[\(operation(id: "w"))]")
        lines = desk.get("/__sim/applied").lines
        #expect(lines.compactMap { $0["custom_id"] as? String } == ["y", "z", "w"])
        #expect(desk.count("applied_log_dropped") == 1)
        #expect(desk.get("/__sim/applied?from=3&limit=1").lines.compactMap { $0["custom_id"] as? String } == ["z"])
    }

    @Test("forgets everything but settings on reset")
    func reset() throws {
        let desk = try Desk { $0.update.burst = 1 }
        desk.post(attributes("\"k\":1"))
        #expect(desk.post("[\(operation())]").status == 429)
        desk.control("reset")
        #expect(desk.count("profiles") == 0)
        #expect(desk.count("calls") == 0)
        #expect(desk.get("/__sim/applied").lines.isEmpty)
        #expect(desk.get("/__sim/requests").lines.isEmpty)
        #expect(desk.post("[\(operation())]").status == 202)
        #expect(desk.get("/__sim/requests").lines.first?["call"] as? Int == 3)
    }

    @Test("counts calls for a user that overlap, and users that stand twice in a call")
    func violations() throws {
        let desk = try Desk()
        let first = desk.post("[\(operation(id: "a")),\(operation(id: "b"))]", finishing: false)
        let second = desk.post("[\(operation(id: "b")),\(operation(id: "c"))]", finishing: false)
        #expect(desk.count("concurrent_user_violations") == 1)
        desk.batch.finish(call: first.call, at: desk.now)
        desk.post("[\(operation(id: "a"))]")
        #expect(desk.count("concurrent_user_violations") == 1)
        desk.post("[\(operation(id: "c"))]")
        #expect(desk.count("concurrent_user_violations") == 2)
        desk.batch.finish(call: second.call, at: desk.now)
        desk.post("[\(operation(id: "c")),\(operation(id: "d")),\(operation(id: "c"))]")
        #expect(desk.count("concurrent_user_violations") == 2)
        #expect(desk.count("repeated_user_violations") == 1)
        #expect(desk.count("largest_in_flight") == 2)
        desk.control("faults", "{\"silence_rate\":1}")
        desk.post("[\(operation(id: "a"))]", finishing: false)
        desk.post("[\(operation(id: "a"))]", finishing: false)
        #expect(desk.count("concurrent_user_violations") == 2)
    }

    @Test("keeps projects apart")
    func projects() throws {
        let desk = try Desk()
        desk.post(attributes("\"k\":1"))
        desk.control("credentials", "{\"project_key\":\"project_other\"}")
        var request = desk.request("POST", "/2.11/profiles/update", attributes("\"k\":2"))
        request.project = "project_other"
        #expect(desk.send(request).status == 202)
        #expect(desk.attribute("k") == "integer:2")
        let first = desk.get("/__sim/profile?id=u&project=project_simulator").text
        #expect(first.contains("\"value\":1"))
    }
}
