import JSONDocument

/// A member of an object of an event that has been written.
struct KeptMember {
    /// Where it starts in the text, with the comma before it.
    var start: Int
    /// The bare name, counted from ``start``.
    let bareOffset: Int
    let bareLength: Int
    /// Whether it is `$label` or `$tags`, which do not count.
    let isReserved: Bool
}

extension OperationReader {
    /// What became of a member of an event.
    private enum Outcome {
        case kept
        case refused(RefusalReason)
        /// Everything inside was refused, and so reported already.
        case emptied
    }

    /// An object of an event while it is being written.
    private struct OpenObject {
        /// 0 for `attributes` itself.
        let level: Int
        /// Where its members start in ``OperationReader/kept``.
        let firstKept: Int
        /// Its members that count.
        var width = 0
        var hasWrapper = false
    }

    /// Reads `events`; ``path`` leads to it.
    mutating func readEvents(
        _ array: JSONNode,
        _ operation: Span<UInt8>,
        _ refused: inout [RefusedField]
    ) {
        guard tape.kind(of: array) == .array else {
            refuse(.wrongContainer, operation, &refused)
            return
        }
        var elements = tape.elements(of: array)
        var index = 0
        while let element = tape.next(&elements) {
            path.append(.index(index))
            let start = text.count
            if !readEvent(element, operation, &refused) { text.removeLast(text.count - start) }
            path.removeLast()
            index += 1
        }
    }

    /// - Returns: whether the event is kept.
    private mutating func readEvent(
        _ event: JSONNode,
        _ operation: Span<UInt8>,
        _ refused: inout [RefusedField]
    ) -> Bool {
        guard tape.kind(of: event) == .object else {
            refuse(.invalidEvent, operation, &refused)
            return false
        }
        let start = text.count
        guard let name = tape.member(eventNames.name, of: event, in: operation), writeEventName(name, operation) else {
            refuse(problem(ofNameOf: event, operation), operation, &refused)
            return false
        }
        var entry = EventEntry(start: UInt32(start), length: 0, timeStart: 0, timeLength: 0, time: EventEntry.noTime)
        var attributes: (name: JSONNode, value: JSONNode)?
        var members = tape.members(of: event)
        while let member = tape.next(&members) {
            if tape.equals(member.name, eventNames.time, in: operation) {
                if !writeTime(member.value, &entry, operation) {
                    refuse(.invalidEventTime, member: member.name, operation, &refused)
                }
            } else if tape.equals(member.name, eventNames.attributes, in: operation) {
                // Written last, whatever their place, so that the time always follows the name.
                attributes = member
            } else if !tape.equals(member.name, eventNames.name, in: operation) {
                refuse(.unknownEventKey, member: member.name, operation, &refused)
            }
        }
        if let attributes { writeEventAttributes(attributes, operation, &refused) }
        text.append(UInt8(ascii: "}"))
        guard text.count - start <= BatchLimits.eventByteCount else {
            refuse(.eventTooLarge, operation, &refused)
            return false
        }
        entry.length = UInt32(text.count - start)
        events.append(entry)
        return true
    }

    /// Why an event has no name that Batch takes.
    private func problem(ofNameOf event: JSONNode, _ operation: Span<UInt8>) -> RefusalReason {
        guard let name = tape.member(eventNames.name, of: event, in: operation), tape.kind(of: name) == .string,
            isTooLong(name, operation)
        else { return .invalidEventName }
        return .eventNameTooLong
    }

    private mutating func writeEventName(_ name: JSONNode, _ operation: Span<UInt8>) -> Bool {
        guard tape.kind(of: name) == .string else { return false }
        text.append(text: "{\"name\":\"")
        let start = text.count
        if tape.isEscaped(name) {
            tape.appendContent(of: name, in: operation, to: &text)
        } else {
            let range = tape.contentRange(of: name)
            text.append(operation, range.lowerBound, range.upperBound)
        }
        guard TextRules.isKey(text.span, start, text.count) else { return false }
        text.append(UInt8(ascii: "\""))
        return true
    }

    private mutating func writeTime(_ value: JSONNode, _ entry: inout EventEntry, _ operation: Span<UInt8>) -> Bool {
        let start = text.count
        text.append(text: ",\"time\":")
        guard let time = writeDate(value, operation) else {
            text.removeLast(text.count - start)
            return false
        }
        entry.timeStart = UInt32(start)
        entry.timeLength = UInt32(text.count - start)
        entry.time = time.milliseconds
        return true
    }

