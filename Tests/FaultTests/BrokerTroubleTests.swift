import Foundation
import RelayScenes
import TestSupport
import Testing

extension Faults {
    /// What brokers and their keepers do to a topic and a group: each has one outcome, and none needs a restart.
    @Suite("Broker trouble")
    struct BrokerTroubleTests {
        // MARK: Offsets that are gone

        @Test(
            "a committed offset that retention has passed: it goes on at the earliest record and says what is lost",
            .timeLimit(.minutes(5))
        )
        func goneBeforeStart() async throws {
            let scene = try await RelayScene(partitions: 2)
            let traffic = NumberedTraffic(1_500, users: 1_000, partitions: 2, isEven: true, seed: 3)
            try await scene.produce(traffic, 0..<1_000)
            let first = try scene.relay()
            #expect(try await scene.awaitCommitted(1_000, by: [first]), "\(first.log)")
            #expect(await first.stop().status == .exited(0), "\(first.log)")
            try await scene.produce(traffic, 1_000..<1_500)
            // Nothing is left of the first partition, and half of what is new in the second.
            let counts = [Self.offsets(of: traffic, 0..<1_000), Self.offsets(of: traffic, 0..<1_500)]
            let beginnings = [counts[1][0], (counts[0][1] + counts[1][1]) / 2]
            let lost = beginnings[0] - counts[0][0] + beginnings[1] - counts[0][1]
            try await Self.deleteRecords(before: beginnings, on: scene)

            let relay = try scene.relay()
            #expect(try await scene.awaitCommitted(1_500, by: [relay]), "\(relay.log)")
            #expect(await relay.metric("batchrelay_records_lost_total") == lost)
            #expect(await relay.metric("batchrelay_offset_gaps_total") == 0)
            #expect(try await scene.lag() == [0, 0])
            for partition in 0..<2 {
                expectReport(
                    relay,
                    "records are gone from the topic before they were read",
                    [
                        "\(scene.topic)[\(partition)]", "wanted=\(counts[0][partition])",
                        "beginning=\(beginnings[partition])", "retention.ms",
                    ]
                )
            }
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(ending.account.consumed == 500 - lost, "\(ending.account)")
            #expect(ending.account.description.contains("records lost    \(lost) "), "\(ending.account)")
            try await expectAllBut(Self.numbers(of: traffic, from: counts[0], to: beginnings), traffic, scene)
        }

