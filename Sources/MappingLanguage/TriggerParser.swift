internal import Spelling

/// Reads a trigger by the grammar of section 7.1, to its end.
struct TriggerParser {
    static let maximumDepth = 64
    static let maximumByteCount = 5 << 10

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0

    private(set) var nodes: ContiguousArray<TriggerNode> = []
    private(set) var children: ContiguousArray<Int32> = []
    private(set) var names: ContiguousArray<ByteRange> = []
    private(set) var pool: [UInt8] = []
    private(set) var readsRecord = false
    /// What stands where it is most likely not meant as it is read.
    private(set) var words: [TriggerWord] = []

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// - Returns: the node of the whole trigger.
    mutating func parse() throws(TriggerFault) -> Int32 {
        let bytes = scalars.reduce(0) { $0 + UTF8.width($1) }
        guard bytes <= Self.maximumByteCount else {
            throw TriggerFault(column: 1, "the trigger has \(bytes) bytes, more than \(Self.maximumByteCount)")
        }
        skipSpace()
        guard position < scalars.count else {
            throw TriggerFault(column: 1, "the trigger is empty; write true to take every message")
        }
        let start = position
        let root = try parseAny()
        noteConstant(root, at: start)
        skipSpace()
        guard position == scalars.count else { throw unexpected("the end, 'and' or 'or'") }
        return root
    }

    // MARK: Levels of the grammar

    private mutating func parseAny() throws(TriggerFault) -> Int32 {
        try parseTerms("or", { parser throws(TriggerFault) in try parser.parseAll() }, { .any(first: $0, count: $1) })
    }

    private mutating func parseAll() throws(TriggerFault) -> Int32 {
        try parseTerms(
            "and",
            { parser throws(TriggerFault) in try parser.parseUnary() },
            { .all(first: $0, count: $1) }
        )
    }

    /// One term, or several with a keyword between them.
    private mutating func parseTerms(
        _ keyword: String,
        _ term: (inout TriggerParser) throws(TriggerFault) -> Int32,
        _ node: (Int32, Int32) -> TriggerNode
    ) throws(TriggerFault) -> Int32 {
        skipSpace()
        var starts = [position]
        var terms = [try term(&self)]
        while takeKeyword(keyword) {
            skipSpace()
            starts.append(position)
            terms.append(try term(&self))
        }
        guard terms.count > 1 else { return terms[0] }
        for (index, start) in zip(terms, starts) { noteConstant(index, at: start) }
        return add(terms, node)
    }

    private mutating func parseUnary() throws(TriggerFault) -> Int32 {
        guard take("!") else { return try parseComparison() }
        skipSpace()
        let isPlain = peek == "(" || peek == "!"
        try enter()
        let negated = try parseUnary()
        depth -= 1
        if !isPlain, case .call(let function, _, _) = nodes[Int(negated)], function == .contains || function == .match {
            return add(.notForText(call: negated))
        }
        return add(.not(negated))
    }

    private mutating func parseComparison() throws(TriggerFault) -> Int32 {
        let left = try parseOperand()
        guard var comparison = takeOperator() else { return left }
        skipSpace()
        let start = position
        let right = try parseOperand()
        if comparison == .equal || comparison == .notEqual { noteWord(right, at: start, comparedWith: left) }
        if comparison == .notEqual, isNumber(left) || isNumber(right) { comparison = .otherNumber }
        return add(.compare(comparison, left: left, right: right))
    }

    /// Notes a name without quotes on the right of `=` or `!=`; but two ids may well be compared.
    private mutating func noteWord(_ node: Int32, at start: Int, comparedWith left: Int32) {
        guard let name = bareName(node) else { return }
        if let other = bareName(left), TriggerWord.comparable.contains(other), TriggerWord.comparable.contains(name) {
            return
        }
        words.append(TriggerWord(kind: .field, text: name, column: start + 1))
    }

    /// Notes a text or number that stands where a condition belongs: it is never true.
    private mutating func noteConstant(_ node: Int32, at start: Int) {
        switch nodes[Int(node)] {
        case .text(let range):
            let text = String(decoding: pool[range.range], as: UTF8.self)
            words.append(TriggerWord(kind: .constant, text: "\"\(text)\"", column: start + 1))
        case .number: words.append(TriggerWord(kind: .constant, text: "a number", column: start + 1))
        case .null, .boolean, .list, .field, .call, .compare, .all, .any, .not, .notForText: break
        }
    }

    /// The name of a field that has one name only.
    private func bareName(_ node: Int32) -> String? {
        guard case .field(let first, 1, false) = nodes[Int(node)] else { return nil }
        return String(decoding: pool[names[Int(first)].range], as: UTF8.self)
    }

    private func isNumber(_ node: Int32) -> Bool {
        if case .number = nodes[Int(node)] { return true }
        return false
    }

