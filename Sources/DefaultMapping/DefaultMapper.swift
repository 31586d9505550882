public import BatchAPI
public import JSONDocument
import StableHash

/// Maps Segment-style messages to operations of Batch's profile API, by the default mapping.
///
/// One value serves many messages and keeps its buffers, so that a message allocates nothing once they have grown, unless
/// something is left out. Not for use by two threads at once. What it writes depends on the options and the message alone.
public struct DefaultMapper: ~Copyable, Sendable {
    /// What of the options the mapping of values asks.
    let options: DefaultMappingOptions
    let callingCode: [UInt8]
    var timeZones: TimeZoneCache
    var attributeNames: NameCache
    var eventNames: NameCache

    /// The operation as it grows, every member and item followed by a comma; the closing bracket takes the last one's place.
    var out = OutputText()
    /// The custom attributes, until the natives are written before them.
    var custom = OutputText()
    /// The characters of a string with escapes; taken out while it is in use.
    var contentBuffer: [UInt8] = []
    /// The same for keys, which live longer.
    var keyBuffer: [UInt8] = []
    /// The joined keys of nested objects, per level.
    var joinedKeys: [[UInt8]] = [[], []]
    var phoneBuffer: [UInt8] = []
    var natives = NativeCandidates()
    /// The names taken, per level of nesting.
    var takenNames = TakenNames()
    /// The type of the key that was written last.
    var writtenType = RenamedKey.ValueType.detected
    var listItems: [Range<Int>] = []
    /// Where the mapping stands in the message, for reports.
    var place = MessagePlace()
    var found: [LeftOut] = []
    /// Where attributes and events stand in `out`; those of `custom` apart until they are appended.
    var outline = OperationOutline()
    var customOutline = OperationOutline()
    private var naming = MessageNaming(id: nil, type: nil)
    /// What an outline needs of the names of natives.
    let nativeNames = Native.allCases.map(\.outlined)
    /// The user, escapes resolved.
    private var customID: [UInt8] = []

    /// Creates a mapper that knows the time zones of the IANA database.
    ///
    /// - Parameter options: the options of the mapping file.
    public init(options: DefaultMappingOptions) {
        self.init(options: options) { TimeZoneRule.accepts($0) }
    }

    /// Creates a mapper with a table of time zones of its own.
    ///
    /// - Parameters:
    ///   - options: the options of the mapping file.
    ///   - isTimeZone: whether a text is exactly a name of the IANA time zone database, links included.
    public init(options: DefaultMappingOptions, isTimeZone: @escaping @Sendable (Span<UInt8>) -> Bool) {
        self.options = options
        timeZones = TimeZoneCache(isTimeZone)
        callingCode = Array((options.phoneCallingCode ?? "").utf8)
        attributeNames = NameCache(NameRule(options, isForEvents: false))
        eventNames = NameCache(NameRule(options, isForEvents: true))
    }

    /// Maps one message and writes the operation.
    ///
    /// - Parameters:
    ///   - tape: the message, parsed.
    ///   - text: the bytes that were parsed.
    ///   - writer: gets one operation, `{"identifiers":…,"attributes":…,"events":…}`, without the members that would be empty:
    ///     natives first in the order of Batch's documentation, then custom attributes in document order, all of them however
    ///     many. Nothing is written unless the outcome is ``DefaultOutcome/operation``.
    ///   - leftOut: gets what was left out, appended; nothing unless the outcome is ``DefaultOutcome/operation``.
    /// - Returns: what became of the message.
    public mutating func map(
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        into writer: inout JSONWriter,
        leftOut: inout [LeftOut]
    ) -> DefaultOutcome {
        let outcome = map(tape, text, leftOut: &leftOut)
        if case .operation = outcome { out.withSpan { writer.raw($0) } }
        return outcome
    }

    /// Maps one message; the operation is then to be had from ``operation`` and ``contribution(messageHash:ageTime:room:)``.
    ///
    /// - Parameters:
    ///   - tape: the message, parsed.
    ///   - text: the bytes that were parsed.
    ///   - leftOut: gets what was left out, appended; nothing unless the outcome is ``DefaultOutcome/operation``.
    /// - Returns: what became of the message.
    public mutating func map(
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        leftOut: inout [LeftOut]
    ) -> DefaultOutcome {
        out.forget(from: 0)
        custom.forget(from: 0)
        customOutline.begin(at: 0)
        natives.removeAll()
        if !found.isEmpty { found.removeAll() }
        let parts = messageParts(tape, text)
        naming = MessageNaming(id: parts.messageID, type: parts.type)
        guard let type = type(parts.type, tape, text) else { return .filtered(.typeNotMapped) }
        if let integrations = parts.integrations, isSwitchedOff(integrations, tape, text) {
            return .filtered(.integrationOff)
        }
        if let refusal = writeIdentifier(parts.userID, tape, text) { return refusal }
        outline.begin(at: out.count)
        let context = contextParts(parts.context, tape, text)
        switch type {
        case .identify:
            mapTraits(parts.traits, context, tape, text)
        case .track, .page, .screen:
            if let refusal = mapEvent(type, parts, context, tape, text) { return refusal }
        }
        close(with: UInt8(ascii: "}"))
        if !found.isEmpty { leftOut.append(contentsOf: found) }
        return .operation
    }

