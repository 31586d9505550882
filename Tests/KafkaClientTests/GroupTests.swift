import KafkaClient
import TestSupport
import Testing
import Threads

@Suite("Consumer groups on Apache Kafka", .enabled(if: KafkaAvailability.isPresent, "\(KafkaAvailability.hint)"))
struct GroupTests {
    @Test("a group of one gets all partitions, reads them from the start and hands them back when it closes")
    func oneMember() async throws {
        let test = try await KafkaTest(partitions: 3)
        try await TopicFiller.fill(test.topic, count: 3_000, bootstrapServers: test.bootstrapServers) { number in
            .init(partition: Int32(number % 3), value: [UInt8(number % 3)])
        }
        try await KafkaTest.onOwnThread {
            let consumer = try test.consumer()
            let handler = NotingHandler()
            consumer.rebalanceHandler = handler
            #expect(consumer.rebalanceProtocol == .none)
            try consumer.subscribe([test.topic])
            let reading = Reading()
            let isRead = reading.poll(consumer) { $0.records.count == 3_000 && $0.ends.count == 3 }
            #expect(isRead)
            #expect(reading.errors.isEmpty)
            let all = (0..<3).map { test.partition($0) }
            #expect(handler.events == [.assigned(all)])
            #expect(try consumer.assignment().sorted() == all)
            #expect(consumer.rebalanceProtocol == .eager)
            #expect(consumer.memberID?.isEmpty == false)
            #expect(consumer.clusterID(timeoutMilliseconds: 5_000)?.isEmpty == false)
            var sequences = [Int32: OffsetSequence]()
            for record in reading.records {
                var sequence = sequences[record.partition.partition] ?? OffsetSequence(start: 0)
                #expect(sequence.receive(record.offset) == .next)
                sequences[record.partition.partition] = sequence
            }

            let admin = try KafkaAdmin(properties: [("bootstrap.servers", test.bootstrapServers)])
            let group = try #require(try admin.listGroups(test.group, timeoutMilliseconds: 10_000).first)
            #expect(group.state == "Stable")
            #expect(group.assignor == "range")
            #expect(group.members.map(\.memberID) == [consumer.memberID])
            #expect(consumer.close() == .closed)
            let left = try admin.listGroups(test.group, timeoutMilliseconds: 10_000).first
            #expect(left?.members.isEmpty == true)
            #expect(handler.events == [.assigned(all)])
            withExtendedLifetime(handler) {}
        }
    }

    /// What the two rebalance protocols have in common and where they differ.
    @Test(
        "a second member takes over without a record lost or read twice, by a commit inside the revocation",
        arguments: ["range", "cooperative-sticky"]
    )
    func twoMembers(assignor: String) async throws {
        let test = try await KafkaTest(partitions: 6)
        try await TopicFiller.fill(test.topic, count: 6_000, bootstrapServers: test.bootstrapServers) { number in
            .init(partition: Int32(number % 6), value: [1])
        }
        try await KafkaTest.onOwnThread {
            let first = try Member(test, assignor)
            let second = try Member(test, assignor)
            try first.consumer.subscribe([test.topic])
            let isStarted = first.reading.poll(first.consumer) { $0.records.count > 500 }
            #expect(isStarted)
            try second.consumer.subscribe([test.topic])
            let isDone = Reading.poll([(first.reading, first.consumer), (second.reading, second.consumer)]) {
                first.handler.owned.count == 3 && second.handler.owned.count == 3
                    && first.reading.records.count + second.reading.records.count >= 6_000
            }
            #expect(isDone)
            let read = (first.reading.records + second.reading.records).map {
                PartitionOffset($0.partition, offset: $0.offset)
            }
            #expect(Set(read).count == 6_000)
            #expect(read.count == 6_000, "records were read twice")
            #expect(first.handler.owned.isDisjoint(with: second.handler.owned))
            #expect(first.commitErrors.isEmpty)
            let isCooperative = assignor == "cooperative-sticky"
            #expect(first.consumer.rebalanceProtocol == (isCooperative ? .cooperative : .eager))
            // Eager takes all six away, cooperative only what moves.
            let revoked = first.handler.events.compactMap { event -> Int? in
                guard case .revoked(let partitions) = event else { return nil }
                return partitions.count
            }
            #expect(revoked.first == (isCooperative ? 3 : 6))
            #expect(second.consumer.close() == .closed)
            let isBack = first.reading.poll(first.consumer) { _ in first.handler.owned.count == 6 }
            #expect(isBack)
            #expect(first.consumer.close() == .closed)
        }
    }

