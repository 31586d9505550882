import Foundation
import RelayScenes
import TestSupport
import Testing

extension Faults {
    /// The simulation has outages of one and of 25 hours; these are short and real.
    @Suite("Outages")
    struct OutageTests {
        private static let windowRecords = 6_000
        /// How long an outage goes on once the window is full.
        private static let fullTime: Duration = .seconds(RelayScene.isLong ? 600 : 8)
        /// What a full window may still add while nothing can be sent: calls, logs, the allocator's slack.
        private static let slackKilobytes = 12 << 10

        @Test(
            "of Batch end by themselves: memory is flat, nothing is a dead letter, all arrives once and in order",
            .timeLimit(.minutes(40)),
            arguments: RelayScene.isLong ? ["maintenance", "reset"] : ["maintenance"]
        )
        func interface(outage: String) async throws {
            let scene = try await RelayScene(simulator: RelayScene.fast + ["--latency", "5-50"])
            let traffic = NumberedTraffic(24_000, users: 3_000, isEven: true, seed: 5)
            let relay = try scene.relay(Self.settings(scene))
            try await scene.produce(traffic, 0..<4_000)
            #expect(try await scene.awaitCommitted(2_000, by: [relay]), "\(relay.log)")
            try await scene.simulator.setFaults(#"{"outage": "\#(outage)"}"#)
            try await scene.produce(traffic, 4_000..<traffic.count)
            // Each partition's share is a fourth, and not all of them have as much to read at the same time.
            try await expectFlatMemory(of: relay, oncePending: Self.windowRecords * 3 / 4)
            try await scene.simulator.setFaults(#"{"outage": "none"}"#)

            #expect(try await scene.awaitCommitted(traffic.count, by: [relay]), "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(ending.account.delivered == traffic.count, "\(ending.account)")
            #expect(ending.account.deadLettered == 0)
            let arrivals = Arrivals(try await scene.simulator.applied(), of: traffic)
            #expect(arrivals.lost.isEmpty)
            #expect(arrivals.repeated.isEmpty)
            #expect(arrivals.orderBreaks.isEmpty)
            #expect(arrivals.strangers.isEmpty)
            await scene.simulator.stop()
        }

        @Test(
            "of the dead-letter file end by themselves: nothing passes what waits for it, and every letter arrives once",
            .timeLimit(.minutes(40))
        )
        func sink() async throws {
            let scene = try await RelayScene(simulator: RelayScene.fast + ["--latency", "5-50"])
            let traffic = NumberedTraffic(24_000, users: 3_000, isEven: true, seed: 6)
            try await scene.fill(traffic.count) { number in
                var record = traffic.record(number)
                if Self.isBad(number) { record.value = Array("not JSON, number \(number)".utf8) }
                return record
            }
            // The file takes one KiB, in the middle of a letter, as on a full disk.
            let relay = try RelayProcess(
                configuration: try scene.configuration(Self.settings(scene)),
                fileKilobytes: 1
            )
            #expect(await relay.awaitLog("partitions assigned"), "\(relay.log)")
            // What is good is delivered, past the letters; only these stay.
            try await expectFlatMemory(of: relay, oncePending: 100)
            // Every 160th record waits for the file: what is committed stops at the third or so of each partition.
            #expect(try await scene.committed() < 4_000)
            #expect(relay.log.contains("cannot write to the dead-letter file"), "\(relay.log)")
            try await relay.liftFileLimit()
            #expect(try await scene.awaitCommitted(traffic.count, by: [relay]), "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.addsUp, "\(ending.account)")
            let bad = Set((0..<traffic.count).filter(Self.isBad))
            #expect(ending.account.deadLettered == bad.count, "\(ending.account)")
            #expect(ending.account.delivered == traffic.count - bad.count, "\(ending.account)")
            let letters = try String(contentsOfFile: scene.folder.path("dead-letters.jsonl"), encoding: .utf8)
                .split(separator: "\n")
            #expect(letters.count == bad.count)
            let numbers = letters.compactMap {
                $0.firstMatch(of: /not JSON, number (\d+)/).flatMap { Int($0.output.1) }
            }
            #expect(Set(numbers) == bad)
            await scene.simulator.stop()
        }

        private static func isBad(_ number: Int) -> Bool { number % 160 == 3 }

        private static func settings(_ scene: RelayScene) -> RelaySettings {
            var settings = scene.settings
            settings.windowRecords = windowRecords
            return settings
        }

        /// Waits until so many records wait, and then for as long as the outage is to last.
        private func expectFlatMemory(of relay: RelayProcess, oncePending count: Int) async throws {
            let isReached = await eventually(within: .seconds(60), every: .milliseconds(200)) {
                await relay.metric("batchrelay_records_pending") ?? 0 >= count
            }
            #expect(isReached, "\(relay.log)")
            let half = Self.fullTime / 2
            #expect(await relay.lives(for: half), "\(relay.log)")
            let before = relay.residentKilobytes
            #expect(await relay.lives(for: half), "\(relay.log)")
            let after = relay.residentKilobytes
            print("outage: \(before) KiB resident in the middle, \(after) KiB at the end")
            #expect(before > 0)
            #expect(after <= before + Self.slackKilobytes)
            let pending = await relay.metric("batchrelay_records_pending") ?? 0
            // The reading may be one full inbox ahead of the engine, and a block of 512 more.
            #expect(pending <= Self.windowRecords + 4_096 + 1_024, "\(pending) records are pending")
        }
    }
}
