import JSONDocument

/// Reads the JSON text of would-be operations, keeps what Batch would accept and reports the rest.
///
/// Reusable, so that reading allocates the ``Contribution`` and little else. One for each thread.
///
/// What is left out: the field alone, as Batch does it (batch-api 2.3, 2.6 and 2.7). An attribute of an event that is one too
/// many or stands too deep is left out too, so that the event is kept, which Batch would refuse whole. What is changed: white
/// space between values goes, numeric offsets of times become `Z`, and arrays of profiles lose items that are there twice.
/// Everything else is copied as it was written.
public struct OperationReader: ~Copyable {
    var tape = JSONTape(limits: JSONLimits(maximumDepth: 160))
    let accepted: AcceptedRules
    let eventText: StringRule

    // The contribution that is being made.
    var attributes: [AttributeEntry] = []
    var events: [EventEntry] = []
    var text: [UInt8] = []

    // Scratch memory.
    /// The characters of an escaped string.
    var content: [UInt8] = []
    /// Where the items of the array that is being written stand in ``text``.
    var items: [Range<Int>] = []
    /// The members kept so far of the objects of an event that are open, innermost last.
    var kept: [KeptMember] = []
    /// The way from the operation to the value that is being read.
    var path: [PathStep] = []

    private let identifiersName: JSONName = "identifiers"
    private let customIDName: JSONName = "custom_id"
    let eventNames = EventNames()

    /// Creates a reader.
    ///
    /// - Parameter accepted: rules of Batch's SDKs that are not applied; see ``AcceptedRules``.
    public init(accepted: AcceptedRules = []) {
        self.accepted = accepted
        eventText = accepted.contains(.multilineEventStrings) ? .multilineEventText : .eventText
    }

    /// Reads one operation, `{"identifiers": {"custom_id": …}, "attributes": {…}, "events": […]}`.
    ///
    /// - Parameters:
    ///   - operation: the JSON text, foreign.
    ///   - identity: what tells repeats of the message apart; nil when it has no id.
    ///   - ageTime: the time to judge the age of events without a time by, in milliseconds since 1970; it is not sent.
    ///   - room: bytes that ``Contribution/keep(_:)`` can take without moving the contribution.
    ///   - refused: gets one entry for each field that is left out.
    /// - Returns: what is left, which may be nothing: see ``Contribution/isEmpty``.
    /// - Throws: ``OperationRefusal`` when there is no profile to change.
    public mutating func read(
        _ operation: Span<UInt8>,
        identity: RepeatIdentity?,
        ageTime: Int64? = nil,
        room: Int = 0,
        refused: inout [RefusedField]
    ) throws(OperationRefusal) -> Contribution {
        do throws(JSONSyntaxError) {
            try tape.parse(operation)
        } catch {
            throw OperationRefusal(.notJSON(error))
        }
        guard tape.kind(of: tape.root) == .object else { throw OperationRefusal(.notAnObject) }
        let customID = try readCustomID(operation)
        attributes.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
        path.removeAll(keepingCapacity: true)
        var members = tape.members(of: tape.root)
        while let member = tape.next(&members) {
            path.append(.name(member.name))
            if tape.equals(member.name, eventNames.attributes, in: operation) {
                readAttributes(member.value, operation, &refused)
            } else if tape.equals(member.name, eventNames.events, in: operation) {
                readEvents(member.value, operation, &refused)
            } else if !tape.equals(member.name, identifiersName, in: operation) {
                refuse(.unknownOperationKey, operation, &refused)
            }
            path.removeLast()
        }
        return Contribution(
            customID: customID.span,
            attributes: attributes,
            events: events,
            ageTime: ageTime,
            text: text.span,
            identity: identity,
            room: room
        )
    }

    // MARK: Identifiers

    private func readCustomID(_ operation: Span<UInt8>) throws(OperationRefusal) -> [UInt8] {
        guard let identifiers = tape.member(identifiersName, of: tape.root, in: operation),
            tape.kind(of: identifiers) == .object
        else { throw OperationRefusal(.noIdentifiers) }
        var members = tape.members(of: identifiers)
        var found: JSONNode?
        var isAlone = true
        while let member = tape.next(&members) {
            if tape.equals(member.name, customIDName, in: operation) { found = member.value } else { isAlone = false }
        }
        guard isAlone else { throw OperationRefusal(.unsupportedIdentifier) }
        guard let found else { throw OperationRefusal(.noCustomID) }
        guard tape.kind(of: found) == .string else { throw OperationRefusal(.customIDNotAString) }
        let range = tape.contentRange(of: found)
        var customID: [UInt8] = []
        customID.reserveCapacity(range.count)
        if tape.isEscaped(found) {
            tape.appendContent(of: found, in: operation, to: &customID)
        } else {
            customID.append(operation, range.lowerBound, range.upperBound)
        }
        if let problem = Self.problem(ofCustomID: customID.span, accepted) { throw OperationRefusal(problem) }
        return customID
    }

    private static func problem(ofCustomID id: Span<UInt8>, _ accepted: AcceptedRules) -> OperationRefusal.Problem? {
        if TextRules.isBlank(id, 0, id.count) { return .customIDBlank }
        if TextRules.isLonger(id, 0, id.count, than: BatchLimits.customIDLength) { return .customIDTooLong }
        guard id.count <= 15, !accepted.contains(.placeholderCustomIDs), isPlaceholder(id) else { return nil }
        return .customIDIsPlaceholder
    }

    /// The words that are accidents of serialisation (batch-api 2.2, B).
    private static func isPlaceholder(_ id: Span<UInt8>) -> Bool {
        switch id.count {
        case 3: TextRules.equalsLowered(id, "nil") || TextRules.equalsLowered(id, "nan")
        case 4: TextRules.equalsLowered(id, "null") || TextRules.equalsLowered(id, "true")
        case 5: TextRules.equalsLowered(id, "false")
        case 6: TextRules.equalsLowered(id, "(null)")
        case 8: TextRules.equalsLowered(id, "infinity")
        case 9: TextRules.equalsLowered(id, "undefined") || TextRules.equalsLowered(id, "-infinity")
        case 15: TextRules.equalsLowered(id, "[object object]")
        default: false
        }
    }
}

/// Rules of level B that a user can switch off, should Batch turn out not to have them.
public struct AcceptedRules: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: UInt8
    /// Creates a set from bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Custom IDs such as `undefined` and `null` pass. B, 2.2.
    public static let placeholderCustomIDs = AcceptedRules(rawValue: 1)
    /// Strings of events may have line breaks. B, 2.7.
    public static let multilineEventStrings = AcceptedRules(rawValue: 2)
    /// An operation may have any number of array attributes. B, 2.3.
    public static let manyArrayAttributes = AcceptedRules(rawValue: 4)
}

/// The names of members that the reader looks for.
struct EventNames {
    let attributes: JSONName = "attributes"
    let events: JSONName = "events"
    let name: JSONName = "name"
    let time: JSONName = "time"
    let label: JSONName = "$label"
    let tags: JSONName = "$tags"
    let add: JSONName = "$add"
    let remove: JSONName = "$remove"
}