    private mutating func writeEventAttributes(
        _ member: (name: JSONNode, value: JSONNode),
        _ operation: Span<UInt8>,
        _ refused: inout [RefusedField]
    ) {
        guard tape.kind(of: member.value) == .object else {
            refuse(.wrongContainer, member: member.name, operation, &refused)
            return
        }
        let start = text.count
        text.append(text: ",\"attributes\":")
        path.append(.name(member.name))
        if !writeObject(member.value, level: 0, operation, &refused) { text.removeLast(text.count - start) }
        path.removeLast()
    }

    // MARK: Objects

    /// Writes an object of an event; ``path`` leads to it.
    ///
    /// The level, 0 for `attributes` itself, is checked by the caller, which so bounds the recursion.
    ///
    /// - Returns: whether anything is in it.
    private mutating func writeObject(
        _ object: JSONNode,
        level: Int,
        _ operation: Span<UInt8>,
        _ refused: inout [RefusedField]
    ) -> Bool {
        var open = OpenObject(level: level, firstKept: kept.count)
        let start = text.count
        var members = tape.members(of: object)
        while let member = tape.next(&members) {
            path.append(.name(member.name))
            let memberStart = text.count
            switch writeMember(member.name, member.value, &open, operation, &refused) {
            case .kept: break
            case .refused(let reason):
                text.removeLast(text.count - memberStart)
                refuse(reason, operation, &refused)
            case .emptied: text.removeLast(text.count - memberStart)
            }
            path.removeLast()
        }
        let isEmpty = kept.count == open.firstKept
        kept.removeLast(kept.count - open.firstKept)
        // Each member has a comma before it; the first one's place is the bracket's.
        if isEmpty { text.append(UInt8(ascii: "{")) } else { text[start] = UInt8(ascii: "{") }
        text.append(UInt8(ascii: "}"))
        return !isEmpty
    }

    private mutating func writeMember(
        _ name: JSONNode,
        _ value: JSONNode,
        _ open: inout OpenObject,
        _ operation: Span<UInt8>,
        _ refused: inout [RefusedField]
    ) -> Outcome {
        let start = text.count
        text.append(UInt8(ascii: ","))
        if isDollar(name, operation) { return writeReserved(name, value, start, open, operation) }
        guard let key = eventKey(of: name, operation) else { return .refused(problem(ofKey: name, operation)) }
        if key.wrapper != .none { open.hasWrapper = true }
        // Without a wrapper around any name, the parser has seen to equal names.
        guard open.hasWrapper || open.width < BatchLimits.eventAttributeCount else { return .refused(.eventTooWide) }
        switch writeEventMember(name, key.wrapper, value, open.level, operation, &refused) {
        case .kept: break
        case let outcome: return outcome
        }
        let bareStart = start + 2 + key.bareOffset
        let twin = open.hasWrapper ? twin(bareStart, key.bareLength, open) : nil
        guard twin != nil || open.width < BatchLimits.eventAttributeCount else { return .refused(.eventTooWide) }
        kept.append(
            KeptMember(
                start: start,
                bareOffset: bareStart - start,
                bareLength: key.bareLength,
                isReserved: false
            )
        )
        open.width += 1
        if let twin {
            removeKept(twin)
            open.width -= 1
            refuse(.sameAttributeTwice, operation, &refused)
        }
        return .kept
    }

    private mutating func eventKey(of name: JSONNode, _ operation: Span<UInt8>) -> AttributeKey? {
        if tape.isEscaped(name) {
            content.removeAll(keepingCapacity: true)
            tape.appendContent(of: name, in: operation, to: &content)
            return AttributeKey(content.span, 0, content.count)
        }
        let range = tape.contentRange(of: name)
        return AttributeKey(operation, range.lowerBound, range.upperBound)
    }

    /// `$label` and `$tags` (batch-api 2.7, B), which the root of an event may have.
    private mutating func writeReserved(
        _ name: JSONNode,
        _ value: JSONNode,
        _ start: Int,
        _ open: OpenObject,
        _ operation: Span<UInt8>
    ) -> Outcome {
        guard open.level == 0 else { return .refused(.unknownNativeKey) }
        if tape.equals(name, eventNames.label, in: operation) {
            if let reason = check(value, .label, operation) { return .refused(reason) }
        } else if tape.equals(name, eventNames.tags, in: operation) {
            guard areTags(value, operation) else { return .refused(.invalidTags) }
        } else {
            return .refused(.unknownNativeKey)
        }
        copyMember(name, value, operation)
        kept.append(KeptMember(start: start, bareOffset: 2, bareLength: 0, isReserved: true))
        return .kept
    }

