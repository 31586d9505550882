import Foundation
import RelayScenes
import TestSupport
import Testing

extension Faults {
    @Suite("An instance frozen while another takes over")
    struct FrozenInstanceTests {
        @Test(
            "a thawed instance sends nothing stale, and only what was in flight comes again",
            .timeLimit(.minutes(5)),
            arguments: ["range", "cooperative-sticky"]
        )
        func thaws(strategy: String) async throws {
            let scene = try await RelayScene(simulator: ["--rate", "1000", "--burst", "1100", "--latency", "20-200"])
            // Each user has many messages, so that a stale attribute would show.
            let traffic = NumberedTraffic(16_000, users: 1_500)
            let half = traffic.count / 2
            try await scene.produce(traffic, 0..<half)
            var settings = scene.settings
            settings.rate = 1_000
            settings.burst = 1_000
            settings.client["session.timeout.ms"] = "\(FaultOptions.session)"
            settings.client["heartbeat.interval.ms"] = "500"
            settings.client["partition.assignment.strategy"] = strategy
            let relays = [try scene.relay(settings), try scene.relay(settings)]
            for relay in relays { #expect(await relay.awaitLog("partitions assigned"), "\(relay.log)") }
            let before = try await scene.committed()
            // Where the second member was slow to come, the first may have sent most of it.
            #expect(try await scene.awaitCommitted(min(before + 1_000, half), by: relays))

            let (frozen, other) = (relays[0], relays[1])
            let assignments = count("partitions assigned", in: other.log)
            let moment = Int64(Date().timeIntervalSince1970 * 1_000)
            frozen.child.signal(SIGSTOP)
            try await scene.produce(traffic, half..<traffic.count)
            let hasTakenOver = await eventually(within: .seconds(30), every: .milliseconds(50)) {
                count("partitions assigned", in: other.log) > assignments
            }
            #expect(hasTakenOver, "\(other.log)")
            let end = moment + (RelayScene.isLong ? 20_000 : 8_000)
            _ = await eventually(within: .seconds(30), every: .milliseconds(50)) {
                Int64(Date().timeIntervalSince1970 * 1_000) >= end
            }
            frozen.child.signal(SIGCONT)
            #expect(try await scene.awaitCommitted(traffic.count, by: relays), "\(frozen.log)\n\(other.log)")
            for relay in relays {
                let ending = await relay.stop()
                #expect(ending.status == .exited(0), "\(relay.log)")
                #expect(ending.account.addsUp, "\(ending.account)")
            }

            var journal = DeliveryJournal()
            try await journal.close(scene.simulator)
            let oracle = DeliveryOracle(journal, of: traffic, moments: [.init(what: "freeze", time: moment)])
            print(
                """
                frozen: \(oracle.repeatedEvents) events again, the oldest \(oracle.oldestRepeat) ms before the freeze
                """
            )
            let isContent = oracle.isContent
            #expect(isContent, "\(oracle.complaint)\n\(frozen.log)\n\(other.log)")
            #expect(journal.rateLimitedCalls == 0)
            #expect(journal.userViolations == 0)
            await scene.simulator.stop()
        }

        private func count(_ text: String, in log: String) -> Int { log.components(separatedBy: text).count - 1 }
    }
}
