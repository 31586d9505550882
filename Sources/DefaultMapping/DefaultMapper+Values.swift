import BatchAPI
import JSONDocument

/// What became of one value.
enum Verdict {
    /// Key and value were written, with a comma.
    case written
    /// Nothing was written, and everything inside it was reported.
    case gone
    /// Nothing was written.
    case refused(MappingReason)
}

/// The bounds of a list of texts and what is wrong beyond them.
struct TextListRule {
    /// Lists of attributes.
    static func attribute(cuts: Bool) -> TextListRule {
        TextListRule(
            maximumCount: BatchLimits.arrayItemCount,
            maximumLength: BatchLimits.stringLength,
            cuts: cuts,
            tooMany: .listTooLong,
            tooLong: .textTooLong,
            nested: .listOfObjects
        )
    }

    /// The reserved `$tags` of an event.
    static let tags = TextListRule(
        maximumCount: BatchLimits.tagCount,
        maximumLength: BatchLimits.tagLength,
        cuts: false,
        tooMany: .badTags,
        tooLong: .badTags,
        nested: .badTags
    )

    let maximumCount: Int
    /// In code points.
    let maximumLength: Int
    let cuts: Bool
    let tooMany: MappingReason
    let tooLong: MappingReason
    let nested: MappingReason
}

