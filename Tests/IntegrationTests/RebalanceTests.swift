import RelayScenes
import TestSupport
import Testing

extension RealParts {
    @Suite("A second instance")
    struct RebalanceTests {
        @Test(
            "a second instance joins and leaves: nothing lost, nothing twice, no order broken, the limit kept",
            .timeLimit(.minutes(5)),
            arguments: ["cooperative-sticky", "range"]
        )
        func joinsAndLeaves(strategy: String) async throws {
            let scene = try await RelayScene(simulator: ["--rate", "1000", "--burst", "1100", "--latency", "5-100"])
            let traffic = NumberedTraffic(20_000, users: 15_000)
            try await scene.fill(traffic.count) { traffic.record($0) }
            var settings = scene.settings
            settings.rate = 1_000
            settings.burst = 1_000
            settings.client["heartbeat.interval.ms"] = "1000"
            settings.client["partition.assignment.strategy"] = strategy
            let first = try scene.relay(settings)
            #expect(try await scene.awaitCommitted(3_000, by: [first]), "\(first.log)")
            let second = try scene.relay(settings)
            #expect(await second.awaitLog("partitions assigned"), "\(second.log)")
            let before = try await scene.committed()
            #expect(try await scene.awaitCommitted(before + 3_000, by: [first, second]), "\(first.log)\(second.log)")
            let left = await second.stop()
            #expect(left.status == .exited(0), "\(second.log)")
            #expect(left.account.delivered > 0, "the second instance was given nothing")
            #expect(left.account.addsUp, "\(left.account)")
            #expect(try await scene.awaitCommitted(traffic.count, by: [first]), "\(first.log)")
            let ending = await first.stop()
            #expect(ending.status == .exited(0), "\(first.log)")
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(first.log.contains("partitions revoked"))
            #expect(ending.account.delivered + left.account.delivered == traffic.count)
            try await RealParts.expectEverythingOnce(traffic, on: scene, by: [first, second])
            await scene.simulator.stop()
        }
    }
}
