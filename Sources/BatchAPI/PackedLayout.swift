/// The layout of ``Contribution/bytes``: a header, the Custom ID, one entry per attribute, one per event, then the JSON text.
///
/// Integers are in the machine's byte order, since contributions never leave the process. Places in the text are counted from
/// the start of the text.
enum PackedLayout {
    /// Attributes in the lower half of the word, events in the upper.
    static let countsOffset = 0
    static let oldestTimeOffset = 8
    static let newestTimeOffset = 16
    static let identityHighOffset = 24
    static let identityLowOffset = 32
    static let flagsOffset = 40
    static let customIDCountOffset = 44
    static let headerByteCount = 48
    static let attributeByteCount = MemoryLayout<AttributeEntry>.stride
    static let eventByteCount = MemoryLayout<EventEntry>.stride

    static let hasTimes: UInt32 = 1
    static let hasIdentity: UInt32 = 2

}

/// What the value of an attribute is, as far as merging is concerned.
enum AttributeKind: UInt8, BitwiseCopyable {
    /// A string, number, boolean, date or URL.
    case scalar
    /// `null`: the attribute is deleted.
    case null
    /// `["a","b"]`, without white space and without equal items, its strings in one spelling each.
    case array
    /// `{"$add":["a"],"$remove":["b"]}`, the same way; an empty list is not written.
    case patch
}

/// One attribute of a contribution; 16 bytes without gaps, packed as it is.
struct AttributeEntry: BitwiseCopyable {
    /// Where `"name":value` starts in the text.
    var start: UInt32
    /// The bytes of `"name":value`.
    var length: UInt32
    /// A hash of the bare name.
    var hash: UInt32
    /// The bytes of the name without quotes.
    var nameLength: UInt8
    /// Where the bare name starts inside the name: 5 for `date(x)`, 4 for `url(x)`, else 0.
    var bareOffset: UInt8
    /// The bytes of the bare name.
    var bareLength: UInt8
    var kind: AttributeKind

    /// Where the value starts in the text.
    var valueStart: Int { Int(start) + Int(nameLength) + 3 }
    /// Where the value ends in the text.
    var end: Int { Int(start) + Int(length) }
    /// Where the bare name starts in the text.
    var bareStart: Int { Int(start) + 1 + Int(bareOffset) }
}

/// One event of a contribution; 24 bytes without gaps, packed as it is.
struct EventEntry: BitwiseCopyable {
    /// Where the event starts in the text.
    var start: UInt32
    /// The bytes of the event.
    var length: UInt32
    /// Where `,"time":"…"` starts in the text; it can be left out without harm to the rest.
    var timeStart: UInt32
    /// The bytes of `,"time":"…"`, 0 when the event has no time to send.
    var timeLength: UInt32
    /// The time to judge the event's age by, in milliseconds since 1970; ``noTime`` when there is none.
    var time: Int64

    static let noTime = Int64.min
}

extension [UInt8] {
    /// Appends a part of other bytes.
    @inline(__always)
    mutating func append(_ text: Span<UInt8>, _ start: Int, _ end: Int) {
        text.extracting(start..<end).withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    /// Appends ASCII text.
    @inline(__always)
    mutating func append(text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }
}
