import JSONDocument

/// Where the attributes and events stand in the text of an operation, noted by who writes it.
///
/// A mapper that keeps Batch's rules by itself makes a ``Contribution`` with it at once; its text need not be parsed and checked a
/// second time by ``OperationReader``, which gives the same contribution for the same text. Reusable.
public struct OperationOutline: Sendable {
    private var attributes: [AttributeEntry] = []
    private var events: [EventEntry] = []
    private var arrayCount = 0
    private var origin = 0

    /// Creates an outline of nothing.
    public init() {}

    /// Starts anew.
    ///
    /// - Parameter origin: what stands before this place in the text is not part of the contribution.
    public mutating func begin(at origin: Int) {
        self.origin = origin
        attributes.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
        arrayCount = 0
    }

    /// How many attributes have been noted.
    public var attributeCount: Int { attributes.count }

    /// Notes that `"key":value` stands in the text. Keys have no escapes, differ from one another, and follow in document order.
    ///
    /// - Parameters:
    ///   - range: from the key's first quote to the value's last byte.
    ///   - keyLength: the bytes of the key without its quotes, 1 to 36.
    ///   - bareOffset: 5 for `date(key)`, 4 for `url(key)`, else 0.
    ///   - text: what has been written.
    public mutating func noteAttribute(_ range: Range<Int>, keyLength: Int, bareOffset: Int, in text: [UInt8]) {
        let bareLength = bareOffset == 0 ? keyLength : keyLength - bareOffset - 1
        let bareStart = range.lowerBound + 1 + bareOffset
        let kind: AttributeKind
        switch text[range.lowerBound + keyLength + 3] {
        case UInt8(ascii: "n"): kind = .null
        case UInt8(ascii: "["): kind = .array
        case UInt8(ascii: "{"): kind = .patch
        default: kind = .scalar
        }
        if kind == .array || kind == .patch, text[bareStart] != UInt8(ascii: "$") { arrayCount += 1 }
        attributes.append(
            AttributeEntry(
                start: UInt32(truncatingIfNeeded: range.lowerBound - origin),
                length: UInt32(truncatingIfNeeded: range.count),
                hash: AttributeKey.hash(text.span, bareStart, bareStart + bareLength),
                nameLength: UInt8(truncatingIfNeeded: keyLength),
                bareOffset: UInt8(truncatingIfNeeded: bareOffset),
                bareLength: UInt8(truncatingIfNeeded: bareLength),
                kind: kind
            )
        )
    }

    /// Forgets the attribute noted last, which is a native one.
    public mutating func removeLastAttribute() { attributes.removeLast() }

    /// Takes over the attributes of another outline, begun at 0, whose text was appended at `place`.
    public mutating func append(attributesOf other: OperationOutline, at place: Int) {
        let first = attributes.count
        attributes.append(contentsOf: other.attributes)
        arrayCount += other.arrayCount
        for index in first..<attributes.count { attributes[index].start += UInt32(truncatingIfNeeded: place - origin) }
    }

    /// Notes an event.
    ///
    /// - Parameters:
    ///   - range: from its opening to its closing bracket.
    ///   - time: of `,"time":"…"` in it, in the form that is sent; empty where the event has none.
    ///   - text: what has been written.
    public mutating func noteEvent(_ range: Range<Int>, time: Range<Int>, in text: [UInt8]) {
        var milliseconds = EventEntry.noTime
        if !time.isEmpty, let read = Timestamp(text.span, time.lowerBound + 9, time.upperBound - 1) {
            milliseconds = read.milliseconds
        }
        events.append(
            EventEntry(
                start: UInt32(truncatingIfNeeded: range.lowerBound - origin),
                length: UInt32(truncatingIfNeeded: range.count),
                timeStart: time.isEmpty ? 0 : UInt32(truncatingIfNeeded: time.lowerBound - origin),
                timeLength: UInt32(truncatingIfNeeded: time.count),
                time: milliseconds
            )
        )
    }

    /// Makes the contribution.
    ///
    /// - Parameters:
    ///   - customID: the user, escapes resolved, valid for Batch.
    ///   - whole: what has been written.
    ///   - identity: what tells repeats of the message apart; nil when it has no id.
    ///   - ageTime: the time to judge the age of events without a time by, in milliseconds since 1970.
    ///   - room: bytes that ``Contribution/keep(_:)`` can take without moving it.
    /// - Returns: nil where a bound is passed that asks for the choice of ``OperationReader``: 15 arrays, 1 000 attributes.
    public func contribution(
        customID: Span<UInt8>,
        text whole: Span<UInt8>,
        identity: RepeatIdentity?,
        ageTime: Int64?,
        room: Int = 0
    ) -> Contribution? {
        guard attributes.count <= BatchLimits.contributionAttributeCount, arrayCount <= BatchLimits.arrayAttributeCount
        else { return nil }
        return Contribution(
            customID: customID,
            attributes: attributes,
            events: events,
            ageTime: ageTime,
            text: whole.extracting(origin..<whole.count),
            identity: identity,
            room: room
        )
    }
}
