/// What only the text of a trigger tells about Segment's evaluator: its parentheses, quotes and spaces (mapping language,
/// section 8.2).
struct TriggerTokens {
    /// Column, row and detail.
    typealias Difference = (column: Int, code: String, detail: String)

    private struct Group {
        let isCall: Bool
        var words: Set<String> = []
        /// Whether the last thing in it was a call.
        var endsInCall = false
    }

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var groups = [Group(isCall: false)]
    private var found: [Difference] = []

    /// The differences of a trigger that has been accepted.
    static func differences(_ text: String) -> [Difference] {
        var tokens = TriggerTokens(scalars: Array(text.unicodeScalars))
        while tokens.position < tokens.scalars.count { tokens.readToken() }
        return tokens.found
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    private mutating func add(_ code: String, _ detail: String) { found.append((position + 1, code, detail)) }

    private mutating func readToken() {
        let scalar = scalars[position]
        let innermost = groups.count - 1
        if groups[innermost].endsInCall, !scalar.properties.isWhitespace {
            groups[innermost].endsInCall = false
            if scalar != ")", innermost > 0, !groups[innermost].isCall {
                add("F2", "Segment cuts a group behind a function in it; here the group is whole")
            }
        }
        switch scalar {
        case "'", "\"": readText(scalar)
        case "(": openGroup()
        case ")":
            if groups.count > 1, groups.removeLast().isCall { groups[groups.count - 1].endsInCall = true }
            position += 1
        case "=", "!", ">", "<": readOperator(scalar)
        case _ where Self.isWord(scalar) || scalar == "\\": readWord()
        default: position += 1
        }
    }

    private mutating func readText(_ quote: Unicode.Scalar) {
        if quote == "'" { add("F4", "Segment takes single quotes as part of the value") }
        let end = scalars[(position + 1)...].firstIndex(of: quote) ?? scalars.count - 1
        if end + 1 < scalars.count, Self.isWord(scalars[end + 1]) {
            add("F5", "Segment misreads words without a space around them; here none is needed")
        }
        position = end + 1
    }

    private mutating func openGroup() {
        let word = wordBefore
        let isCall = !word.isEmpty && !["and", "or", "in"].contains(word)
        if !isCall {
            if scalars[..<position].last(where: { !$0.properties.isWhitespace }) == "!" {
                add("F3", "Segment loses the negation of !( … ); here it counts")
            }
            if groups.dropFirst().contains(where: { !$0.isCall }) {
                add("F2", "Segment refuses nested parentheses; here they group")
            }
        }
        groups.append(Group(isCall: isCall))
        position += 1
    }

    private mutating func readOperator(_ scalar: Unicode.Scalar) {
        let length = scalar != "=" && self[position + 1] == "=" ? 2 : 1
        // A single ! is a negation.
        if scalar != "!" || length == 2 {
            if !self[position - 1].properties.isWhitespace || !self[position + length].properties.isWhitespace {
                add("F5", "Segment misreads operators without spaces; here none is needed")
            }
        }
        position += length
    }

    private mutating func readWord() {
        let start = position
        var end = position
        while end < scalars.count, Self.isWord(scalars[end]) || scalars[end] == "." || scalars[end] == "\\" {
            end += scalars[end] == "\\" ? 2 : 1
        }
        end = min(end, scalars.count)
        var word = String.UnicodeScalarView()
        word.append(contentsOf: scalars[start..<end])
        let text = String(word)
        if text == "and" || text == "or" {
            groups[groups.count - 1].words.insert(text)
            if groups[groups.count - 1].words.count == 2 {
                add("F1", "Segment uses the last of 'and' and 'or' for all; here 'and' binds first")
            }
        }
        position = end
    }

    /// A space outside the text.
    private subscript(index: Int) -> Unicode.Scalar { scalars.indices.contains(index) ? scalars[index] : " " }

    /// The word that ends directly before the position.
    private var wordBefore: String {
        var word = String.UnicodeScalarView()
        word.append(contentsOf: scalars[..<position].reversed().prefix { Self.isWord($0) }.reversed())
        return String(word)
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_" || scalar == "-"
            || scalar == "$"
    }
}
