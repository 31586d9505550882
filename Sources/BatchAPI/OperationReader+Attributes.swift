import JSONDocument

extension OperationReader {
    /// Reads `attributes` of a profile; ``path`` leads to it.
    mutating func readAttributes(_ object: JSONNode, _ operation: Span<UInt8>, _ refused: inout [RefusedField]) {
        guard tape.kind(of: object) == .object else {
            refuse(.wrongContainer, operation, &refused)
            return
        }
        var arrayCount = 0
        var hasWrapper = false
        var members = tape.members(of: object)
        while let member = tape.next(&members) {
            let start = text.count
            let reason = readAttribute(member.name, member.value, &arrayCount, &hasWrapper, operation, &refused)
            if let reason {
                text.removeLast(text.count - start)
                refuse(reason, member: member.name, operation, &refused)
            }
        }
    }

    /// Writes one attribute.
    ///
    /// - Returns: why it is left out, nil when it is not; what was written is cut off by the caller.
    private mutating func readAttribute(
        _ name: JSONNode,
        _ value: JSONNode,
        _ arrayCount: inout Int,
        _ hasWrapper: inout Bool,
        _ operation: Span<UInt8>,
        _ refused: inout [RefusedField]
    ) -> RefusalReason? {
        let start = text.count
        guard attributes.count < BatchLimits.contributionAttributeCount else { return .tooManyAttributes }
        writeName(name, operation)
        let nameLength = text.count - start - 3
        guard nameLength <= 40 else { return isDollar(start) ? .unknownNativeKey : .invalidKey }
        let native = NativeAttribute(text.span, start + 1, start + 1 + nameLength)
        var wrapper = AttributeKey.Wrapper.none
        var bare = (offset: 0, length: nameLength)
        if native == nil {
            guard let key = AttributeKey(text.span, start + 1, start + 1 + nameLength) else {
                return isDollar(start) ? .unknownNativeKey : .invalidKey
            }
            wrapper = key.wrapper
            bare = (key.bareOffset, key.bareLength)
        }
        var kind = AttributeKind.scalar
        if tape.kind(of: value) == .null {
            text.append(text: "null")
            kind = .null
        } else if let native {
            if let reason = writeNative(native, value, &kind, operation) { return reason }
        } else {
            if let reason = writeCustom(wrapper, value, &kind, operation) { return reason }
            if kind == .array || kind == .patch {
                guard arrayCount < BatchLimits.arrayAttributeCount || accepted.contains(.manyArrayAttributes) else {
                    return .tooManyArrays
                }
                arrayCount += 1
            }
        }
        let bareStart = start + 1 + bare.offset
        let entry = AttributeEntry(
            start: UInt32(start),
            length: UInt32(text.count - start),
            hash: AttributeKey.hash(text.span, bareStart, bareStart + bare.length),
            nameLength: UInt8(nameLength),
            bareOffset: UInt8(bare.offset),
            bareLength: UInt8(bare.length),
            kind: kind
        )
        if wrapper != .none { hasWrapper = true }
        if hasWrapper { removeTwin(of: entry, &arrayCount, &refused) }
        attributes.append(entry)
        return nil
    }

    /// Writes `"name":`.
    mutating func writeName(_ name: JSONNode, _ operation: Span<UInt8>) {
        if tape.isEscaped(name) {
            // A key that is accepted has no character that needs an escape.
            text.append(UInt8(ascii: "\""))
            tape.appendContent(of: name, in: operation, to: &text)
            text.append(UInt8(ascii: "\""))
        } else {
            copy(name, operation)
        }
        text.append(UInt8(ascii: ":"))
    }

    private func isDollar(_ start: Int) -> Bool { text[start + 1] == UInt8(ascii: "$") }

