import TestSupport

/// Random operations around the edges of sections 2.1 to 2.7. Each is of a profile of its own. What only the product refuses, on
/// purpose, is left out: see ``RuleAgreementTests/stricter``.
struct OperationCorpus {
    private var random: SeededRandom
    private var number = 0
    /// How often a part of the current operation is wrong.
    private var wrongness = 0.0

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func operation() -> String {
        number += 1
        // A third of the operations should be right in every part, and others wrong in one or in many.
        wrongness = pick([0, 0.02, 0.15])
        if isWrong(times: 0.2) { return pick(["[]", "null", "5", "\"u\"", "{}", "{\"attributes\":{}}"]) }
        var members = ["\"identifiers\":\(identifiers())"]
        if chance(0.85) {
            members.append("\"attributes\":\(isWrong(times: 0.3) ? pick(["[]", "null", "5"]) : attributes())")
        }
        if chance(0.7) { members.append("\"events\":\(isWrong(times: 0.3) ? pick(["{}", "null", "\"\""]) : events())") }
        if isWrong(times: 0.2) { members.append(pick(["\"overwrite\":true", "\"context\":{}", "\"\":1"])) }
        if chance(0.3) { members.reverse() }
        return "{\(members.joined(separator: ","))}"
    }

    private mutating func identifiers() -> String {
        guard isWrong(times: 0.3) else {
            let id = "\(number)-\(random.next())"
            return
                "{\"custom_id\":\"\(pick([id, " \(id)", "\(id)é\\ud83d\\ude00", id + text(512 - id.utf8.count), "\\u0075\(id)"]))\"}"
        }
        let words = [
            "undefined", "NULL", "nil", "(null)", "[object Object]", "true", "False", "NaN", "-infinity", "\\u006eull",
        ]
        return pick([
            "{}", "[]", "null", "\"u\"", "{\"custom_id\":5}", "{\"custom_id\":null}", "{\"custom_id\":\"\"}",
            "{\"custom_id\":\" \\t\"}", "{\"custom_id\":\"\\ufeff\\u2003\"}", "{\"custom_id\":\"\(text(513))\"}",
            "{\"custom_id\":\"\(text(513, "é"))\"}", "{\"custom_id\":\"u\(number)\",\"email\":\"a\"}",
            "{\"email\":\"a\"}",
            "{\"custom_id\":\"\(pick(words))\"}", "{\"custom_id\":[\"u\"]}",
        ])
    }

    // MARK: Attributes of the profile

    private mutating func attributes() -> String {
        if chance(0.02) {
            let count = pick([49, 50, 51, 120])
            return "{\(Self.joined(count) { "\"k\($0)\":\(chance(0.1) ? "null" : "1")" })}"
        }
        if chance(0.03) {
            let count = pick([14, 15, 16, 17])
            return
                "{\(Self.joined(count) { "\"k\($0)\":\(pick(["[\"a\"]", "[\"a\"]", "{\"$add\":[\"a\"]}", "{\"$remove\":[\"a\"]}", "null"]))" })}"
        }
        // Names with numbers differ, so that only the ones without may stand twice.
        return "{\(Self.joined(random.number(below: 7)) { attribute($0) })}"
    }

    private mutating func attribute(_ place: Int) -> String {
        switch random.number(below: 10) {
        case 0, 1, 2: return native()
        case 3, 4:
            return "\"date(\(name(place)))\":\(chance(0.1) ? "null" : date())"
        case 5: return "\"url(\(name(place)))\":\(chance(0.1) ? "null" : url())"
        default: return "\"\(key(place))\":\(profileValue())"
        }
    }

    private mutating func native() -> String {
        if isWrong() {
            let name = pick(["$push", "$", "$Language", "$email", "\\u0024push"])
            return "\"\(name)\":\(pick(["1", "\"a\"", "null"]))"
        }
        let name = pick([
            "$email_address", "$email_marketing", "$phone_number", "$sms_marketing", "$language", "$region",
            "$timezone",
            "$topic_preferences", "\\u0024language",
        ])
        if chance(0.1) { return "\"\(name)\":null" }
        if isWrong() {
            return "\"\(name)\":"
                + pick([
                    "5", "true", "\"\"", "{}", "[]", "\"SUBSCRIBED\"", "\"fra\"", "\"fr-FR\"", "\"Fr\"", "\"+\"",
                    "\"0612345678\"",
                    "\"+1234567890123456\"", "\"+33 6\"", "\"@b.c\"", "\"a@b\"", "\"a@b.\"", "\"a@b.c-d\"",
                    "\"a@b@c.de\"",
                    "\"a b@c.de\"", "\"a\\ufeff@c.de\"", "\"\(text(253))@b.c\"", "\"Europe/Pariss\"",
                    "\"europe/paris\"",
                    "\"America\"", "\"posix/UTC\"", "\"../UTC\"", "[\"A\"]", "[\"a b\"]", "[5]", "[\"\(text(301))\"]",
                    "\(distinct(26, "t"))", "{\"$set\":[\"a\"]}", "{\"$add\":\"a\"}", "{\"$remove\":[]}",
                    "{\"$add\":[\"a\"],\"$remove\":[\"\\u0061\"]}",
                ])
        }
        let value: String
        switch name {
        case "$email_address":
            value = pick([
                "a@b.c", "jane.d+x@mail.acme.test", "é@b.co", "a\\u0040b.c", "\(text(252))@b.c", "a@..b", "a@b.c1",
            ])
        case "$email_marketing", "$sms_marketing": value = pick(["subscribed", "unsubscribed", "\\u0073ubscribed"])
        case "$phone_number": value = pick(["+1", "+33612345678", "+123456789012345"])
        case "$language", "\\u0024language": value = pick(["fr", "en", "zz"])
        case "$region": value = pick(["FR", "US", "ZZ"])
        case "$timezone":
            value = pick(["Europe/Paris", "UTC", "America/Argentina/Ushuaia", "Etc/GMT+5", "Asia\\/Tokyo"])
        default:
            return "\"\(name)\":"
                + pick([
                    "[\"a\"]", "[\"a-b\",\"c_9\"]", distinct(25, "t"), "[\"\(text(300))\"]", "{\"$add\":[\"a\"]}",
                    "{\"$remove\":[\"a\"],\"$add\":[\"b\"]}",
                ])
        }
        return "\"\(name)\":\"\(value)\""
    }

    private mutating func profileValue() -> String {
        if isWrong() {
            return pick([
                "\"\"", "\" \"", "\"\\t\\u00a0\"", "\"\\ufeff\"", "\"\(text(301))\"", "\"\(text(301, "é"))\"", "[]",
                "[\"\"]",
                "[\" \"]", "[5]", "[\"a\",5]", "[[\"a\"]]", "[null]", "[{}]", distinct(26), "[\"\(text(301))\"]", "{}",
                "{\"a\":1}", "{\"$add\":[]}", "{\"$add\":[\"\"]}", "{\"$add\":[5]}", "{\"$add\":\"a\"}",
                "{\"$add\":null}",
                "{\"$add\":[\"a\"],\"b\":1}", "{\"$add\":\(distinct(26))}",
                "{\"$add\":[\"a\"],\"$remove\":[\"b\",\"a\"]}",
                "9223372036854775808", "-9223372036854775809", "1e309", "-1e400", "1\(text(310, "0")).5",
            ])
        }
        return pick([
            "\"a\"", "\" a \"", "\"a\\nb\"", "\"\(text(300))\"", "\"\(text(300, "é"))\"",
            "\"\(text(300, "\\ud83d\\ude00"))\"",
            "\"\\u0000\"", "\"\\ufeffa\"", "5", "-0", "5.0", "1e3", "-1.5E-7", "1e-400", "9223372036854775807", "true",
            "false",
            "null", "[\"a\"]", "[\"a\",\"b\",\"\\u0061\"]", distinct(25), "[\"\(text(300, "é"))\"]",
            "{\"$add\":[\"a\"]}",
            "{\"$remove\":[\"a\"]}", "{\"$remove\":[\"a\"],\"$add\":[\"A\"]}", "{\"$\\u0061dd\":[\"a\"]}",
            "{\"$add\":\(distinct(25))}",
        ])
    }

    // MARK: Events

    private mutating func events() -> String {
        if chance(0.02) { return "[\(Self.joined(pick([14, 15, 16, 31])) { "{\"name\":\"e\($0)\"}" })]" }
        return "[\(Self.joined(random.number(below: 4)) { _ in event() })]"
    }

    private mutating func event() -> String {
        if isWrong(times: 0.5) {
            return pick([
                "null", "[]", "\"e\"", "{}", "5", "{\"name\":\"E\"}", "{\"name\":null}", "{\"name\":\"\(text(31))\"}",
            ])
        }
        var members = ["\"name\":\"\(pick(["e", "added_to_cart", text(30), "\\u0061"]))\""]
        if chance(0.4) {
            members.append(
                "\"time\":\(isWrong() ? pick(["5", "null", "\"\"", "\"2026-11-21\"", "\"2026-11-21T10:00:00\"", "\"2026-11-20T11:59:59Z\"", "\"2026-11-21T12:01:01Z\""]) : pick(["\"2026-11-21T10:00:00Z\"", "\"2026-11-20t12:00:00.000z\"", "\"2026-11-21T13:01:00+01:00\"", "\"2026-11-21T11:00:00.123456\\u005a\""]))"
            )
        }
        if chance(0.02) {
            let count = pick([3, 4])
            members.append("\"attributes\":{\(Self.joined(count) { "\"k\($0)\":\(big())" })}")
        } else if chance(0.8) {
            members.append("\"attributes\":\(isWrong(times: 0.3) ? pick(["null", "[]", "\"\""]) : object(level: 0))")
        }
        if isWrong(times: 0.3) { members.append("\"id\":1") }
        if chance(0.3) { members.reverse() }
        return "{\(members.joined(separator: ","))}"
    }

    /// An array of some 7 500 bytes.
    private func big() -> String { "[\((0..<25).map { _ in "\"\(text(297))\"" }.joined(separator: ","))]" }

    private mutating func object(level: Int) -> String {
        if chance(0.02) {
            return "{\(Self.joined(isWrong(times: 5) ? 21 : 20) { "\"k\($0)\":\(chance(0.05) ? "null" : "1")" })}"
        }
        return "{\(Self.joined(random.number(below: 5)) { eventAttribute($0, level: level) })}"
    }

    private mutating func eventAttribute(_ place: Int, level: Int) -> String {
        if level == 0 ? chance(0.1) : isWrong(times: 0.5) { return reserved() }
        let nests = level < 3 || isWrong(times: 3)
        switch random.number(below: 12) {
        case 0: return "\"date(\(name(place)))\":\(isWrong() ? "null" : date())"
        case 1: return "\"url(\(name(place)))\":\(isWrong() ? "null" : url())"
        case 2...4 where nests: return "\"\(key(place))\":\(object(level: level + 1))"
        case 5...6 where nests:
            guard level < 5 else { return "\"\(key(place))\":{}" }
            let count = chance(0.05) ? pick([25, isWrong() ? 26 : 24]) : 1 + random.number(below: 2)
            return "\"\(key(place))\":[\(Self.joined(count) { _ in count > 3 ? "{}" : object(level: level + 1) })]"
        case 7 where nests:
            return "\"\(key(place))\":" + pick(["[\"a\"]", "[\"a\",\"a\"]", distinct(25), "[\"a\\u2028b\"]"])
        default: return "\"\(key(place))\":\(eventValue())"
        }
    }

    private mutating func reserved() -> String {
        if isWrong() {
            return pick([
                "\"$label\":\"\"", "\"$label\":\" \"", "\"$label\":\"\(text(201))\"", "\"$label\":5",
                "\"$label\":\"a\\nb\"",
                "\"$label\":\"a\\rb\"", "\"$label\":null", "\"$tags\":[\"\"]", "\"$tags\":[\"\\ufeff\"]",
                "\"$tags\":\(distinct(11))",
                "\"$tags\":[\"\(text(65))\"]", "\"$tags\":\"a\"", "\"$tags\":[5]", "\"$tags\":null", "\"$x\":1",
                "\"\\u0024x\":1",
            ])
        }
        return pick([
            "\"$label\":\"a\"", "\"$label\":\"\(text(200, "é"))\"", "\"\\u0024label\":\"a\"", "\"$tags\":[]",
            "\"$tags\":[\"a\",\"a\"]",
            "\"$tags\":\(distinct(10))", "\"$tags\":[\"\(text(64, "é"))\"]", "\"$t\\u0061gs\":[\"a\"]",
        ])
    }

    private mutating func eventValue() -> String {
        if isWrong() {
            return pick([
                "null", "\"\"", "\" \"", "\"\\ufeff\\n\"", "\"a\\nb\"", "\"a\\rb\"", "\"\(text(301))\"", "[]", "[\"\"]",
                "[5]",
                "[true]", "[null]", "[[\"a\"]]", "[{\"a\":1},\"a\"]", "[\"a\",{}]", distinct(26), "[\"a\\nb\"]",
                "{\"$add\":[\"a\"]}", "9223372036854775808", "1e309", "{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}", "{\"A\":1}",
                "[{\"A\":1}]",
                "[{\"a\":null}]", "{\"a\":[{\"b\":null},{\"c\":1}]}",
            ])
        }
        return pick([
            "\"a\"", "\" a \"", "\"a\\u2028b\"", "\"\(text(300))\"", "\"\(text(300, "é"))\"", "\"\\ud83d\\ude00\"", "5",
            "-0", "5.0",
            "1e-7", "-9223372036854775808", "true", "false",
        ])
    }

    // MARK: Names and typed values

    private mutating func name(_ place: Int) -> String {
        // Without wrong parts no name comes twice.
        if isWrong() { return pick(["a", "k", "plan"]) }
        return pick(["d\(place)", "\(place)_", "\(place)\(text(29))"])
    }

    private mutating func key(_ place: Int) -> String {
        if isWrong() {
            return pick([
                "", "A\(place)", "aB", "a-b", "a b", "é", "a.b", text(31), "date(a", "dat(a)", "date()", "url(A)",
                "url(\(text(31)))",
                "date(a)b", "url(date(a))", "\\u0041", "a", "plan", "k",
            ])
        }
        return pick([
            "k\(place)", "_\(place)", "snake_\(place)", "\(place)\(text(29))", "u\\u006\(1 + place % 8)\(place)",
        ])
    }

    private mutating func date() -> String {
        if isWrong() {
            return pick([
                "\"2024-13-01T00:00:00Z\"", "\"2024-00-01T00:00:00Z\"", "\"2023-02-29T00:00:00Z\"",
                "\"2024-01-00T00:00:00Z\"",
                "\"2024-01-01T24:00:00Z\"", "\"2024-01-01T00:60:00Z\"", "\"2024-01-01T00:00:61Z\"",
                "\"2024-01-01T00:00:00\"",
                "\"2024-01-01\"", "\"2024-01-01T00:00Z\"", "\"2024-01-01T00:00:00.Z\"", "\"2024-01-01T00:00:00+0100\"",
                "\"2024-01-01T00:00:00+24:00\"", "\"2024-01-01T00:00:00+01:60\"", "\"2024-01-01 00:00:00Z\"", "\"\"",
                "5", "true",
                "\"24-01-01T00:00:00Z\"", "\"+2024-01-01T00:00:00Z\"", "\"2024-01-01T00:00:00Zx\"", "[]", "{}",
                "\"2024-01-01T00:00:00Z\\n\"",
            ])
        }
        return pick([
            "\"2024-02-29T00:00:00Z\"", "\"1989-07-20T23:59:59.123456789Z\"", "\"2024-12-31t23:59:60z\"",
            "\"2025-01-01T00:59:60+01:00\"", "\"2024-01-01T00:00:00+23:59\"", "\"0000-01-01T00:00:00-00:00\"",
            "\"9999-12-31T23:59:59Z\"", "\"2024-01-01T00:00:00.5-11:30\"", "\"2024-01-01T00:00:00\\u005a\"",
        ])
    }

    private mutating func url() -> String {
        if isWrong() {
            return pick([
                "\"://b\"", "\"1a://b\"", "\"a:/b\"", "\"a://\"", "\"a:///b\"", "\"a://?b\"", "\"a://#\"",
                "\"a://b c\"", "\"a:// b\"",
                "\" a://b\"", "\"a_b://c\"", "\"é://b\"", "\"mailto:a@b\"", "\"\"", "5", "[]", "\"a://b\\u00a0c\"",
                "\"a://b\\ufeff\"",
                "\"a://b\\n\"", "\"a://\(text(2_045))\"", "{\"$add\":[\"a://b\"]}",
            ])
        }
        return pick([
            "\"https://acme.test\"", "\"a://b\"", "\"a1+.-://b/c?d=e#f\"", "\"http://é/\"", "\"HTTP://A\"",
            "\"http://[::1]:80/\"",
            "\"a://:\"", "\"a://\(text(2_044))\"", "\"a://\(text(2_044, "é"))\"", "\"https:\\/\\/acme.test\"",
        ])
    }

    // MARK: Drawing

    private mutating func isWrong(times factor: Double = 1) -> Bool { chance(min(1, wrongness * factor)) }

    private mutating func chance(_ probability: Double) -> Bool { random.isTrue(probability: probability) }

    private mutating func pick<Value>(_ values: [Value]) -> Value { values[random.number(below: values.count)] }

    private static func joined(_ count: Int, _ part: (Int) -> String) -> String {
        (0..<count).map(part).joined(separator: ",")
    }

    private func text(_ count: Int, _ character: String = "x") -> String {
        String(repeating: character, count: max(0, count))
    }

    private func distinct(_ count: Int, _ prefix: String = "") -> String {
        RuleExample.list(count) { "\"\(prefix)\($0)\"" }
    }
}
