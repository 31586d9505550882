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
    /// By lane, the open parts beyond the first: a record may go to several users of one destination. Empty for most records.
    var furtherParts: [Int: Int] = [:]
    /// Records that repeat this one and settle with it.
    var repeats: [Int] = []
}

/// The unsettled records, by place.
struct RecordTable: Sendable {
    private var slots: [OpenRecord?] = []
    private var free: [Int] = []
    private(set) var count = 0

    /// Where a record stands; without a copy of the rest of it.
    func place(of slot: Int) -> RecordPlace? {
        guard let partition = slots[slot]?.partition, let offset = slots[slot]?.offset else { return nil }
        return RecordPlace(partition: partition, offset: offset)
    }

    subscript(slot: Int) -> OpenRecord? {
        _read { yield slots[slot] }
        _modify { yield &slots[slot] }
    }

    mutating func add(_ record: OpenRecord) -> Int {
        count += 1
        if let reused = free.popLast() {
            slots[reused] = record
            return reused
        }
        slots.append(record)
        return slots.count - 1
    }

    mutating func remove(_ slot: Int) {
        guard slots[slot] != nil else { return }
        slots[slot] = nil
        free.append(slot)
        count -= 1
    }
}
