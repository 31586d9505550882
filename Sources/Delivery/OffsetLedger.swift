/// Which offsets of one partition have been read and which of them are settled, in chunks of 128.
///
/// Only the watermark is committed: the smallest offset that is open, or the position where none is. What is settled beyond it
/// goes along as a ``SettledSet`` a lane. Offsets that never arrive (compaction, control records) belong to whichever side
/// packs better, and so do filtered ones.
struct OffsetLedger: Sendable {
    /// The next offset to be read.
    private(set) var position: Int64
    private let laneCount: Int
    /// The numbers of the chunks with an open record and of those after them, ascending; offsets in between that have no chunk
    /// are settled. Parallel to `open` and, `laneCount` entries a chunk, to `lanes`: a chunk with a list of its own would be
    /// copied and counted at each look.
    private var numbers: [Int64] = []
    /// Records read and not settled.
    private var open: [UInt128] = []
    private var lanes: [Lane] = []
    private var head = 0
    /// What an earlier run had settled, per lane; of use for offsets from `position` on.
    private var resumed: [SettledSet?]
    private(set) var isResuming: Bool
    /// Chunks of all lanes with something settled or in flight beside something open.
    private(set) var mixedChunkCount = 0

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
        isResuming = resumed.contains { $0 != nil }
    }

    // MARK: Reading

    /// Whether an earlier run settled this offset in a lane.
    func isResumed(_ offset: Int64, lane: Int) -> Bool { resumed[lane]?.contains(offset) ?? false }

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
        if isOpen || (settledLanes.rawValue != 0 && head < numbers.count) {
            let bit = Self.bit(offset)
            let index = chunkIndexForAppending(offset >> 7)
            if isOpen { open[index] |= bit }
            for lane in 0..<laneCount {
                if openLanes.contains(lane) { change(index, lane) { $0.open |= bit } }
                if settledLanes.contains(lane) { change(index, lane) { $0.settled |= bit } }
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
        guard isResuming else { return }
        for lane in resumed.indices {
            if let set = resumed[lane], set.endOffset <= position { resumed[lane] = nil }
        }
        isResuming = resumed.contains { $0 != nil }
    }

    private mutating func chunkIndexForAppending(_ number: Int64) -> Int {
        if head < numbers.count, numbers[numbers.count - 1] == number { return numbers.count - 1 }
        numbers.append(number)
        open.append(0)
        for _ in 0..<laneCount { lanes.append(Lane()) }
        return numbers.count - 1
    }

    // MARK: Calls and answers

    /// Whether a call may take the record's part: its chunk is mixed already, or fewer than `limit` are, or nothing older is open.
    func admits(_ offset: Int64, lane: Int, limit: Int) -> Bool {
        if mixedChunkCount + resumedMixedCount < limit { return true }
        guard let index = index(ofChunk: offset >> 7) else { return true }
        if lanes[index * laneCount + lane].isMixed { return true }
        return index == head && offset & 127 == Int64(open[index].trailingZeroBitCount)
    }

    private var resumedMixedCount: Int {
        guard isResuming else { return 0 }
        var count = 0
        for set in resumed { count += set?.mixedChunks(after: position >> 7) ?? 0 }
        return count
    }

    /// The record's part goes into a call.
    mutating func take(_ offset: Int64, lane: Int) {
        guard let index = index(ofChunk: offset >> 7) else { return }
        change(index, lane) { $0.inFlight += 1 }
    }

    /// The record's part has come back unsettled.
    mutating func putBack(_ offset: Int64, lane: Int) {
        guard let index = index(ofChunk: offset >> 7) else { return }
        change(index, lane) { $0.inFlight -= 1 }
    }

    /// The record's part, which was in flight, is settled in its lane.
    mutating func settleTaken(_ offset: Int64, lane: Int) {
        guard let index = index(ofChunk: offset >> 7) else { return }
        let bit = Self.bit(offset)
        change(index, lane) {
            $0.inFlight -= 1
            $0.open &= ~bit
            $0.settled |= bit
        }
    }

    /// The record's part, not in flight any more, is settled in its lane.
    mutating func settlePart(_ offset: Int64, lane: Int) {
        guard let index = index(ofChunk: offset >> 7) else { return }
        let bit = Self.bit(offset)
        change(index, lane) {
            $0.open &= ~bit
            $0.settled |= bit
        }
    }

    /// The record as a whole is settled.
    ///
    /// - Parameters:
    ///   - offset: of a record that is open.
    ///   - everywhere: whether it counts as settled in every lane (a record dead-lettered before it had parts).
    mutating func settleRecord(_ offset: Int64, everywhere: Bool) {
        guard let index = index(ofChunk: offset >> 7) else { return }
        let bit = Self.bit(offset)
        open[index] &= ~bit
        if everywhere {
            for lane in 0..<laneCount {
                change(index, lane) {
                    $0.open &= ~bit
                    $0.settled |= bit
                }
            }
        }
        while head < numbers.count, open[head] == 0 {
            for lane in 0..<laneCount { change(head, lane) { $0 = Lane() } }
            head += 1
        }
        if head == numbers.count || head > 256 {
            numbers.removeFirst(head)
            open.removeFirst(head)
            lanes.removeFirst(head * laneCount)
            head = 0
        }
    }

    @inline(__always)
    private mutating func change(_ index: Int, _ lane: Int, _ body: (inout Lane) -> Void) {
        let place = index * laneCount + lane
        let was = lanes[place].isMixed
        body(&lanes[place])
        let isNow = lanes[place].isMixed
        if was != isNow { mixedChunkCount += isNow ? 1 : -1 }
    }

    private func index(ofChunk number: Int64) -> Int? {
        var low = head
        var high = numbers.count
        // Most look-ups are for a chunk near the head, or chunks follow one another without a gap.
        if low < high {
            let guess = head + Int(clamping: number - numbers[head])
            if guess < high, guess >= low, numbers[guess] == number { return guess }
        }
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < numbers.count && numbers[low] == number ? low : nil
    }

    private static func bit(_ offset: Int64) -> UInt128 { UInt128(1) << UInt128(offset & 127) }

    // MARK: Committing

    /// The offset after the longest settled prefix.
    var watermark: Int64 {
        guard head < numbers.count else { return position }
        return numbers[head] << 7 + Int64(open[head].trailingZeroBitCount)
    }

    /// What is settled beyond the watermark in one lane.
    func settledSet(lane: Int) -> SettledSet {
        let base = watermark
        let positionChunk = position >> 7
        var set = SettledSet(base: base)
        for index in head..<numbers.count where numbers[index] < positionChunk {
            appendNeutral(upTo: numbers[index], to: &set)
            append(lanes[index * laneCount + lane], firstOffset: numbers[index] << 7, to: &set)
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
        if let index = index(ofChunk: chunk) { settled = lanes[index * laneCount + lane].settled }
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