    private mutating func areTags(_ value: JSONNode, _ operation: Span<UInt8>) -> Bool {
        guard tape.kind(of: value) == .array else { return false }
        var elements = tape.elements(of: value)
        var count = 0
        while let element = tape.next(&elements) {
            count += 1
            guard count <= BatchLimits.tagCount, check(element, .tag, operation) == nil else { return false }
        }
        return true
    }

    /// The member of the open object with the same bare name that has been written already.
    private func twin(_ bareStart: Int, _ bareLength: Int, _ open: OpenObject) -> Int? {
        for index in open.firstKept..<kept.count {
            let member = kept[index]
            guard !member.isReserved, member.bareLength == bareLength else { continue }
            if Self.equalBytes(text.span, member.start + member.bareOffset, bareStart, bareLength) { return index }
        }
        return nil
    }

    /// Cuts a written member out of the text; the ones after it move.
    private mutating func removeKept(_ index: Int) {
        let length = kept[index + 1].start - kept[index].start
        text.removeSubrange(kept[index].start..<kept[index + 1].start)
        kept.remove(at: index)
        for later in index..<kept.count { kept[later].start -= length }
    }

    // MARK: Values

    /// Writes `"name":value` if the value is valid.
    private mutating func writeEventMember(
        _ name: JSONNode,
        _ wrapper: AttributeKey.Wrapper,
        _ value: JSONNode,
        _ level: Int,
        _ operation: Span<UInt8>,
        _ refused: inout [RefusedField]
    ) -> Outcome {
        let kind = tape.kind(of: value)
        if kind == .null { return .refused(.nullInEvent) }
        var reason: RefusalReason?
        switch wrapper {
        case .date:
            return writeDateMember(name, value, operation).map { .refused($0) } ?? .kept
        case .url: reason = check(value, .url, operation)
        case .none:
            switch kind {
            case .string: reason = check(value, eventText, operation)
            case .number: reason = check(number: value, operation)
            case .boolean, .null: break
            case .object:
                guard level < BatchLimits.eventNesting else { return .refused(.eventTooDeep) }
                writeName(name, operation)
                return writeObject(value, level: level + 1, operation, &refused) || tape.count(of: value) == 0
                    ? .kept : .emptied
            case .array:
                guard level < BatchLimits.eventNesting else { return .refused(.arrayTooDeep) }
                writeName(name, operation)
                return writeEventArray(value, level, operation, &refused)
            }
        }
        if let reason { return .refused(reason) }
        copyMember(name, value, operation)
        return .kept
    }

    /// Writes an array of strings or of objects, never mixed (batch-api 2.7, B).
    private mutating func writeEventArray(
        _ array: JSONNode,
        _ level: Int,
        _ operation: Span<UInt8>,
        _ refused: inout [RefusedField]
    ) -> Outcome {
        if let reason = problem(ofItems: array) { return .refused(reason) }
        let start = text.count
        text.append(UInt8(ascii: "["))
        var elements = tape.elements(of: array)
        var index = 0
        while let element = tape.next(&elements) {
            let itemStart = text.count
            if text.count > start + 1 { text.append(UInt8(ascii: ",")) }
            if tape.kind(of: element) == .string {
                if let reason = check(element, eventText, operation) { return .refused(reason) }
                copy(element, operation)
            } else {
                path.append(.index(index))
                let isKept =
                    writeObject(element, level: level + 1, operation, &refused) || tape.count(of: element) == 0
                path.removeLast()
                if !isKept { text.removeLast(text.count - itemStart) }
            }
            index += 1
        }
        guard text.count > start + 1 else { return .emptied }
        text.append(UInt8(ascii: "]"))
        return .kept
    }

    private func problem(ofItems array: JSONNode) -> RefusalReason? {
        var elements = tape.elements(of: array)
        var count = 0
        var first: JSONKind?
        while let element = tape.next(&elements) {
            count += 1
            guard count <= BatchLimits.arrayItemCount else { return .tooManyItems }
            let kind = tape.kind(of: element)
            switch kind {
            case .string, .object: break
            case .array: return .nestedArray
            case .null: return .nullInEvent
            case .number, .boolean: return .invalidItem
            }
            guard first == nil || first == kind else { return .mixedItems }
            first = kind
        }
        return count == 0 ? .emptyArray : nil
    }
}
