import BatchAPI
import JSONDocument

/// Track, page and screen: one event, and the natives of the context.
extension DefaultMapper {
    /// Writes the attributes and the event.
    ///
    /// - Returns: why the message cannot be sent, or nil.
    mutating func mapEvent(
        _ type: MessageType,
        _ parts: MessageParts,
        _ context: ContextParts,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> DefaultOutcome? {
        writeAttributes(context, tape, text)
        append("\"events\":[")
        let start = out.count
        append("{\"name\":")
        switch type {
        case .page: append("\"page_viewed\",")
        case .screen: append("\"screen_viewed\",")
        case .track, .identify:
            if let reason = writeEventName(parts.event, tape, text) { return .deadLetter(reason, field: "event") }
        }
        let time = writeTime(parts, tape, text)
        place.enter("properties")
        let properties = object(parts.properties, tape, text)
        let isView = type != .track
        append("\"attributes\":{")
        let attributes = out.count
        writeEventAttributes(
            properties,
            name: isView ? parts.name : nil,
            category: isView ? parts.category : nil,
            tape,
            text
        )
        if out.count > attributes {
            close(with: UInt8(ascii: "}"))
            endValue()
        } else {
            forget(from: attributes - 14)
        }
        close(with: UInt8(ascii: "}"))
        guard out.count - start <= BatchLimits.eventByteCount else {
            return .deadLetter(.eventTooLarge, field: "properties")
        }
        outline.noteEvent(start..<out.count, time: time.range, milliseconds: time.milliseconds)
        append("],")
        return nil
    }

    private mutating func writeEventName(
        _ node: JSONNode?,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> MappingReason? {
        guard let node, tape.kind(of: node) == .string else { return .badEventName }
        let renamed: RenamedKey?
        if tape.isEscaped(node) {
            let content = takeContent(of: node, tape, text)
            renamed = Self.renamed(content.span, &eventNames)
            contentBuffer = content
        } else {
            renamed = Self.renamed(text.extracting(tape.contentRange(of: node)), &eventNames)
        }
        guard let renamed else { return .badEventName }
        switch renamed.problem {
        case nil:
            renamed.name.appendQuoted(to: &out)
            endValue()
            return nil
        case .nameTooLong: return .eventNameTooLong
        default: return .badEventName
        }
    }

    private static func renamed(_ name: Span<UInt8>, _ names: inout NameCache) -> RenamedKey? {
        TextRules.isBlank(name) ? nil : names.name(of: name, allowsTypes: false)
    }

    /// - Returns: where the time stands with the comma before it, empty where there is none, and what it is.
    private mutating func writeTime(
        _ parts: MessageParts,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> (range: Range<Int>, milliseconds: Int64?) {
        let none = (range: 0..<0, milliseconds: Int64?.none)
        var node = parts.timestamp
        place.enter("timestamp")
        if node.map({ tape.kind(of: $0) == .null }) ?? true {
            node = parts.originalTimestamp
            place.enter("originalTimestamp")
        }
        guard let node else { return none }
        let mark = out.count
        append("\"time\":")
        var moment: DateText.Moment?
        switch tape.kind(of: node) {
        case .null:
            forget(from: mark)
            return none
        case .string:
            if tape.isEscaped(node) {
                let content = takeContent(of: node, tape, text)
                moment = DateText.append(content.span, allowsDay: false, to: &out)
                contentBuffer = content
            } else {
                let content = text.extracting(tape.contentRange(of: node))
                moment = DateText.append(content, allowsDay: false, to: &out)
            }
        case .object, .array, .number, .boolean: break
        }
        guard let moment else {
            forget(from: mark)
            report(.badTimestamp, tape, text)
            return none
        }
        endValue()
        return (mark - 1..<out.count - 1, moment.milliseconds)
    }

    // MARK: Name and category of a page or screen

    /// Writes the members of the event's root: those of a page or screen that are part of the message first.
    private mutating func writeEventAttributes(
        _ properties: JSONNode?,
        name: Member?,
        category: Member?,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) {
        takenNames.removeAll(at: 0)
        var root = EventObject(level: 0)
        if let name {
            root.firstReplacement = writeViewMember(
                name,
                as: Self.nameOfViews,
                properties,
                &root,
                tape,
                text
            )
        }
        if let category {
            root.secondReplacement = writeViewMember(
                category,
                as: Self.categoryOfViews,
                properties,
                &root,
                tape,
                text
            )
        }
        guard let properties else { return }
        place.enter("properties")
        writeMembers(of: properties, &root, tape, text)
    }

    private static let nameOfViews = PackedName([UInt8]("name".utf8).span)
    private static let categoryOfViews = PackedName([UInt8]("category".utf8).span)

    /// Writes `name` or `category` of the message, or the first usable property of that new name in its place.
    ///
    /// - Returns: the key of that property, which is not to be written again.
    private mutating func writeViewMember(
        _ member: Member,
        as name: PackedName,
        _ properties: JSONNode?,
        _ root: inout EventObject,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> JSONNode? {
        if tape.kind(of: member.value) == .null { return nil }
        if let properties {
            place.enter("properties")
            var members = tape.members(of: properties)
            while let (key, value) = tape.next(&members) {
                let renamed = eventKey(key, tape, text)
                guard renamed.problem == nil, renamed.name == name else { continue }
                let reportCount = found.count
                place.push(.member(key))
                let verdict = writeEventValue(value, renamed, level: 0, tape, text)
                place.pop()
                if case .written = verdict {
                    _ = takenNames.insert(name, at: 0)
                    root.count += 1
                    return key
                }
                // It is reported when its turn comes.
                found.removeLast(found.count - reportCount)
            }
        }
        place.enter("")
        place.push(.member(member.name))
        writeMember(member.value, RenamedKey(name: name), &root, tape, text)
        return nil
    }
}
