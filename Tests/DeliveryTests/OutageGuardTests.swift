import Testing

@testable import Delivery

@Suite("Outage guard")
struct OutageGuardTests {
    struct Verdict: Sendable {
        let second: Int64
        let count: Int
        let isSuccess: Bool
    }

    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let verdicts: [Verdict]
        let isActive: Bool
    }

    private static func bad(_ count: Int, at second: Int64 = 0) -> Verdict {
        Verdict(second: second, count: count, isSuccess: false)
    }

    private static func good(_ count: Int, at second: Int64 = 0) -> Verdict {
        Verdict(second: second, count: count, isSuccess: true)
    }

    @Test(
        "begins when half of at least 20 operations of the last minute failed, ends when half of the last 20 succeeded",
        arguments: [
            Example(testDescription: "nothing", verdicts: [], isActive: false),
            Example(testDescription: "19 failed", verdicts: [bad(19)], isActive: false),
            Example(testDescription: "20 failed", verdicts: [bad(20)], isActive: true),
            Example(testDescription: "half of 20", verdicts: [good(10), bad(10, at: 30)], isActive: true),
            Example(testDescription: "less than half", verdicts: [good(11), bad(10, at: 30)], isActive: false),
            Example(testDescription: "within a minute", verdicts: [bad(19), bad(1, at: 59)], isActive: true),
            Example(testDescription: "over a minute", verdicts: [bad(19), bad(1, at: 60)], isActive: false),
            Example(testDescription: "good ones grow old too", verdicts: [good(99), bad(20, at: 60)], isActive: true),
            Example(testDescription: "does not end by time", verdicts: [bad(20), good(1, at: 900)], isActive: true),
            Example(testDescription: "9 of the last 20", verdicts: [bad(40), good(9, at: 1)], isActive: true),
            Example(testDescription: "10 of the last 20", verdicts: [bad(40), good(10, at: 1)], isActive: false),
            Example(
                testDescription: "what ended does not begin the next one",
                verdicts: [bad(900), good(10, at: 1), bad(9, at: 2)],
                isActive: false
            ),
            Example(
                testDescription: "a second outage",
                verdicts: [bad(900), good(10, at: 1), bad(30, at: 2)],
                isActive: true
            ),
        ]
    )
    func judges(_ example: Example) {
        var outage = OutageGuard()
        for verdict in example.verdicts {
            outage.note(verdict.count, isSuccess: verdict.isSuccess, now: verdict.second * 1_000_000_000)
        }
        #expect(outage.isActive(now: (example.verdicts.last?.second ?? 0) * 1_000_000_000) == example.isActive)
    }

    @Test("without any first verdict for a minute nothing is known of Batch any more")
    func silence() {
        var outage = OutageGuard()
        outage.note(20, isSuccess: false, now: 0)
        outage.noteRetry(5, isSuccess: false)
        #expect(outage.isActive(now: 59_999_999_999))
        #expect(!outage.isActive(now: 60_000_000_000))
        outage.note(1, isSuccess: false, now: 61_000_000_000)
        #expect(outage.isActive(now: 61_000_000_000))
    }

    @Test("what is known of operations sent again counts towards the end only")
    func retries() {
        var outage = OutageGuard()
        outage.noteRetry(500, isSuccess: true)
        outage.note(20, isSuccess: false, now: 0)
        #expect(outage.isActive(now: 0))
        outage.noteRetry(9, isSuccess: true)
        outage.noteRetry(1, isSuccess: false)
        #expect(outage.isActive(now: 0))
        outage.noteRetry(1, isSuccess: true)
        #expect(!outage.isActive(now: 0))
    }

    @Test("says the same as a list of all verdicts", arguments: 0..<50 as Range<UInt64>)
    func reference(seed: UInt64) {
        var random = Sequence64(seed: seed)
        var outage = OutageGuard()
        var verdicts: [(second: Int64, isSuccess: Bool)] = []
        var last: [Bool] = []
        var isActive = false
        var second: Int64 = 0
        let rate = random.next() % 10
        for step in 0..<400 {
            second += random.next() % 7 == 0 ? Int64(random.next() % 40) : 0
            let isSuccess = random.next() % 10 >= rate
            let count = Int(random.next() % 12) + 1
            outage.note(count, isSuccess: isSuccess, now: second * 1_000_000_000)
            verdicts += Array(repeating: (second, isSuccess), count: count)
            last += Array(repeating: isSuccess, count: count)
            if isActive {
                if last.suffix(20).count(where: { $0 }) >= 10 { (isActive, verdicts) = (false, []) }
            } else {
                let recent = verdicts.filter { $0.second > second - 60 }
                isActive = recent.count >= 20 && recent.count(where: { !$0.isSuccess }) * 2 >= recent.count
            }
            #expect(outage.isActive(now: second * 1_000_000_000) == isActive, "seed \(seed), step \(step)")
        }
    }
}
