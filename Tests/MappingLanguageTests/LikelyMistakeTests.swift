import Foundation
import MappingLanguage
import Testing
import YAMLDocument

/// A part of a mapping or a trigger, and the beginning of what is said about it.
struct MistakeCase: Sendable, CustomTestStringConvertible {
    let text: String
    let remark: String

    init(_ text: String, _ remark: String) {
        self.text = text
        self.remark = remark
    }

    var testDescription: String { text }
}

@Suite("Likely mistakes")
struct LikelyMistakeTests {
    private static func mistakes(_ mapping: String) throws -> [LikelyMistake] {
        LikelyMistake.all(ofMapping: try YAMLReader.read(Array(mapping.utf8), named: "m.yaml"))
    }

    private static func quoted(_ text: String) throws -> String {
        String(decoding: try JSONEncoder().encode(text), as: UTF8.self).replacing("\\/", with: "/")
    }

    @Test(
        "a path of another language is valid and finds nothing, so that it is named, with what to write instead",
        arguments: [
            MistakeCase("$.lines[*].sku", "there is no wildcard"), MistakeCase("$.lines[].sku", "there is no wildcard"),
            MistakeCase("$.lines.*.sku", "there is no wildcard"), MistakeCase("lines.s*", "there is no wildcard"),
            MistakeCase("$..sku", "'..' does not search on every level"),
            MistakeCase("$.a..b", "'..' is read as one dot"),
            MistakeCase("$.a[-1]", "there is no index from the end, so that [-1] finds nothing; write an index from 0"),
            MistakeCase("$.a[?(@.b > 1)]", "there are no filters"),
            MistakeCase("$.a[0:2]", "there are no parts of lists"),
            MistakeCase("$.a[0,1]", "there are no parts of lists"),
            MistakeCase(
                "$.a[b]",
                "[b] is neither an index nor a key in quotes, so that it belongs to the key; write ['b']"
            ),
            MistakeCase("$.orderNo ", "the blanks at the ends belong to the key here; write $.orderNo"),
            MistakeCase(" orderNo", "the blanks at the ends belong to the key here; write orderNo"),
            MistakeCase("{{orderNo}}", "a path has no holes"), MistakeCase("$.a | upcase", "there are no filters"),
            MistakeCase("$.a ?? $.b", "there are no alternatives"),
            MistakeCase("$.a.length()", "there are no functions"),
            MistakeCase("$.\"a b\"", "quotes outside brackets"), MistakeCase("/a/b", "a path has dots"),
            MistakeCase("a]", "']' closes no bracket"),
        ]
    )
    func paths(_ example: MistakeCase) throws {
        let text = try Self.quoted(example.text)
        for mapping in ["{\"x\":{\"@path\":\(text)}}", "{\"x\":{\"@arrayPath\":[\(text),{\"y\":1}]}}"] {
            let found = try Self.mistakes(mapping)
            #expect(found.count == 1 && found[0].detail.hasPrefix(example.remark), "\(found)")
            #expect(found.allSatisfy { !$0.isRefused && $0.place.hasPrefix("/x/@") && $0.mark.line == 1 })
            #expect((try? MappingPlan(json: Array(mapping.utf8))) != nil)
        }
    }

    @Test(
        "a path that the language does not describe is refused in a file",
        arguments: [
            MistakeCase(
                "$['note']",
                "'$[' is not the whole message: a path starts with '$.', or with no '$'; write $.note"
            ),
            MistakeCase(
                "$['my note'].x",
                "'$[' is not the whole message: a path starts with '$.', or with no '$'; write ['my note'].x"
            ),
            MistakeCase(
                "$[0].a",
                "'$[' is not the whole message: a path starts with '$.', or with no '$'; write [0].a"
            ),
            MistakeCase("$.a[0", "the bracket is not closed"), MistakeCase("$.a['b", "the bracket is not closed"),
        ]
    )
    func refusedPaths(_ example: MistakeCase) throws {
        let mapping = "{\"x\":{\"@path\":\(try Self.quoted(example.text))}}"
        let found = try Self.mistakes(mapping)
        #expect(found.map(\.detail).count == 1 && found[0].detail.hasPrefix(example.remark), "\(found)")
        #expect(found.allSatisfy { $0.isRefused })
        let file =
            "version: 1\nmappings:\n  - { name: a, trigger: true, action: update_profile, mapping: \(mapping) }\n"
        do throws(FaultReport) {
            _ = try MappingFile(Array(file.utf8), named: "m.yaml")
            Issue.record("accepted")
        } catch {
            #expect(error.faults.map(\.path) == ["mappings[0].mapping/x/@path"])
            #expect(error.faults[0].line == 3 && error.faults[0].message == found[0].detail)
        }
    }

