/// Seeded random mappings, triggers and JSON.
struct RandomInput {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[next(elements.count)] }

    private static let keys = ["a", "b", "é", "length", "0", "", "a.b", "x y", "\\u0061", "$kafka", "_metadata"]
    private static let texts = [
        "", "a", "$.a", "{{a}}", "{\\\"a\\\":[1]}", "Straße", "ΑΣ", "\\n\\u00e9", "😀", "true", "12", "a b c",
    ]
    private static let paths = [
        "", ".", "$", "$.a", "a.b", "b", "é", "a[0]", "a.0.b", "a['a.b']", "b.length", "a[b]", "zz", "$.a..b", "a.a.a",
        "$kafka.key", "[0]", "a['",
    ]
    private static let scalars = ["null", "true", "false", "0", "-0", "1.50", "1e21", "12345678901234567890", "1e-7"]

    mutating func json(_ depth: Int = 0) -> String {
        switch next(depth > 4 ? 2 : 5) {
        case 0: return pick(Self.scalars)
        case 1: return "\"\(pick(Self.texts))\""
        case 2: return "[\((0..<next(4)).map { _ in json(depth + 1) }.joined(separator: " ,"))]"
        default: return object(depth)
        }
    }

    mutating func object(_ depth: Int = 0) -> String {
        let members = (0..<next(5)).map { _ in "\"\(pick(Self.keys))\" : \(json(depth + 1))" }
        return "{\(members.joined(separator: ","))}"
    }

    /// A mapping that is almost always valid.
    mutating func mapping(_ depth: Int = 0) -> String {
        switch next(depth > 4 ? 3 : 8) {
        case 0: return pick(Self.scalars)
        case 1: return "\"\(pick(Self.texts))\""
        case 2: return "{\"@path\":\"\(pick(Self.paths))\"}"
        case 3: return "[\((0..<next(4)).map { _ in mapping(depth + 1) }.joined(separator: ","))]"
        case 4: return mappingObject(depth)
        default: return directive(depth)
        }
    }

    mutating func mappingObject(_ depth: Int = 0) -> String {
        let members = (0..<next(5)).map { _ in "\"\(pick(Self.keys))\":\(mapping(depth + 1))" }
        return "{\(members.joined(separator: ","))}"
    }

    mutating func directive(_ depth: Int) -> String {
        let inner = mapping(depth + 1)
        let text = next(2) == 0 ? "\"\(pick(Self.texts))\"" : "{\"@path\":\"\(pick(Self.paths))\"}"
        let condition = "{\"@path\":\"\(pick(Self.paths))\"}"
        switch next(13) {
        case 0: return "{\"@path\":\(text)}"
        case 1: return "{\"@template\":\"\(pick(Self.texts)){{\(pick(Self.paths))}}{{{ \(pick(Self.paths)) }}}\"}"
        case 2: return "{\"@template\":\(text)}"
        case 3: return "{\"@literal\":\(inner)}"
        case 4:
            let test = pick(["exists", "blank"])
            return "{\"@if\":{\"\(test)\":\(condition),\"then\":\(inner),\"else\":\(mapping(depth + 1))}}"
        case 5: return "{\"@case\":{\"operator\":\"\(pick(["upper", "lower"]))\",\"value\":\(text)}}"
        case 6:
            return
                "{\"@replace\":{\"value\":\(text),\"pattern\":\"\(pick(["a", "é", "1", "AA"]))\",\"replacement\":\"$&\","
                + "\"ignorecase\":\(pick(["true", "false"])),\"global\":\(pick(["true", "false"]))}}"
        case 7: return "{\"@arrayPath\":[\(text),\(mappingObject(depth + 1))]}"
        case 8: return "{\"@json\":{\"mode\":\"\(pick(["encode", "decode"]))\",\"value\":\(inner)}}"
        case 9:
            return "{\"@flatten\":{\"value\":\(inner),\"separator\":\"_\",\"omitArrays\":\(pick(["true", "false"]))}}"
        case 10:
            let objects = (0..<next(3)).map { _ in mappingObject(depth + 1) } + [condition]
            return "{\"@merge\":{\"objects\":[\(objects.joined(separator: ","))],"
                + "\"direction\":\"\(pick(["left", "RIGHT"]))\"}}"
        case 11:
            return "{\"@transform\":{\"apply\":\(mappingObject(depth + 1)),\"mapping\":\(mappingObject(depth + 1))}}"
        default: return "{\"@excludeWhenNull\":\(inner)}"
        }
    }

    /// Tokens of the trigger language in any order.
    mutating func tokens() -> String {
        let tokens = [
            "type", "=", "!=", "!", "(", ")", "and", "or", "in", "[", "]", ",", "5", "-1.5", "'x'", "\"é\"", "true",
            "null", "contains", "match", "length", "properties", ".", "a", "\\ ", " ", "<", ">=", "$kafka", "\"", "😀",
        ]
        return (0..<next(20)).map { _ in pick(tokens) }.joined(separator: pick(["", " "]))
    }

    /// A trigger that follows the grammar.
    mutating func trigger(_ depth: Int = 0) -> String {
        switch next(depth > 4 ? 2 : 6) {
        case 0: return operand(depth)
        case 1:
            let comparison = pick(["=", "!=", "<", "<=", ">", ">=", " in "])
            return operand(depth) + comparison + operand(depth)
        case 2: return "!\(trigger(depth + 1))"
        case 3: return "(\(trigger(depth + 1)))"
        default: return "\(trigger(depth + 1)) \(pick(["and", "or"])) \(trigger(depth + 1))"
        }
    }

    private mutating func operand(_ depth: Int) -> String {
        switch next(depth > 5 ? 4 : 7) {
        case 0: return pick(["a", "b", "a.b", "é", "\\0", "a.length", "x\\ y", "\\ "])
        case 1: return pick(["5", "-1", "1.5", "0"])
        case 2: return pick(["''", "\"a\"", "'Straße'", "true", "false", "null"])
        case 3: return "[\(pick(["", "a", "1,'a'", "null,[a]"]))]"
        case 4: return "\(pick(["contains", "match"]))(\(trigger(depth + 1)), \(operand(depth + 1)))"
        case 5:
            let name = pick([
                "length", "lowercase", "uppercase", "snakecase", "kebabcase", "titlecase", "typeof", "string", "number",
                "bool",
            ])
            return "\(name)(\(operand(depth + 1)))"
        default: return "(\(trigger(depth + 1)))"
        }
    }
}
