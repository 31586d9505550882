/// One attribute of a stretch.
struct Slot: Sendable {
    /// Where `"name":value` starts in the arena.
    var start: Int
    let length: Int
    /// The bytes of the arena that belong to the slot, at least ``length``.
    var capacity: Int
    let hash: UInt32
    let nameLength: UInt8
    let bareOffset: UInt8
    let bareLength: UInt8
    let kind: AttributeKind
    let isNative: Bool
    /// The place of the contribution that changed it last.
    let setter: Int

    init(_ change: Change, start: Int, setter: Int) {
        self.start = start
        length = change.length
        capacity = change.length
        hash = change.entry.hash
        nameLength = change.entry.nameLength
        bareOffset = change.entry.bareOffset
        bareLength = change.entry.bareLength
        kind = change.entry.kind
        isNative = change.isNative
        self.setter = setter
    }

    var end: Int { start + length }
    var valueStart: Int { start + Int(nameLength) + 3 }
    var bareStart: Int { start + 1 + Int(bareOffset) }
}

/// What one attribute of a contribution does to the slots.
struct Change: Sendable {
    var entry: AttributeEntry
    /// The slot that it changes, -1 for a new one.
    let slot: Int
    /// Where the new `"name":value` starts in the contribution's bytes, or among the pending bytes.
    var start: Int
    var length: Int
    var isPending: Bool
    /// How many bytes the attributes become longer by, commas included.
    var growth = 0
    var isNative = false

    init(entry: AttributeEntry, slot: Int, start: Int, length: Int, isPending: Bool) {
        self.entry = entry
        self.slot = slot
        self.start = start
        self.length = length
        self.isPending = isPending
    }
}

/// Finds slots by hash: open addressing over slot numbers.
struct SlotTable: Sendable {
    private static let smallest = 256
    /// Slot number + 1, 0 where there is none. A power of two, at most half full.
    private var places = [Int32](repeating: 0, count: smallest)

    mutating func removeAll() {
        if places.count > Self.smallest {
            places = [Int32](repeating: 0, count: Self.smallest)
            return
        }
        for index in places.indices { places[index] = 0 }
    }

    func firstProbe(_ hash: UInt32) -> Int { Int(hash) & (places.count - 1) }

    func nextProbe(_ probe: Int) -> Int { (probe + 1) & (places.count - 1) }

    func slot(at probe: Int) -> Int? {
        let place = places[probe]
        return place == 0 ? nil : Int(place) - 1
    }

    /// Enters the last one of the slots.
    mutating func insert(_ slots: [Slot]) {
        if slots.count * 2 > places.count {
            places = [Int32](repeating: 0, count: places.count * 4)
            for index in slots.indices { enter(index, slots[index].hash) }
        } else {
            enter(slots.count - 1, slots[slots.count - 1].hash)
        }
    }

    private mutating func enter(_ slot: Int, _ hash: UInt32) {
        var probe = firstProbe(hash)
        while places[probe] != 0 { probe = nextProbe(probe) }
        places[probe] = Int32(slot + 1)
    }
}
