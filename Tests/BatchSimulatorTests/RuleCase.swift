import Testing

@testable import BatchSimulator

/// A body that a rule lets pass and one that it refuses, alike but for what the rule is about.
struct RuleCase: Sendable, CustomTestStringConvertible {
    let rule: SimulatorRule
    let passing: String
    let refused: String
    /// 202 means a partial error.
    let status: Int
    let attribute: String?
    var testDescription: String { "\(rule.rawValue) \(refused.prefix(60))" }

    init(_ rule: SimulatorRule, _ passing: String, _ refused: String, _ status: Int, attribute: String? = nil) {
        self.rule = rule
        self.passing = passing
        self.refused = refused
        self.status = status
        self.attribute = attribute
    }

    static func pair(_ rule: SimulatorRule, _ name: String, _ passing: String, _ refused: String) -> RuleCase {
        let (pass, refuse) = ("\"\(name)\":\(passing)", "\"\(name)\":\(refused)")
        return RuleCase(rule, attributes(pass), attributes(refuse), 202, attribute: AttributeKey(Array(name.utf8)).name)
    }

    static func eventPair(_ rule: SimulatorRule, _ name: String, _ passing: String, _ refused: String) -> RuleCase {
        let (pass, refuse) = ("\"\(name)\":\(passing)", "\"\(name)\":\(refused)")
        return RuleCase(
            rule,
            eventAttributes(pass),
            eventAttributes(refuse),
            202,
            attribute: AttributeKey(Array(name.utf8)).name
        )
    }

    private static func identifiers(_ text: String) -> String { "[{\"identifiers\":\(text)}]" }

    static let calls: [RuleCase] = [
        RuleCase(.callRoot, "[\(operation())]", operation(), 400),
        RuleCase(.callRoot, "[\(operation())]", "null", 400),
        RuleCase(.callEmpty, "[\(operation())]", "[]", 400),
        RuleCase(.callOperationCount, list(200) { operation(id: "\($0)") }, list(201) { operation(id: "\($0)") }, 400),
        RuleCase(.bodyJSON, "[\(operation())] ", "[\(operation()),]", 400),
        RuleCase(.bodyJSON, "[\(operation(id: "\\ud83d\\ude00"))]", "[\(operation(id: "\\ud83d"))]", 400),
        RuleCase(.bodyJSON, "[\(operation())]", "", 400),
        RuleCase(.operationType, "[\(operation())]", "[\(operation()),7]", 400),
        RuleCase(
            .operationKey,
            "[{\"identifiers\":{\"custom_id\":\"u\"}}]",
            "[{\"identifiers\":{\"custom_id\":\"u\"},\"overwrite\":true}]",
            400
        ),
        RuleCase(.operationAttributes, "[\(operation("{}"))]", "[\(operation("null"))]", 400),
        RuleCase(.operationAttributes, "[\(operation("{}"))]", "[\(operation("[]"))]", 400),
        RuleCase(.operationEvents, "[\(operation(events: "[]"))]", "[\(operation(events: "{}"))]", 400),
        RuleCase(.identifiersMissing, "[\(operation("{}"))]", "[{\"attributes\":{}}]", 400),
        RuleCase(.identifiersType, identifiers("{\"custom_id\":\"u\"}"), identifiers("\"u\""), 400),
        RuleCase(
            .identifiersKey,
            identifiers("{\"custom_id\":\"u\"}"),
            identifiers("{\"custom_id\":\"u\",\"email\":\"a\"}"),
            400
        ),
        RuleCase(
            .identifiersBoth,
            identifiers("{\"installation\":{\"apikey\":\"a\",\"installation_id\":\"i\"}}"),
            identifiers("{\"custom_id\":\"u\",\"installation\":{\"apikey\":\"a\",\"installation_id\":\"i\"}}"),
            400
        ),
        RuleCase(.identifiersNeither, identifiers("{\"custom_id\":\"u\"}"), identifiers("{}"), 400),
        RuleCase(.customIDType, identifiers("{\"custom_id\":\"5\"}"), identifiers("{\"custom_id\":5}"), 400),
        RuleCase(.customIDType, identifiers("{\"custom_id\":\"5\"}"), identifiers("{\"custom_id\":null}"), 400),
        RuleCase(.customIDLength, "[\(operation(id: text(511)))]", "[\(operation(id: text(513)))]", 400),
        RuleCase(.customIDLength, "[\(operation(id: text(512, "é")))]", "[\(operation(id: text(513, "é")))]", 400),
        RuleCase(.customIDLength, "[\(operation(id: "a"))]", "[\(operation(id: ""))]", 400),
        RuleCase(.customIDBlank, "[\(operation(id: " a "))]", "[\(operation(id: " \\t\\u00a0"))]", 400),
        RuleCase(
            .installationShape,
            identifiers("{\"installation\":{\"apikey\":\"a\",\"installation_id\":\"i\"}}"),
            identifiers("{\"installation\":{\"apikey\":\"a\"}}"),
            400
        ),
        RuleCase(
            .installationShape,
            identifiers("{\"installation\":{\"apikey\":\"a\",\"installation_id\":\"i\"}}"),
            identifiers("{\"installation\":{\"apikey\":\"a\",\"installation_id\":\"\"}}"),
            400
        ),
    ]

