/// How a record ended; of several parts the worst counts, in this order.
enum RecordOutcome: UInt8, Sendable, Comparable {
    case alreadySettled
    case filtered
    case delivered
    case deadLettered

    static func < (first: RecordOutcome, second: RecordOutcome) -> Bool { first.rawValue < second.rawValue }
}

/// How one part of a record ended.
enum PartEnd: Sendable, Hashable {
    case settled(RecordOutcome)
    /// Given back unsent.
    case released
}

/// A record that is not settled.
struct OpenRecord: Sendable {
    let partition: PartitionIndex
    let offset: Int64
    let timestampMilliseconds: Int64
    /// Parts, and dead letters under way, that are not settled.
    var openParts: Int
    var outcome = RecordOutcome.alreadySettled
    /// Whether a part was given back: the record then stays unsettled, whatever becomes of its other parts.
    var isReleased = false
    let byteCount: Int
    var image: RecordImage
    /// Whether it counts as settled in every lane when it ends (it never had parts).
    let settlesEverywhere: Bool
    /// Whether the table has ``RecordExtras`` of it.
    var hasExtras = false

    static let vacant = OpenRecord(
        partition: PartitionIndex(0),
        offset: 0,
        timestampMilliseconds: 0,
        openParts: -1,
        byteCount: 0,
        image: RecordImage(),
        settlesEverywhere: false
    )
}

/// What only few records have.
struct RecordExtras: Sendable {
    /// By lane, the open parts beyond the first: a record may go to several users of one destination.
    var furtherParts: [Int: Int] = [:]
    /// Records that repeat this one and settle with it.
    var repeats: [Int] = []
}

/// The unsettled records, by place.
struct RecordTable: Sendable {
    /// A free place has a record with -1 open parts.
    private(set) var slots: [OpenRecord] = []
    private var free: [Int] = []
    private var extras: [Int: RecordExtras] = [:]
    private(set) var count = 0

    /// A record whose place is known to be in use: on the path of a record, without a copy.
    subscript(at slot: Int) -> OpenRecord {
        @inline(__always) _read { yield slots[slot] }
        @inline(__always) _modify { yield &slots[slot] }
    }

    @inline(__always)
    func isUsed(_ slot: Int) -> Bool { slots[slot].openParts >= 0 }

    /// Where a record stands; without a copy of the rest of it.
    @inline(__always)
    func place(of slot: Int) -> RecordPlace? {
        isUsed(slot) ? RecordPlace(partition: slots[slot].partition, offset: slots[slot].offset) : nil
    }

    /// A record, or nil where the place is free; what is changed then is lost.
    subscript(slot: Int) -> OpenRecord? {
        get { isUsed(slot) ? slots[slot] : nil }
        _modify {
            var record: OpenRecord?
            let isUsed = isUsed(slot)
            if isUsed { record = exchange(&slots[slot], with: .vacant) }
            yield &record
            if isUsed, let record { slots[slot] = record }
        }
    }

    mutating func add(_ record: consuming OpenRecord) -> Int {
        count += 1
        if let reused = free.popLast() {
            slots[reused] = record
            return reused
        }
        slots.append(record)
        return slots.count - 1
    }

    /// Takes a record out.
    mutating func remove(_ slot: Int) {
        guard isUsed(slot) else { return }
        if slots[slot].hasExtras { extras[slot] = nil }
        slots[slot].openParts = -1
        slots[slot].image.bytes = []
        free.append(slot)
        count -= 1
    }

    // MARK: Extras

    /// Says that a record has more than one open part in a lane.
    mutating func setFurtherParts(_ count: Int, of slot: Int, lane: Int) {
        slots[slot].hasExtras = true
        extras[slot, default: RecordExtras()].furtherParts[lane] = count
    }

    /// Something more of a record is open in a lane until it ends.
    mutating func addFurtherPart(of slot: Int, lane: Int) {
        guard isUsed(slot) else { return }
        slots[slot].openParts += 1
        slots[slot].hasExtras = true
        extras[slot, default: RecordExtras()].furtherParts[lane, default: 0] += 1
    }

    /// One part of a record has ended in a lane.
    ///
    /// - Returns: whether others are left there.
    mutating func endsBeforeOthers(_ slot: Int, lane: Int) -> Bool {
        guard slots[slot].hasExtras, let further = extras[slot]?.furtherParts[lane], further > 0 else { return false }
        extras[slot]?.furtherParts[lane] = further - 1
        return true
    }

    /// Whether some lane has, or had, more than one part of a record.
    func hasFurtherParts(_ slot: Int) -> Bool {
        slots[slot].hasExtras && extras[slot]?.furtherParts.isEmpty == false
    }

    /// Says that a record repeats another one, and settles with it.
    mutating func addRepeat(_ record: Int, to twin: Int) {
        slots[twin].hasExtras = true
        extras[twin, default: RecordExtras()].repeats.append(record)
    }

    /// The records that repeat this one.
    func repeats(of slot: Int) -> [Int] { slots[slot].hasExtras ? extras[slot]?.repeats ?? [] : [] }
}
