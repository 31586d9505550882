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
        guard attributes.count < BatchLimits.contributionAttributeCount else { return .tooManyAttributes }
        guard let key = key(of: name, operation) else {
            return isDollar(name, operation) ? .unknownNativeKey : problem(ofKey: name, operation)
        }
        let start = text.count
        var kind = AttributeKind.scalar
        if let reason = writeMember(name, key, value, &kind, operation) { return reason }
        if key.native == nil, makesArray(kind, from: start, nameLength: key.length) {
            guard arrayCount < BatchLimits.arrayAttributeCount || accepted.contains(.manyArrayAttributes) else {
                return .tooManyArrays
            }
            arrayCount += 1
        }
        let bareStart = start + 1 + key.bareOffset
        let entry = AttributeEntry(
            start: UInt32(start),
            length: UInt32(text.count - start),
            hash: AttributeKey.hash(text.span, bareStart, bareStart + key.bareLength),
            nameLength: UInt8(key.length),
            bareOffset: UInt8(key.bareOffset),
            bareLength: UInt8(key.bareLength),
            kind: kind
        )
        if key.wrapper != .none { hasWrapper = true }
        if hasWrapper { removeTwin(of: entry, &arrayCount, &refused) }
        attributes.append(entry)
        return nil
    }

    /// The key of a profile attribute; nil when Batch does not take it.
    private mutating func key(of name: JSONNode, _ operation: Span<UInt8>) -> AttributeKey? {
        if tape.isEscaped(name) {
            content.removeAll(keepingCapacity: true)
            tape.appendContent(of: name, in: operation, to: &content)
            return AttributeKey(ofProfile: content.span, 0, content.count)
        }
        let range = tape.contentRange(of: name)
        return AttributeKey(ofProfile: operation, range.lowerBound, range.upperBound)
    }

    /// What is wrong with a key that is none.
    func problem(ofKey name: JSONNode, _ operation: Span<UInt8>) -> RefusalReason {
        isTooLong(name, operation) ? .keyTooLong : .invalidKey
    }

    /// Whether a name would be good if it were shorter.
    func isTooLong(_ name: JSONNode, _ operation: Span<UInt8>) -> Bool {
        var characters: [UInt8] = []
        tape.appendContent(of: name, in: operation, to: &characters)
        let bare = characters[AttributeKey.bareRange(characters.span)]
        return bare.count > BatchLimits.keyLength && bare.allSatisfy { TextRules.isKeyCharacter($0) }
    }

    func isDollar(_ name: JSONNode, _ operation: Span<UInt8>) -> Bool {
        guard !tape.isEscaped(name) else {
            var characters: [UInt8] = []
            tape.appendContent(of: name, in: operation, to: &characters)
            return characters.first == UInt8(ascii: "$")
        }
        let range = tape.contentRange(of: name)
        return !range.isEmpty && operation[range.lowerBound] == UInt8(ascii: "$")
    }

    /// Whether a profile may have an array because of an attribute that has been written: a patch that only removes never
    /// makes one (batch-api 2.5).
    private func makesArray(_ kind: AttributeKind, from start: Int, nameLength: Int) -> Bool {
        // A patch is written as `"name":{"$add":…` or `"name":{"$remove":…`.
        kind == .array || kind == .patch && text[start + nameLength + 6] == UInt8(ascii: "a")
    }

    /// Writes `"name":value` if the value is valid.
    ///
    /// - Returns: what is wrong, nil when nothing is; what was written is cut off by the caller.
    private mutating func writeMember(
        _ name: JSONNode,
        _ key: AttributeKey,
        _ value: JSONNode,
        _ kind: inout AttributeKind,
        _ operation: Span<UInt8>
    ) -> RefusalReason? {
        let valueKind = tape.kind(of: value)
        if valueKind == .null {
            kind = .null
        } else if let native = key.native {
            guard let rule = native.rule else {
                writeName(name, operation)
                return writeArrayOrPatch(.topic, value, &kind, operation)
            }
            if let reason = check(value, rule, operation) { return reason }
        } else {
            switch key.wrapper {
            case .date: return writeDateMember(name, value, operation)
            case .url:
                if let reason = check(value, .url, operation) { return reason }
            case .none:
                switch valueKind {
                case .string:
                    if let reason = check(value, .profileText, operation) { return reason }
                case .number:
                    if let reason = check(number: value, operation) { return reason }
                case .boolean, .null: break
                case .array, .object:
                    writeName(name, operation)
                    return writeArrayOrPatch(.profileText, value, &kind, operation)
                }
            }
        }
        copyMember(name, value, operation)
        return nil
    }

    /// Writes a date under its name.
    ///
    /// - Returns: what is wrong, nil when nothing is.
    mutating func writeDateMember(
        _ name: JSONNode,
        _ value: JSONNode,
        _ operation: Span<UInt8>
    ) -> RefusalReason? {
        guard tape.kind(of: value) == .string else { return .wrongType }
        if isCanonicalDate(value, operation) {
            copyMember(name, value, operation)
            return nil
        }
        writeName(name, operation)
        return writeDate(value, operation) == nil ? .invalidDate : nil
    }

    /// Copies `"name":value`, at once where it stands like that.
    @inline(__always)
    mutating func copyMember(_ name: JSONNode, _ value: JSONNode, _ operation: Span<UInt8>) {
        let nameRange = tape.textRange(of: name)
        let valueRange = tape.textRange(of: value)
        if valueRange.lowerBound == nameRange.upperBound + 1, !tape.isEscaped(name) {
            text.append(operation, nameRange.lowerBound, valueRange.upperBound)
        } else {
            writeName(name, operation)
            text.append(operation, valueRange.lowerBound, valueRange.upperBound)
        }
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
            if makesArray(other.kind, from: Int(other.start), nameLength: Int(other.nameLength)) { arrayCount -= 1 }
            attributes.remove(at: index)
            return
        }
    }

    static func equalBytes(_ text: Span<UInt8>, _ first: Int, _ second: Int, _ count: Int) -> Bool {
        for offset in 0..<count where text[first + offset] != text[second + offset] { return false }
        return true
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