    /// Leaves out the attribute with the same bare name that came before: of `k` and `date(k)` the last counts (batch-api 2.3,
    /// C). The parser has already seen to names that are equal as they are.
    private mutating func removeTwin(of entry: AttributeEntry, _ arrayCount: inout Int, _ refused: inout [RefusedField])
    {
        for index in attributes.indices {
            let other = attributes[index]
            guard other.hash == entry.hash, other.bareLength == entry.bareLength,
                Self.equalBytes(text.span, other.bareStart, entry.bareStart, Int(entry.bareLength))
            else { continue }
            var name: [UInt8] = []
            name.append(text.span, Int(other.start) + 1, Int(other.start) + 1 + Int(other.nameLength))
            let path = "attributes." + String(decoding: name, as: UTF8.self)
            refused.append(RefusedField(path: path, reason: .sameAttributeTwice))
            if other.kind == .array || other.kind == .patch { arrayCount -= 1 }
            attributes.remove(at: index)
            return
        }
    }

    static func equalBytes(_ text: Span<UInt8>, _ first: Int, _ second: Int, _ count: Int) -> Bool {
        for offset in 0..<count where text[first + offset] != text[second + offset] { return false }
        return true
    }

    private mutating func writeNative(
        _ native: NativeAttribute,
        _ value: JSONNode,
        _ kind: inout AttributeKind,
        _ operation: Span<UInt8>
    ) -> RefusalReason? {
        let rule: StringRule
        switch native {
        case .emailAddress: rule = .email
        case .emailMarketing, .smsMarketing: rule = .subscription
        case .phoneNumber: rule = .phoneNumber
        case .language: rule = .language
        case .region: rule = .region
        case .timezone: rule = .timeZone
        case .topicPreferences: return writeArrayOrPatch(.topic, value, &kind, operation)
        }
        if let reason = check(value, rule, operation) { return reason }
        copy(value, operation)
        return nil
    }

    private mutating func writeCustom(
        _ wrapper: AttributeKey.Wrapper,
        _ value: JSONNode,
        _ kind: inout AttributeKind,
        _ operation: Span<UInt8>
    ) -> RefusalReason? {
        switch wrapper {
        case .date:
            guard tape.kind(of: value) == .string else { return .wrongType }
            return writeDate(value, operation) == nil ? .invalidDate : nil
        case .url:
            if let reason = check(value, .url, operation) { return reason }
        case .none:
            switch tape.kind(of: value) {
            case .string:
                if let reason = check(value, .profileText, operation) { return reason }
            case .number:
                if let reason = check(number: value, operation) { return reason }
            case .boolean, .null: break
            case .array, .object: return writeArrayOrPatch(.profileText, value, &kind, operation)
            }
        }
        copy(value, operation)
        return nil
    }

    private mutating func writeArrayOrPatch(
        _ rule: StringRule,
        _ value: JSONNode,
        _ kind: inout AttributeKind,
        _ operation: Span<UInt8>
    ) -> RefusalReason? {
        items.removeAll(keepingCapacity: true)
        switch tape.kind(of: value) {
        case .array:
            kind = .array
            return writeStrings(value, rule, firstItem: 0, operation)
        case .object:
            kind = .patch
            return writePatch(rule, value, operation)
        case .string, .number, .boolean, .null: return .wrongType
        }
    }

    /// Writes an array patch (batch-api 2.5), `$add` first.
    private mutating func writePatch(
        _ rule: StringRule,
        _ patch: JSONNode,
        _ operation: Span<UInt8>
    ) -> RefusalReason? {
        var members = tape.members(of: patch)
        var add: JSONNode?
        var remove: JSONNode?
        while let member = tape.next(&members) {
            if tape.equals(member.name, eventNames.add, in: operation) {
                add = member.value
            } else if tape.equals(member.name, eventNames.remove, in: operation) {
                remove = member.value
            } else {
                return .invalidPatch
            }
        }
        guard add != nil || remove != nil else { return .invalidPatch }
        text.append(UInt8(ascii: "{"))
        if let add {
            text.append(text: "\"$add\":")
            if let reason = writeStrings(add, rule, firstItem: 0, operation) {
                return reason == .wrongType ? .invalidPatch : reason
            }
        }
        if let remove {
            let addCount = items.count
            text.append(text: add == nil ? "\"$remove\":" : ",\"$remove\":")
            if let reason = writeStrings(remove, rule, firstItem: addCount, operation) {
                return reason == .wrongType ? .invalidPatch : reason
            }
            for index in 0..<addCount where hasItem(items[index], from: addCount) { return .patchContradiction }
        }
        text.append(UInt8(ascii: "}"))
        return nil
    }
}