    /// The operation of the message mapped last, as JSON; of use only if that gave one.
    public var operation: [UInt8] { out.bytes() }

    /// The contribution of the message mapped last; of use only if that gave an operation.
    ///
    /// It is what `OperationReader` makes of ``operation``, without reading it again: a test compares the two. Mutating only so
    /// that a mapper that is a part of an object is not copied for it.
    ///
    /// - Parameters:
    ///   - messageHash: a hash of what names the message; nil when it has no id. Repeats are told apart by it and by the operation.
    ///   - ageTime: the time to judge the age of events without a time by, in milliseconds since 1970.
    ///   - room: bytes that ``Contribution/keep(_:)`` can take without moving the contribution.
    /// - Returns: nil where only `OperationReader` knows what to leave out: more than 15 lists or 1 000 attributes.
    public mutating func contribution(messageHash: UInt64?, ageTime: Int64?, room: Int = 0) -> Contribution? {
        out.withSpan { written in
            outline.contribution(
                customID: customID.span,
                text: written,
                identity: messageHash.map { RepeatIdentity(high: $0, low: xxh3(written)) },
                ageTime: ageTime,
                room: room
            )
        }
    }

    /// What names the message mapped last. Mutating for the same reason.
    public mutating func messageNaming() -> MessageNaming { naming }

    // MARK: Identifier

    /// Writes the start of the operation with its identifier.
    private mutating func writeIdentifier(
        _ node: JSONNode?,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> DefaultOutcome? {
        let wrong = DefaultOutcome.deadLetter(.badUserID, field: "userId")
        guard let node else { return .filtered(.noUserID) }
        append("{\"identifiers\":{\"custom_id\":")
        switch tape.kind(of: node) {
        case .null: return .filtered(.noUserID)
        case .object, .array, .boolean: return wrong
        case .number:
            guard tape.isInteger(node) else { return wrong }
            let range = tape.textRange(of: node)
            guard range.count <= BatchLimits.customIDLength else { return wrong }
            append(quoted: text.extracting(range), isEscaped: false)
            setCustomID(text.extracting(range))
        case .string:
            let isEscaped = tape.isEscaped(node)
            if isEscaped {
                let content = takeContent(of: node, tape, text)
                defer { contentBuffer = content }
                if let refusal = refusal(ofIdentifier: content.span) { return refusal }
                append(quoted: content.span, isEscaped: true)
                setCustomID(content.span)
            } else {
                let content = text.extracting(tape.contentRange(of: node))
                if let refusal = refusal(ofIdentifier: content) { return refusal }
                append(quoted: content, isEscaped: false)
                setCustomID(content)
            }
        }
        append("},")
        return nil
    }

    private mutating func setCustomID(_ content: Span<UInt8>) {
        customID.removeAll(keepingCapacity: true)
        content.withUnsafeBufferPointer { customID.append(contentsOf: $0) }
    }

    private func refusal(ofIdentifier content: Span<UInt8>) -> DefaultOutcome? {
        if TextRules.isBlank(content) || Self.isSerialisationAccident(content) { return .filtered(.noUserID) }
        return TextRules.end(ofFirst: BatchLimits.customIDLength, in: content) == nil
            ? nil : .deadLetter(.badUserID, field: "userId")
    }

    /// Texts that programs write for a missing value (`batch-api` 2.2).
    private static func isSerialisationAccident(_ content: Span<UInt8>) -> Bool {
        switch content.count {
        case 3: TextRules.equalsIgnoringCase(content, "nil") || TextRules.equalsIgnoringCase(content, "nan")
        case 4: TextRules.equalsIgnoringCase(content, "null") || TextRules.equalsIgnoringCase(content, "true")
        case 5: TextRules.equalsIgnoringCase(content, "false")
        case 6: TextRules.equalsIgnoringCase(content, "(null)")
        case 8: TextRules.equalsIgnoringCase(content, "infinity")
        case 9:
            TextRules.equalsIgnoringCase(content, "undefined") || TextRules.equalsIgnoringCase(content, "-infinity")
        case 15: TextRules.equalsIgnoringCase(content, "[object object]")
        default: false
        }
    }
}
