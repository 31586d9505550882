import JSONDocument

/// Where the attributes and events stand in the text of an operation, noted by who writes it.
///
/// A mapper that keeps Batch's rules by itself makes a ``Contribution`` with it at once; its text need not be parsed and checked a
/// second time by ``OperationReader``, which gives the same contribution for the same text. Reusable.
public struct OperationOutline: Sendable {
    /// The bare name of an attribute as an outline notes it, computed once for a name that comes often.
    public struct Name: Sendable {
        fileprivate let hash: UInt32
        fileprivate let length: UInt8
        fileprivate let isNative: Bool

        /// The empty name, which no attribute has.
        public init() { (hash, length, isNative) = (0, 0, false) }

        /// - Parameter bare: the key without `date(…)` or `url(…)` around it, 1 to 30 bytes without escapes.
        public init(_ bare: Span<UInt8>) {
            hash = AttributeKey.hash(bare, 0, bare.count)
            length = UInt8(truncatingIfNeeded: bare.count)
            isNative = bare.count > 0 && bare[0] == UInt8(ascii: "$")
        }

        /// The bytes of the whole key.
        ///
        /// - Parameter bareOffset: 5 for `date(key)`, 4 for `url(key)`, else 0.
        /// - Returns: with `date(…)` or `url(…)`, without quotes.
        public func keyLength(bareOffset: Int) -> Int {
            Int(length) &+ (bareOffset == 0 ? 0 : bareOffset &+ 1)
        }
    }

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
        if !attributes.isEmpty { attributes.removeAll(keepingCapacity: true) }
        if !events.isEmpty { events.removeAll(keepingCapacity: true) }
        arrayCount = 0
    }

    /// How many attributes have been noted.
    public var attributeCount: Int { attributes.count }

    /// Notes that `"key":value` stands in the text. Keys have no escapes, differ from one another, and follow in document order.
    ///
    /// - Parameters:
    ///   - range: from the key's first quote to the value's last byte.
    ///   - name: the bare name of the key.
    ///   - bareOffset: 5 for `date(key)`, 4 for `url(key)`, else 0.
    ///   - firstOfValue: the first byte of the value.
    public mutating func noteAttribute(_ range: Range<Int>, _ name: Name, bareOffset: Int, firstOfValue: UInt8) {
        let kind: AttributeKind
        switch firstOfValue {
        case UInt8(ascii: "n"): kind = .null
        case UInt8(ascii: "["): kind = .array
        case UInt8(ascii: "{"): kind = .patch
        default: kind = .scalar
        }
        if kind == .array || kind == .patch, !name.isNative { arrayCount += 1 }
        attributes.append(
            AttributeEntry(
                start: UInt32(truncatingIfNeeded: range.lowerBound &- origin),
                length: UInt32(truncatingIfNeeded: range.upperBound &- range.lowerBound),
                hash: name.hash,
                nameLength: UInt8(truncatingIfNeeded: name.keyLength(bareOffset: bareOffset)),
                bareOffset: UInt8(truncatingIfNeeded: bareOffset),
                bareLength: name.length,
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
    ///   - milliseconds: that time, since 1970, parts of a millisecond cut off; nil where the event has none.
    public mutating func noteEvent(_ range: Range<Int>, time: Range<Int>, milliseconds: Int64?) {
        events.append(
            EventEntry(
                start: UInt32(truncatingIfNeeded: range.lowerBound - origin),
                length: UInt32(truncatingIfNeeded: range.count),
                timeStart: time.isEmpty ? 0 : UInt32(truncatingIfNeeded: time.lowerBound - origin),
                timeLength: UInt32(truncatingIfNeeded: time.count),
                time: milliseconds ?? EventEntry.noTime
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
