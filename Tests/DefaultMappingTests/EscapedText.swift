import JSONDocument

/// Writes JSON with every character of every string as an escape.
struct EscapedText {
    private(set) var json = ""

    mutating func append(_ text: String) {
        json += "\""
        for unit in text.utf16 {
            let digits = String(unit, radix: 16)
            json += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }
        json += "\""
    }

    /// Appends a value, keys included, with white space between the tokens.
    mutating func append(_ node: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) {
        switch tape.kind(of: node) {
        case .object:
            json += "{ "
            var members = tape.members(of: node)
            var isFirst = true
            while let (name, value) = tape.next(&members) {
                if !isFirst { json += " ,\n" }
                isFirst = false
                append(name, tape, text)
                json += " : "
                append(value, tape, text)
            }
            json += " }"
        case .array:
            json += "[ "
            var elements = tape.elements(of: node)
            var isFirst = true
            while let element = tape.next(&elements) {
                if !isFirst { json += " ,\t" }
                isFirst = false
                append(element, tape, text)
            }
            json += " ]"
        case .string: append(tape.string(of: node, in: text) ?? "")
        case .number, .boolean, .null: json += tape.verbatim(node, in: text)
        }
    }
}