    private mutating func parseOperand() throws(TriggerFault) -> Int32 {
        skipSpace()
        switch peek {
        case "(":
            position += 1
            try enter()
            let inner = try parseAny()
            depth -= 1
            guard take(")") else { throw unexpected("')'") }
            return inner
        case "[":
            position += 1
            return try parseItems(until: "]") { parser throws(TriggerFault) in try parser.parseOperand() }
        case "\"", "'": return try parseText()
        case .some(let scalar) where Self.isDigit(scalar) || scalar == "+" || scalar == "-": return try parseNumber()
        case .some(let scalar) where Self.isLetter(scalar) || scalar == "_" || scalar == "\\" || scalar == "$":
            return try parseWord()
        default: throw unexpected("a field, text, number, list or '('")
        }
    }

    /// Items with commas between them, up to a closing bracket.
    private mutating func parseItems(
        until closing: Unicode.Scalar,
        _ item: (inout TriggerParser) throws(TriggerFault) -> Int32
    ) throws(TriggerFault) -> Int32 {
        try enter()
        defer { depth -= 1 }
        var items: [Int32] = []
        if !take(closing) {
            repeat {
                skipSpace()
                let start = position
                items.append(try item(&self))
                // Behind the first value of a call, and anywhere in a list.
                if closing == "]" || items.count > 1, let name = bareName(items[items.count - 1]) {
                    words.append(TriggerWord(kind: .field, text: name, column: start + 1))
                }
            } while take(",")
            guard take(closing) else { throw unexpected("',' or '\(closing)'") }
        }
        return add(items) { .list(first: $0, count: $1) }
    }

    // MARK: Words

    private mutating func parseWord() throws(TriggerFault) -> Int32 {
        let start = position
        let isRecord = takeRecordName()
        let first = isRecord ? (name: "$kafka", isPlain: false) : try parseName()
        skipSpace()
        if peek == "." { return try parseField(first.name, readsRecord: isRecord) }
        if first.isPlain {
            switch first.name {
            case "true": return add(.boolean(true))
            case "false": return add(.boolean(false))
            case "null": return add(.null)
            case "and", "or", "in":
                throw TriggerFault(column: start + 1, "'\(first.name)' stands where a field or value is expected")
            default: break
            }
            if peek == "(" { return try parseCall(first.name, at: start) }
        }
        return try parseField(first.name, readsRecord: isRecord)
    }

    /// `$kafka`, the only name that starts with `$`.
    private mutating func takeRecordName() -> Bool {
        let name = Array("$kafka".unicodeScalars)
        guard scalars[position...].starts(with: name) else { return false }
        let end = position + name.count
        if end < scalars.count, Self.isNamePart(scalars[end]) || scalars[end] == "\\" { return false }
        position = end
        return true
    }

    /// - Returns: the name, and whether it has no backslash, so that it may be a keyword.
    private mutating func parseName() throws(TriggerFault) -> (name: String, isPlain: Bool) {
        var name = String.UnicodeScalarView()
        var isPlain = true
        while position < scalars.count {
            let scalar = scalars[position]
            if scalar == "\\" {
                guard position + 1 < scalars.count else {
                    throw TriggerFault(column: position + 1, "a backslash needs a character behind it")
                }
                name.append(scalars[position + 1])
                isPlain = false
                position += 2
            } else if Self.isNamePart(scalar) {
                name.append(scalar)
                position += 1
            } else {
                break
            }
        }
        guard !name.isEmpty else { throw unexpected("a name") }
        return (String(name), isPlain)
    }

    private mutating func parseField(_ first: String, readsRecord: Bool) throws(TriggerFault) -> Int32 {
        var found = [store(first)]
        while take(".") {
            skipSpace()
            found.append(store(try parseName().name))
        }
        self.readsRecord = self.readsRecord || readsRecord
        let start = Int32(names.count)
        names.append(contentsOf: found)
        return add(.field(first: start, count: Int32(found.count), readsRecord: readsRecord))
    }

    private mutating func parseCall(_ name: String, at start: Int) throws(TriggerFault) -> Int32 {
        guard let function = TriggerFunction(rawValue: name) else {
            let known = TriggerFunction.allCases.map(\.rawValue)
            let advice =
                Suggestion.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                ?? "known are \(known.joined(separator: ", "))"
            throw TriggerFault(column: start + 1, "no function is called '\(name)'; \(advice)")
        }
        position += 1
        let list = try parseItems(until: ")") { parser throws(TriggerFault) in try parser.parseAny() }
        guard case .list(let first, let count) = nodes[Int(list)], count == function.argumentCount else {
            throw TriggerFault(column: start + 1, "'\(name)' takes \(function.argumentCount) values")
        }
        return add(.call(function, first: first, count: count))
    }

    // MARK: Literals

