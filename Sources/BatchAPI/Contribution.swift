/// What one record's part does to one profile, already valid for Batch.
///
/// Made by ``OperationReader/read(_:identity:ageTime:room:refused:)``, folded by ``ProfileFold``. It is one array and nothing
/// else, so that a window of tens of thousands costs what its bytes cost; whoever keeps more of a record than what it does can
/// keep it behind, in the same piece of memory.
public struct Contribution: Sendable {
    /// Header, Custom ID, entries and JSON text, see `PackedLayout`; then what was kept with ``keep(_:)``.
    public private(set) var bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Keeps something behind the contribution, in the room that was asked for when it was made; more makes it move.
    ///
    /// - Returns: where it starts in ``bytes``.
    @discardableResult
    public mutating func keep(_ kept: UnsafeRawBufferPointer) -> Int {
        bytes.append(contentsOf: kept)
        return bytes.count - kept.count
    }

    /// The memory it holds, in bytes, the array's header included.
    public var byteCount: Int { bytes.count + 32 }

    /// The user's id as UTF-8, escapes resolved: `"a"` and `"\u0061"` are the same user. A copy.
    public var customID: [UInt8] { Array(bytes[customIDRange]) }

    /// Where the user's id stands in ``bytes``.
    public var customIDRange: Range<Int> {
        PackedLayout.headerByteCount..<PackedLayout.headerByteCount + customIDByteCount
    }

    /// Whether both are of one user.
    public func hasSameUser(as other: Contribution) -> Bool {
        let range = customIDRange
        guard other.customIDRange == range else { return false }
        return bytes.withUnsafeBytes { mine in
            other.bytes.withUnsafeBytes { theirs in
                mine[range].elementsEqual(theirs[range])
            }
        }
    }

    /// How many attributes it sets, deletes or patches.
    public var attributeCount: Int {
        Int(counts & 0xFFFF_FFFF)
    }

    /// How many events it has.
    public var eventCount: Int {
        Int(counts >> 32)
    }

    /// The time to judge an event's age by.
    ///
    /// - Parameter index: 0 to `eventCount` - 1.
    /// - Returns: milliseconds since 1970, UTC: the event's own time, else the `ageTime` given to the reader, else nil.
    public func eventTime(at index: Int) -> Int64? {
        let time = event(at: index).time
        return time == EventEntry.noTime ? nil : time
    }

    /// Whether an event has a time to judge its age by.
    public var hasTimedEvents: Bool { flags & PackedLayout.hasTimes != 0 }

    /// The lowest of the times of ``eventTime(at:)``.
    public var oldestEventTime: Int64? { time(at: PackedLayout.oldestTimeOffset) }

    /// The highest of the times of ``eventTime(at:)``.
    public var newestEventTime: Int64? { time(at: PackedLayout.newestTimeOffset) }

    /// Whether it has the identifiers only. Sending it would create an empty profile (batch-api 2.1, B).
    public var isEmpty: Bool { attributeCount == 0 && eventCount == 0 }

    /// What tells repeats apart, as the mapper gave it; nil when the message has no id.
    public var identity: RepeatIdentity? {
        guard flags & PackedLayout.hasIdentity != 0 else { return nil }
        let bytes = bytes.span.bytes
        return RepeatIdentity(
            high: bytes.unsafeLoadUnaligned(fromByteOffset: PackedLayout.identityHighOffset, as: UInt64.self),
            low: bytes.unsafeLoadUnaligned(fromByteOffset: PackedLayout.identityLowOffset, as: UInt64.self)
        )
    }

    /// Where the text starts in ``bytes``.
    var textStart: Int {
        attributesStart + attributeCount * PackedLayout.attributeByteCount + eventCount * PackedLayout.eventByteCount
    }

    func attribute(at index: Int) -> AttributeEntry {
        precondition(index >= 0 && index < attributeCount, "attribute index out of range")
        return bytes.span.bytes.unsafeLoadUnaligned(
            fromByteOffset: attributesStart + index * PackedLayout.attributeByteCount,
            as: AttributeEntry.self
        )
    }

    func event(at index: Int) -> EventEntry {
        precondition(index >= 0 && index < eventCount, "event index out of range")
        return bytes.span.bytes.unsafeLoadUnaligned(
            fromByteOffset: attributesStart + attributeCount * PackedLayout.attributeByteCount + index
                * PackedLayout.eventByteCount,
            as: EventEntry.self
        )
    }

    private var counts: UInt64 {
        bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: PackedLayout.countsOffset, as: UInt64.self)
    }

    private var flags: UInt32 {
        bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: PackedLayout.flagsOffset, as: UInt32.self)
    }

    private var customIDByteCount: Int {
        Int(bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: PackedLayout.customIDCountOffset, as: UInt32.self))
    }

    private var attributesStart: Int { PackedLayout.headerByteCount + customIDByteCount }

    private func time(at offset: Int) -> Int64? {
        guard hasTimedEvents else { return nil }
        return bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Int64.self)
    }
}
