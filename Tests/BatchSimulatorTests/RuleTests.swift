import Testing

@testable import BatchSimulator

@Suite("Rules")
struct RuleTests {
    @Test(
        "let pass what keeps them and refuse what breaks them, by name",
        arguments: RuleCase.calls + RuleCase.attributeRules + RuleCase.eventRules
    )
    func table(_ example: RuleCase) throws {
        let passing = try Desk().post(example.passing)
        #expect(passing.status == 202)
        #expect(passing.code == "SUCCESS", "\(passing.text)")
        let refused = try Desk().post(example.refused)
        #expect(refused.status == example.status, "\(refused.text)")
        #expect(Set(refused.rules) == [example.rule.rawValue], "\(refused.text)")
        if example.status == 202 {
            #expect(refused.code == "SUCCESS_WITH_PARTIAL_ERRORS")
            if let attribute = example.attribute { #expect(refused.errors.first?["attribute"] as? String == attribute) }
        }
    }

    @Test("of levels B and C can be switched off, and then let everything pass")
    func switchedOff() throws {
        for example in RuleCase.calls + RuleCase.attributeRules + RuleCase.eventRules {
            guard example.rule.isSwitchable else {
                #expect(throws: SimulatorSettingsError.self) {
                    try Desk { try $0.rules.set(example.rule, isOn: false) }
                }
                continue
            }
            let desk = try Desk { try $0.rules.set(example.rule, isOn: false) }
            let reply = desk.post(example.refused)
            #expect(reply.status == 202, "\(example.rule): \(reply.text)")
            #expect(!reply.rules.contains(example.rule.rawValue), "\(example.rule): \(reply.text)")
        }
    }

    @Test("are all in a table, but those about headers, routes, tokens, faults and the state of a profile")
    func complete() {
        let tables = RuleCase.calls + RuleCase.attributeRules + RuleCase.eventRules
        let elsewhere: Set<SimulatorRule> = [
            .routeUnknown, .versionUnknown, .versionMassUpdate, .authenticationKey, .authenticationProject, .bodySize,
            .bodyEncoding, .bodyContentType, .callRateLimit, .listParameter, .identifiersWholeCall, .customIDLong,
            .customIDBlocklist, .customIDSpaces, .nativeEmailLong, .nativeTopicDash, .patchResult, .patchTarget,
            .faultAsked,
        ]
        let missing = Set(SimulatorRule.allCases).subtracting(tables.map(\.rule)).subtracting(elsewhere)
        #expect(missing.isEmpty, "\(missing.map(\.rawValue))")
        #expect(Set(SimulatorRule.allCases.map(\.reason)).count > 70)
    }

    @Test("that only warn are logged and refuse nothing")
    func warnings() throws {
        let desk = try Desk()
        var request = desk.request("POST", "/2.11/profiles/update", attributes("\"$topic_preferences\":[\"a-b\"]"))
        request.contentType = "text/plain"
        #expect(desk.send(request).code == "SUCCESS")
        #expect(desk.post(attributes("\"$email_address\":\"\(text(123))@b.com\"")).code == "SUCCESS")
        #expect(desk.post("[\(operation(id: text(512))),\(operation(id: " a"))]").code == "SUCCESS")
        let rejections = desk.get("/__sim/rejections").lines
        #expect(
            rejections.compactMap { $0["rule"] as? String } == [
                "body.content-type", "native.topic-dash", "native.email-128-characters", "custom-id.512-characters",
                "custom-id.surrounding-spaces",
            ]
        )
        #expect(rejections.allSatisfy { $0["warning"] as? Bool == true })
    }

    @Test(
        "refuse the client's accidents as Custom IDs only when told so",
        arguments: ["undefined", "NULL", "nil", "(null)", "[object Object]", "True", "false", "NaN", "-Infinity"]
    )
    func blocklist(customID: String) throws {
        #expect(try Desk().post("[\(operation(id: customID))]").status == 202)
        let desk = try Desk { try $0.rules.set(.customIDBlocklist, isOn: true) }
        #expect(desk.post("[\(operation(id: customID))]").rules == ["custom-id.blocklist"])
        #expect(desk.post("[\(operation(id: customID + "1"))]").status == 202)
    }

    @Test("about identifiers cost the operation only, when told so")
    func identifiersAlone() throws {
        let desk = try Desk { try $0.rules.set(.identifiersWholeCall, isOn: false) }
        let reply = desk.post(
            "[\(operation("{\"k\":1}")),{\"identifiers\":{\"custom_id\":5}},\(operation("{\"k\":2}"))]"
        )
        #expect(reply.status == 202)
        #expect(reply.errors.count == 1)
        #expect(reply.errors.first?["bulk_index"] as? Int == 1)
        #expect(desk.attribute("k") == "integer:2")
    }

    @Test("name the operation of each error, and apply the rest")
    func bulkIndex() throws {
        let desk = try Desk()
        let reply = desk.post(
            "[\(operation("{\"a\":1}", id: "x")),\(operation("{\"B\":1,\"c\":2,\"d\":\"\"}", events: "[{\"name\":\"E\"},{\"name\":\"f\"}]"))]"
        )
        #expect(reply.errors.compactMap { $0["bulk_index"] as? Int } == [1, 1, 1])
        #expect(reply.errors.compactMap { $0["category"] as? String } == ["attribute", "attribute", "event"])
        #expect(reply.errors.compactMap { $0["attribute"] as? String } == ["B", "d"])
        #expect(desk.attribute("a", of: "x") == "integer:1")
        #expect(desk.attribute("c") == "integer:2")
        #expect(desk.get("/__sim/events?id=u").lines.count == 1)
    }

    @Test("of an event refuse the attribute alone, and the event is kept without it")
    func eventWithout() throws {
        let desk = try Desk()
        desk.post(
            eventAttributes(
                "\"a\":1.50,\"b\":null,\"o\":{\"C\":1,\"d\":\"é\\n\",\"e\":\"\\u00e9\"},\"l\":[{\"x\":null,\"y\":2}]"
            )
        )
        let text = desk.get("/__sim/events?id=u").text
        #expect(
            text.contains("{\"name\":\"e\",\"attributes\":{\"a\":1.50,\"o\":{\"e\":\"\\u00e9\"},\"l\":[{\"y\":2}]}}")
        )
    }
}
