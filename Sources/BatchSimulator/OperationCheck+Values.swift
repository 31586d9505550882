internal import JSONDocument

/// What comes of one attribute.
enum AttributeVerdict: Sendable, Equatable {
    case accepted(AttributeChange.Effect, warning: SimulatorRule?)
    case refused(SimulatorRule)

    static func accepted(_ effect: AttributeChange.Effect) -> AttributeVerdict { .accepted(effect, warning: nil) }
}

/// Section 2.5: custom attribute types.
extension OperationCheck {
    mutating func customAttribute(
        _ key: AttributeKey,
        _ value: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> AttributeVerdict {
        let kind = tape.kind(of: value)
        // Section 2.3: both `"date(k)": null` and `"k": null` delete, whatever the type.
        if kind == .null { return .accepted(.remove) }
        switch key.form {
        case .date:
            guard kind == .string else { return .refused(.dateFormat) }
            loadContent(of: value, tape, text)
            guard let time = CalendarTime(content) else { return .refused(.dateFormat) }
            let json = time.isCanonical(content) ? canonicalString(value, tape, text) : Self.quoted(time.canonical)
            return .accepted(.set(.scalar(.date, json: json)))
        case .url:
            guard kind == .string else { return .refused(.urlFormat) }
            loadContent(of: value, tape, text)
            if let rule = urlBreach() { return .refused(rule) }
            return .accepted(.set(.scalar(.url, json: canonicalString(value, tape, text))))
        case .plain, .reserved, .invalid:
            return plainAttribute(value, kind, tape, text)
        }
    }

    private mutating func plainAttribute(
        _ value: JSONNode,
        _ kind: JSONKind,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> AttributeVerdict {
        switch kind {
        case .string:
            loadContent(of: value, tape, text)
            if let rule = stringBreach() { return .refused(rule) }
            return .accepted(.set(.scalar(.string, json: canonicalString(value, tape, text))))
        case .number:
            if let rule = numberBreach(value, tape, text) { return .refused(rule) }
            return .accepted(.set(Self.number(value, tape, text)))
        case .boolean:
            return .accepted(.set(.scalar(.boolean, json: Self.bytes(tape.textRange(of: value), of: text))))
        case .array:
            return stringArray(value, tape, text)
        case .object:
            return patch(value, tape, text)
        case .null:
            return .accepted(.remove)
        }
    }

    /// The rule that the string in ``content`` breaks.
    func stringBreach() -> SimulatorRule? {
        // There are never more code points than bytes, so that only long strings need counting.
        let isInRange = content.count <= 300 ? !content.isEmpty : TextCheck.codePointCount(content) <= 300
        if !isInRange { return .stringLength }
        return TextCheck.isBlank(content) && rules.contains(.stringBlank) ? .stringBlank : nil
    }

    /// The rule that the URL in ``content`` breaks.
    func urlBreach() -> SimulatorRule? {
        if content.count > 2_048, TextCheck.codePointCount(content) > 2_048 { return .urlLength }
        return TextCheck.isURL(content) ? nil : .urlFormat
    }

    /// The rule that a number breaks.
    func numberBreach(_ value: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> SimulatorRule? {
        if tape.isInteger(value) {
            return tape.int64(of: value, in: text) == nil && rules.contains(.integerRange) ? .integerRange : nil
        }
        // Only an exponent or very many digits lead out of the range, and reading a double is slow.
        let range = tape.textRange(of: value)
        var isSuspect = range.count > 300
        for index in range where text[index] | 0x20 == UInt8(ascii: "e") { isSuspect = true }
        guard isSuspect else { return nil }
        return tape.double(of: value, in: text) == nil && rules.contains(.floatRange) ? .floatRange : nil
    }

    private static func number(_ value: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> StoredValue {
        if let integer = tape.int64(of: value, in: text) { return .scalar(.integer, json: Array(String(integer).utf8)) }
        guard let double = tape.double(of: value, in: text) else {
            // A range rule is off: the number is kept as it was written.
            return .scalar(tape.isInteger(value) ? .integer : .float, json: bytes(tape.textRange(of: value), of: text))
        }
        return .scalar(.float, json: Array("\(double)".utf8))
    }

    private mutating func stringArray(
        _ value: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> AttributeVerdict {
        var items: [ByteText] = []
        if let rule = strings(of: value, tape, text, into: &items) { return .refused(rule) }
        return .accepted(.set(.array(items)))
    }

    /// Reads an array of 1 to 25 strings.
    ///
    /// - Returns: the rule that it breaks.
    private mutating func strings(
        of array: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        into items: inout [ByteText]
    ) -> SimulatorRule? {
        var elements = tape.elements(of: array)
        while let element = tape.next(&elements) {
            guard tape.kind(of: element) == .string else { return .arrayItems }
            guard items.count < StoredProfile.maximumItemCount else { return .arrayCount }
            loadContent(of: element, tape, text)
            if let rule = stringBreach() { return rule }
            items.append(ByteText(content))
        }
        return items.isEmpty ? .arrayCount : nil
    }

    /// `{"$add": […], "$remove": […]}`; any other object is not allowed on a profile.
    private mutating func patch(
        _ value: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> AttributeVerdict {
        var add: [ByteText] = []
        var remove: [ByteText] = []
        if let rule = patchShapeBreach(value, tape, text) { return .refused(rule) }
        for (name, isAdd) in [(Names.add, true), (Names.remove, false)] {
            guard let list = tape.member(name, of: value, in: text) else { continue }
            guard tape.kind(of: list) == .array else { return .refused(.patchShape) }
            let rule = isAdd ? strings(of: list, tape, text, into: &add) : strings(of: list, tape, text, into: &remove)
            if let rule { return .refused(rule == .arrayItems || rule == .arrayCount ? .patchShape : rule) }
        }
        return patch(add: add, remove: remove)
    }

    /// An object that is no patch at all, or an empty one.
    func patchShapeBreach(_ value: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> SimulatorRule? {
        var members = tape.members(of: value)
        var count = 0
        while let member = tape.next(&members) {
            guard tape.equals(member.name, Names.add, in: text) || tape.equals(member.name, Names.remove, in: text)
            else { return .attributesObject }
            count += 1
        }
        return count == 0 ? .patchShape : nil
    }

    /// The verdict on a patch whose lists are right in themselves.
    func patch(add: [ByteText], remove: [ByteText]) -> AttributeVerdict {
        if rules.contains(.patchSameValue), add.contains(where: { remove.contains($0) }) {
            return .refused(.patchSameValue)
        }
        return .accepted(.patch(add: add, remove: remove))
    }

    static func quoted(_ text: [UInt8]) -> [UInt8] {
        var json: [UInt8] = []
        json.reserveCapacity(text.count + 2)
        json.append(UInt8(ascii: "\""))
        json.append(contentsOf: text)
        json.append(UInt8(ascii: "\""))
        return json
    }
}
