internal import JSONDocument

/// What an operation breaks, as a partial error or a refusal of the whole call reports it.
struct RuleBreach: Sendable, Equatable {
    enum Category: String, Sendable {
        case attribute, event
    }

    let rule: SimulatorRule
    /// The operation's position in the call, from 0.
    let bulkIndex: Int
    let category: Category
    /// The attribute without `date()` and `url()`; nested ones as a dotted path; nil when it is about the whole.
    let attribute: String?
}

/// One event that is to be recorded.
struct AcceptedEvent: Sendable, Equatable {
    let json: [UInt8]
}

/// Checks operations of one call by sections 2.2 to 2.7 and turns them into changes, without touching any profile.
///
/// Its buffers are reused from call to call, so that a valid operation allocates little more than what is stored of it.
struct OperationCheck: Sendable {
    static let maximumAttributeCount = 50
    static let maximumEventCount = 15
    static let maximumEventBytes = 25_000

    let rules: SimulatorRuleSet
    let eventMaximumAgeMilliseconds: Int64
    let eventFutureToleranceMilliseconds: Int64
    var zones: TimeZoneNames

    /// The attribute that the test wants refused, and whether this operation loses its first.
    var refusedAttribute: String?
    var refusesFirst = false
    /// Native attributes are ignored for an operation about an app install.
    var isForInstallation = false
    /// When the call arrived.
    var wallMilliseconds: Int64 = 0
    var bulkIndex = 0

    /// What the operation does, and what of it is refused.
    private(set) var changes: [AttributeChange] = []
    var events: [AcceptedEvent] = []
    private(set) var breaches: [RuleBreach] = []

    /// Names of the operation's attributes, to find one that stands twice.
    private var seen: [SeenAttribute] = []
    var content: [UInt8] = []
    var writer = JSONWriter()
    var refusedNodes: Set<JSONNode> = []

    private struct SeenAttribute: Sendable {
        let name: String
        let isTyped: Bool
        let change: Int?
        let isRefused: Bool
    }

    init(settings: borrowing SimulatorSettings) {
        rules = settings.rules
        eventMaximumAgeMilliseconds = settings.eventMaximumAgeMilliseconds
        eventFutureToleranceMilliseconds = settings.eventFutureToleranceMilliseconds
        zones = TimeZoneNames(folder: settings.timeZoneFolder)
    }

    /// Checks one operation whose shape and identifiers are known to be right.
    mutating func check(_ operation: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) {
        changes.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
        breaches.removeAll(keepingCapacity: true)
        let attributes = tape.member(Names.attributes, of: operation, in: text)
        if let attributes, !checkAttributes(attributes, tape, text) { return }
        if let list = tape.member(Names.events, of: operation, in: text) { checkEvents(list, tape, text) }
    }

    /// Reports a breach if its rule is on.
    ///
    /// - Returns: whether the thing is refused.
    @discardableResult
    mutating func refuse(_ rule: SimulatorRule, _ category: RuleBreach.Category, _ attribute: String?) -> Bool {
        guard rules.contains(rule) else { return false }
        breaches.append(RuleBreach(rule: rule, bulkIndex: bulkIndex, category: category, attribute: attribute))
        return !rule.isWarning
    }

    // MARK: Attributes

    /// - Returns: false when the whole operation is refused.
    private mutating func checkAttributes(
        _ object: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Bool {
        guard tape.count(of: object) <= Self.maximumAttributeCount else {
            return !refuse(.attributesCount, .attribute, nil)
        }
        seen.removeAll(keepingCapacity: true)
        var hasTypedKey = false
        var members = tape.members(of: object)
        while let member = tape.next(&members) {
            loadContent(of: member.name, tape, text)
            let key = AttributeKey(content)
            if isForInstallation, key.isContactDatum { continue }
            let isTyped = key.form == .date || key.form == .url
            if isTyped { hasTypedKey = true }
            let isRefused = checkAttribute(key, member.value, tape, text)
            seen.append(
                SeenAttribute(
                    name: key.name,
                    isTyped: isTyped,
                    change: isRefused ? nil : changes.count - 1,
                    isRefused: isRefused
                )
            )
        }
        if hasTypedKey { refuseThoseSeenTwice() }
        return true
    }

    /// - Returns: whether it is refused; if not, its change is the last one.
    private mutating func checkAttribute(
        _ key: AttributeKey,
        _ value: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Bool {
        if refusesFirst || (refusedAttribute != nil && refusedAttribute == key.name) {
            refusesFirst = false
            return refuse(.faultAsked, .attribute, key.name)
        }
        let verdict: AttributeVerdict
        switch key.form {
        case .invalid:
            return refuse(.attributesKey, .attribute, key.name)
        case .reserved:
            verdict = nativeAttribute(key.name, value, tape, text)
        case .plain, .date, .url:
            verdict = customAttribute(key, value, tape, text)
        }
        switch verdict {
        case .refused(let rule):
            return refuse(rule, .attribute, key.name)
        case .accepted(let effect, let warning):
            if let warning { refuse(warning, .attribute, key.name) }
            changes.append(AttributeChange(name: key.name, effect: effect))
            return false
        }
    }

    /// `"k"` and `"date(k)"` name the same attribute: both are refused.
    private mutating func refuseThoseSeenTwice() {
        guard rules.contains(.attributesTwice) else { return }
        var removed: [Int] = []
        for (index, one) in seen.enumerated() {
            // Names of one object differ, so that one of two equal ones is typed.
            let isTwice = seen.indices.contains {
                $0 != index && (one.isTyped || seen[$0].isTyped) && seen[$0].name == one.name
            }
            guard isTwice, !one.isRefused else { continue }
            refuse(.attributesTwice, .attribute, one.name)
            if let change = one.change { removed.append(change) }
        }
        for change in removed.reversed() { changes.remove(at: change) }
    }

    // MARK: Texts

    /// Puts the characters of a string into ``content``.
    mutating func loadContent(of node: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) {
        content.removeAll(keepingCapacity: true)
        tape.appendContent(of: node, in: text, to: &content)
    }

    /// The string as JSON in one spelling: as written if it has no escapes. ``content`` must hold its characters.
    mutating func canonicalString(_ node: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> [UInt8] {
        guard tape.isEscaped(node) else { return Self.bytes(tape.textRange(of: node), of: text) }
        writer.removeAll()
        let characters = content
        writer.string(utf8: characters.span)
        return writer.bytes
    }

    static func bytes(_ range: Range<Int>, of text: Span<UInt8>) -> [UInt8] {
        text.extracting(range).withUnsafeBufferPointer { Array($0) }
    }
}

/// Member names of the contract.
enum Names {
    static let identifiers: JSONName = "identifiers"
    static let attributes: JSONName = "attributes"
    static let events: JSONName = "events"
    static let customID: JSONName = "custom_id"
    static let installation: JSONName = "installation"
    static let apiKey: JSONName = "apikey"
    static let installationID: JSONName = "installation_id"
    static let name: JSONName = "name"
    static let time: JSONName = "time"
    static let add: JSONName = "$add"
    static let remove: JSONName = "$remove"
}