    @Test(
        "what is no hole, or no path in a hole, is named",
        arguments: [
            MistakeCase("Order {{orderNo", "'{{' is not closed"), MistakeCase("{{a, {{b}}", "the hole before '{{'"),
            MistakeCase("{{#if x}}", "there are no blocks in a template, so that {{#if x}} is empty"),
            MistakeCase("{{/if}}", "there are no blocks"), MistakeCase("{{else}}", "{{else}} is the field 'else'"),
            MistakeCase("{{ x | upcase }}", "there are no filters in a template"),
            MistakeCase("a {{}}", "'{{}}' is no hole"),
            MistakeCase("a}}", "'}}' closes no hole"), MistakeCase("{% if a %}", "there are no tags"),
            MistakeCase("${name}", "'${' opens no hole"), MistakeCase("Hi {name}", "'{name}' is no hole"),
            MistakeCase("$.name", "there is no hole in it"),
            MistakeCase("{{ a[*] }}", "{{a[*]}}: there is no wildcard"),
            MistakeCase("{{$['a']}}", "{{$['a']}}: '$[' is not the whole message"),
        ]
    )
    func templates(_ example: MistakeCase) throws {
        let mapping = "{\"x\":{\"@template\":\(try Self.quoted(example.text))}}"
        let found = try Self.mistakes(mapping)
        #expect(found.count == 1 && found[0].detail.hasPrefix(example.remark), "\(found)")
        #expect(found.allSatisfy { !$0.isRefused && $0.place == "/x/@template" })
        #expect((try? MappingPlan(json: Array(mapping.utf8))) != nil)
    }

    @Test(
        "a constant that is a path or a template, and a directive without its @, are named",
        arguments: [
            MistakeCase(
                "x: $.userId",
                "/x is this text for every message; did you mean '@path'? write { \"@path\": $.userId }"
            ),
            MistakeCase("x: [properties.plan]", "/x/0 is this text for every message; did you mean '@path'?"),
            MistakeCase("x: $kafka.key", "/x is this text for every message; did you mean '@path'?"),
            MistakeCase("x: 'Hi {{name}}'", "/x is this text for every message; did you mean '@template'?"),
            MistakeCase("x: '@path: $.a'", "/x is this text for every message; did you mean '@path'?"),
            MistakeCase("x: { path: orderNo }", "/x/path 'path' is an ordinary key here; did you mean '@path'?"),
            MistakeCase("x: { $path: orderNo }", "/x/$path '$path' is an ordinary key here; did you mean '@path'?"),
            MistakeCase(
                "attributes: { path: $.a }",
                "/attributes/path 'path' is an ordinary key here; did you mean '@path'?"
            ),
            MistakeCase(
                "x: { template: '{{a}}' }",
                "/x/template 'template' is an ordinary key here; did you mean '@template'?"
            ),
            MistakeCase("x: { literal: 0 }", "/x/literal 'literal' is an ordinary key here; did you mean '@literal'?"),
            MistakeCase(
                "x: { if: { exists: { '@path': a }, then: 1 } }",
                "/x/if 'if' is an ordinary key here; did you mean '@if'?"
            ),
            MistakeCase(
                "x: { case: { operator: lower } }",
                "/x/case 'case' is an ordinary key here; did you mean '@case'?"
            ),
            MistakeCase(
                "x: { arraypath: [$.a, { b: 1 }] }",
                "/x/arraypath 'arraypath' is an ordinary key here; did you mean '@arrayPath'?"
            ),
            MistakeCase(
                "x: { '@if': { exists: userId, then: 1 } }",
                "/x/@if/exists is the text 'userId' for every message, so that 'then' always counts; did you mean '@path'?"
            ),
            MistakeCase(
                "x: { '@if': { exists: { '@path': a }, thn: 1 } }",
                "/x/@if/thn is ignored: @if has no such key; did you mean 'then'?"
            ),
            MistakeCase(
                "x: { '@case': { operator: lower, value: $.a } }",
                "/x/@case/value is this text for every message; did you mean '@path'?"
            ),
        ]
    )
    func constants(_ example: MistakeCase) throws {
        let found = try Self.mistakes(example.text)
        #expect(found.count == 1, "\(found)")
        #expect(found.first.map { "\($0.place) \($0.detail)" }?.hasPrefix(example.remark) == true, "\(found)")
    }