        @Test(
            "retention overtakes a paused partition: what waits is delivered, the rest goes on at the earliest record",
            .timeLimit(.minutes(5))
        )
        func goneWhilePaused() async throws {
            let scene = try await RelayScene(partitions: 2)
            let traffic = NumberedTraffic(20_000, users: 3_000, partitions: 2, isEven: true, seed: 4)
            var settings = scene.settings
            settings.windowRecords = 1_000
            let relay = try scene.relay(settings)
            #expect(await relay.awaitLog("partitions assigned"), "\(relay.log)")
            try await scene.simulator.setFaults(#"{"outage": "maintenance"}"#)
            try await scene.produce(traffic, 0..<traffic.count)
            let isFull = await eventually(within: .seconds(30), every: .milliseconds(100)) {
                await relay.metric("batchrelay_records_pending") ?? 0 >= 1_000
            }
            #expect(isFull, "\(relay.log)")
            let ends = Self.offsets(of: traffic, 0..<traffic.count)
            let beginnings = ends.map { $0 - 100 }
            try await Self.deleteRecords(before: beginnings, on: scene)
            try await scene.simulator.setFaults(#"{"outage": "none"}"#)

            #expect(try await scene.awaitCommitted(traffic.count, by: [relay], within: .seconds(60)), "\(relay.log)")
            for partition in 0..<2 {
                expectReport(
                    relay,
                    "records are gone from the topic before they were read",
                    ["\(scene.topic)[\(partition)]", "beginning=\(beginnings[partition])", "retention.ms"]
                )
            }
            let lost = await relay.metric("batchrelay_records_lost_total") ?? 0
            #expect(lost > 0)
            #expect(try await scene.lag() == [0, 0])
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(ending.account.delivered == traffic.count - lost, "\(ending.account)")
            let arrivals = Arrivals(try await scene.simulator.applied(), of: traffic)
            #expect(arrivals.repeated.isEmpty)
            #expect(arrivals.orderBreaks.isEmpty)
            #expect(arrivals.strangers.isEmpty)
            // Nothing that is still in the topic is lost.
            let kept = Self.numbers(of: traffic, from: beginnings, to: ends)
            #expect(kept.isDisjoint(with: arrivals.lost))
            await scene.simulator.stop()
        }

        @Test(
            "a committed offset behind the end, as of a topic made anew: all is read from the beginning, and it says so",
            .timeLimit(.minutes(5))
        )
        func committedBehindTheEnd() async throws {
            let scene = try await RelayScene(partitions: 1)
            let traffic = NumberedTraffic(500, users: 300, partitions: 1, isEven: true, seed: 5)
            try await scene.produce(traffic, 0..<500)
            try await scene.commit(5_000)
            let relay = try scene.relay()
            #expect(await relay.awaitLog("the topic ends before what was read of it"), "\(relay.log)")
            let isMoved = try await scene.committed(within: .seconds(30)) { $0 == 500 } == 500
            #expect(isMoved, "\(relay.log)")
            #expect(await relay.metric("batchrelay_repeated_offsets_total") == 0)
            #expect(await relay.metric("batchrelay_records_lost_total") == 0)
            #expect(try await scene.lag() == [0])
            let ending = await relay.stop()
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(ending.account.delivered == 500, "\(ending.account)")
            try await expectAllBut([], traffic, scene)
        }

        // MARK: Partitions that are added

        @Test(
            "partitions added while two instances run: all of theirs arrives, once, and the group keeps the limit",
            .timeLimit(.minutes(5)),
            arguments: [("cooperative-sticky", "latest"), ("range", "earliest")]
        )
        func partitionsAdded(strategy: String, start: String) async throws {
            // Hardly more than the group may send, so that a share of an instance which stayed too large is refused.
            let simulator = try await SimulatorProcess(["--rate", "600", "--burst", "640"])
            let scene = try await RelayScene(partitions: 2, simulator: simulator)
            // Hardly any user twice: an update carries one message, whatever is merged.
            let traffic = NumberedTraffic(6_000, users: 1_000_000, partitions: 3, isEven: true, seed: 6)
            var settings = scene.settings
            settings.rate = 600
            settings.burst = 600
            settings.start = start
            settings.client["heartbeat.interval.ms"] = "500"
            settings.client["partition.assignment.strategy"] = strategy
            // Longer than the tool and the writing take: what is written before the partition is noticed must arrive too.
            settings.client["topic.metadata.refresh.interval.ms"] = "4000"
            let relays = [try scene.relay(settings), try scene.relay(settings)]
            let isShared = await eventually(within: .seconds(30), every: .milliseconds(50)) {
                relays.allSatisfy { Self.assignedCount(of: $0, topic: scene.topic) == 1 }
            }
            #expect(isShared, "\(relays.map(\.log))")
            try await scene.fill(600) { number in
                var record = traffic.record(number)
                record.partition = Int32(traffic.userNumber(number) % 2)
                return record
            }
            #expect(try await scene.awaitCommitted(600, by: relays), "\(relays.map(\.log))")
            try await scene.kafka.tool(
                "kafka-topics.sh",
                ["--alter", "--topic", scene.topic, "--partitions", "3"]
            )
            try await scene.produce(traffic, 600..<traffic.count)
            let isDelivered = await eventually(within: .seconds(60), every: .milliseconds(200)) {
                var delivered = 0
                for relay in relays { delivered += await relay.metric("batchrelay_records_delivered") ?? 0 }
                return delivered >= traffic.count
            }
            #expect(isDelivered, "\(relays.map(\.log))")
            for relay in relays {
                let ending = await relay.stop()
                #expect(ending.status == .exited(0), "\(relay.log)")
                #expect(ending.account.addsUp, "\(ending.account)")
                #expect(ending.account.delivered > 0)
            }
            #expect(try await scene.lag() == [0, 0, 0])
            #expect(try await simulator.statistics().rateLimitedCalls == 0, "\(relays.map(\.log))")
            try await expectAllBut([], traffic, scene)
        }

        /// How many partitions an instance has by its own log.
        private static func assignedCount(of relay: RelayProcess, topic: String) -> Int {
            let lines = relay.log.split(separator: "\n")
            func count(_ text: String) -> Int {
                lines.filter { $0.contains(text) }.reduce(0) { $0 + $1.split(separator: "\(topic)[").count - 1 }
            }
            return count("partitions assigned") - count("partitions revoked") - count("partitions lost")
        }

        // MARK: Transactions

        @Test(
            "messages written in transactions: only committed ones arrive, the lag is 0, and nothing is called lost",
            .timeLimit(.minutes(5))
        )
        func transactions() async throws {
            let scene = try await RelayScene(partitions: 2)
            let traffic = NumberedTraffic(1_600, users: 500, partitions: 2, isEven: true, seed: 7)
            let parts: [(numbers: Range<Int>, isCommitted: Bool)] = [
                (0..<300, true), (300..<500, false), (500..<700, true), (700..<800, false),
            ]
            let more = parts.map { part in
                (
                    numbers: (part.numbers.lowerBound + 800)..<(part.numbers.upperBound + 800),
                    isCommitted: part.isCommitted
                )
            }
            try await write(parts, of: traffic, to: scene)
            let relay = try scene.relay()
            // A marker in each partition ends each transaction.
            let end = traffic.count + 2 * (parts.count + more.count)
            #expect(try await scene.awaitCommitted(end / 2, by: [relay], within: .seconds(30)), "\(relay.log)")
            try await write(more, of: traffic, to: scene)
            #expect(try await scene.awaitCommitted(end, by: [relay], within: .seconds(30)), "\(relay.log)")
            #expect(try await scene.lag() == [0, 0])
            #expect(await relay.metric("batchrelay_records_lost_total") == 0)
            #expect(!relay.log.contains("gone from the topic"), "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(ending.account.delivered == 1_000, "\(ending.account)")
            let aborted = (parts + more).filter { !$0.isCommitted }.flatMap(\.numbers)
            try await expectAllBut(Set(aborted), traffic, scene)
        }

        private func write(
            _ transactions: [(numbers: Range<Int>, isCommitted: Bool)],
            of traffic: NumberedTraffic,
            to scene: RelayScene
        ) async throws {
            try await TopicFiller.fill(
                scene.topic,
                transactions: transactions,
                bootstrapServers: scene.kafka.bootstrapServers
            ) { traffic.record($0) }
        }

        // MARK: Metadata too large

        @Test(
            "a broker that takes 128 bytes of metadata: what is committed is shortened, nothing lost, repeats bounded",
            .timeLimit(.minutes(5))
        )
        func metadataTooLarge() async throws {
            var options = KafkaCluster.Options()
            options.settings["offset.metadata.max.bytes"] = "128"
            let kafka = try await KafkaCluster.start(options)
            let simulator = try await SimulatorProcess(RelayScene.fast + ["--latency", "50-800"])
            let scene = try await RelayScene(partitions: 4, on: kafka, simulator: simulator)
            let traffic = NumberedTraffic(8_000, users: 8_000, isEven: true, seed: 8)
            try await scene.produce(traffic, 0..<traffic.count)
            let first = try scene.relay()
            #expect(await first.awaitLog("OFFSET_METADATA_TOO_LARGE"), "\(first.log)")
            #expect(try await scene.awaitCommitted(2_000, by: [first], within: .seconds(30)), "\(first.log)")
            _ = await first.kill()
            // What was on its way at the kill is applied.
            let committed = try await scene.committedOffsets()

            let second = try scene.relay()
            let before = try await scene.committed()
            #expect(try await scene.awaitCommitted(before + 1_500, by: [second], within: .seconds(40)), "\(second.log)")
            let ending = await second.stop()
            #expect(ending.status == .exited(0), "\(second.log)")
            #expect(ending.account.addsUp, "\(ending.account)")
            let third = try scene.relay()
            #expect(try await scene.awaitCommitted(traffic.count, by: [third], within: .seconds(40)), "\(third.log)")
            #expect(await third.stop().status == .exited(0), "\(third.log)")
            #expect(try await scene.lag() == [0, 0, 0, 0])

            let log = try await simulator.applied()
            let arrivals = Arrivals(log, of: traffic, allowsRepeats: true)
            #expect(arrivals.lost.isEmpty, "\(arrivals.lost.count) are lost")
            #expect(arrivals.orderBreaks.isEmpty)
            #expect(arrivals.strangers.isEmpty)
            // Nothing that was committed at the kill comes again.
            let known = Self.numbers(of: traffic, from: [0, 0, 0, 0], to: committed)
            #expect(known.isDisjoint(with: arrivals.repeated.map(\.number)))
            print("metadata too large: \(arrivals.repeated.count) of \(traffic.count) repeated after a kill")
            await simulator.stop()
            await kafka.stop()
        }

        // MARK: Rights

        @Test(
            "the right to read is taken away: it says which right is missing on what, waits, and goes on when it is back",
            .timeLimit(.minutes(5))
        )
        func authorisationLost() async throws {
            var options = KafkaCluster.Options()
            options.isSecure = true
            options.settings = [
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users": "User:ANONYMOUS",
                // Groups have no rules here, the topic has.
                "allow.everyone.if.no.acl.found": "true",
            ]
            let kafka = try await KafkaCluster.start(options)
            let scene = try await RelayScene(partitions: 2, on: kafka)
            let traffic = NumberedTraffic(2_000, users: 500, partitions: 2, isEven: true, seed: 9)
            let rule = ["--allow-principal", "User:\(KafkaCluster.user)", "--topic", scene.topic]
            let reading = rule + ["--operation", "Read"]
            try await kafka.tool("kafka-acls.sh", ["--add"] + reading + ["--operation", "Describe"])
            var settings = scene.settings
            settings.bootstrapServers = kafka.secureBootstrapServers
            settings.client["security.protocol"] = "SASL_PLAINTEXT"
            settings.client["sasl.mechanism"] = "PLAIN"
            settings.client["sasl.username"] = KafkaCluster.user
            settings.client["sasl.password"] = KafkaCluster.password
            let relay = try scene.relay(settings)
            try await scene.produce(traffic, 0..<1_000)
            #expect(try await scene.awaitCommitted(1_000, by: [relay], within: .seconds(30)), "\(relay.log)")

            try await kafka.tool("kafka-acls.sh", ["--remove", "--force"] + reading)
            try await scene.produce(traffic, 1_000..<2_000)
            #expect(
                await relay.awaitLog("allow this user to Read and Describe the topic", within: .seconds(20)),
                "\(relay.log)"
            )
            let lines = relay.log.split(separator: "\n").filter { $0.contains("allow this user to Read") }
            #expect(lines.allSatisfy { $0.contains(scene.topic) }, "\(lines)")
            #expect(await relay.lives(for: .seconds(2)), "\(relay.log)")
            try await kafka.tool("kafka-acls.sh", ["--add"] + reading)
            #expect(try await scene.awaitCommitted(2_000, by: [relay], within: .seconds(30)), "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.delivered == 2_000, "\(ending.account)")
            #expect(try await scene.lag() == [0, 0])
            try await expectAllBut([], traffic, scene)
            await kafka.stop()
        }

        // MARK: What the tests share

        /// A line of the log that has all of these.
        private func expectReport(_ relay: RelayProcess, _ message: String, _ parts: [String]) {
            let lines = relay.log.split(separator: "\n").filter { $0.contains(message) }
            let isThere = lines.contains { line in parts.allSatisfy { line.contains($0) } }
            #expect(isThere, "no line with \(parts) in \(lines)")
        }

        /// Everything arrived once and in order but these, of which nothing did.
        private func expectAllBut(_ missing: Set<Int>, _ traffic: NumberedTraffic, _ scene: RelayScene) async throws {
            let arrivals = Arrivals(try await scene.simulator.applied(), of: traffic)
            let lost = Set(arrivals.lost)
            #expect(lost.isSubset(of: missing), "\(lost.subtracting(missing).sorted().prefix(20)) are lost")
            #expect(lost.isSuperset(of: missing.filter(traffic.isEvent)), "what should not arrive did")
            #expect(arrivals.repeated.isEmpty)
            #expect(arrivals.orderBreaks.isEmpty)
            #expect(arrivals.strangers.isEmpty)
            await scene.simulator.stop()
        }

        /// How many of these numbers each partition has.
        private static func offsets(of traffic: NumberedTraffic, _ numbers: Range<Int>) -> [Int] {
            (0..<traffic.partitions).map { partition in
                numbers.count { traffic.partition($0) == Int32(partition) }
            }
        }

        /// The numbers of traffic, written in order and without gaps, between two offsets of each partition.
        private static func numbers(of traffic: NumberedTraffic, from start: [Int], to end: [Int]) -> Set<Int> {
            var next = Array(repeating: 0, count: traffic.partitions)
            var found: Set<Int> = []
            for number in 0..<traffic.count {
                let partition = Int(traffic.partition(number))
                if (start[partition]..<end[partition]).contains(next[partition]) { found.insert(number) }
                next[partition] += 1
            }
            return found
        }

        /// Does what retention does.
        private static func deleteRecords(before offsets: [Int], on scene: RelayScene) async throws {
            let entries = offsets.enumerated().map { partition, offset in
                #"{"topic": "\#(scene.topic)", "partition": \#(partition), "offset": \#(offset)}"#
            }
            let text = #"{"version": 1, "partitions": [\#(entries.joined(separator: ", "))]}"#
            let file = try scene.folder.write(text, to: "delete.json")
            try await scene.kafka.tool("kafka-delete-records.sh", ["--offset-json-file", file])
        }
    }
}
