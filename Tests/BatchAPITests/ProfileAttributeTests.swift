import BatchAPI
import Testing

/// One value of `attributes` and what is left of it.
struct AttributeCase: Sendable, CustomTestStringConvertible {
    let attributes: String
    /// What is sent, nil when it is what was given.
    var sent: String?
    /// Path and code of what is left out.
    var refused: [String] = []

    var testDescription: String { String(attributes.prefix(80)) }

    static func passes(_ attributes: String, as sent: String? = nil) -> AttributeCase {
        AttributeCase(attributes: attributes, sent: sent)
    }

    static func refuses(_ attributes: String, _ code: String) -> AttributeCase {
        let key = attributes.split(separator: "\"")[1]
        return AttributeCase(attributes: attributes, sent: "{}", refused: ["attributes.\(key) \(code)"])
    }
}

private func string(_ count: Int, of character: String = "a") -> String {
    String(repeating: character, count: count)
}

private func array(_ count: Int) -> String {
    "[" + (0..<count).map { #""i\#($0)""# }.joined(separator: ",") + "]"
}

@Suite("Attributes of a profile")
struct ProfileAttributeTests {
    @Test(
        "pass when Batch takes them",
        arguments: [
            .passes(#"{"plan":"pro"}"#),
            .passes(#"{"n":5,"f":5.0,"b":true,"z":null}"#),
            .passes(#"{"n":9223372036854775807,"m":-9223372036854775808,"f":1e308,"tiny":1e-400}"#),
            .passes(#"{"a":0.\#(string(398, of: "1")),"b":1E-3}"#),
            .passes(#"{"a":"\#(string(300))"}"#),
            .passes(#"{"date(d)":"2026-11-21T10:00:00.\#(string(43, of: "1"))Z"}"#),
            .passes(#"{"a":"\#(string(300, of: "é"))"}"#),
            .passes(#"{"a":"\#(string(300, of: "\\ud83d\\ude00"))"}"#),
            .passes(#"{"a":"two\nlines"}"#),
            .passes(#"{"\#(string(30))":1}"#),
            .passes(#"{"k\u0065y":1}"#, as: #"{"key":1}"#),
            .passes(#"{ "a" : [ "x" , "y" ] }"#, as: #"{"a":["x","y"]}"#),
            .passes(#"{"a":["x","\u0078","y","x"]}"#, as: #"{"a":["x","y"]}"#),
            .passes(#"{"a":["\u0022\n\/é"]}"#, as: #"{"a":["\"\n/é"]}"#),
            .passes(#"{"a":\#(array(25))}"#),
            .passes(#"{"a":{"$remove":["b"],"$add":["a"]}}"#, as: #"{"a":{"$add":["a"],"$remove":["b"]}}"#),
            .passes(#"{"a":{"$remove":["b"]}}"#),
            .passes(#"{"date(d)":"2026-11-21T10:00:00Z","date(e)":null,"url(u)":null}"#),
            .passes(
                #"{"date(d)":"2026-11-21T10:00:00.123456+01:30"}"#,
                as: #"{"date(d)":"2026-11-21T08:30:00.123456Z"}"#
            ),
            .passes(#"{"date(d)":"2024-02-29t23:59:60z"}"#, as: #"{"date(d)":"2024-02-29T23:59:60Z"}"#),
            .passes(#"{"date(d)":"2017-01-01T00:59:60.5+01:00"}"#, as: #"{"date(d)":"2016-12-31T23:59:60.5Z"}"#),
            .passes(#"{"date(d)":"1969-12-31T23:30:00.5-01:00"}"#, as: #"{"date(d)":"1970-01-01T00:30:00.5Z"}"#),
            .passes(#"{"date(d)":"1600-03-01T00:30:00.25+01:00"}"#, as: #"{"date(d)":"1600-02-29T23:30:00.25Z"}"#),
            .passes(#"{"date(d)":"0000-01-01T00:00:00Z","date(e)":"9999-12-31T23:59:59Z"}"#),
            .passes(#"{"url(u)":"https://example.com/a?b#c","url(v)":"app://x"}"#),
            .passes(#"{"url(u)":"https://\#(string(2040))"}"#),
            .passes(#"{"$email_address":"jane@example.com","$email_marketing":"subscribed"}"#),
            .passes(#"{"$email_address":null,"$sms_marketing":"unsubscribed","$phone_number":"+33612345678"}"#),
            .passes(#"{"$language":"fr","$region":"FR","$timezone":"Europe/Paris"}"#),
            .passes(#"{"$timezone":"Africa/Abidjan"}"#), .passes(#"{"$timezone":"Zulu"}"#),
            .passes(#"{"$timezone":"US/Pacific"}"#), .passes(#"{"$timezone":"Etc/GMT+10"}"#),
            .passes(#"{"$topic_preferences":["sports","a_b-c1"]}"#),
            .passes(#"{"$topic_preferences":{"$add":["sports"]}}"#),
        ] as [AttributeCase]
    )
    func pass(_ example: AttributeCase) throws { try check(example) }

    @Test(
        "are left out and reported when Batch refuses them",
        arguments: [
            .refuses(#"{"Plan":"x"}"#, "invalid_key"),
            .refuses(#"{"a-b":"x"}"#, "invalid_key"),
            .refuses(#"{"\#(string(31))":1}"#, "key_too_long"),
            .refuses(#"{"date(\#(string(31)))":null}"#, "key_too_long"),
            .refuses(#"{"date()":null}"#, "invalid_key"),
            .refuses(#"{"time(a)":null}"#, "invalid_key"),
            .refuses(#"{"date(url(a))":null}"#, "invalid_key"),
            .refuses(#"{"$push":true}"#, "unknown_native_key"),
            .refuses(#"{"$email_addressx":null}"#, "unknown_native_key"),
            .refuses(#"{"date($region)":null}"#, "invalid_key"),
            .refuses(#"{"a":""}"#, "empty_string"),
            .refuses(#"{"a":" \t\u00a0\u2003\ufeff"}"#, "blank_string"),
            .refuses(#"{"a":"\#(string(301))"}"#, "string_too_long"),
            .refuses(#"{"a":"\#(string(301, of: "\\u00e9"))"}"#, "string_too_long"),
            .refuses(#"{"a":9223372036854775808}"#, "integer_out_of_range"),
            .refuses(#"{"a":1e309}"#, "float_out_of_range"),
            .refuses(#"{"a":0.\#(string(399, of: "1"))}"#, "float_out_of_range"),
            .refuses(#"{"date(d)":"2026-11-21T10:00:00.\#(string(44, of: "1"))Z"}"#, "invalid_date"),
            .refuses(#"{"a":{}}"#, "invalid_patch"),
            .refuses(#"{"a":{"x":1}}"#, "invalid_patch"),
            .refuses(#"{"a":{"$add":["x"],"y":1}}"#, "invalid_patch"),
            .refuses(#"{"a":{"$add":"x"}}"#, "invalid_patch"),
            .refuses(#"{"a":{"$add":[]}}"#, "empty_array"),
            .refuses(#"{"a":{"$add":["x"],"$remove":["\u0078"]}}"#, "patch_contradiction"),
            .refuses(#"{"a":{"$add":\#(array(26))}}"#, "too_many_items"),
            .refuses(#"{"a":[]}"#, "empty_array"),
            .refuses(#"{"a":\#(array(26))}"#, "too_many_items"),
            .refuses(#"{"a":["x",1]}"#, "invalid_item"),
            .refuses(#"{"a":["x",null]}"#, "invalid_item"),
            .refuses(#"{"a":["x",{}]}"#, "object_item"),
            .refuses(#"{"a":["x",["y"]]}"#, "object_item"),
            .refuses(#"{"a":["x",""]}"#, "empty_string"),
            .refuses(#"{"date(d)":"2026-11-21"}"#, "invalid_date"),
            .refuses(#"{"date(d)":"2026-11-21 10:00:00Z"}"#, "invalid_date"),
            .refuses(#"{"date(d)":"2026-11-21T10:00:00"}"#, "invalid_date"),
            .refuses(#"{"date(d)":"2026-11-21T10:00:00.Z"}"#, "invalid_date"),
            .refuses(#"{"date(d)":"2026-11-21T10:00:00+0100"}"#, "invalid_date"),
            .refuses(#"{"date(d)":"2026-11-21T10:00:00Zx"}"#, "invalid_date"),
            .refuses(#"{"date(d)":"2026-02-29T10:00:00Z"}"#, "invalid_date"),
            .refuses(#"{"date(d)":"2026-11-21T24:00:00Z"}"#, "invalid_date"),
            .refuses(#"{"date(d)":"2026-11-21T10:00:60Z"}"#, "invalid_date"),
            .refuses(#"{"date(d)":"0000-01-01T00:00:00+01:00"}"#, "invalid_date"),
            .refuses(#"{"date(d)":"9999-12-31T23:59:59-01:00"}"#, "invalid_date"),
            .refuses(#"{"date(d)":"2026-11-21T10:00:00.123"}"#, "invalid_date"),
            .refuses(#"{"date(d)":1700000000}"#, "wrong_type"),
            .refuses(#"{"date(d)":{"$add":["x"]}}"#, "wrong_type"),
            .refuses(#"{"url(u)":"example.com"}"#, "invalid_url"),
            .refuses(#"{"url(u)":"https:///path"}"#, "invalid_url"),
            .refuses(#"{"url(u)":"https://"}"#, "invalid_url"),
            .refuses(#"{"url(u)":"https://a b"}"#, "invalid_url"),
            .refuses(#"{"url(u)":"1http://a"}"#, "invalid_url"),
            .refuses(#"{"url(u)":"https://\#(string(2041))"}"#, "url_too_long"),
            .refuses(#"{"url(u)":true}"#, "wrong_type"),
            .refuses(#"{"$email_address":"jane"}"#, "invalid_email"),
            .refuses(#"{"$email_address":"jane@example"}"#, "invalid_email"),
            .refuses(#"{"$email_address":"ja ne@example.com"}"#, "invalid_email"),
            .refuses(#"{"$email_address":"a@b@example.com"}"#, "invalid_email"),
            .refuses(#"{"$email_address":"a@example.co-m"}"#, "invalid_email"),
            .refuses(#"{"$email_address":"@example.com"}"#, "invalid_email"),
            .refuses(#"{"$email_address":"a@.com"}"#, "invalid_email"),
            .refuses(#"{"$email_address":"a@example."}"#, "invalid_email"),
            .refuses(#"{"$email_address":""}"#, "empty_string"),
            .refuses(#"{"$email_address":"\#(string(245))@example.com"}"#, "email_too_long"),
            .refuses(#"{"$email_address":5}"#, "wrong_type"),
            .refuses(#"{"$email_marketing":"yes"}"#, "invalid_subscription"),
            .refuses(#"{"$sms_marketing":"Subscribed"}"#, "invalid_subscription"),
            .refuses(#"{"$phone_number":"0612345678"}"#, "invalid_phone_number"),
            .refuses(#"{"$phone_number":"+"}"#, "invalid_phone_number"),
            .refuses(#"{"$phone_number":"+1234567890123456"}"#, "invalid_phone_number"),
            .refuses(#"{"$language":"fr-FR"}"#, "invalid_language"),
            .refuses(#"{"$language":"FR"}"#, "invalid_language"),
            .refuses(#"{"$region":"fr"}"#, "invalid_region"),
            .refuses(#"{"$timezone":"europe/paris"}"#, "invalid_timezone"),
            .refuses(#"{"$timezone":"Factory"}"#, "invalid_timezone"),
            .refuses(#"{"$timezone":""}"#, "empty_string"),
            .refuses(#"{"$topic_preferences":["Sports"]}"#, "invalid_topic"),
            .refuses(#"{"$topic_preferences":"sports"}"#, "wrong_type"),
        ] as [AttributeCase]
    )
    func refuse(_ example: AttributeCase) throws { try check(example) }

    @Test(
        "with one bare name are one attribute, and the last one counts",
        arguments: [
            AttributeCase(
                attributes: #"{"k":"x","a":1,"date(k)":"2026-11-21T10:00:00Z"}"#,
                sent: #"{"a":1,"date(k)":"2026-11-21T10:00:00Z"}"#,
                refused: ["attributes.k same_attribute_twice"]
            ),
            AttributeCase(
                attributes: #"{"url(k)":null,"a":1,"k":["x"]}"#,
                sent: #"{"a":1,"k":["x"]}"#,
                refused: ["attributes.url(k) same_attribute_twice"]
            ),
            AttributeCase(
                attributes: #"{"k":1,"date(k)":"soon"}"#,
                sent: #"{"k":1}"#,
                refused: ["attributes.date(k) invalid_date"]
            ),
        ]
    )
    func twins(_ example: AttributeCase) throws { try check(example) }

    @Test("are left out from the 16th array on, unless that is accepted")
    func arrays() throws {
        let attributes = "{" + (1...17).map { #""a\#($0)":["x"]"# }.joined(separator: ",") + "}"
        let operation = #"{"identifiers":{"custom_id":"u"},"attributes":\#(attributes)}"#
        let strict = try read(operation)
        #expect(strict.contribution.attributeCount == 15)
        #expect(strict.refused.map(\.path) == ["attributes.a16", "attributes.a17"])
        #expect(strict.refused.allSatisfy { $0.reason == .tooManyArrays })
        #expect(try read(operation, accepted: .manyArrayAttributes).contribution.attributeCount == 17)
    }

    @Test("that are patches which only remove do not count as arrays, as they never make one")
    func removingPatches() throws {
        let patches = (1...17).map { #""r\#($0)":{"$remove":["x"]}"# } + (1...16).map { #""a\#($0)":{"$add":["x"]}"# }
        let operation = #"{"identifiers":{"custom_id":"u"},"attributes":{\#(patches.joined(separator: ","))}}"#
        let result = try read(operation)
        #expect(result.refused == [RefusedField(path: "attributes.a16", reason: .tooManyArrays)])
        #expect(result.contribution.attributeCount == 32)
        // A twin that goes gives its place back only if it had one.
        let twins =
            (1...15).map { #""a\#($0)":["x"]"# } + [#""k":{"$remove":["x"]}"#, #""date(k)":null"#, #""b":["x"]"#]
        let twinned = try read(#"{"identifiers":{"custom_id":"u"},"attributes":{\#(twins.joined(separator: ","))}}"#)
        #expect(twinned.refused.map(\.path) == ["attributes.k", "attributes.b"])
    }

    @Test("are not limited to 50 when read, but to a thousand")
    func count() throws {
        let attributes = "{" + (1...1001).map { #""a\#($0)":1"# }.joined(separator: ",") + "}"
        let result = try read(#"{"identifiers":{"custom_id":"u"},"attributes":\#(attributes)}"#)
        #expect(result.contribution.attributeCount == BatchLimits.contributionAttributeCount)
        #expect(result.refused == [RefusedField(path: "attributes.a1001", reason: .tooManyAttributes)])
    }

    @Test("do not show values or long foreign names in reports")
    func reports() throws {
        let key = string(70, of: "K")
        let result = try read(#"{"identifiers":{"custom_id":"u"},"attributes":{"\#(key)é":"secret","a":""}}"#)
        #expect(result.refused.map(\.path) == ["attributes.\(string(64, of: "K"))...", "attributes.a"])
        #expect(result.refused[1].description.hasSuffix("use null to delete an attribute (empty)"))
        #expect(!result.refused[0].description.contains("secret"))
    }

    @Test("every reason has a rule, an explanation and a code of its own")
    func reasons() {
        #expect(Set(RefusalReason.allCases.map(\.rawValue)).count == RefusalReason.allCases.count)
        for reason in RefusalReason.allCases {
            #expect(reason.rawValue.allSatisfy { $0.isLowercase || $0 == "_" })
            #expect(reason.rule.hasPrefix("batch-api 2."))
            let code = RefusedField(path: "attributes.a", reason: reason).code
            #expect(!code.isEmpty && code.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" })
            #expect(!"\(RefusedField(path: "attributes.a", reason: reason))".contains("batch-api"))
            #expect(!reason.explanation.isEmpty)
        }
    }

    private func check(_ example: AttributeCase) throws {
        let result = try read(#"{"identifiers":{"custom_id":"u"},"attributes":\#(example.attributes)}"#)
        #expect(result.refused.map { "\($0.path) \($0.reason.rawValue)" } == example.refused)
        let sent = example.sent ?? example.attributes
        let expected = sent == "{}" ? "" : #","attributes":\#(sent)"#
        #expect(text(of: result.contribution) == #"{"identifiers":{"custom_id":"u"}\#(expected)}"#)
    }
}
