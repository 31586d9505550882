import RelayScenes
import TestSupport
import Testing

extension RealParts {
    @Suite("End to end")
    struct EndToEndTests {
        /// A version of Apache Kafka and how many messages.
        struct Case: Sendable, CustomTestStringConvertible {
            let version: String
            let count: Int
            var testDescription: String { "\(count) messages on Apache Kafka \(version)" }
        }

        static let cases = [
            Case(version: "4.", count: RelayScene.isLong ? 100_000 : 20_000),
            Case(version: "3.9", count: 2_000),
        ].filter { KafkaAvailability.canStart(version: $0.version) }

        @Test(
            "every number arrives once and in order, the profiles are the fold of the topic, nothing is left over",
            .timeLimit(.minutes(10)),
            arguments: cases
        )
        func everythingArrives(_ example: Case) async throws {
            let scene = try await RelayScene(
                version: example.version,
                simulator: RelayScene.fast + ["--latency", "5-200"]
            )
            let traffic = NumberedTraffic(example.count)
            try await scene.fill(traffic.count) { traffic.record($0) }

            let relay = try scene.relay()
            let isDone = try await scene.awaitCommitted(traffic.count, by: [relay])
            #expect(isDone, "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(ending.account.consumed == traffic.count)
            #expect(ending.account.delivered == traffic.count)

            let log = try await scene.simulator.applied()
            let arrivals = Arrivals(log, of: traffic)
            #expect(arrivals.lost.isEmpty)
            #expect(arrivals.repeated.isEmpty)
            #expect(arrivals.orderBreaks.isEmpty)
            #expect(arrivals.strangers.isEmpty)
            #expect(Arrivals.differences(try await scene.simulator.profiles(), from: traffic).isEmpty)
            let statistics = try await scene.simulator.statistics()
            #expect(statistics.updatesAccepted == ending.account.updates)
            #expect(statistics.rateLimitedCalls == 0)
            #expect(statistics.concurrentUserViolations == 0)
            #expect(statistics.repeatedUserViolations == 0)
            #expect(statistics.largestInFlight <= 4)
            #expect(try await scene.lag() == [0, 0, 0, 0])

            try await secondRun(scene, after: log.count)
        }

        /// Nothing of what the first run settled is sent again: only what is written after it, one record a partition.
        private func secondRun(_ scene: RelayScene, after operationCount: Int) async throws {
            let relay = try scene.relay()
            try await scene.fill(4) { number in
                .init(partition: Int32(number), value: Array(#"{"type":"identify","userId":"late-\#(number)"}"#.utf8))
            }
            let isThere = try await eventually(within: .seconds(60), every: .milliseconds(100)) {
                try await scene.simulator.statistics().updatesAccepted >= operationCount + 4
            }
            #expect(isThere, "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.consumed == 4)
            #expect(ending.account.addsUp, "\(ending.account)")
            let more = try await scene.simulator.applied().dropFirst(operationCount)
            #expect(more.map(\.customId).sorted() == ["late-0", "late-1", "late-2", "late-3"])
            #expect(try await scene.lag() == [0, 0, 0, 0])
            await scene.simulator.stop()
        }
    }
}