/// Values as profiles and events have them alike.
extension DefaultMapper {
    /// Writes a text, a number or a boolean under a key.
    @inline(__always)
    mutating func writeScalar(
        _ node: JSONNode,
        _ kind: JSONKind,
        _ key: RenamedKey,
        isInEvent: Bool,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Verdict {
        if kind == .string { return writeText(node, key, isInEvent: isInEvent, tape, text) }
        if let refusal = Self.refusal(ofUntypedValue: key.type) { return .refused(refusal) }
        if kind == .number, !Self.isInRange(node, tape, text) { return .refused(.numberOutOfRange) }
        append(key: key.name, .detected)
        out.append(text, tape.textRange(of: node))
        endValue()
        return .written
    }

    /// Why anything but a text cannot stand under a key that names a type.
    @inline(__always)
    static func refusal(ofUntypedValue type: RenamedKey.ValueType) -> MappingReason? {
        switch type {
        case .detected: nil
        case .date: .badDate
        case .address: .badURL
        }
    }

    /// Whether 64 bits hold a whole number, and a double any other.
    private static func isInRange(_ node: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> Bool {
        let range = tape.textRange(of: node)
        if tape.isInteger(node) { return range.count <= 18 || tape.int64(of: node, in: text) != nil }
        // Without an exponent it takes 309 digits to leave a double, with one of two digits 210.
        if range.count < 200 {
            var digitCount = 0
            for index in range.reversed() where text[index] | 0x20 == UInt8(ascii: "e") {
                digitCount = range.upperBound - index - 1
                break
            }
            if digitCount <= 2 { return true }
        }
        return tape.double(of: node, in: text) != nil
    }

    // MARK: Texts

    private mutating func writeText(
        _ node: JSONNode,
        _ key: RenamedKey,
        isInEvent: Bool,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Verdict {
        // A line break is an escape or not ASCII.
        if !tape.isEscaped(node), !isInEvent || tape.isASCII(node) {
            return writeTyped(text, tape.contentRange(of: node), isToken: true, key)
        }
        var content = takeContent(of: node, tape, text)
        if isInEvent { TextRules.joinLines(of: &content) }
        let verdict = writeTyped(content.span, 0..<content.count, isToken: false, key)
        contentBuffer = content
        return verdict
    }

    /// Writes a text as what it is: the characters that are a part of a source. Those of a token stand there in quotes and
    /// need no escape.
    private mutating func writeTyped(
        _ source: Span<UInt8>,
        _ part: Range<Int>,
        isToken: Bool,
        _ key: RenamedKey
    ) -> Verdict {
        let content = source.extracting(part)
        if TextRules.isBlank(content) { return .refused(.empty) }
        switch key.type {
        case .date: return writeDate(content, key.name, allowsDay: true) ? .written : .refused(.badDate)
        case .address:
            guard AddressText.isAddress(content, ofAnyScheme: true) else { return .refused(.badURL) }
            return writeAddress(source, part, isToken: isToken, key.name)
        case .detected: break
        }
        if options.dates != .off, TextRules.isDigit(content[0]),
            writeDate(content, key.name, allowsDay: options.dates == .detectDays)
        {
            return .written
        }
        if options.urls == .detect, AddressText.isWebAddress(content) {
            return writeAddress(source, part, isToken: isToken, key.name)
        }
        if let end = TextRules.end(ofFirst: BatchLimits.stringLength, in: content) {
            guard options.longText == .cut else { return .refused(.textTooLong) }
            let start = content.extracting(0..<end)
            if TextRules.isBlank(start) { return .refused(.empty) }
            append(key: key.name, .detected)
            append(quoted: start, isEscaped: !isToken)
        } else {
            append(key: key.name, .detected)
            append(source, part, isToken: isToken)
        }
        endValue()
        return .written
    }

    @inline(__always)
    private mutating func append(_ source: Span<UInt8>, _ part: Range<Int>, isToken: Bool) {
        if isToken {
            out.append(source, part.lowerBound - 1..<part.upperBound + 1)
        } else {
            out.append(string: source.extracting(part))
        }
    }

    private mutating func writeDate(_ content: Span<UInt8>, _ name: PackedName, allowsDay: Bool) -> Bool {
        guard content.count >= 10, content[4] == UInt8(ascii: "-") else { return false }
        let mark = out.count
        append(key: name, .date)
        guard DateText.append(content, allowsDay: allowsDay, to: &out) != nil else {
            forget(from: mark)
            return false
        }
        endValue()
        return true
    }

    private mutating func writeAddress(
        _ source: Span<UInt8>,
        _ part: Range<Int>,
        isToken: Bool,
        _ name: PackedName
    ) -> Verdict {
        guard TextRules.end(ofFirst: BatchLimits.urlLength, in: source.extracting(part)) == nil else {
            return .refused(.urlTooLong)
        }
        append(key: name, .address)
        append(source, part, isToken: isToken)
        endValue()
        return .written
    }

    // MARK: Lists of texts

    /// Writes what follows the key: the texts of a list without nulls, blanks and duplicates. On refusal the caller forgets
    /// what was written. `empty` says that nothing was left.
    mutating func writeTextList(
        _ list: JSONNode,
        _ rule: TextListRule,
        isInEvent: Bool,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> MappingReason? {
        var elements = tape.elements(of: list)
        while let element = tape.next(&elements) {
            let kind = tape.kind(of: element)
            if kind == .array || kind == .object && !(isInEvent && isEmptyObject(element, tape)) { return rule.nested }
        }
        listItems.removeAll(keepingCapacity: true)
        out.append(UInt8(ascii: "["))
        elements = tape.elements(of: list)
        while let element = tape.next(&elements) {
            let reason: MappingReason?
            switch tape.kind(of: element) {
            case .null, .object, .array: continue
            case .number, .boolean:
                reason = writeItem(text.extracting(tape.textRange(of: element)), rule, isEscaped: false)
            case .string:
                if !tape.isEscaped(element), !isInEvent || tape.isASCII(element) {
                    reason = writeItem(text.extracting(tape.contentRange(of: element)), rule, isEscaped: false)
                } else {
                    var content = takeContent(of: element, tape, text)
                    if isInEvent { TextRules.joinLines(of: &content) }
                    reason = writeItem(content.span, rule, isEscaped: true)
                    contentBuffer = content
                }
            }
            if let reason { return reason }
        }
        if listItems.isEmpty { return .empty }
        if listItems.count > rule.maximumCount { return rule.tooMany }
        close(with: UInt8(ascii: "]"))
        endValue()
        return nil
    }

    /// - Returns: why the whole list is refused.
    private mutating func writeItem(
        _ content: Span<UInt8>,
        _ rule: TextListRule,
        isEscaped: Bool
    ) -> MappingReason? {
        if TextRules.isBlank(content) { return nil }
        var end = content.count
        if let cut = TextRules.end(ofFirst: rule.maximumLength, in: content) {
            guard rule.cuts else { return rule.tooLong }
            end = cut
            if TextRules.isBlank(content.extracting(0..<end)) { return nil }
        }
        // The list is too long already; the other items are read for their length only.
        if listItems.count > rule.maximumCount { return nil }
        let start = out.count
        append(quoted: content.extracting(0..<end), isEscaped: isEscaped)
        // Equal texts have equal JSON here, since each character is written in one way.
        for item in listItems where out.isEqual(item, start..<out.count) {
            forget(from: start)
            return nil
        }
        listItems.append(start..<out.count)
        endValue()
        return nil
    }

    /// Whether an object has no members.
    func isEmptyObject(_ node: JSONNode, _ tape: borrowing JSONTape) -> Bool {
        var members = tape.members(of: node)
        return tape.next(&members) == nil
    }
}