    @Test("partitions start where the handler says, and elsewhere at the committed offset")
    func startOffsets() async throws {
        let test = try await KafkaTest(partitions: 2)
        try await TopicFiller.fill(test.topic, count: 20, bootstrapServers: test.bootstrapServers) { number in
            .init(partition: Int32(number % 2), value: [1])
        }
        try await KafkaTest.onOwnThread {
            let consumer = try test.consumer()
            let committed = [
                PartitionOffset(test.partition(0), offset: 4, metadata: Array("état".utf8)),
                PartitionOffset(test.partition(1), offset: 6),
            ]
            #expect(consumer.commit(committed, timeoutMilliseconds: 10_000).allSatisfy { $0.error == nil })
            let handler = NotingHandler()
            var seen: [PartitionOffset] = []
            handler.starts = { consumer, partitions in
                seen = (try? consumer.committed(partitions, timeoutMilliseconds: 10_000)) ?? []
                return [PartitionOffset(test.partition(1), offset: 8)]
            }
            consumer.rebalanceHandler = handler
            try consumer.subscribe([test.topic])
            let reading = Reading()
            let isRead = reading.poll(consumer) { $0.ends.count == 2 }
            #expect(isRead)
            #expect(seen.sorted { $0.topicPartition < $1.topicPartition } == committed)
            let offsets = Dictionary(grouping: reading.records, by: \.partition.partition).mapValues {
                $0.map(\.offset)
            }
            #expect(offsets == [0: Array(4..<10), 1: [8, 9]])
            consumer.close()
            withExtendedLifetime(handler) {}
        }
    }

    @Test("a member that was put out of its group loses its partitions and may not commit them")
    func lostAssignment() async throws {
        let test = try await KafkaTest(partitions: 1)
        try await KafkaTest.onOwnThread {
            let timeouts = [
                (name: "max.poll.interval.ms", value: "1500"), ("session.timeout.ms", "1500"),
                ("heartbeat.interval.ms", "300"),
            ]
            let consumer = try test.consumer(timeouts)
            let handler = NotingHandler()
            consumer.rebalanceHandler = handler
            try consumer.subscribe([test.topic])
            let reading = Reading()
            let isAssigned = reading.poll(consumer) { _ in !handler.owned.isEmpty }
            #expect(isAssigned)
            // Nobody polls until the group has no member any more.
            let admin = try KafkaAdmin(properties: [("bootstrap.servers", test.bootstrapServers)])
            let isOut = try eventuallyBlocking(within: .seconds(20)) {
                try admin.listGroups(test.group, timeoutMilliseconds: 5_000).first?.members.isEmpty == true
            }
            #expect(isOut)
            let zombie = consumer.commit([PartitionOffset(test.partition(0), offset: 1)], timeoutMilliseconds: 5_000)
            #expect(zombie.first?.error != nil)
            let isLost = reading.poll(consumer) { _ in handler.events.contains(.lost([test.partition(0)])) }
            #expect(isLost)
            #expect(reading.errors.contains { $0.code == .maximumPollExceeded })
            let isBack = reading.poll(consumer) { _ in handler.owned == [test.partition(0)] }
            #expect(isBack)
            consumer.close()
            withExtendedLifetime(handler) {}
        }
    }

    @Test("a topic that does not exist is reported, and read once it is created")
    func lateTopic() async throws {
        let test = try await KafkaTest(partitions: 0)
        try await KafkaTest.onOwnThread {
            let consumer = try test.consumer([("topic.metadata.refresh.interval.ms", "500")])
            try consumer.subscribe([test.topic])
            let reading = Reading()
            let isReported = reading.poll(consumer) { !$0.errors.isEmpty }
            #expect(isReported)
            let error = try #require(reading.errors.first)
            #expect(error.code == .unknownTopicOrPartition)
            #expect(error.subject == "topic '\(test.topic)'")
            let admin = try KafkaAdmin(properties: [("bootstrap.servers", test.bootstrapServers)])
            try admin.createTopics([NewTopic(test.topic, partitions: 1)], timeoutMilliseconds: 20_000)
            try TopicFiller.fillBlocking(test.topic, count: 1, bootstrapServers: test.bootstrapServers) { _ in
                .init(value: [1])
            }
            let isRead = reading.poll(consumer) { $0.records.count == 1 }
            #expect(isRead)
            consumer.close()
        }
    }

