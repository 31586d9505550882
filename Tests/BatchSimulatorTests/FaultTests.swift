import Testing

@testable import BatchSimulator

@Suite("Faults")
struct FaultTests {
    static func outcomes(_ faults: SimulatorFaults, calls: Int) -> [FaultPlan.Outcome] {
        (1...calls).map { FaultPlan(call: $0, faults: faults).outcome }
    }

    @Test("happen at their rates and the same for the same seed", arguments: 1...5 as ClosedRange<UInt64>)
    func rates(seed: UInt64) {
        var faults = SimulatorFaults()
        faults.seed = seed
        faults.tooManyRequestsRate = 0.1
        faults.serverErrorRate = 0.2
        faults.resetAfterRate = 0.05
        faults.latencyMilliseconds = 5...20
        let outcomes = Self.outcomes(faults, calls: 20_000)
        for (outcome, rate) in [
            (FaultPlan.Outcome.tooManyRequests, 0.1), (.serverError, 0.2), (.resetAfter, 0.05), (.normal, 0.65),
            (.silence, 0),
        ] {
            let share = Double(outcomes.count { $0 == outcome }) / 20_000
            #expect(abs(share - rate) < 0.015, "\(outcome)")
        }
        #expect(outcomes == Self.outcomes(faults, calls: 20_000))
        let latencies = (1...20_000).map { FaultPlan(call: $0, faults: faults).latencyMilliseconds }
        #expect(Set(latencies) == Set(5...20))
        #expect(abs(Double(latencies.reduce(0, +)) / 20_000 - 12.5) < 0.2)
        faults.seed += 100
        #expect(outcomes != Self.outcomes(faults, calls: 20_000))
    }

    @Test(
        "before applying leave the profile alone, those after do not",
        arguments: [
            ("too_many_requests_rate", 429, false), ("server_error_rate", 500, false), ("maintenance_rate", 503, false),
            ("reset_before_rate", 0, false), ("silence_rate", 0, false), ("reset_after_rate", 0, true),
            ("server_error_after_rate", 500, true),
        ]
    )
    func beforeAndAfter(name: String, status: Int, isApplied: Bool) throws {
        let desk = try Desk()
        #expect(desk.control("faults", "{\"\(name)\":1}").status == 200)
        let reply = desk.post(attributes("\"k\":1"))
        #expect(reply.status == status)
        #expect((reply.outcome == .reset) == name.hasPrefix("reset"))
        #expect((reply.outcome == .silence) == name.hasPrefix("silence"))
        #expect((desk.attribute("k") != nil) == isApplied)
        let record = desk.get("/__sim/requests?ids=1").lines.first
        #expect(record?["applied"] as? Bool == isApplied)
        #expect(record?["custom_ids"] as? [String] == ["u"])
    }

    @Test("of an outage come to every call", arguments: zip(SimulatorOutage.allCases, [202, 503, 500, 429, 403, 0, 0]))
    func outage(outage: SimulatorOutage, status: Int) throws {
        let desk = try Desk()
        desk.control("faults", "{\"outage\":\"\(outage.rawValue)\"}")
        #expect(desk.post("[\(operation())]").status == status)
        #expect(desk.get("/2.11/audiences/list").status == (status == 202 ? 200 : status))
        desk.control("faults", "{\"outage\":\"none\"}")
        #expect(desk.post("[\(operation())]").status == 202)
    }

    @Test("of a chosen user come to each call that has it", arguments: zip(SimulatorFailure.allCases, [400, 500, 0]))
    func chosenUser(failure: SimulatorFailure, status: Int) throws {
        let desk = try Desk()
        desk.control("faults", "{\"failures\":{\"bad\":\"\(failure.rawValue)\"}}")
        #expect(desk.post("[\(operation(id: "a")),\(operation(id: "bad"))]").status == status)
        #expect(desk.post("[\(operation(id: "a"))]").status == 202)
        #expect(desk.count("updates_accepted") == 1)
        desk.control("faults", "{\"failures\":{}}")
        #expect(desk.post("[\(operation(id: "bad"))]").status == 202)
    }

    @Test("refuse a chosen attribute in profiles and events, and a share of operations their first")
    func partial() throws {
        let desk = try Desk()
        desk.control("faults", "{\"partial_error_attribute\":\"k\"}")
        let body =
            "[\(operation("{\"a\":1,\"date(k)\":\"2024-01-01T00:00:00Z\"}", events: "[{\"name\":\"e\",\"attributes\":{\"k\":1,\"l\":2}}]"))]"
        let reply = desk.post(body)
        #expect(reply.rules == ["fault.asked", "fault.asked"])
        #expect(desk.attribute("a") == "integer:1")
        #expect(desk.get("/__sim/events?id=u").text.contains("{\"l\":2}"))
        desk.control("faults", "{\"partial_error_attribute\":null,\"partial_error_rate\":1}")
        #expect(desk.post(attributes("\"x\":1,\"y\":2")).errors.first?["attribute"] as? String == "x")
        #expect(desk.post(event("")).errors.first?["category"] as? String == "event")
        desk.control("faults", "{\"partial_error_rate\":0.3}")
        let many = desk.post(list(200) { operation("{\"x\":1}", id: "\($0)") })
        #expect((35...85).contains(many.errors.count))
    }

    @Test(
        "out of range or unknown change nothing and say what is expected",
        arguments: [
            "{\"server_error_rate\":1.5}", "{\"server_error_rate\":0.6,\"maintenance_rate\":0.6}",
            "{\"latency_ms\":[20,5]}", "{\"latency_ms\":-1}", "{\"outage\":\"storm\"}", "{\"weather\":1}",
            "{\"partial_error_attribute\":5}",
            "{\"failures\":{\"a\":\"b\"}}", "{\"seed\":\"x\"}", "[]", "", "{\"server_error_rate\":\"1\"}",
        ]
    )
    func refusedSettings(body: String) throws {
        let desk = try Desk()
        let before = desk.get("/__sim/faults").text
        let reply = desk.control("faults", body)
        #expect(reply.status == 400)
        #expect(reply.object["error_message"] is String)
        #expect(desk.get("/__sim/faults").text == before)
    }

    @Test("are shown as they were set")
    func shown() throws {
        let desk = try Desk()
        desk.control(
            "faults",
            "{\"latency_ms\":[5,20],\"seed\":7,\"failures\":{\"a\":\"silence\"},\"silence_rate\":0.25}"
        )
        let faults = desk.get("/__sim/faults").object
        #expect(faults["latency_ms"] as? [Int] == [5, 20])
        #expect(faults["seed"] as? Int == 7)
        #expect(faults["failures"] as? [String: String] == ["a": "silence"])
        #expect(faults["silence_rate"] as? Double == 0.25)
    }
}
