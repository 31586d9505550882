import RelayScenes
import TestSupport
import Testing

extension RealParts {
    @Suite("Pace")
    struct PaceTests {
        /// What the service keeps of Batch's burst of 1 000 for its own account, and the linger of the shipped configuration.
        private static let burst = 900
        private static let linger = 0.1

        @Test(
            "a topic filled before goes out in the time that its least updates take at Batch's limit, without a 429",
            .timeLimit(.minutes(3))
        )
        func leastUpdates() async throws {
            let scene = try await RelayScene(simulator: ["--rate", "300", "--burst", "1000", "--latency", "5-50"])
            let traffic = NumberedTraffic(20_000, users: 2_000, isEven: true, seed: 4)
            try await scene.produce(traffic, 0..<traffic.count)
            let least = traffic.fold().values.reduce(0) { $0 + max(1, ($1.eventCount + 14) / 15) }
            let expected = Double(least - Self.burst) / 300 + Self.linger

            var settings = scene.settings
            settings.rate = 300
            settings.burst = Self.burst
            let relay = try scene.relay(settings)
            #expect(try await scene.awaitCommitted(traffic.count, by: [relay]), "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.delivered == traffic.count, "\(ending.account)")

            let requests = try await scene.simulator.requests()
            let first = requests.map(\.timeMs).min() ?? 0
            let last = requests.map { $0.timeMs + $0.latencyMs }.max() ?? 0
            let seconds = Double(last - first) / 1_000
            print(
                "pace: \(ending.account.updates) updates, \(least) are the least; \(seconds) s, \(expected) s by the limit"
            )
            let statistics = try await scene.simulator.statistics()
            #expect(statistics.rateLimitedCalls == 0)
            let arrivals = Arrivals(try await scene.simulator.applied(), of: traffic)
            #expect(arrivals.lost.isEmpty)
            #expect(arrivals.repeated.isEmpty)
            #expect(arrivals.orderBreaks.isEmpty)
            #expect(seconds >= expected * 0.85)
            // The limit is used up. A loaded machine reads the topic more slowly, so that there is less to merge when a call is
            // due: that the updates are the least is for the release build on a quiet one.
            let updates = RelayScene.isLong ? least : ending.account.updates
            #expect(seconds <= (Double(updates - Self.burst) / 300 + Self.linger) * 1.15)
            await scene.simulator.stop()
        }
    }
}
