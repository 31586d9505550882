import MappingLanguage
import Testing

@Suite("Faults of mappings")
struct LoadFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let mapping: String
        let paths: [String]
        var testDescription: String { mapping }

        init(_ mapping: String, _ paths: String...) {
            self.mapping = mapping
            self.paths = paths
        }
    }

    @Test(
        "are named with their places, all at once",
        arguments: [
            Case("5", ""), Case("[]", ""), Case("\"$.a\"", ""), Case("{\"a\":", ""),
            Case(#"{"a":{"@path":1},"b":[{"@nope":2},{"@path":"x","k":1}]}"#, "/a/@path", "/b/0/@nope", "/b/1/k"),
            Case(#"{"a":{"@path":"x","@template":"y"}}"#, "/a"),
            Case(#"{"a/b":{"~":{"@Path":"x"}}}"#, "/a~1b/~0/@Path"),
            Case(#"{"a":{"@template":["x"]}}"#, "/a/@template"),
            Case(#"{"a":{"@path":{"k":1}}}"#, "/a/@path"),
            Case(#"{"a":{"@literal":{"@nope":1}}}"#, "/a/@literal/@nope"),
            Case(#"{"a":{"@if":{"then":1}}}"#, "/a/@if/exists"),
            Case(#"{"a":{"@if":"x"}}"#, "/a/@if"),
            Case(#"{"a":{"@if":{"exists":null}}}"#, "/a/@if/exists"),
            Case(#"{"a":{"@if":{"exists":false}}}"#, "/a/@if/exists"),
            Case(#"{"a":{"@if":{"blank":0.0}}}"#, "/a/@if/blank"),
            Case(#"{"a":{"@if":{"exists":""}}}"#, "/a/@if/exists"),
            Case(#"{"a":{"@if":{"@path":"x"}}}"#, "/a/@if/@path", "/a/@if/exists"),
            Case(#"{"a":{"@if":{"exists":{"@path":"x"},"other":{"@nope":1}}}}"#, "/a/@if/other/@nope"),
            Case(#"{"a":{"@case":{"value":"x"}}}"#, "/a/@case/operator"),
            Case(#"{"a":{"@case":{"operator":"UPPER","value":"x"}}}"#, "/a/@case/operator"),
            Case(#"{"a":{"@case":{"operator":"upper","value":7}}}"#, "/a/@case/value"),
            Case(#"{"a":{"@replace":{"value":"x"}}}"#, "/a/@replace/pattern"),
            Case(#"{"a":{"@replace":{"pattern":"x"}}}"#, "/a/@replace/value"),
            Case(#"{"a":{"@replace":{"value":"x","pattern":""}}}"#, "/a/@replace/pattern"),
            Case(#"{"a":{"@replace":{"value":"x","pattern":"😀😀😀😀😀a"}}}"#, "/a/@replace/pattern"),
            Case(#"{"a":{"@replace":{"value":"x","pattern":"x","pattern2":1}}}"#, "/a/@replace/pattern2"),
            Case(#"{"a":{"@replace":{"value":"x","pattern":"x","global":"y"}}}"#, "/a/@replace/global"),
            Case(#"{"a":{"@arrayPath":"$.x"}}"#, "/a/@arrayPath"),
            Case(#"{"a":{"@arrayPath":[]}}"#, "/a/@arrayPath"),
            Case(#"{"a":{"@arrayPath":[5]}}"#, "/a/@arrayPath/0"),
            Case(#"{"a":{"@arrayPath":["x",{"b":{"@nope":1}}]}}"#, "/a/@arrayPath/1/b/@nope"),
            Case(#"{"a":{"@json":{"mode":"parse","value":1}}}"#, "/a/@json/mode"),
            Case(#"{"a":{"@json":{"mode":"encode"}}}"#, "/a/@json/value"),
            Case(#"{"a":{"@flatten":{"value":{"@path":"x"}}}}"#, "/a/@flatten/separator"),
            Case(#"{"a":{"@flatten":{"value":1,"separator":""}}}"#, "/a/@flatten/separator"),
            Case(
                #"{"a":{"@flatten":{"separator":".","omitArrays":1}}}"#,
                "/a/@flatten/omitArrays",
                "/a/@flatten/value"
            ),
            Case(
                #"{"a":{"@merge":{"objects":["t",[]],"direction":"up"}}}"#,
                "/a/@merge/direction",
                "/a/@merge/objects/0",
                "/a/@merge/objects/1"
            ),
            Case(#"{"a":{"@merge":{"objects":{"@path":"x"},"direction":"left"}}}"#, "/a/@merge/objects"),
            Case(#"{"a":{"@transform":{"apply":{}}}}"#, "/a/@transform/mapping"),
            Case(#"{"a":{"@transform":{"apply":[],"mapping":"x"}}}"#, "/a/@transform/apply", "/a/@transform/mapping"),
            Case(#"{"a":{"@liquid":"{{ x }}"}}"#, "/a/@liquid"),
            Case(#"{"__segment_internal_directive":{"@path":"x"}}"#, "/__segment_internal_directive"),
            Case(#"{"__segment_internal_directive":{"a":{}}}"#, "/__segment_internal_directive"),
        ]
    )
    func places(_ example: Case) {
        #expect(throws: MappingRefusal.self) {
            do throws(MappingRefusal) {
                _ = try MappingPlan(json: Array(example.mapping.utf8))
            } catch {
                #expect(error.faults.map(\.path) == example.paths, "\(error)")
                #expect(error.faults.allSatisfy { $0.line == 1 && !$0.message.isEmpty })
                throw error
            }
        }
    }

    @Test(
        "an unknown directive never leads to one that loading refuses",
        arguments: [
            (#"{"a":{"@number":"x"}}"#, "known are @path, @template, "),
            (#"{"a":{"@tempate":"x"}}"#, "did you mean @template?"),
            (#"{"a":{"@Liquid":"x"}}"#, "@liquid is not supported; write it with @template"),
        ]
    )
    func unknownDirectives(_ mapping: String, _ advice: String) throws {
        do throws(MappingRefusal) {
            _ = try MappingPlan(json: Array(mapping.utf8))
            Issue.record("accepted")
        } catch {
            #expect(error.description.contains(advice), "\(error)")
            #expect(error.description.contains("excludeWhenNull, @liquid") == false, "\(error)")
        }
    }

    @Test("have line and column")
    func marks() throws {
        let text = "{\n  \"é\": 1,\n  \"a\": {\"@path\": 5}\n}"
        do throws(MappingRefusal) {
            _ = try MappingPlan(json: Array(text.utf8))
            Issue.record("accepted")
        } catch {
            #expect(error.faults.map(\.line) == [3])
            #expect(error.faults.map(\.column) == [18])
            #expect(error.description.hasPrefix("3:18: /a/@path: "))
        }
    }

    @Test("depth is bounded at 64", arguments: [(64, true), (65, false), (5000, false)])
    func depth(_ depth: Int, _ isAccepted: Bool) {
        let text = String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
        #expect(((try? MappingPlan(json: Array(text.utf8))) != nil) == isAccepted)
    }

    @Test("size is bounded at 256 KB")
    func size() {
        let fits = #"{"a":""# + String(repeating: "x", count: 250 << 10) + #""}"#
        let exceeds = #"{"a":""# + String(repeating: "x", count: 257 << 10) + #""}"#
        #expect((try? MappingPlan(json: Array(fits.utf8))) != nil)
        #expect((try? MappingPlan(json: Array(exceeds.utf8))) == nil)
    }
}
