import BatchAPI
import BatchSimulator
import Testing

@Suite("Validator and simulator")
struct RuleAgreementTests {
    @Test("agree on what each rule lets pass and on what it refuses", arguments: RuleExample.all)
    func rule(_ example: RuleExample) throws {
        let passing = Reading(example.passing)
        #expect(passing.refusal == nil)
        #expect(passing.reasons == [])
        #expect(try Judge().post(example.passing) == Verdict(status: 202, rules: []))
        let judge = try Judge()
        for update in passing.updates { #expect(judge.post(update).isAccepted, "\(update)") }

        let refused = Reading(example.refused)
        #expect((refused.refusal.map { [$0] } ?? []) + refused.reasons == [example.reason])
        let verdict = try Judge().post(example.refused)
        // Of an attribute that stands twice, the simulator objects to both.
        #expect(Set(verdict.rules) == [example.rule], "\(verdict)")
        let other = try Judge()
        for update in refused.updates { #expect(other.post(update).isAccepted, "\(update)") }
    }

    @Test("each way to refuse something stands in these examples")
    func completeness() {
        let reasons = Set(RuleExample.all.map(\.reason))
        // Above this many attributes of one record nothing is split any more; see the test of splitting.
        let elsewhere: Set = ["too_many_attributes"]
        for reason in RefusalReason.allCases where !elsewhere.contains(reason.rawValue) {
            #expect(reasons.contains(reason.rawValue), "nothing shows \(reason.rawValue)")
        }
        let rules = Set(RuleExample.all.map(\.rule))
        for rule in SimulatorRule.allCases where Self.isOfOperations(rule) {
            #expect(rules.contains(rule.rawValue), "nothing shows \(rule.rawValue)")
        }
    }

    /// Whether a rule is of sections 2.1 to 2.7 and can be broken by an operation alone.
    private static func isOfOperations(_ rule: SimulatorRule) -> Bool {
        switch rule {
        // These depend on what the profile has.
        case .patchResult, .patchTarget: false
        // See the exceptions, and the tests of splitting and of time.
        case .installationShape, .attributesCount, .eventsCount, .eventTooOld, .eventFuture: false
        // These say what the simulator does, not what Batch wants.
        case .identifiersWholeCall, .faultAsked: false
        default:
            !rule.isWarning
                && !["route.", "version.", "authentication.", "body.", "call.", "list."].contains {
                    rule.rawValue.hasPrefix($0)
                }
        }
    }

    @Test(
        "agree that too much is too much: it is split, and each part is accepted",
        arguments: [
            (RuleExample.attributes(RuleExample.members(50)), 1, []),
            (RuleExample.attributes(RuleExample.members(51)), 2, ["attributes.count"]),
            (RuleExample.operation("\"events\":\(RuleExample.list(15) { _ in #"{"name":"e"}"# })"), 1, []),
            (
                RuleExample.operation("\"events\":\(RuleExample.list(16) { _ in #"{"name":"e"}"# })"), 2,
                ["events.count"]
            ),
        ]
    )
    func splitting(_ operation: String, _ updateCount: Int, _ rules: [String]) throws {
        let reading = Reading(operation)
        #expect(!reading.refusesSomething)
        #expect(reading.updates.count == updateCount)
        #expect(try Judge().post(operation).rules == rules)
        let judge = try Judge()
        for update in reading.updates { #expect(judge.post(update).isAccepted, "\(update)") }
    }

    @Test("agree that a record with more than a thousand attributes has too many")
    func thousand() throws {
        let reading = Reading(RuleExample.attributes(RuleExample.members(1_001)))
        #expect(reading.reasons == ["too_many_attributes"])
        #expect(reading.updates.count == 20)
        #expect(try Judge().post(RuleExample.attributes(RuleExample.members(1_001))).rules == ["attributes.count"])
    }

    @Test(
        "agree on the time of an event to the millisecond",
        arguments: [
            ("2026-11-20T12:00:00Z", []), ("2026-11-20T11:59:59.999Z", ["event.too-old"]),
            ("2026-11-21T13:01:00+01:00", []), ("2026-11-21T13:01:00.001+01:00", ["event.in-the-future"]),
        ]
    )
    func time(_ time: String, _ rules: [String]) throws {
        let operation = RuleExample.event("\"name\":\"e\",\"time\":\"\(time)\"")
        let reading = Reading(operation)
        #expect((reading.agedEventCount > 0) == !rules.isEmpty)
        #expect(try Judge().post(operation).rules == rules)
        let judge = try Judge()
        for update in reading.updates { #expect(judge.post(update).isAccepted, "\(update)") }
    }

    // MARK: Where the product is stricter on purpose

    /// What BatchAPI refuses although the contract does not: decisions of level C, each to be on the safe side.
    static let stricter: [(name: String, operation: String, reason: String)] = [
        (
            "only custom_id is sent, though Batch may take app installs (2.2, B from a single integrator)",
            #"{"identifiers":{"installation":{"apikey":"a","installation_id":"i"}}}"#, "unsupported_identifier"
        ),
        (
            "a number of more than 400 bytes, which no double needs",
            RuleExample.attributes("\"k\":0.\(RuleExample.text(400, "1"))"), "float_out_of_range"
        ),
        (
            "a date of more than 64 bytes",
            RuleExample.attributes("\"date(k)\":\"2024-01-01T00:00:00.\(RuleExample.text(50, "1"))Z\""), "invalid_date"
        ),
        (
            "a date whose year in UTC has not four digits",
            RuleExample.attributes(#""date(k)":"0000-01-01T00:00:00+00:01""#), "invalid_date"
        ),
        (
            "second 60 where there is no leap second (RFC 3339, 5.7)",
            RuleExample.attributes(#""date(k)":"2024-01-01T12:00:60Z""#), "invalid_date"
        ),
    ]

    @Test("differ only where the product is stricter on purpose", arguments: stricter.indices)
    func exception(_ index: Int) throws {
        let (name, operation, reason) = Self.stricter[index]
        let reading = Reading(operation)
        #expect((reading.refusal.map { [$0] } ?? []) + reading.reasons == [reason], "\(name)")
        #expect(try Judge().post(operation).isAccepted, "\(name)")
    }

    @Test("differ only where the product says the same in another way that is accepted")
    func repaired() throws {
        // An array is a set (2.5, C): items that are there twice go, so that 26 of which two are equal are 25.
        let twice = RuleExample.attributes("\"k\":\(RuleExample.list(26) { "\"\($0 % 25)\"" })")
        // White space between values does not count for the size of an event (2.6, C).
        let spaced = RuleExample.event("\"name\":\"e\",\(RuleExample.text(25_000, " "))\"attributes\":{\"a\":1}")
        for operation in [twice, spaced] {
            let reading = Reading(operation)
            #expect(!reading.refusesSomething)
            #expect(try !Judge().post(operation).isAccepted)
            let judge = try Judge()
            for update in reading.updates { #expect(judge.post(update).isAccepted, "\(update)") }
        }
    }
}
