import RelayScenes
import TestSupport
import Testing

extension Faults {
    @Suite("Large topics")
    struct LargeTopicTests {
        private static let count = Faults.number(
            "BATCHRELAY_FAULT_MESSAGES",
            else: RelayScene.isLong ? 5_000_000 : 40_000
        )
        private static let users = RelayScene.isLong ? 200_000 : 4_000
        /// Nil for as shipped, which is more than a short run could fill.
        private static let window: Int? = RelayScene.isLong ? nil : 6_000
        /// Updates a second: slower than the reading, so that the window is full.
        private static let rate = RelayScene.isLong ? 8_000 : 700
        /// How often another member comes or goes.
        private static let changes = RelayScene.isLong ? 16 : 4

        @Test(
            "with a full window and members that come and go, every number arrives once, in order, and no offset is left out",
            .timeLimit(.minutes(RelayScene.isLong ? 60 : 5)),
            arguments: RelayScene.isLong ? ["cooperative-sticky", "range"] : ["cooperative-sticky"]
        )
        func everyNumberArrives(strategy: String) async throws {
            let limit = ["--rate", "\(Self.rate)", "--burst", "\(Self.rate)", "--latency", "20-100"]
            let scene = try await RelayScene(simulator: limit)
            let traffic = NumberedTraffic(Self.count, users: Self.users, hotInterval: 2_000, isEven: true, seed: 8)
            try await scene.produce(traffic, 0..<traffic.count)
            var settings = scene.settings
            settings.windowRecords = Self.window
            settings.rate = Self.rate
            settings.burst = Self.rate
            settings.client["partition.assignment.strategy"] = strategy
            let first = try scene.relay(settings)
            var second: RelayProcess?
            var book = ArrivalBook(traffic, users: Self.users)
            var samples: [Int] = []
            var changes = 0
            let window = (Self.window ?? 50_000) / 2
            let end = ContinuousClock.now + .seconds(RelayScene.isLong ? 3_000 : 200)
            while ContinuousClock.now < end {
                let committed = try await scene.committed()
                book.read(try await scene.simulator.applied(after: book.sequence))
                if committed >= traffic.count { break }
                guard first.child.isRunning else { break }
                // One of two has half of the partitions, and so half of the window.
                let share = second == nil ? window : window / 2
                if let pending = await first.metric("batchrelay_records_pending") {
                    samples.append(pending * 100 / share)
                }
                guard changes < Self.changes, committed > traffic.count / (Self.changes + 1) * (changes + 1) else {
                    _ = await first.lives(for: .milliseconds(200))
                    continue
                }
                changes += 1
                if let leaving = second {
                    second = nil
                    try await expectGoodEnd(leaving)
                } else {
                    let joining = try scene.relay(settings)
                    #expect(await joining.awaitLog("partitions assigned"), "\(joining.log)")
                    second = joining
                }
            }
            for relay in [first, second].compactMap({ $0 }) { try await expectGoodEnd(relay) }
            book.read(try await scene.simulator.applied(after: book.sequence))
            #expect(book.unread == 0, "the API is faster than this test reads its log")
            #expect(changes == Self.changes, "\(first.log)")
            #expect(book.missing == 0)
            #expect(book.repeats == 0)
            #expect(book.orderBreaks == 0)
            #expect(book.strangers == 0)
            let isFull = samples.count { $0 >= 80 } * 2 >= samples.count
            #expect(isFull, "the window was not full most of the time: \(samples)")
            print("large topic: \(traffic.count) records, \(changes) changes of members, \(strategy)")
            await scene.simulator.stop()
        }

        private func expectGoodEnd(_ relay: RelayProcess) async throws {
            let gaps = await relay.metric("batchrelay_offset_gaps_total")
            #expect(gaps == 0, "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(!relay.log.contains("offsets are missing"))
        }
    }
}
