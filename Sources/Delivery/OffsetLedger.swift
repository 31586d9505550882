/// Which offsets of one partition have been read and which of them are settled, in chunks of 128.
///
/// Only the watermark is committed: the smallest offset that is open, or the position where none is. What is settled beyond it
/// goes along as a ``SettledSet`` a lane. Offsets that never arrive (compaction, control records) belong to whichever side
/// packs better, and so do filtered ones.
struct OffsetLedger: Sendable {
    /// The next offset to be read.
    private(set) var position: Int64
    private let laneCount: Int
    /// Chunks with an open record and those after them, ascending; offsets in between that have no chunk are settled.
    private var chunks: [Chunk] = []
    private var head = 0
    /// What an earlier run had settled, per lane; of use for offsets from `position` on.
    private var resumed: [SettledSet?]
    /// Chunks of all lanes with something settled or in flight beside something open.
    private(set) var mixedChunkCount = 0

    private struct Chunk: Sendable {
        let number: Int64
        /// Records read and not settled.
        var open: UInt128 = 0
        var lanes: [Lane]
    }

    private struct Lane: Sendable {
        /// Offsets whose part in this lane is settled for good.
        var settled: UInt128 = 0
        /// Offsets whose part in this lane is not.
        var open: UInt128 = 0
        /// How many of `open` are in a call.
        var inFlight: Int16 = 0

        var isMixed: Bool { (settled != 0 || inFlight > 0) && open.nonzeroBitCount > Int(inFlight) }
    }

    init(startOffset: Int64, laneCount: Int, resumed: [SettledSet?]) {
        position = startOffset
        self.laneCount = laneCount
        self.resumed = resumed
    }

    // MARK: Reading

    /// Whether an earlier run settled this offset in a lane.
    func isResumed(_ offset: Int64, lane: Int) -> Bool { resumed[lane]?.contains(offset) ?? false }

    var hasResumed: Bool { resumed.contains { $0 != nil } }

    /// Takes the next record.
    ///
    /// - Parameters:
    ///   - offset: at or above `position`.
    ///   - openLanes: the lanes in which it has an unsettled part.
    ///   - settledLanes: the lanes in which it is settled already.
    ///   - isOpen: whether the record as a whole is unsettled.
    mutating func receive(_ offset: Int64, openLanes: LaneMask, settledLanes: LaneMask, isOpen: Bool) {
        position = offset + 1
        // The first chunk always has an open record, so that the watermark can be read off it: where nothing is open, what is
        // settled lies below the watermark and needs no chunk.
        if isOpen || (settledLanes.rawValue != 0 && head < chunks.count) {
            let bit = Self.bit(offset)
            let index = chunkIndexForAppending(offset >> 7)
            if isOpen { chunks[index].open |= bit }
            change(index) { lane, state in
                if openLanes.contains(lane) { state.open |= bit }
                if settledLanes.contains(lane) { state.settled |= bit }
            }
        }
        dropPassedResumption()
    }

    /// Everything below `offset` has been passed.
    mutating func move(to offset: Int64) {
        position = max(position, offset)
        dropPassedResumption()
    }

    private mutating func dropPassedResumption() {
        for lane in resumed.indices {
            if let set = resumed[lane], set.endOffset <= position { resumed[lane] = nil }
        }
    }

    private mutating func chunkIndexForAppending(_ number: Int64) -> Int {
        if head < chunks.count, chunks[chunks.count - 1].number == number { return chunks.count - 1 }
        chunks.append(Chunk(number: number, lanes: Array(repeating: Lane(), count: laneCount)))
        return chunks.count - 1
    }

    // MARK: Calls and answers

    /// Whether a call may take the record's part: its chunk is mixed already, or fewer than `limit` are, or nothing older is open.
    func admits(_ offset: Int64, lane: Int, limit: Int) -> Bool {
        guard let index = index(ofChunk: offset >> 7) else { return true }
        if mixedChunkCount + resumedMixedCount < limit || chunks[index].lanes[lane].isMixed { return true }
        return index == head && offset & 127 == chunks[index].open.trailingZeroBitCount
    }

    private var resumedMixedCount: Int {
        var count = 0
        for set in resumed { count += set?.mixedChunks(after: position >> 7) ?? 0 }
        return count
    }

    /// The record's part goes into a call.
    mutating func take(_ offset: Int64, lane: Int) {
        guard let index = index(ofChunk: offset >> 7) else { return }
        change(index) { if $0 == lane { $1.inFlight += 1 } }
    }

    /// The record's part has come back unsettled.
    mutating func putBack(_ offset: Int64, lane: Int) {
        guard let index = index(ofChunk: offset >> 7) else { return }
        change(index) { if $0 == lane { $1.inFlight -= 1 } }
    }

