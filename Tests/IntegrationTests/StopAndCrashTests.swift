import RelayScenes
import TestSupport
import Testing

extension RealParts {
    @Suite("Stops, crashes and wrong keys")
    struct StopAndCrashTests {
        @Test(
            "SIGTERM with a backlog and a slow API ends in time, and the next run repeats nothing",
            .timeLimit(.minutes(5))
        )
        func backlog() async throws {
            let scene = try await RelayScene(simulator: RelayScene.fast + ["--latency", "50-800"])
            // At 300 a second far more than 30 s of updates.
            let traffic = NumberedTraffic(20_000, users: 18_000)
            try await scene.fill(traffic.count) { traffic.record($0) }
            var settings = scene.settings
            settings.rate = 300
            settings.burst = 300
            let slow = try scene.relay(settings)
            let isBusy = try await eventually(within: .seconds(60), every: .milliseconds(50)) {
                try await scene.simulator.statistics().updatesAccepted >= 900
            }
            #expect(isBusy, "\(slow.log)")
            let first = await slow.stop()
            print("SIGTERM with a backlog: \(first.seconds) s, \(first.status.map { "\($0)" } ?? "no end")")
            // No call of less than 800 ms is given up: its time is 2.9 s.
            #expect(first.status == .exited(0), "\(slow.log)")
            #expect(first.account.addsUp, "\(first.account)")
            #expect(first.account.released > 1_000)

            try await scene.simulator.setFaults(#"{"latency_ms": [5, 50]}"#)
            try await expectRest(of: traffic, on: scene)
        }

        @Test(
            "kill -9 in mid-stream, twice: nothing is lost, and only the last moment is sent again",
            .timeLimit(.minutes(5))
        )
        func kills() async throws {
            let scene = try await RelayScene(simulator: RelayScene.fast + ["--latency", "20-200"])
            let traffic = NumberedTraffic(20_000, users: 15_000)
            try await scene.fill(traffic.count) { traffic.record($0) }
            var settings = scene.settings
            settings.rate = 1_500
            settings.burst = 100
            var kills: [Int64] = []
            for committed in [3_000, 9_000] {
                let relay = try scene.relay(settings)
                #expect(try await scene.awaitCommitted(committed, by: [relay]), "\(relay.log)")
                kills.append(await relay.kill())
            }
            settings.rate = 100_000
            settings.burst = 100_000
            let relay = try scene.relay(settings)
            #expect(try await scene.awaitCommitted(traffic.count, by: [relay]), "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.addsUp, "\(ending.account)")

            let arrivals = Arrivals(try await scene.simulator.applied(), of: traffic, allowsRepeats: true)
            #expect(arrivals.lost.isEmpty)
            #expect(arrivals.orderBreaks.isEmpty)
            #expect(arrivals.strangers.isEmpty)
            // Promise 5: what was in flight at a kill, or was answered after the last commit. A commit goes every 200 ms, and
            // the next one waits for its answer. Counted from the last call that was written, since a process that the
            // machine kept from running neither writes nor commits.
            let requests = try await scene.simulator.requests()
            let ends = kills.map { kill in (kill, requests.last { $0.timeMs <= kill }?.timeMs ?? kill) }
            let openCalls = requests.filter { request in
                ends.contains { kill, lastWrite in
                    request.timeMs <= kill && request.timeMs + request.latencyMs >= lastWrite - 1_000
                }
            }
            let open = Set(openCalls.map(\.call))
            let again = Set(arrivals.repeated.map(\.firstCall))
            let ages = requests.filter { again.contains($0.call) }.compactMap { request in
                kills.first { $0 >= request.timeMs }.map { $0 - request.timeMs - request.latencyMs }
            }
            print(
                """
                kill -9 twice: \(arrivals.repeated.count) events again, the oldest answered \(ages.max() ?? 0) ms before, \
                \(open.count) calls open or just answered
                """
            )
            #expect(arrivals.repeated.filter { !open.contains($0.firstCall) }.isEmpty)
            // Two runs with at most 4 calls open and what one second of 1 500 updates brings.
            let mostRepeats = 2 * (800 + 1_500)
            #expect(arrivals.repeated.count <= mostRepeats)
            #expect(try await scene.simulator.profiles().count == traffic.fold().count)
            await scene.simulator.stop()
        }

        @Test(
            "a wrong key holds, says so and commits nothing; a corrected key file is picked up without a restart",
            .timeLimit(.minutes(3))
        )
        func wrongKey() async throws {
            let scene = try await RelayScene()
            let traffic = NumberedTraffic(500, users: 100)
            try await scene.fill(traffic.count) { traffic.record($0) }
            try scene.folder.write("not-the-key\n", to: "key")

            let held = try scene.relay()
            #expect(await held.awaitLog("holding: nothing is sent"))
            #expect(held.log.contains("the REST API key is wrong"), "\(held.log)")
            #expect(!held.log.contains("not-the-key"), "a secret is in the log")
            let ending = await held.stop()
            #expect(ending.status == .exited(77), "\(held.log)")
            #expect(ending.account.delivered == 0)
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(try await scene.committed() == 0)

            let relay = try scene.relay()
            #expect(await relay.awaitLog("holding: nothing is sent"))
            #expect(try await scene.committed() == 0)
            #expect(try await scene.simulator.statistics().updatesAccepted == 0)
            try scene.folder.write(SimulatorProcess.restKey, to: "key")
            #expect(try await scene.awaitCommitted(traffic.count, by: [relay], within: .seconds(60)), "\(relay.log)")
            #expect(relay.log.contains("the hold has ended"))
            #expect(await relay.stop().status == .exited(0))
            try await RealParts.expectEverythingOnce(traffic, on: scene)
            await scene.simulator.stop()
        }

        @Test(
            "SIGTERM while the API says nothing ends in time with the code of an abandoned call, and commits nothing past it",
            .timeLimit(.minutes(3))
        )
        func silence() async throws {
            let scene = try await RelayScene()
            let traffic = NumberedTraffic(500, users: 100)
            try await scene.fill(traffic.count) { traffic.record($0) }
            try await scene.simulator.setFaults(#"{"outage": "silence"}"#)
            var settings = scene.settings
            settings.callTimeout = "2s"
            settings.shutdownTimeout = "3s"
            let relay = try scene.relay(settings)
            let isCalling = try await eventually(within: .seconds(60), every: .milliseconds(50)) {
                try await scene.simulator.statistics().calls > 0
            }
            #expect(isCalling, "\(relay.log)")
            let ending = await relay.stop()
            print("SIGTERM with a silent API: \(ending.seconds) s")
            #expect(ending.status == .exited(75), "\(relay.log)")
            #expect(ending.seconds < 10)
            #expect(ending.account.delivered == 0)
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(try await scene.committed() == 0)
            try await scene.simulator.setFaults(#"{"outage": "none"}"#)
            try await expectRest(of: traffic, on: scene)
        }

        /// Runs the service without a limit until all is committed, and looks at what arrived over both runs.
        private func expectRest(of traffic: NumberedTraffic, on scene: RelayScene) async throws {
            let relay = try scene.relay()
            #expect(try await scene.awaitCommitted(traffic.count, by: [relay]), "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.addsUp, "\(ending.account)")
            try await RealParts.expectEverythingOnce(traffic, on: scene)
            await scene.simulator.stop()
        }
    }

    /// Expects each number once, in order, and the right profiles.
    static func expectEverythingOnce(
        _ traffic: NumberedTraffic,
        on scene: RelayScene,
        by relays: [RelayProcess] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let arrivals = Arrivals(try await scene.simulator.applied(), of: traffic)
        // Few of many, since one mistake makes thousands; the logs say which.
        let logs = relays.map(\.log).joined(separator: "\n---\n")
        #expect(
            arrivals.lost.prefix(20).isEmpty,
            "\(arrivals.lost.count) lost\n\(logs)",
            sourceLocation: sourceLocation
        )
        #expect(
            arrivals.repeated.prefix(20).isEmpty,
            "\(arrivals.repeated.count) arrived again\n\(logs)",
            sourceLocation: sourceLocation
        )
        #expect(arrivals.orderBreaks.prefix(20).isEmpty, sourceLocation: sourceLocation)
        #expect(arrivals.strangers.prefix(20).isEmpty, sourceLocation: sourceLocation)
        let differences = Arrivals.differences(try await scene.simulator.profiles(), from: traffic)
        #expect(differences.prefix(20).isEmpty, sourceLocation: sourceLocation)
        let statistics = try await scene.simulator.statistics()
        #expect(statistics.rateLimitedCalls == 0, sourceLocation: sourceLocation)
        #expect(statistics.concurrentUserViolations == 0, sourceLocation: sourceLocation)
        #expect(statistics.repeatedUserViolations == 0, sourceLocation: sourceLocation)
    }
}