    @Test(
        "what is meant as it is read passes without a word",
        arguments: [
            "x: { '@path': \"$.a.b[0]['c d'].length\" }", "x: { '@path': '' }", "x: { '@path': $ }",
            "x: { '@path': . }",
            "x: { '@path': \"a['*'][\\\"b.[-1]\\\"]\" }", "x: { '@path': $.a.key with space }",
            "x: { '@path': $kafka.headers.x }",
            "x: { '@path': $email_address }", "x: { '@path': $.date(born) }",
            "x: { '@template': 'Hi {{ a.b }} {{{c[0]}}}' }",
            "x: { '@template': '{{$.a}} {\"k\":1}' }", "x: { '@literal': '{{a}}' }", "x: { '@literal': { k: [$.a] } }",
            "x: $9.99", "x: 50%", "x: properties. And more", "attributes: { path: /home }",
            "attributes: { path: { '@path': $.context.page.path } }", "attributes: { literal: true, template: summer }",
            "attributes: { template: summer }",
            "x: { '@replace': { value: { '@path': a }, pattern: $., replacement: '{{' } }",
            "x: { '@path': $.a, _metadata: { label: $.a } }", "x: { '@if': { exists: { '@path': a }, then: yes } }",
        ]
    )
    func silence(_ mapping: String) throws { #expect(try Self.mistakes(mapping) == []) }

    @Test("no example of the language's description is refused for a likely mistake")
    func examples() throws {
        let mappings = try Example.all().filter { $0.expected != "REFUSED" }.compactMap(\.mapping)
        #expect(mappings.count > 40)
        for mapping in mappings {
            let refused = try Self.mistakes(mapping).filter(\.isRefused)
            #expect(refused == [], "\(mapping)")
        }
    }

    @Test("a misspelt directive or key of one is a fault that names the nearest")
    func spelling() {
        for (mapping, message) in [
            (#"{"a":{"@pth":"x"}}"#, "no directive has this name; did you mean @path?"),
            (#"{"a":{"@Path":"x"}}"#, "no directive has this name; did you mean @path? (names are case-sensitive)"),
            (#"{"a":{"@tempalte":"x"}}"#, "no directive has this name; did you mean @template?"),
            (#"{"a":{"@nope":"x"}}"#, "no directive has this name; known are @path, "),
            (
                #"{"a":{"@if":{"exist":{"@path":"x"},"then":1}}}"#,
                "is missing; 'exist' stands there, did you mean 'exists'? write a condition"
            ),
        ] {
            do throws(MappingRefusal) {
                _ = try MappingPlan(json: Array(mapping.utf8))
                Issue.record("accepted: \(mapping)")
            } catch {
                #expect(error.faults.count == 1 && error.faults[0].message.hasPrefix(message), "\(error)")
            }
        }
    }

    // MARK: Triggers

    private static func words(_ trigger: String) throws -> [String] {
        let mark = YAMLNode.Mark(line: 1, column: 1)
        return LikelyMistake.all(of: try Trigger(trigger), at: mark).map { "\($0.place): \($0.detail)" }
    }

    @Test("a word without quotes where a text is usual is named, two ids and lists of the message are not")
    func triggers() throws {
        let order = "'order' is read as the field 'order' of the message; a text is written \"order\""
        #expect(try Self.words("type = order") == ["column 8: \(order)"])
        #expect(try Self.words("a = \"b\" and  type !=  order") == ["column 23: \(order)"])
        #expect(try Self.words("type in [\"a\", order]") == ["column 15: \(order)"])
        #expect(try Self.words("contains(event, order)") == ["column 17: \(order)"])
        #expect(try Self.words("type = event").count == 1)
        #expect(
            try Self.words("event = \"a\" or  \"b\"") == [
                "column 17: \"b\" by itself is never true; compare it, as in event = \"a\" or event = \"b\", or event in [\"a\", \"b\"]"
            ]
        )
        #expect(try Self.words(" \"track\"").map { $0.prefix(10) } == ["column 2: "])
        for fine in [
            "userId = anonymousId", "\"vip\" in tags", "total > limit", "type = \"order\"", "a = properties.b",
            "a = true",
            "contains(event, \"x\")", "length(items) = 2", "type", "key = $kafka.key", "a in [\"b\"]",
        ] {
            #expect(try Self.words(fine) == [], "\(fine)")
        }
    }

    @Test(
        "what a trigger does not have is refused with what to write instead",
        arguments: [
            MistakeCase("$.userId = \"u\"", "a field has no '$.' in front, such as userId"),
            MistakeCase("properties.a[0] = 1", "a trigger has no index into a list"),
            MistakeCase("event = Order Completed", "a text is written in quotes"),
            MistakeCase("event = {{name}}", "a trigger has no templates"),
            MistakeCase("a.%b = 1", "'%' stands where a name is expected; other characters of a name have a backslash"),
            MistakeCase("type = \"a\" AND b", "write 'and'"), MistakeCase("type == \"a\"", "equality is one '='"),
            MistakeCase("type <> \"a\"", "inequality is '!='"), MistakeCase("not type = \"a\"", "such as !(type"),
            MistakeCase("userId is not null", "such as userId != null"), MistakeCase("type = a b", "in quotes"),
            MistakeCase("contain(event, \"x\")", "did you mean 'contains'?"),
        ]
    )
    func refusedTriggers(_ example: MistakeCase) {
        do throws(TriggerFault) {
            _ = try Trigger(example.text)
            Issue.record("accepted")
        } catch {
            #expect(error.message.contains(example.remark), "\(error)")
        }
    }
}
