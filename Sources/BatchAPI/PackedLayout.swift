/// The layout of ``Contribution/bytes``: a header, one entry per attribute, one per event, then the JSON text.
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
    static let headerByteCount = 48
    static let attributeByteCount = 16
    static let eventByteCount = 24

    static let hasTimes: UInt64 = 1
    static let hasIdentity: UInt64 = 2
}

/// What the value of an attribute is, as far as merging is concerned.
enum AttributeKind: UInt8 {
    /// A string, number, boolean, date or URL.
    case scalar
    /// `null`: the attribute is deleted.
    case null
    /// `["a","b"]`, without white space and without equal items, its strings in one spelling each.
    case array
    /// `{"$add":["a"],"$remove":["b"]}`, the same way; an empty list is not written.
    case patch
}

/// One attribute of a contribution; 16 bytes when packed.
struct AttributeEntry {
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

    func append(to bytes: inout [UInt8]) {
        bytes.append(integer: UInt64(start) | UInt64(length) << 32)
        bytes.append(
            integer: UInt64(hash) | UInt64(nameLength) << 32 | UInt64(bareOffset) << 40 | UInt64(bareLength) << 48
                | UInt64(kind.rawValue) << 56
        )
    }

    init(
        start: UInt32,
        length: UInt32,
        hash: UInt32,
        nameLength: UInt8,
        bareOffset: UInt8,
        bareLength: UInt8,
        kind: AttributeKind
    ) {
        self.start = start
        self.length = length
        self.hash = hash
        self.nameLength = nameLength
        self.bareOffset = bareOffset
        self.bareLength = bareLength
        self.kind = kind
    }

    init(in bytes: RawSpan, at offset: Int) {
        let place = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let name = bytes.unsafeLoadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
        start = UInt32(truncatingIfNeeded: place)
        length = UInt32(truncatingIfNeeded: place >> 32)
        hash = UInt32(truncatingIfNeeded: name)
        nameLength = UInt8(truncatingIfNeeded: name >> 32)
        bareOffset = UInt8(truncatingIfNeeded: name >> 40)
        bareLength = UInt8(truncatingIfNeeded: name >> 48)
        kind = AttributeKind(rawValue: UInt8(truncatingIfNeeded: name >> 56)) ?? .scalar
    }
}

/// One event of a contribution; 24 bytes when packed.
struct EventEntry {
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

    func append(to bytes: inout [UInt8]) {
        bytes.append(integer: UInt64(start) | UInt64(length) << 32)
        bytes.append(integer: UInt64(timeStart) | UInt64(timeLength) << 32)
        bytes.append(integer: UInt64(bitPattern: time))
    }

    init(start: UInt32, length: UInt32, timeStart: UInt32, timeLength: UInt32, time: Int64) {
        self.start = start
        self.length = length
        self.timeStart = timeStart
        self.timeLength = timeLength
        self.time = time
    }

    init(in bytes: RawSpan, at offset: Int) {
        let place = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let timePlace = bytes.unsafeLoadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
        start = UInt32(truncatingIfNeeded: place)
        length = UInt32(truncatingIfNeeded: place >> 32)
        timeStart = UInt32(truncatingIfNeeded: timePlace)
        timeLength = UInt32(truncatingIfNeeded: timePlace >> 32)
        time = bytes.unsafeLoadUnaligned(fromByteOffset: offset + 16, as: Int64.self)
    }
}

extension [UInt8] {
    /// Appends the bytes of an integer in the machine's order.
    @inline(__always)
    mutating func append(integer: UInt64) {
        Swift.withUnsafeBytes(of: integer) { append(contentsOf: $0) }
    }

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
