import Testing

/// What a rule of the contract lets pass and what it refuses, alike but for what the rule is about.
struct RuleExample: Sendable, CustomTestStringConvertible {
    /// The section of batch-api.
    let section: String
    /// The members of an operation beside its identifiers, or all of them.
    let passing: String
    let refused: String
    /// How BatchAPI names what it leaves out, or why it refuses the whole.
    let reason: String
    /// The simulator's rule.
    let rule: String

    var testDescription: String { "\(section) \(rule) \(refused.prefix(70))" }

    private init(_ section: String, _ passing: String, _ refused: String, _ reason: String, _ rule: String) {
        self.section = section
        self.passing = passing
        self.refused = refused
        self.reason = reason
        self.rule = rule
    }

    // MARK: Ways to write one

    static func operation(_ members: String) -> String {
        "{\"identifiers\":{\"custom_id\":\"u\"}\(members.isEmpty ? "" : ",")\(members)}"
    }

    static func attributes(_ members: String) -> String { operation("\"attributes\":{\(members)}") }

    static func event(_ members: String) -> String { operation("\"events\":[{\(members)}]") }

    static func eventAttributes(_ members: String) -> String { event("\"name\":\"e\",\"attributes\":{\(members)}") }

    static func list(_ count: Int, _ item: (Int) -> String = { "\"\($0)\"" }) -> String {
        "[\((0..<count).map(item).joined(separator: ","))]"
    }

    static func members(_ count: Int, _ value: String = "1") -> String {
        (0..<count).map { "\"k\($0)\":\(value)" }.joined(separator: ",")
    }

    static func text(_ count: Int, _ character: String = "x") -> String { String(repeating: character, count: count) }

    private static func whole(_ section: String, _ pass: String, _ refuse: String, _ reason: String, _ rule: String)
        -> RuleExample
    { RuleExample(section, pass, refuse, reason, rule) }

    private static func custom(_ name: String, _ pass: String, _ refuse: String, _ reason: String, _ rule: String)
        -> RuleExample
    { RuleExample("2.5", attributes("\"\(name)\":\(pass)"), attributes("\"\(name)\":\(refuse)"), reason, rule) }

    private static func native(_ name: String, _ pass: String, _ refuse: String, _ reason: String, _ rule: String)
        -> RuleExample
    { RuleExample("2.4", attributes("\"\(name)\":\(pass)"), attributes("\"\(name)\":\(refuse)"), reason, rule) }

    private static func inEvent(_ name: String, _ pass: String, _ refuse: String, _ reason: String, _ rule: String)
        -> RuleExample
    {
        let (passing, refused) = (eventAttributes("\"\(name)\":\(pass)"), eventAttributes("\"\(name)\":\(refuse)"))
        return RuleExample("2.7", passing, refused, reason, rule)
    }

    private static func nested(_ pass: String, _ refuse: String, _ reason: String, _ rule: String) -> RuleExample {
        RuleExample("2.7", eventAttributes(pass), eventAttributes(refuse), reason, rule)
    }

    // MARK: Sections 2.1 to 2.3

