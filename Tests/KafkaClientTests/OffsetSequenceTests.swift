import KafkaClient
import Testing

@Suite("Offset sequence")
struct OffsetSequenceTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let start: Int64
        let offsets: [Int64]
        let verdicts: [OffsetSequence.Verdict]
    }

    @Test(
        "judges each offset against the one that is expected",
        arguments: [
            Example(testDescription: "in order", start: 5, offsets: [5, 6, 7], verdicts: [.next, .next, .next]),
            Example(testDescription: "again", start: 5, offsets: [5, 5, 6], verdicts: [.next, .repeated, .next]),
            Example(testDescription: "before the start", start: 5, offsets: [4, 5], verdicts: [.repeated, .next]),
            Example(testDescription: "hole", start: 5, offsets: [7, 8], verdicts: [.gap(count: 2), .next]),
            Example(
                testDescription: "late filling of a hole",
                start: 5,
                offsets: [7, 6],
                verdicts: [.gap(count: 2), .repeated]
            ),
            Example(
                testDescription: "unknown start",
                start: PartitionOffset.beginning,
                offsets: [40, 41],
                verdicts: [.next, .next]
            ),
            Example(
                testDescription: "from the end",
                start: PartitionOffset.end,
                offsets: [9, 12],
                verdicts: [.next, .gap(count: 2)]
            ),
        ]
    )
    func judges(_ example: Example) {
        var sequence = OffsetSequence(start: example.start)
        #expect(example.offsets.map { sequence.receive($0) } == example.verdicts)
    }

    @Test("the end of a partition moves the expectation forward and never back")
    func endMoves() {
        var sequence = OffsetSequence(start: 3)
        #expect(sequence.receive(3) == .next)
        sequence.reachEnd(9)
        #expect(sequence.next == 9)
        sequence.reachEnd(4)
        #expect(sequence.next == 9)
        #expect(sequence.receive(9) == .next)
        #expect(sequence.receive(8) == .repeated)
    }
}
