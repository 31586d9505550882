internal import JSONDocument

/// Section 2.7: attributes of events, each refused by itself. ``refusedNodes`` collects their values.
extension OperationCheck {
    /// Checks the members of the root attributes (level 0) or of an object below them (at most 3). `path` says where the
    /// object stands, and is empty or ends with a dot.
    mutating func checkObject(
        _ object: JSONNode,
        level: Int,
        path: String,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) {
        var hasTypedKey = false
        var members = tape.members(of: object)
        while let member = tape.next(&members) {
            loadContent(of: member.name, tape, text)
            let key = AttributeKey(content)
            if key.form == .date || key.form == .url { hasTypedKey = true }
            guard let rule = eventValueBreach(key, member.value, level: level, path: path, tape, text) else {
                continue
            }
            if refuse(rule, .event, path + key.name) { refusedNodes.insert(member.value) }
        }
        if hasTypedKey { refuseTwice(object, path: path, tape, text) }
    }

    private mutating func eventValueBreach(
        _ key: AttributeKey,
        _ value: JSONNode,
        level: Int,
        path: String,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> SimulatorRule? {
        if refusedAttribute != nil, refusedAttribute == key.name { return .faultAsked }
        let kind = tape.kind(of: value)
        switch key.form {
        case .invalid: return .eventAttributeKey
        case .reserved where level > 0: return .eventReserved
        case .reserved: return reservedBreach(key.name, value, tape, text)
        case .date, .url, .plain: break
        }
        if kind == .null { return .eventNull }
        switch key.form {
        case .date:
            guard kind == .string else { return .dateFormat }
            loadContent(of: value, tape, text)
            return CalendarTime(content) == nil ? .dateFormat : nil
        case .url:
            guard kind == .string else { return .urlFormat }
            loadContent(of: value, tape, text)
            return urlBreach()
        case .plain, .reserved, .invalid: break
        }
        switch kind {
        case .string: return eventStringBreach(value, tape, text)
        case .number: return numberBreach(value, tape, text)
        case .boolean, .null: return nil
        case .array: return eventArrayBreach(key, value, level: level, path: path, tape, text)
        case .object:
            // Deeper ones are here only when the rule of nesting is off.
            checkObject(value, level: level + 1, path: "\(path)\(key.name).", tape, text)
            return nil
        }
    }

    private mutating func eventStringBreach(
        _ value: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> SimulatorRule? {
        loadContent(of: value, tape, text)
        if let rule = stringBreach() { return rule }
        return hasSecondLine ? .eventSingleLine : nil
    }

    /// A string of an event is a single line: no line feed, which SDKs refuse, and no carriage return. Judged on ``content``.
    private var hasSecondLine: Bool {
        content.contains { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } && rules.contains(.eventSingleLine)
    }

    private mutating func eventArrayBreach(
        _ key: AttributeKey,
        _ array: JSONNode,
        level: Int,
        path: String,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> SimulatorRule? {
        if level >= 3, rules.contains(.eventArrayDepth) { return .eventArrayDepth }
        var elements = tape.elements(of: array)
        var count = 0
        var hasStrings = false
        var hasObjects = false
        while let element = tape.next(&elements) {
            count += 1
            switch tape.kind(of: element) {
            case .string:
                hasStrings = true
                if let rule = eventStringBreach(element, tape, text) { return rule }
            case .object: hasObjects = true
            case .array, .number, .boolean, .null: return .arrayItems
            }
        }
        guard (1...StoredProfile.maximumItemCount).contains(count) else { return .arrayCount }
        if hasStrings, hasObjects, rules.contains(.eventArrayMixed) { return .eventArrayMixed }
        guard hasObjects else { return nil }
        // Only now, so that an array that is refused as a whole is reported once.
        elements = tape.elements(of: array)
        var index = 0
        while let element = tape.next(&elements) {
            if tape.kind(of: element) == .object {
                checkObject(element, level: level + 1, path: "\(path)\(key.name).\(index).", tape, text)
            }
            index += 1
        }
        return nil
    }

    /// `$label` and `$tags`; no other name with `$` is known.
    private mutating func reservedBreach(
        _ name: String,
        _ value: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> SimulatorRule? {
        switch name {
        case "$label":
            guard tape.kind(of: value) == .string else { return .eventLabel }
            loadContent(of: value, tape, text)
            return isReservedText(maximumCount: 200) ? nil : .eventLabel
        case "$tags":
            guard tape.kind(of: value) == .array else { return .eventTags }
            var elements = tape.elements(of: value)
            var count = 0
            while let element = tape.next(&elements) {
                count += 1
                guard count <= 10, tape.kind(of: element) == .string else { return .eventTags }
                loadContent(of: element, tape, text)
                guard TextCheck.codePointCount(content) <= 64, !TextCheck.isBlank(content) else { return .eventTags }
            }
            return nil
        default:
            return .eventReserved
        }
    }

    /// Whether ``content`` is one line that is not blank.
    private func isReservedText(maximumCount: Int) -> Bool {
        TextCheck.codePointCount(content) <= maximumCount && !TextCheck.isBlank(content) && !hasSecondLine
    }

    /// `"k"` and `"date(k)"` in one object name the same attribute, as on a profile: both are refused.
    private mutating func refuseTwice(
        _ object: JSONNode,
        path: String,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) {
        guard rules.contains(.eventTwice) else { return }
        var names: [String: [JSONNode]] = [:]
        var members = tape.members(of: object)
        while let member = tape.next(&members) {
            loadContent(of: member.name, tape, text)
            names[AttributeKey(content).name, default: []].append(member.value)
        }
        for (name, values) in names where values.count > 1 {
            for value in values where !refusedNodes.contains(value) {
                refuse(.eventTwice, .event, path + name)
                refusedNodes.insert(value)
            }
        }
    }
}
