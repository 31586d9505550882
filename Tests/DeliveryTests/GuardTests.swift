import BatchAPI
import Testing

@testable import Delivery

@Suite("Guards of the engine")
struct GuardTests {
    private func names(_ prefix: String, _ range: Range<Int>) -> [String] { range.map { "\(prefix)\($0)" } }

    // MARK: Outage

    @Test("no refusal is dead-lettered while half of what is answered fails")
    func outage() throws {
        var scene = EngineScene()
        // Half of the users are refused for ten minutes, as by a server with a faulty version; then all is well.
        scene.api = { call, time in
            let users = EngineScene.users(call)
            return time < 600_000_000_000
                && users.contains { $0.hasPrefix("u") && $0.last.map { "02468".contains($0) } == true }
                ? EngineScene.refused : EngineScene.accepted
        }
        for round in 0..<60 {
            try scene.produce((0..<10).map { "u\(round)\($0)" })
            scene.run(to: Double(round + 1) * 10)
        }
        let early = scene.deadLetters.count
        scene.run(to: 1_200)
        #expect(scene.deadLetters.count == early)
        // The first call alone: fewer than 20 operations are no outage.
        #expect(early <= 5)
        #expect(scene.holds.isEmpty)
        #expect(scene.engine.account.pending == 0 && scene.engine.account.addsUp)
    }

    @Test("when everything is refused for an hour, nothing is dead-lettered, and all arrives afterwards")
    func totalOutage() throws {
        var scene = EngineScene()
        scene.api = { _, time in time < 3_600_000_000_000 ? EngineScene.refused : EngineScene.accepted }
        for round in 0..<120 {
            try scene.produce(names("u\(round)x", 0..<30))
            scene.run(to: Double(round + 1) * 30)
        }
        #expect(scene.engine.holdReason(of: DestinationID(0))?.kind == .everythingInvalid)
        scene.run(to: 4_000)
        #expect(scene.deadLetters.isEmpty)
        #expect(scene.engine.account.delivered == 3_600)
        #expect(scene.engine.holdReason(of: DestinationID(0)) == nil)
    }

    // MARK: Share of dead letters

    @Test("more dead letters than allowed hold everything until it is released")
    func share() throws {
        var scene = EngineScene { $0.deadLetterMaximumShare = 0.2 }
        for round in 0..<30 {
            scene.produceUnmappable(5)
            try scene.produce(names("u\(round)x", 0..<5))
            scene.run(to: Double(round + 1))
        }
        // Judged from the 200th record on: the 20th round brings it.
        #expect(scene.holds.map(\.kind) == [.deadLetterShare])
        #expect(scene.engine.holdReason(of: DestinationID(0))?.kind == .deadLetterShare)
        let (letters, calls) = (scene.deadLetters.count, scene.calls.count)
        #expect((95...105).contains(letters))
        #expect(scene.engine.account.pending > 80)
        scene.run(to: 3_600)
        #expect(scene.deadLetters.count == letters && scene.calls.count == calls)
        scene.handle(.releaseHolds)
        scene.run(to: 3_700)
        #expect(scene.deadLetters.count == 150)
        #expect(scene.engine.account.delivered == 150 && scene.engine.account.deadLettered == 150)
        #expect(scene.endedHolds == 1)
    }

    @Test("what the share guard keeps is given back at a revoke, and nothing is committed past it")
    func shareAndRevoke() throws {
        var scene = EngineScene(partitions: 2) { $0.deadLetterMaximumShare = 0 }
        scene.produceUnmappable(1)
        scene.produceUnmappable(300, in: 1)
        scene.run(to: 1)
        #expect(scene.holds.count == 1)
        let stored = scene.deadLetters.count { $0.partition.number == 1 }
        scene.handle(.revoked([PartitionIndex(1)]))
        scene.run(to: 20)
        #expect(scene.revokesFinished == 1)
        #expect(scene.committed[1] == Int64(stored))
        #expect(scene.engine.account.released == 300 - stored)
        #expect(scene.engine.account.addsUp && scene.engine.account.pending == 0)
    }

    @Test("a limit of 100 % never holds", arguments: [1.0])
    func off(limit: Double) {
        var scene = EngineScene { $0.deadLetterMaximumShare = limit }
        scene.produceUnmappable(2_000)
        scene.run(to: 10)
        #expect(scene.holds.isEmpty && scene.engine.account.deadLettered == 2_000)
    }

