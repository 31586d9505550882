import BatchAPI
import JSONDocument

/// One object of an event while its members are written.
struct EventObject {
    /// 0 for the root attributes, one more for each object around.
    let level: Int
    /// How many attributes were written.
    var count = 0
    /// Keys of properties that were written before their turn.
    var firstReplacement: JSONNode?
    var secondReplacement: JSONNode?

    init(level: Int) { self.level = level }
}

/// The values of an event, which may nest.
extension DefaultMapper {
    /// Writes the members of an object with their commas, and reports those it leaves out.
    mutating func writeMembers(
        of node: JSONNode,
        _ object: inout EventObject,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) {
        var members = tape.members(of: node)
        while let (name, value) = tape.next(&members) {
            if object.level == 0, name == object.firstReplacement || name == object.secondReplacement { continue }
            place.push(.member(name))
            if object.level == 0, startsWithDollar(name, tape, text) {
                writeReserved(Member(name: name, value: value), tape, text)
            } else {
                writeMember(value, eventKey(name, tape, text), &object, tape, text)
            }
            place.pop()
        }
    }

    /// What a key of an event becomes.
    @inline(__always)
    mutating func eventKey(_ name: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> RenamedKey {
        if tape.isEscaped(name) { return eventKey(escaped: name, tape, text) }
        return attributeNames.name(of: text, tape.contentRange(of: name), allowsTypes: true)
    }

    @inline(never)
    private mutating func eventKey(
        escaped name: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> RenamedKey {
        let key = takeContent(of: name, tape, text)
        defer { contentBuffer = key }
        return attributeNames.name(of: key.span, allowsTypes: true)
    }

    /// Writes one member, which stands at the place, or reports it.
    mutating func writeMember(
        _ node: JSONNode,
        _ key: RenamedKey,
        _ object: inout EventObject,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) {
        if let problem = key.problem {
            report(problem, tape, text)
            return
        }
        let mark = out.count
        switch writeEventValue(node, key, level: object.level, tape, text) {
        case .written:
            if !takenNames.insert(key.name, at: object.level) {
                forget(from: mark)
                report(.nameCollision, tape, text)
            } else if object.count == BatchLimits.eventAttributeCount {
                forget(from: mark)
                report(.over20, tape, text)
            } else {
                object.count += 1
            }
        case .gone: break
        case .refused(let reason): report(reason, tape, text)
        }
    }

    /// Writes key and value of a member of an object of that level.
    mutating func writeEventValue(
        _ node: JSONNode,
        _ key: RenamedKey,
        level: Int,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Verdict {
        let kind = tape.kind(of: node)
        switch kind {
        case .string, .number, .boolean: return writeScalar(node, kind, key, isInEvent: true, tape, text)
        case .null: return .refused(.nullInEvent)
        case .object, .array:
            if let refusal = Self.refusal(ofUntypedValue: key.type) { return .refused(refusal) }
            if level == BatchLimits.eventNesting { return .refused(.tooDeep) }
            let mark = out.count
            append(key: key.name, .detected)
            let verdict =
                kind == .object
                ? writeObject(node, level: level + 1, tape, text) : writeList(node, level: level, tape, text)
            if case .written = verdict { return verdict }
            forget(from: mark)
            return verdict
        }
    }

    private mutating func writeObject(
        _ node: JSONNode,
        level: Int,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Verdict {
        if isEmptyObject(node, tape) { return .refused(.empty) }
        takenNames.removeAll(at: level)
        out.append(UInt8(ascii: "{"))
        let start = out.count
        var object = EventObject(level: level)
        writeMembers(of: node, &object, tape, text)
        guard out.count > start else { return .gone }
        close(with: UInt8(ascii: "}"))
        endValue()
        return .written
    }

    // MARK: Lists

    private mutating func writeList(
        _ node: JSONNode,
        level: Int,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Verdict {
        var objectCount = 0
        var hasOthers = false
        var hasLists = false
        var elements = tape.elements(of: node)
        while let element = tape.next(&elements) {
            switch tape.kind(of: element) {
            case .array: hasLists = true
            case .object: if !isEmptyObject(element, tape) { objectCount += 1 }
            case .number, .boolean: hasOthers = true
            case .string: if !hasOthers { hasOthers = !isBlank(element, tape, text) }
            case .null: break
            }
        }
        if hasLists { return .refused(.listOfLists) }
        if objectCount > 0 {
            if hasOthers { return .refused(.mixedList) }
            if objectCount > BatchLimits.arrayItemCount { return .refused(.listTooLong) }
            return writeObjectList(node, level: level, tape, text)
        }
        let rule = TextListRule.attribute(cuts: options.longText == .cut)
        if let reason = writeTextList(node, rule, isInEvent: true, tape, text) { return .refused(reason) }
        return .written
    }

    private mutating func writeObjectList(
        _ node: JSONNode,
        level: Int,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Verdict {
        out.append(UInt8(ascii: "["))
        let start = out.count
        var index = 0
        var elements = tape.elements(of: node)
        while let element = tape.next(&elements) {
            if tape.kind(of: element) == .object {
                let mark = out.count
                place.push(.item(index))
                let verdict = writeObject(element, level: level + 1, tape, text)
                place.pop()
                if case .written = verdict {} else { forget(from: mark) }
            }
            index += 1
        }
        guard out.count > start else { return .gone }
        close(with: UInt8(ascii: "]"))
        endValue()
        return .written
    }

    private mutating func isBlank(_ node: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> Bool {
        guard tape.isEscaped(node) else {
            return TextRules.isBlank(text.extracting(tape.contentRange(of: node)))
        }
        let content = takeContent(of: node, tape, text)
        defer { contentBuffer = content }
        return TextRules.isBlank(content.span)
    }

    // MARK: Reserved

    @inline(__always)
    private mutating func startsWithDollar(
        _ name: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Bool {
        if tape.isEscaped(name) { return startsWithDollar(escaped: name, tape, text) }
        // Of an empty key this is the closing quote.
        return text[tape.contentRange(of: name).lowerBound] == UInt8(ascii: "$")
    }

    @inline(never)
    private mutating func startsWithDollar(
        escaped name: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Bool {
        let key = takeContent(of: name, tape, text)
        defer { contentBuffer = key }
        return key.first == UInt8(ascii: "$")
    }

    /// Writes `$label` or `$tags`; other keys with `$` are unknown to Batch.
    private mutating func writeReserved(_ member: Member, _ tape: borrowing JSONTape, _ text: Span<UInt8>) {
        let mark = out.count
        let reason: MappingReason?
        if tape.equals(member.name, ReservedNames.label, in: text) {
            append("\"$label\":")
            reason = writeLabel(member.value, tape, text)
        } else if tape.equals(member.name, ReservedNames.tags, in: text) {
            append("\"$tags\":")
            reason =
                switch tape.kind(of: member.value) {
                case .array: writeTextList(member.value, .tags, isInEvent: true, tape, text)
                case .null: .nullInEvent
                case .object, .string, .number, .boolean: .badTags
                }
        } else {
            reason = .unknownNative
        }
        guard let reason else { return }
        forget(from: mark)
        report(reason, tape, text)
    }

    private mutating func writeLabel(
        _ node: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> MappingReason? {
        switch tape.kind(of: node) {
        case .string: break
        case .null: return .nullInEvent
        case .object, .array, .number, .boolean: return .badLabel
        }
        var content = takeContent(of: node, tape, text)
        defer { contentBuffer = content }
        TextRules.joinLines(of: &content)
        if TextRules.isBlank(content.span) { return .empty }
        guard TextRules.end(ofFirst: BatchLimits.labelLength, in: content.span) == nil else { return .badLabel }
        append(quoted: content.span, isEscaped: true)
        endValue()
        return nil
    }
}

private enum ReservedNames {
    static let label: JSONName = "$label"
    static let tags: JSONName = "$tags"
}