    static let operations: [RuleExample] = {
        func identifiers(_ text: String) -> String { "{\"identifiers\":\(text)}" }
        let good = operation("")
        return [
            whole("2.1", good, "[]", "not_an_object", "operation.type"),
            whole("2.1", good, operation("\"overwrite\":true"), "unknown_operation_key", "operation.unknown-key"),
            whole(
                "2.1",
                attributes(""),
                operation("\"attributes\":[]"),
                "wrong_container",
                "operation.attributes-type"
            ),
            whole(
                "2.1",
                attributes(""),
                operation("\"attributes\":null"),
                "wrong_container",
                "operation.attributes-type"
            ),
            whole(
                "2.1",
                operation("\"events\":[]"),
                operation("\"events\":{}"),
                "wrong_container",
                "operation.events-type"
            ),
            whole("2.2", good, "{\"attributes\":{}}", "no_identifiers", "identifiers.missing"),
            whole("2.2", good, identifiers("\"u\""), "no_identifiers", "identifiers.type"),
            whole("2.2", good, identifiers("{}"), "no_user_id", "identifiers.neither"),
            whole(
                "2.2",
                good,
                identifiers(#"{"custom_id":"u","email":"a"}"#),
                "unsupported_identifier",
                "identifiers.unknown-key"
            ),
            whole(
                "2.2",
                good,
                identifiers(#"{"custom_id":"u","installation":{"apikey":"a","installation_id":"i"}}"#),
                "unsupported_identifier",
                "identifiers.both"
            ),
            whole(
                "2.2",
                identifiers(#"{"custom_id":"5"}"#),
                identifiers(#"{"custom_id":5}"#),
                "bad_user_id",
                "custom-id.type"
            ),
            whole(
                "2.2",
                identifiers(#"{"custom_id":"a b"}"#),
                identifiers(#"{"custom_id":" \t"}"#),
                "no_user_id",
                "custom-id.blank"
            ),
            whole(
                "2.2",
                identifiers(#"{"custom_id":"a"}"#),
                identifiers(#"{"custom_id":"\ufeff"}"#),
                "no_user_id",
                "custom-id.blank"
            ),
            whole(
                "2.2",
                identifiers(#"{"custom_id":"a"}"#),
                identifiers(#"{"custom_id":""}"#),
                "no_user_id",
                "custom-id.length"
            ),
            whole(
                "2.2",
                identifiers("{\"custom_id\":\"\(text(512, "é"))\"}"),
                identifiers("{\"custom_id\":\"\(text(513))\"}"),
                "bad_user_id",
                "custom-id.length"
            ),
            whole(
                "2.2",
                identifiers(#"{"custom_id":"nulls"}"#),
                identifiers(#"{"custom_id":"NULL"}"#),
                "no_user_id",
                "custom-id.blocklist"
            ),
            whole(
                "2.2",
                identifiers(#"{"custom_id":"[object]"}"#),
                identifiers(#"{"custom_id":"[object Object]"}"#),
                "no_user_id",
                "custom-id.blocklist"
            ),
            whole(
                "2.3",
                attributes(members(15, "[\"a\"]")),
                attributes(members(16, "[\"a\"]")),
                "too_many_arrays",
                "attributes.arrays-per-profile"
            ),
            whole(
                "2.3",
                attributes(members(16, #"{"$remove":["a"]}"#)),
                attributes(members(16, #"{"$add":["a"]}"#)),
                "too_many_arrays",
                "attributes.arrays-per-profile"
            ),
            whole(
                "2.3",
                attributes("\"\(text(30))\":1"),
                attributes("\"\(text(31))\":1"),
                "key_too_long",
                "attributes.key"
            ),
            whole("2.3", attributes("\"a_9\":1"), attributes("\"Plan\":1"), "invalid_key", "attributes.key"),
            whole("2.3", attributes("\"a\":1"), attributes("\"\":1"), "invalid_key", "attributes.key"),
            whole(
                "2.3",
                attributes("\"date(\(text(30)))\":null"),
                attributes("\"date(\(text(31)))\":null"),
                "key_too_long",
                "attributes.key"
            ),
            whole("2.3", attributes("\"url(a)\":null"), attributes("\"url()\":null"), "invalid_key", "attributes.key"),
            whole(
                "2.3",
                attributes("\"$language\":null"),
                attributes("\"$push\":null"),
                "unknown_native_key",
                "attributes.reserved-key"
            ),
            whole(
                "2.3",
                attributes(#""k":1,"date(j)":null"#),
                attributes(#""k":1,"date(k)":null"#),
                "same_attribute_twice",
                "attributes.same-twice"
            ),
        ]
    }()

    // MARK: Section 2.4

    static let natives: [RuleExample] = [
        native("$email_address", #""jane.d+x@mail.acme.test""#, #""jane@acme""#, "invalid_email", "native.email"),
        native("$email_address", #""é@b.co""#, #""a@é.co""#, "invalid_email", "native.email"),
        native("$email_address", #""ab@c.de""#, #""a\ufeffb@c.de""#, "invalid_email", "native.email"),
        native(
            "$email_address",
            "\"\(text(250))@b.com\"",
            "\"\(text(251))@b.com\"",
            "email_too_long",
            "native.email-length"
        ),
        native("$email_address", "null", "5", "wrong_type", "native.type"),
        native("$email_marketing", #""subscribed""#, #""Subscribed""#, "invalid_subscription", "native.subscription"),
        native("$email_marketing", "null", "true", "wrong_type", "native.type"),
        native("$phone_number", #""+33612345678""#, #""0612345678""#, "invalid_phone_number", "native.phone"),
        native(
            "$phone_number",
            #""+123456789012345""#,
            #""+1234567890123456""#,
            "invalid_phone_number",
            "native.phone"
        ),
        native("$phone_number", "null", "33612345678", "wrong_type", "native.type"),
        native("$sms_marketing", #""unsubscribed""#, #""""#, "empty_string", "native.subscription"),
        native("$sms_marketing", "null", "[]", "wrong_type", "native.type"),
        native("$language", #""fr""#, #""fr-FR""#, "invalid_language", "native.language"),
        native("$language", "null", "1", "wrong_type", "native.type"),
        native("$region", #""FR""#, #""fr""#, "invalid_region", "native.region"),
        native("$region", "null", "{}", "wrong_type", "native.type"),
        native("$timezone", #""Europe/Paris""#, #""Europe/Pariss""#, "invalid_timezone", "native.timezone"),
        native("$timezone", #""Etc/GMT+5""#, #""posix/UTC""#, "invalid_timezone", "native.timezone"),
        native("$timezone", "null", "1", "wrong_type", "native.type"),
        native("$topic_preferences", #"["a-b_9"]"#, #"["A"]"#, "invalid_topic", "native.topic"),
        native("$topic_preferences", "[\"\(text(300))\"]", "[\"\(text(301))\"]", "string_too_long", "native.topic"),
        native("$topic_preferences", list(25), list(26), "too_many_items", "native.topic"),
        native("$topic_preferences", "null", "[]", "empty_array", "native.topic"),
        native("$topic_preferences", #"{"$remove":["a"]}"#, "{}", "invalid_patch", "patch.shape"),
        native(
            "$topic_preferences",
            #"{"$add":["a"],"$remove":["b"]}"#,
            #"{"$add":["a"],"$remove":["a"]}"#,
            "patch_contradiction",
            "patch.same-value"
        ),
        native("$topic_preferences", "null", #""a""#, "wrong_type", "native.type"),
    ]

    // MARK: Section 2.5

    static let customs: [RuleExample] = [
        custom("k", "\"\(text(300, "é"))\"", "\"\(text(301, "é"))\"", "string_too_long", "string.length"),
        custom("k", #""a""#, #""""#, "empty_string", "string.length"),
        custom("k", #"" a\n""#, #"" \n""#, "blank_string", "string.blank"),
        custom("k", #""\ufeffa""#, #""\ufeff ""#, "blank_string", "string.blank"),
        custom("k", "9223372036854775807", "9223372036854775808", "integer_out_of_range", "number.integer-range"),
        custom("k", "-9223372036854775808", "-9223372036854775809", "integer_out_of_range", "number.integer-range"),
        custom("k", "-1.7e308", "1.8e308", "float_out_of_range", "number.float-range"),
        custom("k", "true", "{\"a\":true}", "invalid_patch", "attributes.object"),
        custom("date(k)", #""1989-07-20T00:00:00Z""#, #""1989-07-20""#, "invalid_date", "date.format"),
        custom(
            "date(k)",
            #""2024-02-29T23:59:59.123+14:00""#,
            #""2023-02-29T00:00:00Z""#,
            "invalid_date",
            "date.format"
        ),
        custom("date(k)", "null", "1700000000", "wrong_type", "date.format"),
        custom("url(k)", #""https://acme.test/a?b#c""#, #""acme.test/a""#, "invalid_url", "url.format"),
        custom("url(k)", #""http://a/%20""#, #""http://a/ b""#, "invalid_url", "url.format"),
        custom("url(k)", #""https://a/\u0001""#, #""https:/a/\u0001""#, "invalid_url", "url.format"),
        custom("url(k)", #""http://a/b""#, #""http://a/\ufeff""#, "invalid_url", "url.format"),
        custom("url(k)", "\"a://\(text(2_044))\"", "\"a://\(text(2_045))\"", "url_too_long", "url.length"),
        custom("url(k)", "null", "[]", "wrong_type", "url.format"),
        custom("k", #"["a","b"]"#, #"["a",1]"#, "invalid_item", "array.items"),
        custom("k", #"["a"]"#, #"[["a"]]"#, "object_item", "array.items"),
        custom("k", list(25), list(26), "too_many_items", "array.count"),
        custom("k", "null", "[]", "empty_array", "array.count"),
        custom("k", "[\"\(text(300))\"]", "[\"\(text(301))\"]", "string_too_long", "string.length"),
        custom("k", #"["a"]"#, #"[""]"#, "empty_string", "string.length"),
        custom("k", #"{"$add":["a"],"$remove":["b"]}"#, "{}", "invalid_patch", "patch.shape"),
        custom("k", #"{"$add":["a"]}"#, #"{"$add":[]}"#, "empty_array", "patch.shape"),
        custom("k", #"{"$remove":["a"]}"#, #"{"$remove":"a"}"#, "invalid_patch", "patch.shape"),
        custom("k", "{\"$add\":\(list(25))}", "{\"$add\":\(list(26))}", "too_many_items", "patch.shape"),
        custom(
            "k",
            #"{"$add":["a"],"$remove":["A"]}"#,
            #"{"$add":["a"],"$remove":["\u0061"]}"#,
            "patch_contradiction",
            "patch.same-value"
        ),
    ]

    // MARK: Sections 2.6 and 2.7

    static let events: [RuleExample] = [
        whole("2.6", event(#""name":"e""#), operation(#""events":["e"]"#), "invalid_event", "event.type"),
        whole("2.6", event(#""name":"e""#), event(""), "invalid_event_name", "event.name"),
        whole(
            "2.6",
            event("\"name\":\"\(text(30))\""),
            event("\"name\":\"\(text(31))\""),
            "event_name_too_long",
            "event.name"
        ),
        whole(
            "2.6",
            event(#""name":"added_to_cart""#),
            event(#""name":"Added to cart""#),
            "invalid_event_name",
            "event.name"
        ),
        whole("2.6", event(#""name":"5""#), event(#""name":5"#), "invalid_event_name", "event.name"),
        whole("2.6", event(#""name":"e""#), event(#""name":"e","id":1"#), "unknown_event_key", "event.unknown-key"),
        whole(
            "2.6",
            event(#""name":"e","time":"2026-11-21T12:00:00Z""#),
            event(#""name":"e","time":"2026-11-21""#),
            "invalid_event_time",
            "event.time-format"
        ),
        whole(
            "2.6",
            event(#""name":"e","time":"2026-11-21T13:00:00+01:00""#),
            event(#""name":"e","time":1795262400"#),
            "invalid_event_time",
            "event.time-format"
        ),
        whole(
            "2.6",
            eventAttributes(""),
            event(#""name":"e","attributes":[]"#),
            "wrong_container",
            "event.attributes-type"
        ),
        whole("2.6", sizedEvent(bytes: 25_000), sizedEvent(bytes: 25_001), "event_too_large", "event.size"),
        nested("\"$label\":\"a\",\"$tags\":[],\(members(20))", members(21), "event_too_wide", "event.attribute-count"),
        nested(
            "\"\\u0024label\":\"a\",\(members(20))",
            "\"\\u0024label\":5,\(members(20))",
            "wrong_type",
            "event.label"
        ),
        nested("\"o\":[{\(members(20))}]", "\"o\":[{\(members(21))}]", "event_too_wide", "event.attribute-count"),
        nested(#""a":{"b":{"c":{"x":1}}}"#, #""a":{"b":{"c":{"d":{"x":1}}}}"#, "event_too_deep", "event.nesting"),
        nested(
            #""a":[{"b":[{"c":[{"x":1}]}]}]"#,
            #""a":[{"b":[{"c":[{"d":{}}]}]}]"#,
            "event_too_deep",
            "event.nesting"
        ),
        nested(#""a":{"b":{"x":["s"]}}"#, #""a":{"b":{"c":{"x":["s"]}}}"#, "array_too_deep", "event.array-depth"),
        nested(
            #""k":1,"date(j)":"2026-11-21T12:00:00Z""#,
            #""k":1,"date(k)":"2026-11-21T12:00:00Z""#,
            "same_attribute_twice",
            "event.same-twice"
        ),
        nested(#""a b":1"#.replacing(" ", with: "_"), #""a b":1"#, "invalid_key", "event.attribute-key"),
        nested(#""o":{"a":1}"#, #""o":{"A":1}"#, "invalid_key", "event.attribute-key"),
        nested(#""$label":"a""#, #""$title":"a""#, "unknown_native_key", "event.reserved-key"),
        nested(#""$label":"a""#, #""o":{"$label":"a","b":1}"#, "unknown_native_key", "event.reserved-key"),
        inEvent("k", "false", "null", "null_in_event", "event.null"),
        inEvent("date(k)", #""2026-11-21T12:00:00Z""#, "null", "null_in_event", "event.null"),
        inEvent("o", #"[{"a":1}]"#, #"[{"a":null,"b":1}]"#, "null_in_event", "event.null"),
        inEvent("k", "\"\(text(300))\"", "\"\(text(301))\"", "string_too_long", "string.length"),
        inEvent("k", #""a""#, #""""#, "empty_string", "string.length"),
        inEvent("k", #""a""#, #""\t""#, "blank_string", "string.blank"),
        inEvent("k", #""a b""#, #""a\nb""#, "multiline_string", "event.single-line"),
        inEvent("k", #"["a b"]"#, #"["a\rb"]"#, "multiline_string", "event.single-line"),
        inEvent("k", "-1", "99999999999999999999", "integer_out_of_range", "number.integer-range"),
        inEvent("k", "0.1", "1e400", "float_out_of_range", "number.float-range"),
        inEvent("date(k)", #""2026-11-21T12:00:00.5Z""#, #""yesterday""#, "invalid_date", "date.format"),
        inEvent("url(k)", #""a://b""#, #""b""#, "invalid_url", "url.format"),
        inEvent("url(k)", "\"a://\(text(2_044))\"", "\"a://\(text(2_045))\"", "url_too_long", "url.length"),
        inEvent("k", #"["1"]"#, "[1]", "invalid_item", "array.items"),
        inEvent("k", #"["a"]"#, #"[["a"]]"#, "nested_array", "array.items"),
        inEvent("k", #"[{"a":1}]"#, #"[{"a":1},"a"]"#, "mixed_items", "event.array-mixed"),
        inEvent("k", "[{}]", "[]", "empty_array", "array.count"),
        inEvent("k", list(25) { _ in "{}" }, list(26) { _ in "{}" }, "too_many_items", "array.count"),
        inEvent("$label", "\"\(text(200))\"", "\"\(text(201))\"", "string_too_long", "event.label"),
        inEvent("$label", #""a b""#, #""a\nb""#, "multiline_string", "event.label"),
        inEvent("$label", #""a""#, #"" ""#, "blank_string", "event.label"),
        inEvent("$tags", list(10), list(11), "invalid_tags", "event.tags"),
        inEvent("$tags", "[\"\(text(64))\"]", "[\"\(text(65))\"]", "invalid_tags", "event.tags"),
        inEvent("$tags", "[]", #"[""]"#, "invalid_tags", "event.tags"),
        inEvent("$tags", #"["a"]"#, #""a""#, "invalid_tags", "event.tags"),
    ]

    /// One operation whose event has exactly so many bytes.
    private static func sizedEvent(bytes: Int) -> String {
        func event(_ count: Int, last: Int) -> String {
            let strings = (0..<count).map { "\"\(text($0 == count - 1 ? last : 280))\"" }
            let arrays = stride(from: 0, to: count, by: 25).map { start in
                "\"a\(start)\":[\(strings[start..<min(start + 25, count)].joined(separator: ","))]"
            }
            return "{\"name\":\"e\",\"attributes\":{\(arrays.joined(separator: ","))}}"
        }
        var count = 1
        while event(count + 1, last: 1).utf8.count <= bytes { count += 1 }
        let rest = bytes - event(count, last: 1).utf8.count
        return operation("\"events\":[\(event(count, last: 1 + rest))]")
    }

    static let all = operations + natives + customs + events
}
