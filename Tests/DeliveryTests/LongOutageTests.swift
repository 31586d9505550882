import BatchAPI
import Testing

@testable import Delivery

/// Outages of hours, with a window that is soon full: nothing is lost, memory stays bounded, and nobody has to help.
@Suite("Long outages")
struct LongOutageTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let hours: Int
        let outcome: CallOutcome
        let expired: LateEventPolicy
        /// Refusals believed: while the last accepted operation was less than a minute ago, and too few were answered to see an
        /// outage, and one by repetition.
        var believed = 0
    }

    private static let window = 200
    private static let period = 10

    /// One record every ten seconds, with an event of that moment; read when its partition is not paused.
    private static func run(
        _ scene: inout EngineScene,
        seconds: Int,
        unmappableEvery: Int = Int.max
    ) throws {
        var backlog: [(number: Int, wall: Int64)] = []
        for second in stride(from: 0, to: seconds, by: period) {
            let number = second / period
            backlog.append((number, EngineScene.wallStart + Int64(second) * 1_000))
            var read = 0
            while scene.paused.isEmpty, read < backlog.count {
                let (number, wall) = backlog[read]
                read += 1
                if number % unmappableEvery == unmappableEvery - 1 {
                    scene.produceUnmappable(1)
                } else {
                    try scene.produce(["u\(number % 37)"], eventTime: wall)
                }
            }
            backlog.removeFirst(read)
            scene.run(to: Double(second + period))
        }
        #expect(backlog.isEmpty)
    }

    @Test(
        "of Batch end by themselves: all attributes arrive, old events go as configured, nothing else is a dead letter",
        .timeLimit(.minutes(5)),
        arguments: [
            Example(testDescription: "1 h of 503", hours: 1, outcome: EngineScene.failed, expired: .deadLetter),
            Example(testDescription: "1 h of silence", hours: 1, outcome: .noAnswer("timed out"), expired: .deadLetter),
            Example(
                testDescription: "1 h of a wrong key",
                hours: 1,
                outcome: .answered(.setup(status: 401, code: nil)),
                expired: .deadLetter
            ),
            Example(
                testDescription: "1 h of 400",
                hours: 1,
                outcome: EngineScene.refused,
                expired: .deadLetter,
                believed: 7
            ),
            Example(testDescription: "25 h of 503", hours: 25, outcome: EngineScene.failed, expired: .deadLetter),
            Example(
                testDescription: "25 h without a connection",
                hours: 25,
                outcome: .notConnected("refused"),
                expired: .drop
            ),
            Example(
                testDescription: "25 h of TLS",
                hours: 25,
                outcome: .misconfigured("TLS"),
                expired: .sendWithoutTime
            ),
        ]
    )
    func batch(_ example: Example) throws {
        var scene = EngineScene { settings in
            settings.windowRecords = Self.window
            settings.expiredEvents = example.expired
            settings.lateEvents = .drop
            // Nothing here depends on how often the lease is renewed.
            settings.leaseCommitInterval = .seconds(10)
        }
        let outcome = example.outcome
        let end = Int64(600 + example.hours * 3_600) * 1_000_000_000
        scene.api = { _, time in time >= 600_000_000_000 && time < end ? outcome : EngineScene.accepted }
        let seconds = 600 + example.hours * 3_600 + 1_800
        try Self.run(&scene, seconds: seconds)
        scene.run(to: Double(seconds) + 600)
        let account = scene.engine.account
        #expect(account.addsUp && account.pending == 0)
        #expect(account.consumed == seconds / Self.period)
        #expect(scene.mostPending <= Self.window)
        #expect(scene.engine.holdReason(of: DestinationID(0)) == nil)
        let isLong = example.hours > 23
        #expect((account.expiredEvents > 0) == isLong && (account.lateEvents > 0) == isLong)
        let letters = scene.deadLetters.map(\.cause.reason)
        #expect(letters.count { $0 == "refused" } <= example.believed)
        #expect(letters.allSatisfy { $0 == "expired_event" || $0 == "refused" })
        let expired = isLong && example.expired == .deadLetter ? account.expiredEvents : 0
        #expect(letters.count { $0 == "expired_event" } == expired)
        #expect(account.deadLettered == letters.count && account.delivered == account.consumed - letters.count)
        #expect(scene.committed[0] == Int64(account.consumed))
        print(
            "\(example.testDescription): \(account.consumed) records, at most \(scene.mostPending) pending, \(account.calls) calls, \(account.lateEvents) late, \(account.expiredEvents) expired"
        )
    }

    @Test("of the dead-letter sink end by themselves", .timeLimit(.minutes(5)), arguments: [1, 25])
    func sink(hours: Int) throws {
        var scene = EngineScene { settings in
            settings.windowRecords = Self.window
            settings.leaseCommitInterval = .seconds(10)
        }
        scene.isSinkDown = true
        let down = hours * 3_600
        try Self.runWithSink(&scene, down: down, seconds: down + 1_800)
        let account = scene.engine.account
        #expect(account.addsUp && account.pending == 0)
        #expect(scene.mostPending <= Self.window)
        #expect(account.deadLettered == scene.deadLetters.count)
        #expect(scene.deadLetters.allSatisfy { $0.cause.reason == "not_json" })
        #expect(account.delivered + account.deadLettered == account.consumed)
        #expect(scene.committed[0] == Int64(account.consumed) && scene.holds.isEmpty)
        print(
            "sink down for \(hours) h: \(account.consumed) records, at most \(scene.mostPending) pending, \(scene.deadLetters.count) letters"
        )
    }

    /// One record in 20 cannot be mapped; the sink is mended after some time.
    private static func runWithSink(_ scene: inout EngineScene, down: Int, seconds: Int) throws {
        var waiting = 0
        for number in 0..<(seconds / period) {
            if number == down / period { scene.mendSink() }
            waiting += 1
            while scene.paused.isEmpty, waiting > 0 {
                let next = number - waiting + 1
                waiting -= 1
                if next % 20 == 19 { scene.produceUnmappable(1) } else { try scene.produce(["u\(next % 37)"]) }
            }
            scene.run(to: Double((number + 1) * period))
        }
        scene.run(to: Double(seconds) + 60)
        #expect(waiting == 0)
    }
}
