/// One value of a stored profile, in one spelling whatever the request's.
enum StoredValue: Sendable, Equatable {
    enum Kind: String, Sendable {
        case string, integer, float, boolean, date, url
    }

    /// Canonical JSON: escapes resolved, dates in UTC, doubles as their shortest text.
    case scalar(Kind, json: [UInt8])
    /// A set in order of first appearance.
    case array([ByteText])

    var kindName: String {
        switch self {
        case .scalar(let kind, _): kind.rawValue
        case .array: "array"
        }
    }
}

/// What one valid attribute of an operation does to the profile.
struct AttributeChange: Sendable, Equatable {
    enum Effect: Sendable, Equatable {
        case set(StoredValue)
        case remove
        case patch(add: [ByteText], remove: [ByteText])
    }

    /// The attribute's name, without `date()` and `url()`.
    let name: String
    let effect: Effect
}

/// One recorded event.
struct StoredEvent: Sendable, Equatable {
    /// From 1, in order of application over all profiles.
    let arrival: Int
    let receivedMilliseconds: Int64
    /// The event as received, less the attributes that were refused.
    let json: [UInt8]
}

/// One profile.
struct StoredProfile: Sendable, Equatable {
    /// Items an array may have, and arrays a profile.
    static let maximumItemCount = 25
    static let maximumArrayCount = 15

    private(set) var attributes: [String: StoredValue] = [:]
    private(set) var events: [StoredEvent] = []
    private(set) var droppedEventCount = 0
    /// Arrays among the custom attributes; `$topic_preferences` is native and does not count.
    private(set) var arrayCount = 0

    /// Applies one change.
    ///
    /// - Returns: the rule that forbids it; the value is then unchanged.
    mutating func apply(_ change: AttributeChange, rules: borrowing SimulatorRuleSet) -> SimulatorRule? {
        switch change.effect {
        case .remove:
            remove(change.name)
            return nil
        case .set(.array(let items)):
            return set(change.name, items: items, rules: rules)
        case .set(let value):
            if isCountedArray(change.name) { arrayCount -= 1 }
            attributes[change.name] = value
            return nil
        case .patch(let add, let removed):
            return patch(change.name, add: add, remove: removed, rules: rules)
        }
    }

    /// Records an event; the oldest goes when there are more than `capacity`.
    mutating func record(_ event: StoredEvent, capacity: Int) {
        events.append(event)
        // A quarter at a time, so that a long run does not move the whole list for each event.
        if events.count > capacity + max(1, capacity / 4) {
            let surplus = events.count - capacity
            events.removeFirst(surplus)
            droppedEventCount += surplus
        }
    }

    private func isCountedArray(_ name: String) -> Bool {
        guard case .array = attributes[name] else { return false }
        return !name.hasPrefix("$")
    }

    private mutating func remove(_ name: String) {
        if isCountedArray(name) { arrayCount -= 1 }
        attributes[name] = nil
    }

    private mutating func set(_ name: String, items: [ByteText], rules: borrowing SimulatorRuleSet) -> SimulatorRule? {
        if !isCountedArray(name), !name.hasPrefix("$") {
            guard arrayCount < Self.maximumArrayCount || !rules.contains(.attributesArrayLimit) else {
                return .attributesArrayLimit
            }
            arrayCount += 1
        }
        attributes[name] = .array(Self.unique(items))
        return nil
    }

    private mutating func patch(
        _ name: String,
        add: [ByteText],
        remove removed: [ByteText],
        rules: borrowing SimulatorRuleSet
    ) -> SimulatorRule? {
        var items: [ByteText] = []
        switch attributes[name] {
        case .array(let present): items = present
        case .scalar where rules.contains(.patchTarget): return .patchTarget
        case .scalar, nil: break
        }
        items.removeAll { removed.contains($0) }
        for item in add where !items.contains(item) { items.append(item) }
        guard items.count <= Self.maximumItemCount || !rules.contains(.patchResult) else { return .patchResult }
        guard !items.isEmpty else {
            remove(name)
            return nil
        }
        return set(name, items: items, rules: rules)
    }

    private static func unique(_ items: [ByteText]) -> [ByteText] {
        var unique: [ByteText] = []
        // At most 25 items, so that a search is cheaper than a set.
        for item in items where !unique.contains(item) { unique.append(item) }
        return unique
    }
}
