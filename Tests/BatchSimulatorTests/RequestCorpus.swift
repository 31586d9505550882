@testable import BatchSimulator

/// Random calls around the edges of the contract's schemas. What schemas cannot say is left out: see the settings of the test.
struct RequestCorpus {
    private var random: SeededDraw
    private var number = 0

    init(seed: UInt64) { random = SeededDraw(seed: seed, stream: 0) }

    mutating func body() -> String {
        number += 1
        if chance(0.02) { return pick(["[]", "{}", "null", "\"a\"", "5", "[[]]", "[null]", "[{}]"]) }
        if chance(0.005) { return list(pick([200, 201])) { operation(id: "\($0)") } }
        return "[" + repeated(1 + Int(random.unit() * 2)) { $0.anyOperation() } + "]"
    }

    private mutating func anyOperation() -> String {
        // Contact data of an app install is dropped before it is judged, which a schema cannot say.
        if chance(0.01) {
            return "{\"identifiers\":{\"installation\":{\"apikey\":\"a\",\"installation_id\":\"b\"}}}"
        }
        var parts = [
            "\"identifiers\":\(chance(0.1) ? oddIdentifiers() : "{\"custom_id\":\"\(number)-\(random.unit())\"}")"
        ]
        if chance(0.01) { parts.removeAll() }
        if chance(0.8) { parts.append("\"attributes\":\(chance(0.03) ? pick(["[]", "null", "5"]) : attributes())") }
        if chance(0.6) { parts.append("\"events\":\(chance(0.03) ? pick(["{}", "null", "\"\""]) : events())") }
        if chance(0.01) { parts.append("\"extra\":1") }
        return "{\(parts.joined(separator: ","))}"
    }

    private mutating func oddIdentifiers() -> String {
        pick([
            "{}", "[]", "null", "\"u\"", "{\"custom_id\":5}", "{\"custom_id\":null}", "{\"custom_id\":\"\"}",
            "{\"custom_id\":\"\(text(512))\"}", "{\"custom_id\":\"\(text(513))\"}",
            "{\"custom_id\":\"\(text(512, "é"))\"}",
            "{\"custom_id\":\"\(text(512, "😀"))\"}", "{\"custom_id\":\"u\",\"x\":1}", "{\"x\":1}",
            "{\"installation\":{}}",
            "{\"installation\":\"a\"}",
            "{\"installation\":{\"apikey\":\"\",\"installation_id\":\"b\"}}",
            "{\"installation\":{\"apikey\":\"a\",\"installation_id\":5}}",
            "{\"installation\":{\"apikey\":\"a\",\"installation_id\":\"b\",\"c\":1}}",
            "{\"custom_id\":\"u\",\"installation\":{\"apikey\":\"a\",\"installation_id\":\"b\"}}",
        ])
    }

    // MARK: Attributes

    private mutating func attributes() -> String {
        if chance(0.01) { return "{\(members(pick([50, 51])) { "\"k\($0)\":1" })}" }
        return "{" + repeated(Int(random.unit() * 4)) { $0.attribute() } + "}"
    }

    private mutating func attribute() -> String {
        if chance(0.35) { return "\"\(key())\":\(plainValue(allowingNull: true))" }
        if chance(0.25) { return "\"\(typedKey("date"))\":\(chance(0.1) ? "null" : date())" }
        if chance(0.35) { return "\"\(typedKey("url"))\":\(chance(0.1) ? "null" : url())" }
        return native()
    }

    private mutating func native() -> String {
        let name = pick([
            "$email_address", "$email_marketing", "$phone_number", "$sms_marketing", "$language", "$region",
            "$timezone",
            "$topic_preferences", "$unknown", "$", "$Language",
        ])
        if name == "$timezone" {
            return "\"$timezone\":\(pick(["\"Europe/Paris\"", "\"UTC\"", "null", "\"\"", "5", "[]"]))"
        }
        let values = [
            "null", "5", "true", "\"\"", "[]", "{}", "\"subscribed\"", "\"unsubscribed\"", "\"SUBSCRIBED\"", "\"fr\"",
            "\"FR\"",
            "\"fra\"", "\"fr-FR\"", "\"+1\"", "\"+123456789012345\"", "\"+1234567890123456\"", "\"123\"", "\"+12a\"",
            "\"a@b.c\"", "\"a.b+c@d-e.f.gh\"", "\"@b.c\"", "\"a@\"", "\"a@b\"", "\"a@b.\"", "\"a@.b\"", "\"a@..b\"",
            "\"a@b.c-d\"",
            "\"a@b.-d\"", "\"a@b_c.de\"", "\"a b@c.de\"", "\"a@b@c.de\"", "\"\(text(252))@b.c\"",
            "\"\(text(253))@b.c\"",
            "\"a@b.c1\"", "\"é@b.co\"", "\"a\\u00a0b@c.de\"", "\"a\\u0040b.c\"",
        ]
        let topics = [
            "[\"a\"]", "[\"a-b\",\"c_9\"]", "[\"A\"]", "[\"a b\"]", "[\"\"]", "[5]", "[null]", "[\"\(text(300))\"]",
            "[\"\(text(301))\"]", "\(list(25) { "\"t\($0)\"" })", "\(list(26) { "\"t\($0)\"" })", "{\"$add\":[\"a\"]}",
            "{\"$add\":[\"a\"],\"$remove\":[\"b\"]}", "{\"$remove\":[]}", "{\"$set\":[\"a\"]}", "{\"$add\":\"a\"}",
            "{\"$add\":[\"a\"],\"x\":1}",
        ]
        return "\"\(name)\":\(pick(name == "$topic_preferences" ? topics + values : values))"
    }

    private mutating func key() -> String {
        if chance(0.8) { return pick(["a", "k9", "_", "0", "snake_case", text(30)]) + "" }
        return pick([
            "", "A", "aB", "a-b", "a b", "é", "a.b", text(31), "date(a", "dat(a)", "date()", "url(A)",
            "url(\(text(31)))",
            "date(a)b", "url(date(a))", "a\\u0062", "\\u0041",
        ])
    }

    private mutating func typedKey(_ wrapper: String) -> String {
        "\(wrapper)(\(pick(["a", "k_9", text(30), "k", "z"])))"
    }

    private mutating func plainValue(allowingNull: Bool) -> String {
        var values = [
            "\"a\"", "\"\"", "\" \"", "\"\\t\"", "\"\\u00a0\"", "\" a \"", "\"\(text(300))\"", "\"\(text(301))\"",
            "\"\(text(300, "é"))\"", "\"\(text(301, "é"))\"", "\"\(text(300, "😀"))\"", "\"\\ud83d\\ude00\"", "5", "-0",
            "5.0",
            "1e3", "-1.5E-7", "true", "false", "[\"a\"]", "[\"a\",\"a\"]", "[]", "[\"\"]", "[\" \"]", "[5]",
            "[\"a\",5]", "[[\"a\"]]",
            "\(list(25) { "\"\($0)\"" })", "\(list(26) { "\"\($0)\"" })", "[\"\(text(301))\"]", "[null]", "[true]",
        ]
        if allowingNull {
            values += [
                "null", "{\"$add\":[\"a\"]}", "{\"$remove\":[\"a\"]}", "{\"$add\":[\"a\"],\"$remove\":[\"b\"]}", "{}",
                "{\"$add\":[]}", "{\"$add\":[\"\"]}", "{\"$add\":[5]}", "{\"$add\":\"a\"}", "{\"$add\":null}",
                "{\"$add\":[\"a\"],\"b\":1}", "{\"a\":1}", "{\"$add\":\(list(26) { "\"\($0)\"" })}",
                "{\"$\\u0061dd\":[\"a\"]}",
            ]
        }
        return pick(values)
    }

    private mutating func date() -> String {
        pick([
            "\"2024-02-29T00:00:00Z\"", "\"1989-07-20T23:59:59.123456789Z\"", "\"2024-12-31t23:59:60z\"",
            "\"2024-01-01T00:00:00+23:59\"", "\"0000-01-01T00:00:00-00:00\"", "\"9999-12-31T23:59:59Z\"",
            "\"2024-13-01T00:00:00Z\"", "\"2024-00-01T00:00:00Z\"", "\"2024-01-32T00:00:00Z\"",
            "\"2024-01-00T00:00:00Z\"",
            "\"2024-01-01T24:00:00Z\"", "\"2024-01-01T00:60:00Z\"", "\"2024-01-01T00:00:61Z\"",
            "\"2024-01-01T00:00:00\"",
            "\"2024-01-01\"", "\"2024-01-01T00:00Z\"", "\"2024-01-01T00:00:00.Z\"", "\"2024-01-01T00:00:00+0100\"",
            "\"2024-01-01T00:00:00+24:00\"", "\"2024-01-01T00:00:00+01:60\"", "\"2024-01-01 00:00:00Z\"", "\"\"", "5",
            "true",
            "\"24-01-01T00:00:00Z\"", "\"+2024-01-01T00:00:00Z\"", "\"2024-01-01T00:00:00Zx\"",
            "\"2024-1-01T00:00:00Z\"", "[]",
        ])
    }

    private mutating func url() -> String {
        pick([
            "\"https://example.com\"", "\"a://b\"", "\"a1+.-://b/c?d=e#f\"", "\"http://é/\"", "\"HTTP://A\"",
            "\"http://[::1]:80/\"",
            "\"a://:\"", "\"://b\"", "\"1a://b\"", "\"a:/b\"", "\"a://\"", "\"a:///b\"", "\"a://?b\"", "\"a://#\"",
            "\"a://b c\"",
            "\"a:// b\"", "\" a://b\"", "\"a_b://c\"", "\"é://b\"", "\"mailto:a@b\"", "\"a\"", "\"\"", "5", "[]",
            "\"a://b\\u00a0c\"",
            "\"a://\(text(2_044))\"", "\"a://\(text(2_045))\"", "\"a://\(text(2_044, "é"))\"", "{\"$add\":[\"a://b\"]}",
        ])
    }

    // MARK: Events

    private mutating func events() -> String {
        if chance(0.01) { return list(pick([15, 16])) { _ in "{\"name\":\"e\"}" } }
        return "[" + repeated(Int(random.unit() * 3)) { $0.event() } + "]"
    }

    private mutating func event() -> String {
        if chance(0.02) { return pick(["null", "[]", "\"e\"", "{}", "5"]) }
        var parts = [
            "\"name\":\(chance(0.9) ? "\"\(pick(["e", "added_to_cart", text(30)]))\"" : pick(["null", "\"\"", "\"E\"", "\"\(text(31))\"", "\"a-b\"", "5"]))"
        ]
        if chance(0.3) { parts.append("\"time\":\(date())") }
        if chance(0.7) {
            parts.append("\"attributes\":\(chance(0.05) ? pick(["null", "[]", "\"\""]) : object(level: 0))")
        }
        if chance(0.02) { parts.append("\"id\":1") }
        return "{\(parts.joined(separator: ","))}"
    }

    private mutating func object(level: Int) -> String {
        // Between 20 and 22 root attributes the schema cannot count as the contract does.
        if chance(0.02) { return "{\(members(pick([20, 23])) { "\"k\($0)\":1" })}" }
        return "{" + repeated(Int(random.unit() * 4)) { $0.eventAttribute(level: level) } + "}"
    }

    private mutating func eventAttribute(level: Int) -> String {
        if chance(0.1) {
            return pick([
                "\"$label\":\"a\"", "\"$label\":\"\"", "\"$label\":\" \"", "\"$label\":\"\(text(200))\"",
                "\"$label\":\"\(text(201))\"", "\"$label\":5", "\"$tags\":[]", "\"$tags\":[\"a\",\"a\"]",
                "\"$tags\":[\"\"]",
                "\"$tags\":[\" \"]", "\"$tags\":\(list(10) { "\"\($0)\"" })", "\"$tags\":\(list(11) { "\"\($0)\"" })",
                "\"$tags\":[\"\(text(64, "é"))\"]", "\"$tags\":[\"\(text(65))\"]", "\"$tags\":\"a\"", "\"$tags\":[5]",
                "\"$x\":1",
            ])
        }
        if chance(0.1) { return "\"\(typedKey("date"))\":\(chance(0.1) ? "null" : date())" }
        if chance(0.1) { return "\"\(typedKey("url"))\":\(chance(0.1) ? "null" : url())" }
        let name = key()
        if chance(0.3), level < 5 { return "\"\(name)\":\(object(level: level + 1))" }
        if chance(0.2), level < 5 {
            return "\"\(name)\":[" + repeated(1 + Int(random.unit() * 2)) { $0.object(level: level + 1) } + "]"
        }
        if chance(0.03) { return "\"\(name)\":[{\"a\":1},\"a\"]" }
        if chance(0.02) { return "\"\(name)\":\(list(pick([25, 26])) { _ in "{}" })" }
        if chance(0.05) { return "\"\(name)\":null" }
        return "\"\(name)\":\(plainValue(allowingNull: false))"
    }

    // MARK: Drawing

    private mutating func chance(_ probability: Double) -> Bool { random.unit() < probability }

    private mutating func pick<Value>(_ values: [Value]) -> Value { values[Int(random.unit() * Double(values.count))] }

    private mutating func repeated(_ count: Int, _ make: (inout RequestCorpus) -> String) -> String {
        var parts: [String] = []
        for _ in 0..<count { parts.append(make(&self)) }
        return parts.joined(separator: ",")
    }
}
