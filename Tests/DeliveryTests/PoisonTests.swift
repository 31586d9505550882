import BatchAPI
import Testing

@testable import Delivery

@Suite("Poison")
struct PoisonTests {
    /// How Batch treats a call with a poison operation.
    enum Treatment: CaseIterable, Sendable {
        case refuses, fails, isSilent

        var outcome: CallOutcome {
            switch self {
            case .refuses: EngineScene.refused
            case .fails: EngineScene.failed
            case .isSilent: .noAnswer("timed out")
            }
        }

        /// Calls within which the others are delivered: halving a call of 200, with two tries more before it begins where
        /// the call may be sent again as it is.
        var callLimit: Int { self == .refuses ? 17 : 26 }
    }

    private static func scene(_ treatment: Treatment, poison: Set<String>) -> EngineScene {
        var scene = EngineScene()
        let outcome = treatment.outcome
        scene.api = { call, _ in
            EngineScene.users(call).contains { poison.contains($0) } ? outcome : EngineScene.accepted
        }
        return scene
    }

    @Test(
        "one poison operation in a call of 200: the others are delivered, it becomes a dead letter",
        arguments: Treatment.allCases
    )
    func one(_ treatment: Treatment) throws {
        var scene = Self.scene(treatment, poison: ["u77"])
        try scene.produce((0..<200).map { "u\($0)" })
        #expect(scene.calls.first?.updateCount == 200)
        // Others come all the time: a call that fails while nothing else is accepted is no proof.
        var deliveredAfter: Double?
        for second in 0..<4_200 {
            if second % 5 == 0 { try scene.produce(["other\(second)"]) }
            scene.run(to: Double(second + 1))
            let delivered = Set(scene.accepted.map(\.user)).count { $0.hasPrefix("u") }
            if deliveredAfter == nil, delivered == 199 { deliveredAfter = scene.seconds }
        }
        let after = try #require(deliveredAfter)
        let calls = zip(scene.calls, scene.sentAt).count { call, time in
            Double(time - 1_000_000_000) / 1e9 <= after && EngineScene.users(call).contains { $0.hasPrefix("u") }
        }
        print("\(treatment): 199 delivered with \(calls) calls after \(after) s")
        #expect(calls <= treatment.callLimit)
        #expect(after <= (treatment == .isSilent ? 200 : 60))
        #expect(scene.deadLetters.count == 1)
        let cause = try #require(scene.deadLetters.first?.cause)
        switch treatment {
        case .refuses:
            #expect(cause.reason == "refused" && cause.answerStatus == 400)
            #expect(cause.answerBody == "MALFORMED_PARAMETER: something is wrong")
        case .fails:
            #expect(cause.reason == "poison" && cause.answerStatus == 500 && cause.answerBody == "SERVER_ERROR")
        case .isSilent:
            #expect(cause.reason == "poison" && cause.answerStatus == nil && cause.answerBody == "timed out")
        }
        #expect(scene.engine.account.pending == 0)
        // Nobody else waits for it: from one record to its delivery it takes no longer than a call of the poison.
        let longest = scene.accepted.compactMap { user, time in
            Int(user.dropFirst(5)).map { Double(time) / 1e9 - Double($0) }
        }.max()
        #expect((longest ?? 99) <= (treatment == .isSilent ? 30 : 12))
    }

    @Test("the same in a topic of one message a minute", arguments: Treatment.allCases)
    func slowTopic(_ treatment: Treatment) throws {
        var scene = Self.scene(treatment, poison: ["u3"])
        var worst = 0.0
        for minute in 0..<200 {
            try scene.produce(["u\(minute)"])
            scene.run(to: Double(minute + 1) * 60)
        }
        for (user, time) in scene.accepted {
            if let minute = Int(user.dropFirst()) { worst = max(worst, Double(time) / 1e9 - Double(minute) * 60) }
        }
        print("\(treatment), one a minute: the longest wait of another was \(worst) s")
        #expect(scene.deadLetters.map(\.offset) == [3])
        #expect(scene.engine.account.delivered == 199)
        #expect(worst <= 70)
        #expect(scene.holds.isEmpty)
    }

