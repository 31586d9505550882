/// The assigned partitions, by number.
struct PartitionTable: Sendable {
    private var states: [PartitionState] = []
    private var assigned: [Bool] = []

    /// The numbers that have been seen, assigned or not.
    var indices: Range<Int> { 0..<states.count }

    @inline(__always)
    func isAssigned(_ number: Int) -> Bool { number < assigned.count && assigned[number] }

    /// The state of a partition that is known to be assigned: on the path of a record, without a copy.
    subscript(at number: Int) -> PartitionState {
        @inline(__always) _read { yield states[number] }
        @inline(__always) _modify { yield &states[number] }
    }

    /// The state of a partition, or nil where it is not assigned; what is changed then is lost.
    subscript(number: Int) -> PartitionState? {
        get { isAssigned(number) ? states[number] : nil }
        _modify {
            var state: PartitionState?
            let isAssigned = isAssigned(number)
            // Moved out and back, so that its lists have one owner while they are changed.
            if isAssigned { state = exchange(&states[number], with: .vacant) }
            yield &state
            if isAssigned, let state { states[number] = state }
        }
    }

    /// Whether the settled set of an assigned partition has room for a record, see ``OffsetLedger/admits(_:lane:limit:)``.
    @inline(__always)
    func admits(_ record: RecordPlace, lane: Int, limit: Int) -> Bool {
        // The usual case without calling a method of the ledger, which would be called on a copy of it.
        let number = record.partition.number
        return !states[number].ledger.isResuming && states[number].ledger.mixedChunkCount < limit
            || states[number].ledger.admits(record.offset, lane: lane, limit: limit)
    }

    /// Makes room for a number.
    mutating func reserve(_ number: Int) {
        while states.count <= number {
            states.append(.vacant)
            assigned.append(false)
        }
    }

    /// A partition has come; there is room for it.
    mutating func set(_ number: Int, _ state: PartitionState) {
        states[number] = state
        assigned[number] = true
    }

    /// A partition has gone.
    mutating func clear(_ number: Int) {
        guard isAssigned(number) else { return }
        states[number] = .vacant
        assigned[number] = false
    }
}
