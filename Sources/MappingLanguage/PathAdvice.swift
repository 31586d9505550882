/// What the text of a path is probably meant to say that the language of paths does not have (section 3).
///
/// Almost every text is a path: what is not an index or a quoted key in brackets belongs to a key. So a path that somebody
/// brought from another language finds nothing, and says nothing about it; these are the words for it.
struct PathAdvice {
    /// What is found, in the order of the text.
    private(set) var remarks: [String] = []
    /// The path's characters without what stands in accepted brackets.
    private var bare = ""
    private let path: String

    /// - Parameters:
    ///   - path: the text of a path.
    ///   - isInHole: whether it is the hole of a template, which drops blanks at both ends.
    /// - Returns: what is probably meant otherwise, in words; none for a path that is meant as it is read.
    static func remarks(on path: String, isInHole: Bool = false) -> [String] {
        var advice = PathAdvice(path: path)
        if !isInHole { advice.checkEnds() }
        advice.checkBrackets()
        advice.checkRest()
        return advice.remarks
    }

    /// Why a path has no meaning at all by section 3, so that it is refused; nil for any other.
    static func refusal(of path: String) -> String? {
        if path.hasPrefix("$[") {
            return "'$[' is not the whole message: a path starts with '$.', or with no '$'; write \(withoutRoot(path))"
        }
        return hasOpenBracket(path) ? "the bracket is not closed; write ']' behind the index or the quoted key" : nil
    }

    private init(path: String) { self.path = path }

    private mutating func add(_ remark: String) {
        if !remarks.contains(remark) { remarks.append(remark) }
    }

    private mutating func checkEnds() {
        let trimmed = path.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
        guard trimmed.count < path.count, !trimmed.isEmpty else { return }
        add("the blanks at the ends belong to the key here; write \(String(trimmed))")
    }

    // MARK: Brackets

    private mutating func checkBrackets() {
        var rest = path[...]
        while let open = rest.firstIndex(of: "[") {
            bare += rest[..<open]
            let inside = rest[rest.index(after: open)...]
            if let end = Self.endOfAccepted(inside) {
                rest = inside[end...]
                continue
            }
            guard let close = inside.firstIndex(of: "]") else {
                rest = inside
                continue
            }
            add(Self.words(for: inside[..<close]))
            rest = inside[inside.index(after: close)...]
        }
        bare += rest
        if bare.contains("]") { add("']' closes no bracket, so that it belongs to the key") }
    }

    /// Where an index or a quoted key ends, behind its bracket.
    private static func endOfAccepted(_ inside: Substring) -> Substring.Index? {
        guard let first = inside.first else { return nil }
        if first == "'" || first == "\"" {
            let content = inside.dropFirst()
            return content.firstRange(of: "\(first)]")?.upperBound
        }
        let digits = inside.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, digits.endIndex < inside.endIndex, inside[digits.endIndex] == "]" else { return nil }
        return inside.index(after: digits.endIndex)
    }

    private static func words(for content: Substring) -> String {
        let shown = "[\(content)]"
        if content == "*" || content.isEmpty { return wildcard }
        if content.first == "-", content.dropFirst().allSatisfy({ $0.isNumber }) {
            return "there is no index from the end, so that \(shown) finds nothing; write an index from 0, such as [0]"
        }
        if content.first == "?" || content.first == "(" {
            return "there are no filters, so that \(shown) finds nothing; choose with @arrayPath and @if"
        }
        if content.contains(where: { ":,".contains($0) }) {
            return
                "there are no parts of lists, so that \(shown) finds nothing; write a path for each item, or @arrayPath"
        }
        return "\(shown) is neither an index nor a key in quotes, so that it belongs to the key; write ['\(content)']"
    }

    private static let wildcard =
        "there is no wildcard: a path gives one value; write an index, such as [0], or @arrayPath for every item"

    private static func hasOpenBracket(_ path: String) -> Bool {
        var rest = path[...]
        while let open = rest.firstIndex(of: "[") {
            let inside = rest[rest.index(after: open)...]
            guard let end = endOfAccepted(inside) ?? inside.firstIndex(of: "]") else { return true }
            rest = inside[end...]
        }
        return false
    }

    /// `$['a b'].c` as it is to be written.
    private static func withoutRoot(_ path: String) -> String {
        let rest = path.dropFirst()
        guard let quote = rest.dropFirst().first, "'\"".contains(quote), let end = endOfAccepted(rest.dropFirst())
        else {
            return "\(rest)"
        }
        let key = rest.dropFirst(2)[..<rest.index(end, offsetBy: -2)]
        let isPlain = !key.isEmpty && key.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
        return isPlain ? "$.\(key)\(rest[end...])" : "\(rest)"
    }

    // MARK: Outside brackets

    private mutating func checkRest() {
        if bare.hasPrefix("$..") {
            add("'..' does not search on every level, it is read as one dot; write the whole path, such as $.order.sku")
        } else if bare.contains("..") {
            add("'..' is read as one dot; write one")
        }
        let steps = bare.split(separator: ".")
        if steps.contains("*") || steps.contains(where: { $0.hasSuffix("*") && $0.count > 1 }) { add(Self.wildcard) }
        if bare.contains("{{") || bare.contains("}}") {
            add("a path has no holes, so that the braces belong to the key; write the path alone, or @template")
        }
        if bare.contains("|") {
            add("there are no filters, so that '|' belongs to the key; write @case or @replace around the value")
        }
        if bare.contains("??") { add("there are no alternatives, so that '??' belongs to the key; choose with @if") }
        if bare.hasSuffix("()") { add("there are no functions, so that '()' belongs to the key; a list has .length") }
        if bare.contains(where: { "'\"".contains($0) }) {
            add("quotes outside brackets belong to the key; write a key with blanks or dots as ['a b']")
        }
        if bare.hasPrefix("/") { add("a path has dots and not slashes between its steps; write $.a.b") }
    }
}
