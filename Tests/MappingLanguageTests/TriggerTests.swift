import JSONDocument
import MappingLanguage
import Testing

@Suite("Triggers")
struct TriggerTests {
    static let message = """
        {"type":"track","event":"Order Completed","userId":"u\\u0031","properties":{"n":3,"f":2.50,"s":"3","t":true,
        "z":null,"l":["a",1,[true,null]],"o":{"k":1},"big":9007199254740993,"huge":1e400,"é":"ü","e":"",
        "el":[],"a b":"x y","0":"zero","words":"hello big world"},"and":1,"a-b":2,"true":{"x":1}}
        """

    @Test(
        "hold",
        arguments: [
            "true", "!false", "! false", "!!true", "type=\"track\"and event='Order Completed'", "userId = \"u1\"",
            "properties.n=3.0", "properties.n = +3", "properties.f = 2.5", "properties.big = 9007199254740993",
            "properties.big != 9007199254740992", "properties.huge > 1", "properties.l = [\"a\", 1, [true, null]]",
            "properties.l = ['a',1,[properties.t,properties.z]]", "[] = properties.el", "1 in properties.l",
            "[true,null] in properties.l", "null in [null]", "properties.\\é = \"ü\"", "properties.é = \"ü\"",
            "properties . n = 3", "properties.a\\ b = 'x y'", "properties.0 = 'zero'", "\\and = 1", "a-b = 2",
            "true.x = 1", "properties.n > 2 and properties.n < 4 and properties.n <= 3 and properties.n >= 3",
            "(properties.n = 3) = true", "properties.o != null", "properties.o != properties.o",
            "properties.missing = null", "type.x = null", "!match(event, \"X*\")", "!contains(event, 'x')",
            "!(contains(properties.missing, 'x'))", "length('é') = 2", "length(properties.l) = 3", "length(null) = 0",
            "lowercase(event) = 'order completed'", "uppercase('ß') = 'SS'", "lowercase(properties.n) = null",
            "snakecase(event) = 'Order_Completed'", "kebabcase(event) = 'Order-Completed'",
            "titlecase(properties.words) = 'Hello Big World'", "typeof(properties.o) = 'object'",
            "typeof(properties.t) = 'bool'", "typeof(properties.l) = 'list'", "typeof(type) = 'string'",
            "typeof(properties.none) = 'null'", "typeof(properties.n) = 'number'", "string(properties.f) = '2.5'",
            "string(null) = ''", "string(properties.l) = 'a,1,true,'", "string(properties.o) = '{\"k\":1}'",
            "string([1,'x']) = '1,x'", "number('007') = 7", "number('-1.5e1') = -15", "number('x') = null",
            "number(true) = 1", "bool('x')", "!bool('')", "!bool(0)", "!bool(properties.el)", "!bool(null)",
            "bool(properties.o)", "\n type\n=\t\"track\" ", "5 != 4", "properties.s != 'x'", "contains(event,'')",
            "type = \"track\" and (event = \"x\" or event = \"Order Completed\") and userId != null",
        ]
    )
    func holds(_ text: String) throws {
        #expect(try Outcome.of(trigger: text, message: Self.message) == "true")
    }

    @Test(
        "do not hold",
        arguments: [
            "false", "null", "type", "5", "'true'", "properties.n = '3'", "properties.s = 3", "properties.n",
            "properties.s > 1", "'b' > 'a'", "properties.o = properties.o", "properties.o in [properties.o]",
            "properties.missing != 5", "5 != properties.s", "properties.n != 3.0", "!contains(properties.missing, 'x')",
            "!match(properties.n, 'x')", "match(properties.n, '*')", "contains(properties.l, 'a')", "'a' in type",
            "!properties.t", "event = null", "Type = 'track'", "properties.l.0 = 'a'", "properties.huge = 5",
            "properties.l = ['a',1]", "type = 'identify' and event = 'x' or event = 'y'",
        ]
    )
    func fails(_ text: String) throws {
        #expect(try Outcome.of(trigger: text, message: Self.message) == "false")
    }

    @Test(
        "are refused at the right column",
        arguments: [
            ("", 1), ("  ", 1), ("type = ", 8), ("type == 'x'", 7), ("type = 'x' AND event = 'y'", 12), ("(type", 6),
            ("type)", 5), ("type = 'x' and", 15), ("or type", 1), ("type = 'x", 8), ("5. = n", 3), ("n = .5", 5),
            ("n = 1e5", 6), ("a = b = c", 7), ("nope(type)", 1), ("contains(type)", 1), ("length(a, b)", 1), ("a.", 3),
            ("a..b", 3), ("$x = 1", 1), ("$kafkax = 1", 1), ("a = [1,]", 8), ("a = [1", 7), ("a &", 3), ("a = \\", 5),
            ("- 5 = a", 2), ("type = \"é\" x", 12), ("a in", 5), ("in a", 1), ("a = 'x' 'y'", 9), ("!", 2),
        ]
    )
    func refused(_ text: String, _ column: Int) {
        do throws(TriggerFault) {
            _ = try Trigger(text)
            Issue.record("accepted: \(text)")
        } catch {
            #expect(error.column == column, "\(text): \(error)")
        }
    }

    @Test("depth and size are bounded")
    func bounds() {
        let nested: (Int) -> String = { String(repeating: "(", count: $0) + "a" + String(repeating: ")", count: $0) }
        #expect((try? Trigger(nested(64))) != nil)
        #expect((try? Trigger(nested(65))) == nil)
        #expect((try? Trigger(String(repeating: "!", count: 65) + "a")) == nil)
        #expect((try? Trigger("a" + String(repeating: " or a", count: 1000))) != nil)
        #expect((try? Trigger("a" + String(repeating: " or a", count: 1100))) == nil)
    }

    @Test(
        "globs match whole texts",
        arguments: [
            ("", "", true), ("*", "", true), ("?", "", false), ("a*", "abc", true), ("*c", "abc", true),
            ("a", "ab", false),
            ("a?c", "aéc", true), ("[abc]x", "bx", true), ("[a-c]x", "cx", true), ("[a-c]x", "dx", false),
            ("[", "[", true), ("[]", "[]", true), ("[]a]", "]", true), ("[a-]", "-", true), ("\\*", "*", true),
            ("\\*", "x", false), ("[\\]]", "]", true), ("\\", "\\", true), ("*a*b*c*", "xxaxxbxxcxx", true),
            ("*a*b*c*", "xxaxxcxxbxx", false), ("[à-é]", "è", true), ("😀*", "😀!", true), ("??", "😀", false),
            ("*aaaaaaaaaaaab", String(repeating: "a", count: 5000), false),
        ]
    )
    func globs(_ pattern: String, _ subject: String, _ isMatch: Bool) throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("s")
        writer.string(subject)
        writer.name("p")
        writer.string(pattern)
        writer.endObject()
        let message = String(decoding: writer.bytes, as: UTF8.self)
        #expect(try Outcome.of(trigger: "match(s, p)", message: message) == "\(isMatch)")
    }
}
