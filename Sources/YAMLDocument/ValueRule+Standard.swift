import Spelling

// The kinds of values that files share. Each says its range and an example in its faults.

extension ValueRule where Value == String {
    /// A text of at least one character; a number counts as text, as it is written.
    ///
    /// `what` says what kind of text with its article, such as "a topic"; the example is written as in a file.
    public static func text(_ what: String = "a text", example: String? = nil) -> ValueRule {
        ValueRule(scalar: what, example: example, write: { $0 }) { node in
            switch node.value {
            case .text(let text): text.isEmpty ? nil : text
            case .integer, .number: node.scalarText
            case .null, .boolean, .list, .map: nil
            }
        }
    }
}

extension ValueRule where Value == Bool {
    /// `true` or `false`.
    public static var boolean: ValueRule {
        ValueRule(scalar: "true or false", write: { $0 ? "true" : "false" }) { node in
            guard case .boolean(let value) = node.value else { return nil }
            return value
        }
    }
}

extension ValueRule where Value == Int {
    /// A whole number within bounds.
    public static func integer(_ range: ClosedRange<Int>, example: String? = nil) -> ValueRule {
        let bounds = Written.bounds(range.lowerBound, range.upperBound, isOpen: range.upperBound == .max) { "\($0)" }
        return ValueRule(scalar: "an integer \(bounds)", example: example, write: { "\($0)" }) { node in
            guard case .integer(let value) = node.value, let value = Int(exactly: value), range.contains(value) else {
                return nil
            }
            return value
        }
    }

    /// A number of bytes with its unit, within bounds; a megabyte is 1 000 000 bytes, a mebibyte 1 048 576.
    public static func byteCount(_ range: ClosedRange<Int>, example: String) -> ValueRule {
        let bounds = Written.bounds(range.lowerBound, range.upperBound, isOpen: range.upperBound == .max) {
            Written.spaced(WrittenUnits.text(byteCount: $0))
        }
        return ValueRule(
            scalar: "a size \(bounds)",
            example: example,
            write: { WrittenUnits.text(byteCount: $0) },
            parse: { node in
                guard let value = node.scalarText.flatMap({ WrittenUnits.byteCount($0) }), range.contains(value) else {
                    return nil
                }
                return value
            }
        )
    }
}

extension ValueRule where Value == Duration {
    /// A duration with its unit, within bounds.
    ///
    /// Without a maximum there is no upper bound; the example is written as in a file, such as `100ms`.
    public static func duration(from minimum: Duration, to maximum: Duration? = nil, example: String) -> ValueRule {
        let bounds = Written.bounds(minimum, maximum ?? minimum, isOpen: maximum == nil) {
            Written.spaced(WrittenUnits.text($0))
        }
        return ValueRule(
            scalar: "a duration \(bounds)",
            example: example,
            write: { WrittenUnits.text($0) },
            parse: { node in
                guard let value = node.scalarText.flatMap({ WrittenUnits.duration($0) }), value >= minimum else {
                    return nil
                }
                if let maximum, value > maximum { return nil }
                return value
            }
        )
    }
}

extension ValueRule where Value == Double {
    /// A share of a whole with a percent sign; `20%` is 0.2.
    public static func share(example: String) -> ValueRule {
        ValueRule(
            scalar: "a percentage from 0% to 100%",
            example: example,
            write: { WrittenUnits.text(share: $0) },
            parse: { node in
                guard let value = node.scalarText.flatMap({ WrittenUnits.share($0) }), value <= 1 else { return nil }
                return value
            }
        )
    }
}

extension ValueRule where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the names of an enumeration.
    public static var choice: ValueRule {
        let names = Value.allCases.map(\.rawValue)
        return ValueRule(expected: Written.alternatives(names), write: { $0.rawValue }) { (cursor) throws(Refused) in
            let text = cursor.node.scalarText ?? ""
            if let value = Value(rawValue: text) { return value }
            let nearest = Suggestion.nearest(to: text, among: names)
            let question = nearest.map { "; did you mean '\($0)'?" } ?? ""
            throw cursor.refusal("\(cursor.shown) is not \(Written.alternatives(names))\(question)")
        }
    }
}

extension ValueRule {
    /// A list of values of one kind; in an environment variable a text with commas.
    ///
    /// `what` names the elements in the plural, such as "topics"; the example is written as in a file, such as `[a, b]`.
    public static func list<Element>(
        of element: ValueRule<Element>,
        minimumCount: Int = 0,
        _ what: String,
        example: String
    ) -> ValueRule where Value == [Element] {
        let least = minimumCount == 1 ? "one or more " : minimumCount > 1 ? "\(minimumCount) or more " : ""
        let range = "a list of \(least)\(what)"
        let expected = "\(range), such as \(example)"
        let plain = example.filter { !"[]'\"".contains($0) }
        let ofVariable = "\(least)\(what) separated by commas, such as \(plain)"
        return ValueRule(
            expected: range,
            example: example,
            ofVariable: ofVariable,
            write: { "[\($0.map(element.write).joined(separator: ", "))]" },
            read: { (cursor) throws(Refused) in
                let elements = try cursor.elements(expected: expected)
                guard elements.count >= minimumCount else {
                    throw cursor.refusal("an empty list is not \(cursor.isFromEnvironment ? ofVariable : expected)")
                }
                // Every element is read before the list is refused, so that each fault of a list is reported.
                let values = elements.map { $0.read(element) }
                guard !values.contains(where: { $0 == nil }) else { throw Refused() }
                return values.compactMap { $0 }
            }
        )
    }

    /// What another rule reads, or a word that stands for "none", such as `never`.
    public static func either<Wrapped>(_ rule: ValueRule<Wrapped>, or word: String) -> ValueRule
    where Value == Wrapped? {
        let range = "\(rule.range), or '\(word)'"
        let expected = rule.example.map { "\(range), such as \($0)" } ?? range
        return ValueRule(
            expected: range,
            example: rule.example,
            write: { $0.map(rule.write) ?? word },
            read: { (cursor) throws(Refused) in
                if cursor.node.scalarText == word { return nil }
                // A rule that records its own faults knows nothing of the word.
                guard let parse = rule.parse else { return try rule.read(cursor) }
                guard let value = parse(cursor.node) else { throw cursor.refusal(expected: expected) }
                return value
            }
        )
    }
}

/// Words of the standard rules.
enum Written {
    static func bounds<Bound>(_ low: Bound, _ high: Bound, isOpen: Bool, _ write: (Bound) -> String) -> String {
        isOpen ? "of \(write(low)) or more" : "from \(write(low)) to \(write(high))"
    }

    /// `5MB` as `5 MB`, for sentences.
    static func spaced(_ text: String) -> String {
        let digits = text.prefix { $0.isNumber }
        return "\(digits) \(text.dropFirst(digits.count))"
    }

    /// `a, b or c`.
    static func alternatives(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return "\(names.dropLast().joined(separator: ", ")) or \(last)"
    }
}
