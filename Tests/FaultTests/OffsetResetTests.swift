import Foundation
import RelayScenes
import TestSupport
import Testing

extension Faults {
    @Suite("Offsets set back")
    struct OffsetResetTests {
        @Test(
            "messages 40 days old are read again to the end: attributes right, events counted as late, no hold",
            .timeLimit(.minutes(5)),
            // To the beginning, and into the middle of what is committed.
            arguments: [["--to-earliest"], ["--shift-by", "-700"]]
        )
        func oldMessages(target: [String]) async throws {
            let scene = try await RelayScene()
            let old = Date(timeIntervalSinceNow: -40 * 86_400)
            let text = old.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            let traffic = NumberedTraffic(RelayScene.isLong ? 50_000 : 5_000, users: 600, isEven: true, timestamp: text)
            try await scene.fill(traffic.count) { number in
                var record = traffic.record(number)
                record.timestampMilliseconds = Int64(old.timeIntervalSince1970 * 1_000)
                return record
            }
            let first = try await run(traffic, on: scene)
            #expect(first.consumed == traffic.count)
            #expect(first.lateEvents == traffic.eventCount)
            let answer = try await scene.kafka.tool(
                "kafka-consumer-groups.sh",
                ["--group", scene.group, "--topic", scene.topic, "--reset-offsets"] + target + ["--execute"]
            )
            let position = try await scene.committed()
            #expect(position < traffic.count, "\(answer)")

            let second = try await run(traffic, on: scene)
            // What was settled beyond the watermark is not known any more: the tool writes no metadata.
            #expect(second.consumed == traffic.count - position)
            #expect(second.alreadySettled == 0)
            #expect(second.deadLettered == 0)
            #expect(second.lateEvents > 0 && second.lateEvents <= traffic.eventCount)
            #expect(second.lateEvents + second.delivered >= second.consumed)
            let wanted = traffic.fold().filter { !$0.value.attributes.isEmpty }
            let profiles = try await scene.simulator.profiles()
            #expect(profiles.count == wanted.count)
            let wrong = wanted.filter { user, expected in
                profiles[user]?.attributes.mapValues { $0.value.integer ?? -1 } != expected.attributes
            }
            #expect(wrong.keys.sorted().prefix(20).isEmpty, "\(wrong.count) profiles are wrong")
            #expect(profiles.values.allSatisfy { $0.eventCount == 0 }, "a late event was sent")
            let lag = try await scene.lag()
            #expect(lag == Array(repeating: 0, count: Int(scene.partitions)))
            await scene.simulator.stop()
        }

        /// Runs the service until all is committed.
        private func run(_ traffic: NumberedTraffic, on scene: RelayScene) async throws -> RelayProcess.Account {
            let relay = try scene.relay()
            #expect(try await scene.awaitCommitted(traffic.count, by: [relay]), "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(!relay.log.contains("holding"), "\(relay.log)")
            return ending.account
        }
    }
}
