/// The newest entries of a log, in order.
struct BoundedLog<Entry: Sendable>: Sendable {
    let capacity: Int
    private var entries: ContiguousArray<Entry> = []
    /// The place of the oldest entry once the log is full.
    private var oldest = 0
    /// How many entries were dropped.
    private(set) var droppedCount = 0

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { entries.count }

    mutating func append(_ entry: Entry) {
        guard capacity > 0 else {
            droppedCount += 1
            return
        }
        guard entries.count == capacity else {
            entries.append(entry)
            return
        }
        entries[oldest] = entry
        oldest = (oldest + 1) % capacity
        droppedCount += 1
    }

    /// The entry at a position, 0 for the oldest.
    subscript(position: Int) -> Entry { entries[(oldest + position) % entries.count] }

    mutating func removeAll() {
        entries.removeAll()
        oldest = 0
        droppedCount = 0
    }
}
