import Testing

@testable import Delivery

@Suite("Offset ledger")
struct OffsetLedgerTests {
    private func ledger(start: Int64 = 0, lanes: Int = 1, resumed: [SettledSet?]? = nil) -> OffsetLedger {
        OffsetLedger(
            startOffset: start,
            laneCount: lanes,
            resumed: resumed ?? Array(repeating: nil, count: lanes)
        )
    }

    private static let laneZero = LaneMask(rawValue: 1)

    private func receive(_ ledger: inout OffsetLedger, _ offsets: some Sequence<Int64>) {
        for offset in offsets { ledger.receive(offset, openLanes: Self.laneZero, settledLanes: .init(), isOpen: true) }
    }

    private func settle(_ ledger: inout OffsetLedger, _ offset: Int64) {
        ledger.settlePart(offset, lane: 0)
        ledger.settleRecord(offset, everywhere: false)
    }

    @Test("the watermark stops at the oldest open record, wherever later ones are settled")
    func watermarkStops() {
        var ledger = ledger(start: 5)
        receive(&ledger, 5..<500)
        for offset in Int64(6)..<500 { settle(&ledger, offset) }
        #expect(ledger.watermark == 5)
        settle(&ledger, 5)
        #expect(ledger.watermark == 500)
    }

    @Test("gaps and filtered offsets do not hold the watermark")
    func gapsPass() {
        var ledger = ledger()
        receive(&ledger, [3])
        ledger.receive(9_000_000, openLanes: .init(), settledLanes: .init(), isOpen: false)
        receive(&ledger, [9_000_500])
        settle(&ledger, 3)
        #expect(ledger.watermark == 9_000_500)
        settle(&ledger, 9_000_500)
        #expect(ledger.watermark == 9_000_501)
        ledger.move(to: 9_001_000)
        #expect(ledger.watermark == 9_001_000)
    }

    @Test("a record that an earlier run settled does not let the watermark jump past what is open behind it")
    func resumedWithoutOpenBefore() {
        var set = SettledSet(base: 0)
        set.append(mask: 0b1)
        var ledger = ledger(resumed: [set])
        ledger.receive(0, openLanes: .init(), settledLanes: Self.laneZero, isOpen: false)
        #expect(ledger.watermark == 1)
        receive(&ledger, [1])
        #expect(ledger.watermark == 1)
    }

    @Test(
        "the settled set says exactly which offsets beyond the watermark are settled",
        arguments: 0..<60 as Range<UInt64>
    )
    func settledSetIsExact(seed: UInt64) {
        var random = Sequence64(seed: seed)
        let start = Int64(random.next() % 1_000)
        var ledger = ledger(start: start)
        var open: Set<Int64> = []
        var settled: Set<Int64> = []
        var filtered: Set<Int64> = []
        var offset = start
        for _ in 0..<Int(random.next() % 1_000) {
            offset += random.next() % 20 == 0 ? Int64(random.next() % 300) : 0
            if random.next() % 4 == 0 {
                ledger.receive(offset, openLanes: .init(), settledLanes: .init(), isOpen: false)
                filtered.insert(offset)
            } else {
                receive(&ledger, [offset])
                open.insert(offset)
            }
            offset += 1
            if random.next() % 3 != 0, let one = open.sorted().dropFirst(Int(random.next() % 3)).first {
                settle(&ledger, one)
                open.remove(one)
                settled.insert(one)
            }
        }
        let watermark = ledger.watermark
        #expect(watermark == open.min() ?? offset)
        let metadata = CommitMetadata(clusterHash: 7, base: watermark, sets: [(1, ledger.settledSet(lane: 0))])
        let (text, wasCut) = metadata.encoded(limit: 1_000_000)
        let read = CommitMetadata.decoded(text, clusterHash: 7, committedOffset: watermark)
        let set = read?.sets.first?.set ?? SettledSet(base: watermark)
        #expect(!wasCut)
        #expect(read != nil)
        let wrong = (watermark..<offset + 300).filter { candidate in
            let mustNotBe = open.contains(candidate) || candidate >= offset
            return mustNotBe && set.contains(candidate) || settled.contains(candidate) && !set.contains(candidate)
        }
        #expect(wrong.isEmpty)
    }

