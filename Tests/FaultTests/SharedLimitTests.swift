import RelayScenes
import TestSupport
import Testing

extension Faults {
    @Suite("Several instances at the shipped limit")
    struct SharedLimitTests {
        @Test(
            "no call is refused for the rate, kills and restarts included, and a killed instance's share is taken over",
            .timeLimit(.minutes(15)),
            arguments: RelayScene.isLong ? [2, 4, 12] : [2]
        )
        func instances(count: Int) async throws {
            // The limit as the contract has it, and all else as shipped.
            let simulator = try await SimulatorProcess(["--rate", "300", "--burst", "1000", "--latency", "20-200"])
            let scene = try await RelayScene(partitions: 12, simulator: simulator)
            // Hardly any user twice, so that an update carries one message: 300 a second whatever is merged.
            let messages = RelayScene.isLong ? 24_000 : 7_000
            let traffic = NumberedTraffic(messages, users: 1_000_000, partitions: 12, isEven: true, seed: 5)
            try await scene.produce(traffic, 0..<messages)
            var settings = scene.settings
            settings.rate = 300
            settings.burst = 900
            settings.client["heartbeat.interval.ms"] = "500"
            var relays: [RelayProcess] = []
            for _ in 0..<count { relays.append(try scene.relay(settings)) }
            for relay in relays { #expect(await relay.awaitLog("partitions assigned"), "\(relay.log)") }
            var updates = try await awaitUpdates(600, after: 0, of: simulator)

            // Asked several times, since the simulator keeps the last 20 000 calls.
            var journal = DeliveryJournal()
            try await journal.collect(simulator)
            var moments: [DeliveryOracle.Moment] = []
            moments.append(.init(what: "kill", time: await relays.removeLast().kill()))
            let rest = relays
            let before = rest.map { assignments($0) }
            let isTakenOver = await eventually(within: .seconds(40), every: .milliseconds(50)) {
                zip(rest, before).contains { assignments($0) > $1 }
            }
            #expect(isTakenOver, "\(rest[0].log)")
            // What is left does all the work: at least 70 % of the limit, over some seconds.
            updates = try await simulator.statistics().updatesAccepted
            let start = ContinuousClock.now
            updates = try await awaitUpdates(1_200, after: updates, of: simulator)
            let time = (ContinuousClock.now - start) / .seconds(1)
            print("share of the killed taken over, \(count) instances: \(Int(1_200 / time)) updates a second of 300")
            #expect(1_200 / time > 210)
            try await journal.collect(simulator)

            relays.append(try scene.relay(settings))
            let joined = relays[relays.count - 1]
            #expect(await joined.awaitLog("partitions assigned"), "\(joined.log)")
            let ending = await relays.removeFirst().stop()
            #expect(ending.status == .exited(0))
            #expect(ending.account.addsUp, "\(ending.account)")
            _ = try await awaitUpdates(300, after: updates, of: simulator)
            if count > 2 { moments.append(.init(what: "kill", time: await relays.removeFirst().kill())) }
            try await journal.collect(simulator)
            #expect(try await scene.awaitCommitted(messages, by: relays), "\(relays.map(\.log))")
            for relay in relays { #expect(await relay.stop().status == .exited(0), "\(relay.log)") }

            try await journal.close(simulator)
            let oracle = DeliveryOracle(journal, of: traffic, moments: moments)
            let isContent = oracle.isContent
            #expect(isContent, "\(oracle.complaint)")
            #expect(journal.rateLimitedCalls == 0)
            #expect(journal.userViolations == 0)
            await simulator.stop()
        }

        private func assignments(_ relay: RelayProcess) -> Int {
            relay.log.split(separator: "\n").count { $0.contains("partitions assigned") }
        }

        /// Waits for more updates.
        ///
        /// - Returns: how many there are then.
        private func awaitUpdates(_ count: Int, after before: Int, of simulator: SimulatorProcess) async throws -> Int {
            var updates = before
            let isThere = try await eventually(within: .seconds(60), every: .milliseconds(20)) {
                updates = try await simulator.statistics().updatesAccepted
                return updates >= before + count
            }
            #expect(isThere, "only \(updates - before) updates in a minute")
            return updates
        }
    }
}
