import BatchAPI
import Testing

@testable import Delivery

/// What had no answer, or a 5xx, may have been applied: what is sent next must not be an older state.
@Suite("Updates that Batch may have applied")
struct MaybeAppliedTests {
    /// The calls with a user's update, as text.
    private func bodies(_ scene: EngineScene, of user: String) -> [String] {
        scene.calls.filter { EngineScene.users($0).contains(user) }.map { String(decoding: $0.body, as: UTF8.self) }
    }

    struct Policies: Sendable, CustomTestStringConvertible {
        let late: LateEventPolicy
        let expired: LateEventPolicy

        var testDescription: String { "late: \(late), expired: \(expired)" }
    }

    static let policies: [Policies] = {
        let all: [LateEventPolicy] = [.drop, .sendWithoutTime, .deadLetter]
        return all.flatMap { late in all.map { Policies(late: late, expired: $0) } }
    }()

    @Test("an event that expires between two tries does not shorten the update", arguments: policies)
    func expiry(_ policies: Policies) throws {
        var scene = EngineScene { settings in
            settings.eventMaximumAge = .seconds(3_600)
            settings.lateEvents = policies.late
            settings.expiredEvents = policies.expired
        }
        scene.api = { _, time in time < 4_000_000_000_000 ? EngineScene.failed : EngineScene.accepted }
        // The first record's event grows old while it waits; the second one's is late when it is read.
        let fresh = try scene.record("a", eventTime: EngineScene.wallStart)
        let late = try scene.record("a", eventTime: EngineScene.wallStart - 4_000_000)
        scene.handle(.records([fresh, late]))
        scene.run(to: 4_200)
        let bodies = bodies(scene, of: "a")
        #expect(bodies.count > 3 && bodies.allSatisfy { $0.contains("\"o\":1") })
        #expect(scene.engine.account.pending == 0 && scene.engine.account.delivered + scene.deadLetters.count >= 2)
    }

    @Test("a lease that ends in the middle of the update keeps all of it back")
    func lease() throws {
        var scene = EngineScene(partitions: 2) { $0.lease = .seconds(20) }
        scene.handle(.lost([PartitionIndex(1)]))
        scene.storesCommits = false
        scene.latency = { _ in 50_000_000 }
        scene.api = { _, time in time < 40_000_000_000 ? .noAnswer("reset") : EngineScene.accepted }
        scene.run(to: 15)
        let again = PartitionAssignment(
            partition: PartitionIndex(1),
            epoch: AssignmentEpoch(1),
            startOffset: 0,
            committedOffset: nil,
            metadata: []
        )
        scene.handle(.assigned([again], AssignmentScope(allPartitionCount: 2, groupHasOffsets: false)))
        // The lease of partition 0 ends after 20 seconds, that of partition 1 after 35.
        scene.handle(.records([try scene.record("a", in: 1), try scene.record("a"), try scene.record("a", in: 1)]))
        scene.run(to: 34)
        let early = bodies(scene, of: "a")
        #expect(early.count >= 2 && early.allSatisfy { $0.contains("\"o\":1") })
        scene.storesCommits = true
        scene.run(to: 120)
        #expect(scene.engine.account.delivered == 3 && scene.engine.account.pending == 0)
        #expect(bodies(scene, of: "a").allSatisfy { $0.contains("\"o\":1") })
    }

    @Test("a settled set that has filled up meanwhile does not shorten the update")
    func settledSet() throws {
        var scene = EngineScene { $0.destinations[0].callsInFlight = 8 }
        // One call is never answered, so that the user's further records stay open.
        scene.api = { call, _ in
            let users = EngineScene.users(call)
            return users.contains("stuck") ? nil : users.contains("a") ? .noAnswer("reset") : EngineScene.accepted
        }
        scene.latency = { _ in 50_000_000 }
        try scene.produce(["stuck"])
        scene.skip(to: 5 * 128)
        try scene.produce(["stuck", "other"])
        scene.run(to: 1)
        var batch = [try scene.record("a")]
        scene.skip(to: 7 * 128)
        batch += [try scene.record("a"), try scene.record("stuck")]
        scene.handle(.records(batch))
        // As many chunks as the set has room for are settled in part, before the second try.
        for chunk in 10..<150 as Range<Int64> {
            scene.skip(to: chunk * 128)
            try scene.produce(["stuck", "u\(chunk)"])
        }
        scene.run(to: 30)
        let bodies = bodies(scene, of: "a")
        #expect(bodies.count >= 3 && bodies.allSatisfy { $0.contains("\"o\":896") })
    }
}