    @Test(
        "several poison operations of one call wait together, not one after the other",
        arguments: [Treatment.fails, .isSilent]
    )
    func several(_ treatment: Treatment) throws {
        let poison = Set((0..<10).map { "u\($0 * 20)" })
        var scene = Self.scene(treatment, poison: poison)
        try scene.produce((0..<200).map { "u\($0)" })
        for second in 0..<4_500 {
            if second % 5 == 0 { try scene.produce(["other\(second)"]) }
            scene.run(to: Double(second + 1))
        }
        #expect(scene.deadLetters.count == 10)
        #expect(scene.engine.account.pending == 0)
    }

    @Test("several poison records of one user wait together", arguments: Treatment.allCases)
    func oneUser(_ treatment: Treatment) throws {
        var scene = EngineScene()
        let outcome = treatment.outcome
        // The profile cannot take odd values.
        scene.api = { call, _ in
            let body = String(decoding: call.body, as: UTF8.self)
            let isBad = [1, 3, 4, 15].contains { body.contains("\"p\($0)\":") }
            return isBad ? outcome : EngineScene.accepted
        }
        let records = try (0..<20).map { index in
            scene.mapped(
                .part(try EngineScene.part("{\"identifiers\":{\"custom_id\":\"u\"},\"attributes\":{\"p\(index)\":1}}"))
            )
        }
        scene.handle(.records(records))
        for second in 0..<4_800 {
            if second % 5 == 0 { try scene.produce(["other\(second)"]) }
            scene.run(to: Double(second + 1))
        }
        #expect(scene.deadLetters.map(\.offset) == [1, 3, 4, 15])
        #expect(scene.engine.account.pending == 0)
    }

    // MARK: 429

    struct Wait: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let header: String?
        let seconds: ClosedRange<Double>
    }

    @Test(
        "a 429 is waited for as long as Batch says, else five seconds",
        arguments: [
            Wait(testDescription: "no header", header: nil, seconds: 5...6),
            Wait(testDescription: "seconds", header: "9", seconds: 9...10),
            Wait(testDescription: "a date", header: "Mon, 21 Sep 2026 14:13:50 GMT", seconds: 28...30.5),
            Wait(testDescription: "nonsense", header: "soon", seconds: 5...6),
        ]
    )
    func rateLimited(_ example: Wait) throws {
        var scene = EngineScene()
        let outcome = CallOutcome.answered(
            BatchAnswer.read(
                status: 429,
                retryAfter: example.header,
                body: [],
                nowWallMilliseconds: EngineScene.wallStart
            )
        )
        let box = CallCount()
        scene.api = { _, _ in
            box.count += 1
            return box.count == 1 ? outcome : EngineScene.accepted
        }
        try scene.produce(["a", "b"])
        scene.run(to: 0.06)
        // All of the lane waits, also who was not in the call.
        try scene.produce(["c"])
        scene.run(to: 120)
        #expect(scene.engine.account.delivered == 3)
        let second = Double(scene.sentAt[1] - scene.sentAt[0]) / 1e9
        #expect(example.seconds.contains(second), "\(second) s")
    }

    @Test("429s of calls that were under way together lower the rate once; it recovers slowly")
    func belief() {
        var bucket = TokenBucket(updatesPerSecond: 300, burst: 900, now: 0)
        bucket.setShare(1, now: 0)
        for _ in 0..<4 { bucket.rejected(sentAt: 0, now: 1_000_000_000) }
        #expect(bucket.belief == 0.7)
        bucket.rejected(sentAt: 1_000_000_000, now: 1_000_000_000)
        #expect(abs(bucket.belief - 0.49) < 1e-9)
        bucket.refill(now: 11_000_000_000)
        #expect(bucket.belief > 0.55 && bucket.belief < 0.65)
        bucket.refill(now: 100_000_000_000)
        #expect(bucket.belief == 1)
    }
}

/// Counts calls for a closure.
private final class CallCount { var count = 0 }
