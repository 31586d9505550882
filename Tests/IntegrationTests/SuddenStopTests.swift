import Foundation
import RelayScenes
import TestSupport
import Testing

extension RealParts {
    @Suite("SIGTERM at any moment")
    struct SuddenStopTests {
        @Test(
            "SIGTERM 0 to 500 ms after the start: no hang, no crash, and nothing lost or twice",
            .timeLimit(.minutes(15))
        )
        func afterStart() async throws {
            let scene = try await RelayScene(simulator: RelayScene.fast + ["--latency", "0-50"])
            let traffic = NumberedTraffic(RelayScene.isLong ? 10_000 : 2_000, users: 8_000)
            try await scene.fill(traffic.count) { traffic.record($0) }
            var settings = scene.settings
            settings.rate = 300
            settings.burst = 20
            var random = SeededRandom(seed: 8)
            var slowest = 0.0
            for _ in 0..<(RelayScene.isLong ? 50 : 10) {
                let relay = try scene.relay(settings)
                let delay = random.number(in: 0...500)
                #expect(await relay.lives(for: .milliseconds(delay)), "\(relay.log)")
                let ending = await relay.stop()
                #expect(relay.hasEndedWell(ending), "after \(delay) ms: \(ending.status as Any)\n\(relay.log)")
                slowest = max(slowest, ending.seconds)
            }
            print("SIGTERM after start: at most \(slowest) s")
            // The drain has nothing but calls of 50 ms to wait for, and librdkafka's close is bounded by 3 s.
            #expect(slowest < 10)
            try await finish(traffic, on: scene)
        }

        @Test("SIGTERM during a rebalance: no hang, no crash, and nothing lost or twice", .timeLimit(.minutes(15)))
        func duringRebalance() async throws {
            let scene = try await RelayScene(simulator: RelayScene.fast + ["--latency", "0-300"])
            let traffic = NumberedTraffic(10_000, users: 8_000)
            try await scene.fill(traffic.count) { traffic.record($0) }
            var random = SeededRandom(seed: 9)
            var slowest = 0.0
            for strategy in ["cooperative-sticky", "range"] {
                var settings = scene.settings
                settings.rate = RelayScene.isLong ? 100 : 300
                settings.burst = 20
                settings.client["partition.assignment.strategy"] = strategy
                // So that the one that is there hears of the other one while SIGTERM is on its way.
                settings.client["heartbeat.interval.ms"] = "100"
                var stays = try scene.relay(settings)
                #expect(await stays.awaitLog("partitions assigned"), "\(stays.log)")
                for round in 0..<(RelayScene.isLong ? 10 : 3) {
                    let joins = try scene.relay(settings)
                    let delay = random.number(in: 0...500)
                    #expect(await joins.lives(for: .milliseconds(delay)), "\(joins.log)")
                    // By turns the one that joins and the one that was there.
                    let (leaves, remains) = round.isMultiple(of: 2) ? (joins, stays) : (stays, joins)
                    let ending = await leaves.stop()
                    #expect(
                        leaves.hasEndedWell(ending),
                        "\(strategy), \(delay) ms: \(ending.status as Any)\n\(leaves.log)"
                    )
                    slowest = max(slowest, ending.seconds)
                    stays = remains
                    #expect(await stays.awaitLog("partitions assigned"), "\(stays.log)")
                }
                let ending = await stays.stop()
                #expect(stays.hasEndedWell(ending), "\(stays.log)")
                slowest = max(slowest, ending.seconds)
            }
            print("SIGTERM during a rebalance: at most \(slowest) s")
            // A revoke that is under way may take its 10 s. A member that stops before its first assignment cannot leave in
            // good order, so that the others' join, and with it their last commit, waits for its session of 6 s.
            #expect(slowest < 15)
            try await finish(traffic, on: scene)
        }

        private func finish(_ traffic: NumberedTraffic, on scene: RelayScene) async throws {
            let relay = try scene.relay()
            // All may be committed already, and SIGTERM must not come before the program has begun.
            #expect(await relay.awaitLog("partitions assigned"), "\(relay.log)")
            #expect(try await scene.awaitCommitted(traffic.count, by: [relay]), "\(relay.log)")
            #expect(await relay.stop().status == .exited(0), "\(relay.log)")
            try await RealParts.expectEverythingOnce(traffic, on: scene)
            await scene.simulator.stop()
        }
    }
}

extension RelayProcess {
    /// Exit code 0; or by the signal itself, if that came before the program's first instruction.
    fileprivate func hasEndedWell(_ ending: Ending) -> Bool {
        switch ending.status {
        case .exited(0): ending.account.addsUp
        case .signalled(SIGTERM): log.isEmpty && child.standardOutput.isEmpty
        default: false
        }
    }
}