    @Test("expired events do not count for the share")
    func expired() throws {
        var scene = EngineScene { settings in
            settings.deadLetterMaximumShare = 0.01
            settings.eventMaximumAge = .seconds(3_600)
        }
        scene.api = { _, time in time < 7_200_000_000_000 ? EngineScene.failed : EngineScene.accepted }
        try scene.produce(names("u", 0..<500), eventTime: EngineScene.wallStart)
        scene.run(to: 8_000)
        #expect(scene.engine.account.expiredEvents == 500)
        #expect(scene.deadLetters.count == 500 && scene.deadLetters.allSatisfy { $0.cause.reason == "expired_event" })
        #expect(scene.holds.isEmpty)
    }

    // MARK: Belief

    @Test("a wrong API version costs at most one record, then the engine holds")
    func wrongVersion() throws {
        var scene = EngineScene()
        scene.api = { _, _ in EngineScene.refused }
        for minute in 0..<120 {
            try scene.produce(["u\(minute)"])
            scene.run(to: Double(minute + 1) * 60)
        }
        #expect(scene.deadLetters.count <= 1)
        #expect(scene.engine.holdReason(of: DestinationID(0))?.kind == .everythingInvalid)
        #expect(scene.engine.account.pending >= 119)
        // Right again: all the others arrive without anybody's help.
        scene.api = { _, _ in EngineScene.accepted }
        scene.run(to: 7_300)
        #expect(scene.engine.account.delivered >= 119 && scene.engine.account.pending == 0)
        #expect(scene.engine.holdReason(of: DestinationID(0)) == nil)
    }

    @Test("each release of the hold lets one more refusal be believed by repetition, so that nothing is stuck for good")
    func releasedHold() throws {
        var scene = EngineScene()
        scene.api = { _, _ in EngineScene.refused }
        try scene.produce(["a", "b", "c"])
        scene.run(to: 600)
        #expect(scene.deadLetters.count == 1)
        for released in 2...3 {
            #expect(scene.engine.holdReason(of: DestinationID(0))?.kind == .everythingInvalid)
            scene.handle(.releaseHolds)
            scene.run(to: 600 * Double(released))
            #expect(scene.deadLetters.count == released)
        }
        #expect(scene.engine.account.pending == 0)
    }

    @Test("repetition is not believed while the read-only call fails")
    func failingProbe() throws {
        var scene = EngineScene()
        scene.api = { _, _ in EngineScene.refused }
        scene.probe = { _ in .failed("404 ROUTE_NOT_FOUND") }
        try scene.produce(["a"])
        scene.run(to: 600)
        #expect(scene.deadLetters.isEmpty)
        let hold = scene.engine.holdReason(of: DestinationID(0))
        #expect(hold?.kind == .everythingInvalid && hold?.detail.contains("404 ROUTE_NOT_FOUND") == true)
    }

    @Test("the read-only call goes at most once a second, and repetitions are at least five seconds apart")
    func spacing() throws {
        var scene = EngineScene()
        scene.api = { _, _ in EngineScene.refused }
        scene.probe = { _ in .failed("500") }
        for second in 0..<40 {
            try scene.produce(["u\(second)"])
            scene.run(to: Double(second + 1) * 0.3)
        }
        scene.run(to: 100)
        #expect(!scene.probes.isEmpty)
        for (first, second) in zip(scene.probes, scene.probes.dropFirst()) { #expect(second - first >= 1_000_000_000) }
        var alone: [Int64] = []
        for (call, time) in zip(scene.calls, scene.sentAt) where EngineScene.users(call) == ["u0"] {
            alone.append(time)
        }
        #expect(alone.count >= 3)
        for (first, second) in zip(alone, alone.dropFirst()) { #expect(second - first >= 5_000_000_000) }
    }

    @Test(
        "a refusal that comes after the lease has ended is no dead letter until a commit shows that the partition is ours"
    )
    func lease() throws {
        var scene = EngineScene { $0.lease = .seconds(20) }
        try scene.produce(["good"])
        scene.run(to: 1)
        scene.api = { _, _ in nil }
        try scene.produce(["bad"])
        scene.run(to: 1.2)
        let call = try #require(scene.calls.last)
        // The process stands still, then the answer is the first that it hears.
        scene.standStill(seconds: 30)
        scene.handle(.answer(call.id, EngineScene.refused))
        #expect(scene.deadLetters.isEmpty)
        scene.run(to: 40)
        #expect(scene.deadLetters.count == 1)
        #expect(scene.engine.account.pending == 0)
    }
}