    /// The record's part, not in flight any more, is settled in its lane.
    mutating func settlePart(_ offset: Int64, lane: Int) {
        guard let index = index(ofChunk: offset >> 7) else { return }
        let bit = Self.bit(offset)
        change(index) {
            guard $0 == lane else { return }
            $1.open &= ~bit
            $1.settled |= bit
        }
    }

    /// The record as a whole is settled.
    ///
    /// - Parameter everywhere: whether it counts as settled in every lane (a record dead-lettered before it had parts).
    mutating func settleRecord(_ offset: Int64, everywhere: Bool) {
        guard let index = index(ofChunk: offset >> 7) else { return }
        let bit = Self.bit(offset)
        chunks[index].open &= ~bit
        if everywhere { change(index) { $1.settled |= bit } }
        while head < chunks.count, chunks[head].open == 0 {
            change(head) { $1 = Lane() }
            head += 1
        }
        if head == chunks.count || head > 256 {
            chunks.removeFirst(head)
            head = 0
        }
    }

    private mutating func change(_ index: Int, _ body: (Int, inout Lane) -> Void) {
        for lane in 0..<laneCount {
            let was = chunks[index].lanes[lane].isMixed
            body(lane, &chunks[index].lanes[lane])
            let isNow = chunks[index].lanes[lane].isMixed
            if was != isNow { mixedChunkCount += isNow ? 1 : -1 }
        }
    }

    private func index(ofChunk number: Int64) -> Int? {
        var low = head
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < chunks.count && chunks[low].number == number ? low : nil
    }

    private static func bit(_ offset: Int64) -> UInt128 { UInt128(1) << UInt128(offset & 127) }

    // MARK: Committing

    /// The offset after the longest settled prefix.
    var watermark: Int64 {
        guard head < chunks.count else { return position }
        return chunks[head].number << 7 + Int64(chunks[head].open.trailingZeroBitCount)
    }

    /// What is settled beyond the watermark in one lane.
    func settledSet(lane: Int) -> SettledSet {
        let base = watermark
        let positionChunk = position >> 7
        var set = SettledSet(base: base)
        for index in head..<chunks.count where chunks[index].number < positionChunk {
            appendNeutral(upTo: chunks[index].number, to: &set)
            append(chunks[index].lanes[lane], firstOffset: chunks[index].number << 7, to: &set)
        }
        appendNeutral(upTo: positionChunk, to: &set)
        appendPositionChunk(positionChunk, lane: lane, to: &set)
        if let old = resumed[lane] { appendResumed(old, after: positionChunk, to: &set) }
        set.trim()
        return set
    }

    /// Chunks in which everything read is settled, and all of which has been read.
    private func appendNeutral(upTo chunk: Int64, to set: inout SettledSet) {
        set.append(set.runs.last?.kind == .full ? .full : .empty, count: chunk - set.nextChunk)
    }

    private func append(_ lane: Lane, firstOffset: Int64, to set: inout SettledSet) {
        let settled = lane.settled & Self.bits(from: set.base - firstOffset)
        if settled == 0 {
            if lane.open == 0, set.runs.last?.kind == .full {
                set.append(.full, count: 1)
            } else {
                set.append(.empty, count: 1)
            }
        } else if lane.open == 0 {
            set.append(.full, count: 1)
        } else {
            set.append(mask: settled)
        }
    }

    /// The chunk in which reading stands: what has not been read is open, but for what an earlier run had settled.
    private func appendPositionChunk(_ chunk: Int64, lane: Int, to set: inout SettledSet) {
        let firstOffset = chunk << 7
        var settled: UInt128 = 0
        if let index = index(ofChunk: chunk) { settled = chunks[index].lanes[lane].settled }
        if let old = resumed[lane] { settled |= old.mask(ofChunk: chunk) & Self.bits(from: position - firstOffset) }
        settled &= Self.bits(from: set.base - firstOffset)
        if settled == 0 { set.append(.empty, count: 1) } else { set.append(mask: settled) }
    }

    private func appendResumed(_ old: SettledSet, after chunk: Int64, to set: inout SettledSet) {
        for run in old.runs {
            let end = run.firstChunk + run.chunkCount
            guard end > chunk + 1 else { continue }
            let first = max(run.firstChunk, chunk + 1)
            if run.kind == .mixed {
                for number in first..<end { set.append(mask: old.mask(ofChunk: number)) }
            } else {
                set.append(run.kind, count: end - first)
            }
        }
    }

    /// All bits from a position on; none below 0 are left out, none above 127 exist.
    private static func bits(from first: Int64) -> UInt128 {
        if first <= 0 { return UInt128.max }
        return first >= 128 ? 0 : UInt128.max << UInt128(first)
    }
}

/// A set of lanes.
struct LaneMask: Sendable, Equatable {
    var rawValue: UInt16 = 0

    static let all = LaneMask(rawValue: UInt16.max)

    func contains(_ lane: Int) -> Bool { rawValue & (1 << UInt16(lane)) != 0 }

    mutating func insert(_ lane: Int) { rawValue |= 1 << UInt16(lane) }
}