    private mutating func parseText() throws(TriggerFault) -> Int32 {
        let quote = scalars[position]
        let start = position + 1
        guard let end = scalars[start...].firstIndex(of: quote) else {
            throw TriggerFault(column: position + 1, "the text has no closing \(quote)")
        }
        position = end + 1
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[start..<end])
        return add(.text(store(String(text))))
    }

    private mutating func parseNumber() throws(TriggerFault) -> Int32 {
        let start = position
        if scalars[position] == "+" || scalars[position] == "-" { position += 1 }
        try takeDigits()
        if peek == "." {
            position += 1
            try takeDigits()
        }
        let text = scalars[start..<position].map { UInt8(truncatingIfNeeded: $0.value) }
        guard let number = TriggerNumber(text.span) else {
            throw TriggerFault(column: start + 1, "the number is too large")
        }
        return add(.number(number))
    }

    private mutating func takeDigits() throws(TriggerFault) {
        let start = position
        while position < scalars.count, Self.isDigit(scalars[position]) { position += 1 }
        if position == start { throw unexpected("a digit") }
    }

    // MARK: Tokens

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func skipSpace() {
        while position < scalars.count, scalars[position].properties.isWhitespace { position += 1 }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard peek == scalar else { return false }
        position += 1
        return true
    }

    private mutating func takeKeyword(_ keyword: String) -> Bool {
        skipSpace()
        let word = Array(keyword.unicodeScalars)
        guard scalars[position...].starts(with: word) else { return false }
        let end = position + word.count
        if end < scalars.count, Self.isNamePart(scalars[end]) || scalars[end] == "\\" || scalars[end] == "." {
            return false
        }
        position = end
        return true
    }

    private mutating func takeOperator() -> TriggerOperator? {
        skipSpace()
        let next = position + 1 < scalars.count ? scalars[position + 1] : nil
        let found: (TriggerOperator, Int)
        switch (peek, next) {
        case ("!", "="): found = (.notEqual, 2)
        case (">", "="): found = (.greaterOrEqual, 2)
        case ("<", "="): found = (.lessOrEqual, 2)
        case ("=", _): found = (.equal, 1)
        case (">", _): found = (.greater, 1)
        case ("<", _): found = (.less, 1)
        default: return takeKeyword("in") ? .contained : nil
        }
        position += found.1
        return found.0
    }

    private mutating func enter() throws(TriggerFault) {
        depth += 1
        guard depth <= Self.maximumDepth else {
            throw TriggerFault(column: position + 1, "more than \(Self.maximumDepth) levels inside one another")
        }
    }

    private func unexpected(_ expected: String) -> TriggerFault {
        guard position < scalars.count else {
            return TriggerFault(column: position + 1, "the trigger ends where \(expected) is expected")
        }
        var remark = ""
        if scalars[position] == "=", position > 0, scalars[position - 1] == "=" { remark = "; equality is one '='" }
        switch scalars[position] {
        case "$": remark = "; a field has no '$.' in front, such as userId"
        case "[": remark = "; a trigger has no index into a list, and other characters of a name have a backslash"
        case "*": remark = "; there is no wildcard; write match(event, \"Order *\")"
        case "{": remark = "; a trigger has no templates; write the field's name alone"
        case ">": if position > 0, scalars[position - 1] == "<" { remark = "; inequality is '!='" }
        case let scalar where Self.isLetter(scalar): remark = remarkOnWords
        default: if expected == "a name" { remark = "; other characters of a name have a backslash in front" }
        }
        for (wrong, right) in [("AND", "and"), ("OR", "or"), ("&&", "and"), ("||", "or")]
        where scalars[position...].starts(with: Array(wrong.unicodeScalars)) {
            remark = "; write '\(right)'"
        }
        return TriggerFault(
            column: position + 1,
            "'\(Character(scalars[position]))' stands where \(expected) is expected\(remark)"
        )
    }

    /// What to do about a word that stands where none can: most come from other languages.
    private var remarkOnWords: String {
        let before = scalars[..<position].reversed().drop { $0 == " " }.prefix(4).reversed()
        if String(String.UnicodeScalarView(before)).lowercased().hasSuffix("not") {
            return "; a negation is '!' in front of parentheses, such as !(type = \"identify\")"
        }
        let word = scalars[position...].prefix { Self.isNamePart($0) }
        if String(String.UnicodeScalarView(word)).lowercased() == "is" {
            return "; what is missing or null is asked for with = null or != null, such as userId != null"
        }
        return "; a text is written in quotes"
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII ? (("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)) : scalar.properties.isAlphabetic
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        isLetter(scalar) || isDigit(scalar) || scalar == "_" || scalar == "-"
    }

    // MARK: Tables

    private mutating func add(_ node: TriggerNode) -> Int32 {
        nodes.append(node)
        return Int32(nodes.count - 1)
    }

    private mutating func add(_ items: [Int32], _ node: (Int32, Int32) -> TriggerNode) -> Int32 {
        let first = Int32(children.count)
        children.append(contentsOf: items)
        return add(node(first, Int32(items.count)))
    }

    private mutating func store(_ text: String) -> ByteRange {
        let range = ByteRange(start: pool.count, count: text.utf8.count)
        pool.append(contentsOf: text.utf8)
        return range
    }
}
