import JSONDocument
import MappingLanguage
import Testing

@Suite("Resolving")
struct ResolveTests {
    @Test(
        "corner cases of the languages' description",
        arguments: [
            // Numbers keep their text where they are copied.
            (#"{"n":[1.50,1E2,-0]}"#, #"{"x":{"@path":"n"}}"#, #"{"x":[1.50,1E2,-0]}"#),
            // Text forms.
            (
                #"{"n":[-0,-0.0,1e3,123456789012345678901,1e-6,1.5e-7,0.1e-6,12345678901234567890123,1e400]}"#,
                #"{"x":{"@template":"{{n}}"}}"#,
                #"{"x":"0,0,1000,123456789012345678901,0.000001,1.5e-7,1e-7,1.2345678901234568e+22,1e400"}"#
            ),
            (
                #"{"n":9007199254740993,"m":9007199254740993.0}"#, #"{"x":{"@template":"{{n}} {{m}}"}}"#,
                #"{"x":"9007199254740993 9007199254740993"}"#
            ),
            (#"{"l":[[1,[2]],null,{"a":1}]}"#, #"{"x":{"@template":"{{l}}"}}"#, #"{"x":"1,2,,{\"a\":1}"}"#),
            // The last of equal keys counts, copies are compact.
            (#"{"o": {"a" : 1, "b":[ 1 , 2 ], "a":3}}"#, #"{"x":{"@path":"o"}}"#, #"{"x":{"b":[1,2],"a":3}}"#),
            // Escapes.
            (
                #"{"k\u0065y":"a\u0062\n"}"#, #"{"x":{"@path":"key"},"y":{"@template":"{{key}}!"}}"#,
                #"{"x":"a\u0062\n","y":"ab\n!"}"#
            ),
            (
                #"{"o":{"\u00e9\n":"\/"}}"#, #"{"x":{"@json":{"mode":"ENCODE","value":{"@path":"o"}}}}"#,
                #"{"x":"{\"é\\n\":\"/\"}"}"#
            ),
            // Paths.
            (
                #"{"$":1,"a":{"":2,"length":3},"l":[[5,6],7]}"#,
                #"{"r":[{"@path":"$.$"},{"@path":"a['']"},{"@path":"a.length"},{"@path":"l[0].1"},{"@path":"l.01"},{"@path":"l.length.x"},{"@path":"..l..[1]."},{"@path":"l['length']"}]}"#,
                #"{"r":[1,2,3,6,null,null,7,2]}"#
            ),
            (
                #"{"a[b":1,"a['b":2,"c[]":3,"d[-1]":4}"#,
                #"{"r":[{"@path":"a[b"},{"@path":"a['b"},{"@path":"c[]"},{"@path":"d[-1]"}]}"#, #"{"r":[1,2,3,4]}"#
            ),
            // Computed paths and templates.
            (
                #"{"a":{"b":1},"p":"$.a.b","t":"<{{a.b}}>"}"#,
                #"{"x":{"@path":{"@template":"a.{{q}}b"}},"y":{"@template":{"@path":"t"}},"z":{"@path":{"@literal":"a.b"}}}"#,
                #"{"x":1,"y":"<1>","z":1}"#
            ),
            (#"{"n":1}"#, #"{"x":{"@template":{"@path":"n"}}}"#, "FAILS"),
            (#"{"n":1}"#, #"{"x":{"@path":{"@path":"zz"}}}"#, "FAILS"),
            // Template holes.
            (#"{"a":1}"#, #"{"x":{"@template":"{{{a}}}}{{a}}}{{ a }}{{{ a }}}{{"}}"#, #"{"x":"1}1}11{{"}"#),
            // Conditions.
            (
                #"{"l":[],"o":{},"z":0.0,"f":false,"n":null}"#,
                #"{"r":[{"@if":{"blank":{"@path":"l"},"then":1,"else":0}},{"@if":{"blank":{"@path":"o"},"then":1,"else":0}},{"@if":{"blank":{"@path":"z"},"then":1,"else":0}},{"@if":{"blank":{"@path":"l.length"},"then":1,"else":0}},{"@if":{"exists":{"@template":"{{zz}}"},"then":1,"else":0}},{"@if":{"blank":{"@template":"{{zz}}"},"then":1,"else":0}},{"@if":{"exists":{"@path":"f"},"blank":{"@path":"o"},"then":1,"else":0}}]}"#,
                #"{"r":[0,1,0,0,1,0,1]}"#
            ),
            // Case.
            (
                #"{"a":"ΑΣ ΣΑΣ Σ","b":"ŉ ﬁ ǆ","c":"a\u0062C"}"#,
                #"{"a":{"@case":{"operator":"lower","value":{"@path":"a"}}},"b":{"@case":{"operator":"upper","value":{"@path":"b"}}},"c":{"@case":{"operator":"upper","value":{"@path":"c"}}},"d":{"@case":{"operator":"upper"}},"e":{"@case":{"operator":"upper","value":""}}}"#,
                #"{"a":"ας σας σ","b":"ʼN FI Ǆ","c":"ABC","e":""}"#
            ),
            // Replace.
            (
                #"{"a":"aXAxé","l":[1]}"#,
                #"{"a":{"@replace":{"value":{"@path":"a"},"pattern":"x","replacement":"","ignorecase":true,"global":false}},"b":{"@replace":{"value":{"@path":"a"},"pattern":"É","replacement":"e","ignorecase":true}},"c":{"@replace":{"value":{"@path":"l"},"pattern":"1"}},"d":{"@replace":{"value":"aaa","pattern":"aa","replacement":"b"}}}"#,
                #"{"a":"aAxé","b":"aXAxe","c":[1],"d":"ba"}"#
            ),
            // JSON.
            (
                #"{"s":" {\"a\" : [1 ]} ","t":"\"\\ud800\""}"#,
                #"{"a":{"@json":{"mode":"decode","value":{"@path":"s"}}},"b":{"@json":{"mode":"decode","value":{"@path":"t"}}},"c":{"@json":{"mode":"encode","value":false}},"d":{"@json":{"mode":"decode","value":"{\"@path\":\"s\"}"}}}"#,
                #"{"a":{"a":[1]},"b":"\"\\ud800\"","c":"false","d":{"@path":"s"}}"#
            ),
            // Flatten.
            (
                #"{"o":{"":{"":1}},"l":[1,[2]]}"#,
                #"{"a":{"@flatten":{"value":{"@path":"o"},"separator":"."}},"b":{"@flatten":{"value":{"@path":"l"},"separator":"."}},"c":{"@flatten":{"value":{"@path":"l"},"separator":".","omitArrays":true}},"d":{"@flatten":{"value":5,"separator":"."}}}"#,
                #"{"a":{".":1},"b":{"0":1,"1.0":2},"c":{},"d":{}}"#
            ),
            // Transform.
            (
                #"{"a":1}"#, #"{"x":{"@transform":{"apply":{"b":{"@path":"a"}},"mapping":{"@path":""}}}}"#,
                #"{"x":{"b":1}}"#
            ),
            (#"{"a":1}"#, #"{"x":{"@transform":{"apply":{"@path":"a"},"mapping":{"y":1}}}}"#, "FAILS"),
            // The whole result.
            (#"{}"#, #"{"@path":"a"}"#, "ABSENT"), (#"{"a":[1]}"#, #"{"@path":"a"}"#, "[1]"),
            (#"[1]"#, #"{"a":1}"#, "FAILS"), (#"{}"#, #"{"_metadata":1}"#, #"{"_metadata":1}"#),
        ]
    )
    func corners(_ message: String, _ mapping: String, _ expected: String) throws {
        #expect(try Outcome.of(mapping: mapping, message: message) == expected)
    }

    @Test("fields of the Kafka record are read behind $kafka")
    func record() throws {
        let mapping = """
            {"t":{"@path":"$kafka.topic"},"p":{"@template":"{{$kafka.partition}}/{{$.$kafka.offset}}"},
            "k":{"@path":"$kafka.key"},"h":{"@path":"$kafka.headers.trace-id"},"b":{"@path":"$kafka.headers.bad"},
            "i":{"@arrayPath":["$.l",{"@path":"$kafka.timestamp"}]},"n":{"@path":"$kafka.tombstone"},
            "u":{"@case":{"operator":"upper","value":{"@path":"$kafka.key"}}},
            "e":{"@if":{"exists":{"@path":"$kafka.headers.none"},"then":1,"else":0}}}
            """
        let plan = try MappingPlan(json: Array(mapping.utf8))
        #expect(plan.readsRecord)
        var fields = RecordFields()
        let text = Array(#"{"l":[1],"$kafka":{"topic":"message"}}"#.utf8)
        for round in 0..<2 {
            fields.begin(
                topic: "events",
                partition: 7,
                offset: 9_007_199_254_740_993,
                timestampMilliseconds: 5,
                key: Array("ké\(round)".utf8).span
            )
            fields.header(Array("trace-id".utf8).span, Array("a\"b".utf8).span)
            fields.header(Array("bad".utf8).span, ([0xFF] as [UInt8]).span)
            fields.finish()
            var tape = JSONTape()
            try tape.parse(text.span)
            var scratch = MappingScratch()
            var writer = JSONWriter()
            _ = try plan.resolve(tape, text.span, fields: fields, scratch: &scratch, into: &writer)
            let expected = """
                {"t":"events","p":"7/9007199254740993","k":"ké\(round)","h":"a\\"b","i":[5],"n":false,\
                "u":"KÉ\(round)","e":0}
                """
            #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
            let trigger = try Trigger(
                "$kafka.topic = 'events' and $kafka.partition >= 7 and $kafka.headers.trace-id != null "
                    + "and match($kafka.key, 'k*') and $kafka.headers.none = null and typeof($kafka.headers) = 'object'"
            )
            #expect(trigger.readsRecord)
            let holds = trigger.matches(tape, text.span, fields: fields, scratch: &scratch)
            #expect(holds)
        }
        let without = try Outcome.of(
            mapping: #"{"t":{"@path":"$kafka.topic"}}"#,
            message: String(decoding: text, as: UTF8.self)
        )
        #expect(without == #"{"t":"message"}"#)
    }

    @Test("a result beyond the bound fails and leaves the writer as it was")
    func bound() throws {
        let mapping = #"{"x":{"@arrayPath":["$.l",{"a":{"@arrayPath":["$.l",{"b":{"@path":""}}]}}]}}"#
        let items = Array(repeating: #"{"l":["xxxxxxxx"]}"#, count: 40).joined(separator: ",")
        let text = Array("{\"l\":[\(items)]}".utf8)
        let plan = try MappingPlan(json: Array(mapping.utf8))
        var tape = JSONTape()
        try tape.parse(text.span)
        var scratch = MappingScratch(maximumOutputByteCount: 500)
        var writer = JSONWriter()
        writer.beginArray()
        writer.integer(1)
        for _ in 0..<2 {
            do throws(MappingFailure) {
                _ = try plan.resolve(tape, text.span, scratch: &scratch, into: &writer)
                Issue.record("accepted")
            } catch {
                #expect(error.reason == .outputTooLarge(limit: 500))
            }
        }
        writer.endArray()
        #expect(writer.bytes == Array("[1]".utf8))
    }

    @Test("a value between directives that is too deep fails", arguments: [(250, false), (255, true)])
    func depth(_ depth: Int, _ isTooDeep: Bool) throws {
        let deep = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let mapping = #"{"x":{"@excludeWhenNull":[[{"@json":{"mode":"decode","value":{"@path":"t"}}}]]}}"#
        let outcome = try Outcome.of(mapping: mapping, message: "{\"t\":\"\(deep)\"}")
        #expect(outcome == (isTooDeep ? "FAILS" : "{\"x\":[[\(deep)]]}"))
    }

    @Test("a failure names the directive")
    func failurePlace() throws {
        let plan = try MappingPlan(json: Array(#"{"a":[{"@path":{"@path":"n"}}]}"#.utf8))
        let text = Array(#"{"n":1}"#.utf8)
        var tape = JSONTape()
        try tape.parse(text.span)
        var scratch = MappingScratch()
        var writer = JSONWriter()
        do throws(MappingFailure) {
            _ = try plan.resolve(tape, text.span, scratch: &scratch, into: &writer)
            Issue.record("accepted")
        } catch {
            #expect(error.reason == .notText)
            #expect(error.path == "/a/0/@path")
        }
    }

    @Test("a trace tells where each part came from")
    func trace() throws {
        let mapping = """
            {"id":{"@path":"$.userId"},"k":1,"l":[{"@template":"{{a}}!"}],"m":{"x":{"@path":"none"}},
            "c":{"@if":{"exists":{"@path":"a"},"then":{"@path":"$.a"}}}}
            """
        let plan = try MappingPlan(json: Array(mapping.utf8))
        let text = Array(#"{"userId":"u","a":2}"#.utf8)
        var tape = JSONTape()
        try tape.parse(text.span)
        var scratch = MappingScratch()
        scratch.isTracing = true
        var writer = JSONWriter()
        for _ in 0..<2 { _ = try plan.resolve(tape, text.span, scratch: &scratch, into: &writer) }
        let shown = scratch.trace.entries.map { "\($0.output) \($0.directive) \($0.source ?? "-") \($0.isAbsent)" }
        #expect(
            shown == [
                "/id @path $.userId false", "/l/0 @template {{a}}! false", "/m/x @path none true", "/c @path $.a false",
            ]
        )
    }

    @Test(
        "constant parts are folded",
        arguments: [
            (#"{"a":{"@literal":{"b":[{"@literal":1}]}}}"#, #"{"a":{"b":[1]}}"#),
            (#"{"a":{"@if":{"exists":"x","then":1}},"b":{"@template":"no hole"}}"#, #"{"a":1,"b":"no hole"}"#),
            (#"{"a":{"@case":{"operator":"upper","value":"ß"}}}"#, #"{"a":"SS"}"#),
            (#"{"a":{"@if":{"blank":[],"then":1}},"b":2}"#, #"{"b":2}"#),
            (#"{"@literal":5}"#, #"{"@literal":5}"#),
            (#"{"@literal":{"__segment_internal_directive":1}}"#, #"{"@literal":{"__segment_internal_directive":1}}"#),
        ]
    )
    func folding(_ mapping: String, _ text: String) throws {
        #expect(try MappingPlan(json: Array(mapping.utf8)).text == text)
    }
}