    @Test("a member whose group.instance.id is taken by another hears that its error is fatal and why")
    func fencedInstance() async throws {
        let test = try await KafkaTest(partitions: 1)
        try await KafkaTest.onOwnThread {
            let first = try test.consumer([("group.instance.id", "same")])
            let second = try test.consumer([("group.instance.id", "same")])
            let handler = NotingHandler()
            first.rebalanceHandler = handler
            let reading = Reading()
            let other = Reading()
            try first.subscribe([test.topic])
            let isAssigned = reading.poll(first) { _ in !handler.owned.isEmpty }
            #expect(isAssigned)
            try second.subscribe([test.topic])
            let isFenced = Reading.poll([(reading, first), (other, second)]) {
                reading.errors.contains { $0.isFatal }
            }
            #expect(isFenced)
            let error = try #require(reading.errors.first { $0.isFatal })
            #expect(error.code == .fencedInstance)
            #expect(error.advice?.contains("group.instance.id") == true)
            #expect(!error.isRetriable)
            #expect(first.close() != .abandoned)
            #expect(second.close() != .abandoned)
        }
    }

    @Test("fifty consumers that are closed right after they subscribed do no harm")
    func closedAtOnce() async throws {
        let test = try await KafkaTest(partitions: 1)
        try await KafkaTest.onOwnThread {
            for round in 0..<50 {
                let consumer = try test.consumer(group: "\(test.group)-\(round % 5)")
                try consumer.subscribe([test.topic])
                for _ in 0..<(round % 4) { _ = consumer.poll(timeoutMilliseconds: Int32(round % 7), { _ in }) }
                #expect(consumer.close() != .abandoned)
            }
        }
    }

    /// librdkafka before 2.3.0 aborts the whole process if such a member is destroyed (its issue 4312).
    @Test("cooperative members that are released at any moment of their first join do no harm")
    func releasedWhileJoining() async throws {
        let test = try await KafkaTest(partitions: 1)
        try await KafkaTest.onOwnThread {
            for round in 0..<40 {
                let properties = [(name: "partition.assignment.strategy", value: "cooperative-sticky")]
                let consumer = try test.consumer(properties, group: "\(test.group)-\(round)")
                let handler = NotingHandler()
                consumer.rebalanceHandler = handler
                try consumer.subscribe([test.topic])
                // Not polled, so that no assignment is noted whatever has come.
                _ = consumer.committer.takeCommitResults(timeoutMilliseconds: Int32(round))
                #expect(consumer.close() != .abandoned)
                withExtendedLifetime(handler) {}
            }
        }
    }

    @Test("consumers leave their group when they are closed after the first assignment, at whatever moment")
    func closedSoon() async throws {
        let test = try await KafkaTest(partitions: 4)
        try await KafkaTest.onOwnThread {
            let admin = try KafkaAdmin(properties: [("bootstrap.servers", test.bootstrapServers)])
            for (round, assignor) in ["range", "cooperative-sticky", "range", "cooperative-sticky"].enumerated() {
                let group = "\(test.group)-\(round)"
                let consumer = try test.consumer([("partition.assignment.strategy", assignor)], group: group)
                let handler = NotingHandler()
                consumer.rebalanceHandler = handler
                try consumer.subscribe([test.topic])
                let reading = Reading()
                let isAssigned = reading.poll(consumer) { _ in !handler.owned.isEmpty }
                #expect(isAssigned)
                if round > 1 { _ = reading.poll(consumer) { $0.ends.count == 4 } }
                #expect(consumer.close() == .closed)
                let left = try admin.listGroups(group, timeoutMilliseconds: 10_000).first
                #expect(left?.members.isEmpty == true)
                #expect(handler.events.count == 1, "closing asks the handler no more")
            }
        }
    }

    /// One member that commits what it read when its partitions are taken away.
    private final class Member {
        let consumer: KafkaConsumer
        let handler = NotingHandler()
        let reading = Reading()
        var commitErrors: [KafkaError] = []

        init(_ test: KafkaTest, _ assignor: String) throws {
            consumer = try test.consumer([("partition.assignment.strategy", assignor)])
            consumer.rebalanceHandler = handler
            handler.beforeRevoke = { [unowned self] consumer, partitions in
                let places = partitions.compactMap { partition -> PartitionOffset? in
                    let last = reading.records.last { $0.partition == partition }
                    return last.map { PartitionOffset(partition, offset: $0.offset + 1) }
                }
                commitErrors += consumer.commit(places, timeoutMilliseconds: 10_000).compactMap(\.error)
            }
        }
    }
}
