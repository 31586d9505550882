import RelayScenes
import TestSupport
import Testing

extension Faults {
    @Suite("Killed, stopped and frozen at random")
    struct ChaosTests {
        @Test(
            "nothing is lost, the order is kept, and only what was in flight comes again",
            .timeLimit(.minutes(RelayScene.isLong ? 180 : 10))
        )
        func chaos() async throws {
            if RelayScene.isLong {
                var cluster = KafkaCluster.Options()
                cluster.brokers = 3
                let kafka = try await KafkaCluster.start(cluster)
                try await expectPromises(Self.long, on: kafka)
                await kafka.stop()
            } else {
                try await expectPromises(Self.short, on: try await SharedKafka.cluster())
            }
        }

        private static var short: FaultOptions {
            var options = FaultOptions(test: "Faults/ChaosTests")
            options.seed = UInt64(Faults.number("BATCHRELAY_FAULT_SEED", else: 1))
            // Few users, so that updates carry more and the run is shorter.
            options.users = 2_500
            options.kills = 4
            options.stops = 2
            options.shortFreezes = 1
            options.longFreezes = 1
            return options
        }

        /// Three brokers, killed and frozen in turn, and an API that is stopped, started and frozen.
        private static var long: FaultOptions {
            var options = short
            options.messages = Faults.number("BATCHRELAY_FAULT_MESSAGES", else: 500_000)
            options.users = 20_000
            options.isEven = true
            options.rate = 600
            options.kills = Faults.number("BATCHRELAY_FAULT_KILLS", else: 200)
            options.stops = options.kills / 4
            options.shortFreezes = options.kills / 10
            options.longFreezes = options.kills / 20
            options.brokerFaults = options.kills / 8
            options.interfaceFaults = options.kills / 10
            return options
        }

        private func expectPromises(_ options: FaultOptions, on kafka: KafkaCluster) async throws {
            let (run, oracle) = try await FaultRun.carryOut(options, on: kafka)
            let again = "again: \(options.command(isLong: RelayScene.isLong))"
            print(
                """
                faults: \(options.messages) messages, \(options.kills) kills, \(options.stops) stops, \
                \(options.shortFreezes + options.longFreezes) freezes, \(options.brokerFaults) of brokers, \
                \(options.interfaceFaults) of the API: \(run.volume), \(oracle.repeatedEvents) events again, \
                the oldest \(oracle.oldestRepeat) ms before its crash
                """
            )
            let history = run.trace.joined(separator: "\n")
            let isContent = oracle.isContent
            #expect(isContent, "\(oracle.complaint)\n\(again)\n\(history)")
            #expect(run.problems.isEmpty, "\(run.problems.joined(separator: "\n"))\n\(again)\n\(history)")
            #expect(run.refusals.rate == 0, "429; \(again)")
            #expect(run.refusals.users == 0, "a user in two calls; \(again)")
            #expect(run.exits.allSatisfy { $0 < 30 }, "\(run.exits)")
        }
    }

    @Suite("Orderly restarts")
    struct RestartTests {
        @Test(
            "instances stopped and started with a slow API: nothing comes twice, and every exit is in time",
            .timeLimit(.minutes(60))
        )
        func restarts() async throws {
            var options = FaultOptions(test: "Faults/RestartTests")
            options.seed = UInt64(Faults.number("BATCHRELAY_FAULT_SEED", else: 2))
            options.messages = RelayScene.isLong ? 60_000 : 6_000
            options.stops = RelayScene.isLong ? 60 : 6
            options.latency = "50-800"
            let (run, oracle) = try await FaultRun.carryOut(options, on: try await SharedKafka.cluster())
            let again = "again: \(options.command(isLong: RelayScene.isLong))\n\(run.trace.joined(separator: "\n"))"
            print(
                """
                restarts: \(options.messages) messages, \(options.stops) stops: \(run.volume), exits within \
                \(run.exits.max() ?? 0) s
                """
            )
            let isContent = oracle.isContent
            #expect(isContent, "\(oracle.complaint)\n\(again)")
            #expect(oracle.repeatedEvents == 0, "\(again)")
            #expect(run.problems.isEmpty, "\(run.problems.joined(separator: "\n"))\n\(again)")
            #expect(run.delivered == options.messages, "\(again)")
            #expect(run.refusals.rate == 0, "429; \(again)")
            #expect(run.refusals.users == 0, "a user in two calls; \(again)")
            #expect(run.exits.allSatisfy { $0 < 30 }, "\(run.exits)")
        }
    }
}