    static let attributeRules: [RuleCase] = [
        RuleCase(
            .attributesCount,
            attributes(members(50) { "\"k\($0)\":1" }),
            attributes(members(51) { "\"k\($0)\":1" }),
            202
        ),
        RuleCase(
            .attributesArrayLimit,
            attributes(members(15) { "\"k\($0)\":[\"a\"]" } + ",\"$topic_preferences\":[\"a\"]"),
            attributes(members(16) { "\"k\($0)\":[\"a\"]" }),
            202,
            attribute: "k15"
        ),
        RuleCase(
            .attributesKey,
            attributes("\"\(text(30))\":1"),
            attributes("\"\(text(31))\":1"),
            202,
            attribute: text(31)
        ),
        RuleCase(.attributesKey, attributes("\"a_9\":1"), attributes("\"A\":1"), 202, attribute: "A"),
        RuleCase(.attributesKey, attributes("\"a\":1"), attributes("\"\":1"), 202, attribute: ""),
        RuleCase(.attributesKey, attributes("\"url(\(text(30)))\":null"), attributes("\"url(\(text(31)))\":null"), 202),
        RuleCase(.attributesKey, attributes("\"date(a)\":null"), attributes("\"time(a)\":null"), 202),
        RuleCase(.attributesKey, attributes("\"date(a)\":null"), attributes("\"date()\":null"), 202),
        RuleCase(
            .attributesReserved,
            attributes("\"$language\":\"fr\""),
            attributes("\"$push\":\"fr\""),
            202,
            attribute: "$push"
        ),
        RuleCase(
            .attributesTwice,
            attributes("\"k\":1,\"date(j)\":null"),
            attributes("\"k\":1,\"date(k)\":null"),
            202,
            attribute: "k"
        ),
        pair(.attributesObject, "k", "{\"$add\":[\"a\"]}", "{\"a\":1}"),
        pair(.nativeType, "$email_address", "\"a@b.c\"", "5"),
        pair(.nativeType, "$topic_preferences", "[\"a\"]", "\"a\""),
        pair(.nativeEmail, "$email_address", "\"jane.d+x@mail.example.com\"", "\"jane@example\""),
        pair(.nativeEmail, "$email_address", "\"a@b-c.de\"", "\"a b@c.de\""),
        pair(.nativeEmail, "$email_address", "\"a@b.c\"", "\"a@b@c.d\""),
        pair(.nativeEmail, "$email_address", "null", "\"\""),
        pair(.nativeEmail, "$email_address", "\"é@b.co\"", "\"a@é.co\""),
        pair(.nativeEmailLength, "$email_address", "\"\(text(250))@b.com\"", "\"\(text(251))@b.com\""),
        pair(.nativeSubscription, "$email_marketing", "\"subscribed\"", "\"Subscribed\""),
        pair(.nativeSubscription, "$sms_marketing", "\"unsubscribed\"", "\"\""),
        pair(.nativePhone, "$phone_number", "\"+33612345678\"", "\"0612345678\""),
        pair(.nativePhone, "$phone_number", "\"+123456789012345\"", "\"+1234567890123456\""),
        pair(.nativePhone, "$phone_number", "\"+1\"", "\"+\""),
        pair(.nativeLanguage, "$language", "\"fr\"", "\"fr-FR\""),
        pair(.nativeLanguage, "$language", "\"de\"", "\"DE\""),
        pair(.nativeRegion, "$region", "\"FR\"", "\"fr\""),
        pair(.nativeTimeZone, "$timezone", "\"Europe/Paris\"", "\"Europe/Pariss\""),
        pair(.nativeTimeZone, "$timezone", "\"UTC\"", "\"posix/UTC\""),
        pair(.nativeTimeZone, "$timezone", "\"America/Argentina/Ushuaia\"", "\"America\""),
        pair(.nativeTimeZone, "$timezone", "\"Etc/GMT+5\"", "\"../zoneinfo/UTC\""),
        pair(.nativeTopic, "$topic_preferences", "[\"a_9\"]", "[\"A\"]"),
        pair(.nativeTopic, "$topic_preferences", "[\"a\"]", "[]"),
        pair(.nativeTopic, "$topic_preferences", "{\"$add\":[\"\(text(300))\"]}", "{\"$add\":[\"\(text(301))\"]}"),
        pair(.nativeTopic, "$topic_preferences", "{\"$remove\":[\"a\"]}", "{\"$remove\":\"a\"}"),
        pair(.nativeTopic, "$topic_preferences", list(25) { "\"t\($0)\"" }, list(26) { "\"t\($0)\"" }),
        pair(.stringLength, "k", "\"\(text(300))\"", "\"\(text(301))\""),
        pair(.stringLength, "k", "\"\(text(300, "é"))\"", "\"\(text(301, "é"))\""),
        pair(.stringLength, "k", "\"a\"", "\"\""),
        pair(.stringLength, "k", "[\"\(text(300))\"]", "[\"\(text(301))\"]"),
        pair(.stringBlank, "k", "\" a\"", "\" \""),
        pair(.stringBlank, "k", "\"\\n.\"", "\"\\n\\u2003\""),
        pair(.stringBlank, "k", "\"\\ufeff.\"", "\"\\ufeff \""),
        pair(.urlFormat, "url(k)", "\"http://a/b\"", "\"http://a/\\ufeffb\""),
        pair(.integerRange, "k", "9223372036854775807", "9223372036854775808"),
        pair(.integerRange, "k", "-9223372036854775808", "-9223372036854775809"),
        pair(.floatRange, "k", "1.7e308", "1.7e309"),
        pair(.dateFormat, "date(k)", "\"1989-07-20T00:00:00Z\"", "\"1989-07-20\""),
        pair(.dateFormat, "date(k)", "\"2024-02-29T23:59:60.123456+14:00\"", "\"2023-02-29T00:00:00Z\""),
        pair(.dateFormat, "date(k)", "\"2024-01-01t00:00:00z\"", "\"2024-01-01 00:00:00Z\""),
        pair(.dateFormat, "date(k)", "null", "1700000000"),
        pair(.dateFormat, "date(k)", "\"2024-01-01T00:00:00-01:30\"", "\"2024-01-01T00:00:00-0130\""),
        pair(.dateFormat, "date(k)", "\"2024-01-01T00:00:00.5Z\"", "\"2024-01-01T00:00:00.Z\""),
        pair(.dateFormat, "date(k)", "\"2024-01-01T00:00:00Z\"", "\"2024-01-01T24:00:00Z\""),
        pair(.dateFormat, "date(k)", "\"2024-01-01T00:00:00Z\"", "\"2024-01-01T00:00:00\""),
        pair(.urlFormat, "url(k)", "\"https://example.com/a?b#c\"", "\"example.com/a\""),
        pair(.urlFormat, "url(k)", "\"app+x.y-z://a\"", "\"mailto:a@b.c\""),
        pair(.urlFormat, "url(k)", "\"http://a\"", "\"http:///a\""),
        pair(.urlFormat, "url(k)", "\"http://a/%20\"", "\"http://a/ b\""),
        pair(.urlFormat, "url(k)", "\"http://a\"", "[\"http://a\"]"),
        pair(.urlLength, "url(k)", "\"http://\(text(2_041))\"", "\"http://\(text(2_042))\""),
        pair(.arrayItems, "k", "[\"a\",\"b\"]", "[\"a\",1]"),
        pair(.arrayItems, "k", "[\"a\"]", "[[\"a\"]]"),
        pair(.arrayCount, "k", list(25) { "\"\($0)\"" }, list(26) { "\"\($0)\"" }),
        pair(.arrayCount, "k", "null", "[]"),
        pair(.patchShape, "k", "{\"$add\":[\"a\"],\"$remove\":[\"b\"]}", "{}"),
        pair(.patchShape, "k", "{\"$add\":[\"a\"]}", "{\"$add\":[]}"),
        pair(.patchShape, "k", "{\"$remove\":[\"a\"]}", "{\"$remove\":\"a\"}"),
        pair(
            .patchShape,
            "k",
            "{\"$add\":\(list(25) { "\"\($0)\"" })}",
            "{\"$add\":\(list(26) { "\"\($0)\"" })}"
        ),
        pair(
            .patchSameValue,
            "k",
            "{\"$add\":[\"a\"],\"$remove\":[\"A\"]}",
            "{\"$add\":[\"a\"],\"$remove\":[\"\\u0061\"]}"
        ),
    ]

    static let eventRules: [RuleCase] = [
        RuleCase(
            .eventsCount,
            "[\(operation(events: list(15) { _ in "{\"name\":\"e\"}" }))]",
            "[\(operation(events: list(16) { _ in "{\"name\":\"e\"}" }))]",
            202
        ),
        RuleCase(.eventType, event(""), "[\(operation(events: "[\"e\"]"))]", 202),
        RuleCase(.eventKey, event(""), event("\"id\":1"), 202),
        RuleCase(.eventName, event(""), "[\(operation(events: "[{}]"))]", 202),
        RuleCase(.eventName, event(""), "[\(operation(events: "[{\"name\":\"E\"}]"))]", 202),
        RuleCase(
            .eventName,
            "[\(operation(events: "[{\"name\":\"\(text(30))\"}]"))]",
            "[\(operation(events: "[{\"name\":\"\(text(31))\"}]"))]",
            202
        ),
        RuleCase(.eventName, event(""), "[\(operation(events: "[{\"name\":null}]"))]", 202),
        RuleCase(.eventTimeFormat, event("\"time\":\"2026-11-21T12:00:00Z\""), event("\"time\":\"2026-11-21\""), 202),
        RuleCase(.eventTimeFormat, event("\"time\":\"2026-11-21T12:00:00Z\""), event("\"time\":1795262400"), 202),
        RuleCase(
            .eventTooOld,
            event("\"time\":\"2026-11-20T12:00:00Z\""),
            event("\"time\":\"2026-11-20T11:59:59.999Z\""),
            202
        ),
        RuleCase(
            .eventFuture,
            event("\"time\":\"2026-11-21T13:01:00+01:00\""),
            event("\"time\":\"2026-11-21T13:01:00.001+01:00\""),
            202
        ),
        // Each string costs 306 bytes with its quotes and comma, the frame around them the rest.
        RuleCase(.eventSize, sizedEvent(bytes: 25_000), sizedEvent(bytes: 25_001), 202),
        RuleCase(.eventAttributes, event("\"attributes\":{}"), event("\"attributes\":null"), 202),
        RuleCase(
            .eventAttributeCount,
            eventAttributes("\"$label\":\"a\",\"$tags\":[\"a\"]," + members(20) { "\"k\($0)\":1" }),
            eventAttributes(members(21) { "\"k\($0)\":1" }),
            202
        ),
        RuleCase(
            .eventAttributeCount,
            eventAttributes("\"o\":{\(members(20) { "\"k\($0)\":1" })}"),
            eventAttributes("\"o\":[{\(members(21) { "\"k\($0)\":1" })}]"),
            202
        ),
        RuleCase(
            .eventNesting,
            eventAttributes("\"a\":{\"b\":{\"c\":{\"x\":1}}}"),
            eventAttributes("\"a\":{\"b\":{\"c\":{\"d\":{\"x\":1}}}}"),
            202
        ),
        RuleCase(
            .eventNesting,
            eventAttributes("\"a\":[{\"b\":[{\"c\":[{\"x\":1}]}]}]"),
            eventAttributes("\"a\":[{\"b\":[{\"c\":[{\"d\":{\"x\":1}}]}]}]"),
            202
        ),
        RuleCase(.eventAttributeKey, eventAttributes("\"a\":1"), eventAttributes("\"a b\":1"), 202, attribute: "a b"),
        RuleCase(
            .eventAttributeKey,
            eventAttributes("\"o\":{\"a\":1}"),
            eventAttributes("\"o\":{\"A\":1}"),
            202,
            attribute: "o.A"
        ),
        eventPair(.eventReserved, "$label", "\"a\"", "\"a\"").with("$title"),
        RuleCase(
            .eventReserved,
            eventAttributes("\"$label\":\"a\""),
            eventAttributes("\"o\":{\"$label\":\"a\"}"),
            202,
            attribute: "o.$label"
        ),
        RuleCase(
            .eventTwice,
            eventAttributes("\"k\":1,\"url(j)\":\"a://b\""),
            eventAttributes("\"k\":1,\"url(k)\":\"a://b\""),
            202,
            attribute: "k"
        ),
        eventPair(.eventNull, "k", "false", "null"),
        eventPair(.eventNull, "date(k)", "\"2024-01-01T00:00:00Z\"", "null"),
        RuleCase(
            .eventNull,
            eventAttributes("\"o\":[{\"a\":1}]"),
            eventAttributes("\"o\":[{\"a\":1},{\"a\":null}]"),
            202,
            attribute: "o.1.a"
        ),
        eventPair(.eventLabel, "$label", "\"\(text(200))\"", "\"\(text(201))\""),
        eventPair(.eventLabel, "$label", "\"a b\"", "\"a\\nb\""),
        eventPair(.eventLabel, "$label", "\"a\"", "\" \""),
        eventPair(.eventLabel, "$label", "\"5\"", "5"),
        eventPair(.eventTags, "$tags", list(10) { "\"\($0)\"" }, list(11) { "\"\($0)\"" }),
        eventPair(.eventTags, "$tags", "[\"\(text(64))\"]", "[\"\(text(65))\"]"),
        eventPair(.eventTags, "$tags", "[]", "[\"\"]"),
        eventPair(.eventTags, "$tags", "[\"a\"]", "\"a\""),
        eventPair(.eventSingleLine, "k", "\"a b\"", "\"a\\nb\""),
        eventPair(.eventSingleLine, "k", "[\"a b\"]", "[\"a\\nb\"]"),
        eventPair(.eventSingleLine, "k", "\"a b\"", "\"a\\rb\""),
        RuleCase(
            .eventAttributeCount,
            eventAttributes("\"\\u0024label\":\"a\"," + members(20) { "\"k\($0)\":1" }),
            eventAttributes("\"\\u006babel\":\"a\"," + members(20) { "\"k\($0)\":1" }),
            202
        ),
        eventPair(.eventArrayMixed, "k", "[{\"a\":1}]", "[{\"a\":1},\"a\"]"),
        RuleCase(
            .eventArrayDepth,
            eventAttributes("\"a\":{\"b\":{\"x\":[\"s\"]}}"),
            eventAttributes("\"a\":{\"b\":{\"c\":{\"x\":[\"s\"]}}}"),
            202,
            attribute: "a.b.c.x"
        ),
        eventPair(.arrayItems, "k", "[\"a\"]", "[[\"a\"]]"),
        eventPair(.arrayItems, "k", "[\"1\"]", "[1]"),
        eventPair(.arrayCount, "k", "[{}]", "[]"),
        eventPair(.arrayCount, "k", list(25) { _ in "{}" }, list(26) { _ in "{}" }),
        eventPair(.stringLength, "k", "\"\(text(300))\"", "\"\(text(301))\""),
        eventPair(.stringBlank, "k", "\"a\"", "\"\\t\""),
        eventPair(.integerRange, "k", "-1", "99999999999999999999"),
        eventPair(.floatRange, "k", "0.1", "1e400"),
        eventPair(.dateFormat, "date(k)", "\"2024-01-01T00:00:00Z\"", "\"yesterday\""),
        eventPair(.urlFormat, "url(k)", "\"a://b\"", "\"b\""),
        eventPair(.urlLength, "url(k)", "\"a://\(text(2_044))\"", "\"a://\(text(2_045))\""),
    ]

    private func with(_ name: String) -> RuleCase {
        RuleCase(rule, passing, refused.replacing("$label", with: name), status, attribute: name)
    }

    /// One operation whose event has exactly so many bytes.
    private static func sizedEvent(bytes: Int) -> String {
        let arrays = members(4) { place in
            "\"k\(place)\":" + list(20) { "\"\($0 % 10)\(text(place == 3 && $0 == 19 ? 40 : 299))\"" }
        }
        let start = "{\"name\":\"e\",\"attributes\":{\(arrays),\"z\":["
        let rest = bytes - start.utf8.count - "]}}".utf8.count
        // Strings of 100 characters, then one that fills up.
        let strings = (0..<rest / 103 - 1).map { _ in "\"\(text(100))\"" }
        let used = strings.joined(separator: ",").utf8.count + 1
        return
            "[\(operation(events: "[\(start)\((strings + ["\"\(text(rest - used - 2))\""]).joined(separator: ","))]}}]"))]"
    }
}