    @Test("what an earlier run settled stays in the set until it is read, however often the process restarts")
    func resumedSurvives() {
        var first = ledger()
        receive(&first, 0..<1_000)
        for offset in Int64(0)..<1_000 where offset % 3 != 0 { settle(&first, offset) }
        let set = first.settledSet(lane: 0)
        var second = ledger(resumed: [set])
        for offset in Int64(0)..<200 {
            let isSettled = second.isResumed(offset, lane: 0)
            second.receive(
                offset,
                openLanes: isSettled ? .init() : Self.laneZero,
                settledLanes: isSettled ? Self.laneZero : .init(),
                isOpen: !isSettled
            )
        }
        let again = second.settledSet(lane: 0)
        #expect((Int64(0)..<1_000).allSatisfy { again.contains($0) == ($0 % 3 != 0) })
    }

    @Test("mixed chunks are counted as they come and go, and the oldest open record may always be taken")
    func mixedChunks() {
        var ledger = ledger()
        receive(&ledger, 0..<1_280)
        #expect(ledger.mixedChunkCount == 0)
        for chunk in Int64(0)..<10 { ledger.take(chunk * 128 + 5, lane: 0) }
        #expect(ledger.mixedChunkCount == 10)
        #expect(!ledger.admits(1_279, lane: 0, limit: 9) || ledger.admits(1_279, lane: 0, limit: 10))
        #expect(ledger.admits(0, lane: 0, limit: 0))
        for chunk in Int64(0)..<10 { ledger.putBack(chunk * 128 + 5, lane: 0) }
        #expect(ledger.mixedChunkCount == 0)
    }

    @Test("metadata of another cluster, offset, version or with one bit wrong is not used")
    func foreignMetadata() throws {
        var set = SettledSet(base: 10)
        set.append(.full, count: 3)
        let (text, _) = CommitMetadata(clusterHash: 7, base: 10, sets: [(1, set)]).encoded(limit: 3_072)
        #expect(CommitMetadata.decoded(text, clusterHash: 7, committedOffset: 10) != nil)
        #expect(CommitMetadata.decoded(text, clusterHash: 8, committedOffset: 10) == nil)
        #expect(CommitMetadata.decoded(text, clusterHash: 7, committedOffset: 11) == nil)
        for index in text.indices {
            var damaged = text
            damaged[index] = damaged[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let read = CommitMetadata.decoded(damaged, clusterHash: 7, committedOffset: 10)
            // The last character has bits that stand for nothing.
            #expect(read == nil || index == text.count - 1)
        }
        #expect(CommitMetadata.decoded([], clusterHash: 7, committedOffset: 10) == nil)
        #expect(CommitMetadata.decoded(Array("another tool's note".utf8), clusterHash: 7, committedOffset: 10) == nil)
    }

    @Test("120 mixed chunks fit three KiB, and a smaller limit cuts the far end only")
    func fits() {
        var set = SettledSet(base: 0)
        for index in 0..<120 {
            set.append(index % 2 == 0 ? .full : .empty, count: 1_000)
            set.append(mask: 0x5555_5555_5555_5555)
        }
        let metadata = CommitMetadata(clusterHash: .max, base: 0, sets: [(1, set)])
        let (text, wasCut) = metadata.encoded(limit: 3_072)
        #expect(text.count <= 3_072)
        #expect(!wasCut)
        let (cut, isCut) = metadata.encoded(limit: 500)
        #expect(cut.count <= 500)
        #expect(isCut)
        let read = CommitMetadata.decoded(cut, clusterHash: .max, committedOffset: 0)?.sets.first?.set
        #expect(read?.contains(5) == true)
        let sample = stride(from: Int64(0), to: 120 * 1_001 * 128, by: 997)
        #expect(sample.allSatisfy { read?.contains($0) != true || set.contains($0) })
    }
}

/// SplitMix64, so that a failing case can be repeated by its seed.
struct Sequence64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
