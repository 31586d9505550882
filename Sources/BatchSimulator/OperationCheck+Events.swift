internal import JSONDocument

/// Section 2.6: events.
extension OperationCheck {
    mutating func checkEvents(_ list: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) {
        guard tape.count(of: list) <= Self.maximumEventCount else {
            refuse(.eventsCount, .event, nil)
            return
        }
        var elements = tape.elements(of: list)
        while let event = tape.next(&elements) {
            if refusesFirst {
                refusesFirst = false
                refuse(.faultAsked, .event, nil)
                continue
            }
            if let rule = eventBreach(event, tape, text) {
                refuse(rule, .event, nil)
                continue
            }
            refusedNodes.removeAll(keepingCapacity: true)
            if let attributes = tape.member(Names.attributes, of: event, in: text) {
                checkObject(attributes, level: 0, path: "", tape, text)
            }
            events.append(AcceptedEvent(json: accepted(event, tape, text)))
        }
    }

    /// The rule for which the event is refused as a whole.
    private mutating func eventBreach(
        _ event: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> SimulatorRule? {
        guard tape.kind(of: event) == .object else { return .eventType }
        guard tape.textRange(of: event).count <= Self.maximumEventBytes else { return .eventSize }
        var members = tape.members(of: event)
        var hasName = false
        while let member = tape.next(&members) {
            if tape.equals(member.name, Names.name, in: text) {
                hasName = true
                guard tape.kind(of: member.value) == .string else { return .eventName }
                loadContent(of: member.value, tape, text)
                guard TextCheck.isKey(content) else { return .eventName }
            } else if tape.equals(member.name, Names.time, in: text) {
                if let rule = timeBreach(member.value, tape, text) { return rule }
            } else if tape.equals(member.name, Names.attributes, in: text) {
                guard tape.kind(of: member.value) == .object else { return .eventAttributes }
                if let rule = structureBreach(member.value, level: 0, tape, text), rules.contains(rule) { return rule }
            } else if rules.contains(.eventKey) {
                return .eventKey
            }
        }
        return hasName ? nil : .eventName
    }

    private mutating func timeBreach(
        _ value: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> SimulatorRule? {
        guard tape.kind(of: value) == .string else { return .eventTimeFormat }
        loadContent(of: value, tape, text)
        guard let time = CalendarTime(content) else { return .eventTimeFormat }
        if time.milliseconds < wallMilliseconds - eventMaximumAgeMilliseconds, rules.contains(.eventTooOld) {
            return .eventTooOld
        }
        if time.milliseconds > wallMilliseconds + eventFutureToleranceMilliseconds, rules.contains(.eventFuture) {
            return .eventFuture
        }
        return nil
    }

    /// Counts attributes and levels: both cost the event, unlike a bad attribute. Level 0 are the root attributes, level 3 is
    /// the deepest object allowed.
    private func structureBreach(
        _ object: JSONNode,
        level: Int,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> SimulatorRule? {
        guard level <= 3 else { return .eventNesting }
        var count = 0
        var members = tape.members(of: object)
        while let member = tape.next(&members) {
            // Reserved names do not count, and only stand at the root.
            if !isReserved(member.name, tape, text) { count += 1 }
            switch tape.kind(of: member.value) {
            case .object:
                if let rule = structureBreach(member.value, level: level + 1, tape, text) { return rule }
            case .array where level < 3:
                var elements = tape.elements(of: member.value)
                while let element = tape.next(&elements) {
                    guard tape.kind(of: element) == .object else { continue }
                    if let rule = structureBreach(element, level: level + 1, tape, text) { return rule }
                }
            case .array, .string, .number, .boolean, .null: break
            }
        }
        return count > 20 ? .eventAttributeCount : nil
    }

    private func isReserved(_ name: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> Bool {
        guard !tape.isEscaped(name) else { return tape.string(of: name, in: text)?.hasPrefix("$") == true }
        let range = tape.contentRange(of: name)
        return !range.isEmpty && text[range.lowerBound] == UInt8(ascii: "$")
    }

    // MARK: What is kept

    /// The event's text, without the attributes that were refused.
    private mutating func accepted(_ event: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> [UInt8] {
        guard !refusedNodes.isEmpty else { return Self.bytes(tape.textRange(of: event), of: text) }
        writer.removeAll()
        write(event, tape, text)
        return writer.bytes
    }

    private mutating func write(_ node: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) {
        switch tape.kind(of: node) {
        case .object:
            writer.beginObject()
            var members = tape.members(of: node)
            while let member = tape.next(&members) {
                guard !refusedNodes.contains(member.value) else { continue }
                loadContent(of: member.name, tape, text)
                let name = content
                writer.name(utf8: name.span)
                write(member.value, tape, text)
            }
            writer.endObject()
        case .array:
            writer.beginArray()
            var elements = tape.elements(of: node)
            while let element = tape.next(&elements) { write(element, tape, text) }
            writer.endArray()
        case .string, .number, .boolean, .null:
            writer.raw(text, tape.textRange(of: node))
        }
    }
}
