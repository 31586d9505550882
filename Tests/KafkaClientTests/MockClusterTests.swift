import Glibc
import KafkaClient
import Testing
import Threads

@Suite("Kafka client on the mock cluster")
struct MockClusterTests {
    private static func consumer(
        _ cluster: MockCluster,
        _ more: [(name: String, value: String)] = [],
        sinks: KafkaEventSinks = KafkaEventSinks()
    ) throws -> KafkaConsumer {
        let properties = [(name: "bootstrap.servers", value: cluster.bootstrapServers), ("fetch.wait.max.ms", "20")]
        return try KafkaConsumer(ConsumerSettings(properties: properties + more, groupID: "mock", sinks: sinks))
    }

    private static func onOwnThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await OwnThread.run(name: "kafka-test") { Result { try body() } }.get()
    }

    @Test("a record comes back with key, value, headers, timestamp and offset as it was written")
    func roundTrip() async throws {
        try await Self.onOwnThread {
            try MockCluster.withCluster { cluster in
                try cluster.createTopic("orders", partitions: 3)
                let producer = try KafkaProducer(properties: [("bootstrap.servers", cluster.bootstrapServers)])
                try producer.produce(
                    topic: "orders",
                    partition: 2,
                    key: Array("k".utf8),
                    value: Array("v".utf8),
                    headers: [("a", [1, 0, 2]), ("a", nil), ("b", [])],
                    timestampMilliseconds: 1_600_000_000_000,
                    token: 7
                )
                try producer.produce(topic: "orders", partition: 2, key: [], value: nil, token: .max)
                try producer.produce(topic: "orders", partition: 2, key: nil, value: [], token: 0)
                try producer.flush(timeoutMilliseconds: 10_000)
                let reports = producer.takeDeliveryReports()
                #expect(reports.map(\.token) == [7, .max, 0])
                #expect(reports.map { try? $0.result.get() } == [0, 1, 2])
                #expect(producer.takeDeliveryReports().isEmpty)

                let consumer = try Self.consumer(cluster)
                let partition = TopicPartition(topic: "orders", partition: 2)
                try consumer.assign([PartitionOffset(partition, offset: PartitionOffset.beginning)])
                let reading = Reading()
                let isRead = reading.poll(consumer) { $0.ends[partition] == 3 }
                #expect(isRead)
                #expect(reading.records.map(\.offset) == [0, 1, 2])
                let first = try #require(reading.records.first)
                #expect(first.partition == partition)
                #expect(first.timestamp == 1_600_000_000_000)
                #expect(first.headers.map(\.name) == ["a", "a", "b"])
                #expect(first.headers.map(\.value) == [[1, 0, 2], nil, []])
                #expect(reading.records.map(\.key) == [Array("k".utf8), [], nil])
                #expect(reading.records.map(\.value) == [Array("v".utf8), nil, []])
                #expect(try consumer.position([partition]).map(\.offset) == [3])
                #expect(try consumer.watermarks(partition, timeoutMilliseconds: 5_000) == Watermarks(low: 0, high: 3))
                consumer.close()
            }
        }
    }

    @Test("topics keep their index however their records are mixed")
    func topicIndexes() async throws {
        try await Self.onOwnThread {
            try MockCluster.withCluster { cluster in
                let producer = try KafkaProducer(properties: [("bootstrap.servers", cluster.bootstrapServers)])
                let topics = ["a", "b", "c"]
                for topic in topics { try cluster.createTopic(topic, partitions: 1) }
                for number in 0..<300 {
                    try producer.produce(topic: topics[number % 3], partition: 0, key: nil, value: [UInt8(number % 3)])
                }
                try producer.flush(timeoutMilliseconds: 10_000)
                let consumer = try Self.consumer(cluster)
                let index = consumer.topicIndex("b")
                try consumer.assign(
                    topics.map { PartitionOffset(TopicPartition(topic: $0, partition: 0), offset: 0) }
                )
                let reading = Reading()
                let isRead = reading.poll(consumer) { $0.ends.count == 3 && $0.records.count == 300 }
                #expect(isRead)
                for record in reading.records {
                    #expect(record.value == topics.firstIndex(of: record.partition.topic).map { [UInt8($0)] })
                }
                #expect(consumer.topicIndex("b") == index)
                #expect(consumer.topicName(index) == "b")
                consumer.close()
            }
        }
    }

    @Test("a broker that goes away is reported to the sink, and reading goes on when it is back")
    func brokerDown() async throws {
        try await Self.onOwnThread {
            try MockCluster.withCluster { cluster in
                try cluster.createTopic("orders", partitions: 1)
                let errors = Lock<[KafkaError]>([])
                let sinks = KafkaEventSinks(error: { error in errors.withLock { $0.append(error) } })
                let consumer = try Self.consumer(cluster, [("reconnect.backoff.max.ms", "100")], sinks: sinks)
                let partition = TopicPartition(topic: "orders", partition: 0)
                try consumer.assign([PartitionOffset(partition, offset: 0)])
                let reading = Reading()
                let isConnected = reading.poll(consumer) { $0.ends[partition] == 0 }
                #expect(isConnected)
                try cluster.setBroker(1, isUp: false)
                let isReported = reading.poll(consumer) { _ in
                    errors.withLock { $0.contains { $0.code == .allBrokersDown } }
                }
                #expect(isReported)
                let error = try #require(errors.withLock { $0.first { $0.code == .allBrokersDown } })
                #expect(error.name == "_ALL_BROKERS_DOWN")
                #expect(error.isRetriable)
                #expect("\(error)".contains("bootstrap.servers"))
                try cluster.setBroker(1, isUp: true)
                let producer = try KafkaProducer(properties: [("bootstrap.servers", cluster.bootstrapServers)])
                try producer.produce(topic: "orders", partition: 0, key: nil, value: [1])
                try producer.flush(timeoutMilliseconds: 10_000)
                let isRead = reading.poll(consumer) { $0.records.count == 1 }
                #expect(isRead)
                consumer.close()
            }
        }
    }

    @Test("an offset that is not there is reported with its partition where there is no reset")
    func missingOffset() async throws {
        try await Self.onOwnThread {
            try MockCluster.withCluster { cluster in
                try cluster.createTopic("orders", partitions: 1)
                let properties = [(name: "bootstrap.servers", value: cluster.bootstrapServers)]
                let consumer = try KafkaConsumer(
                    ConsumerSettings(properties: properties, groupID: "mock", autoOffsetReset: .error)
                )
                try consumer.assign([PartitionOffset(TopicPartition(topic: "orders", partition: 0), offset: 50)])
                let reading = Reading()
                let isReported = reading.poll(consumer) { !$0.errors.isEmpty }
                #expect(isReported)
                let error = try #require(reading.errors.first)
                #expect(error.code == .autoOffsetReset)
                #expect(error.subject == "orders[0]")
                #expect(error.advice != nil)
                consumer.close()
            }
        }
    }

    @Test("commits carry metadata and answer by their token; a refusal names its reason")
    func commits() async throws {
        try await Self.onOwnThread {
            try MockCluster.withCluster { cluster in
                try cluster.createTopic("orders", partitions: 2)
                let consumer = try Self.consumer(cluster)
                let places = [
                    PartitionOffset(TopicPartition(topic: "orders", partition: 0), offset: 5, metadata: [65, 66]),
                    PartitionOffset(TopicPartition(topic: "orders", partition: 1), offset: 6),
                ]
                let none = try consumer.committed(places.map(\.topicPartition), timeoutMilliseconds: 10_000)
                #expect(none.map(\.offset) == [PartitionOffset.none, PartitionOffset.none])
                let outcomes = consumer.commit(places, timeoutMilliseconds: 10_000)
                #expect(outcomes.map(\.place.offset) == [5, 6])
                #expect(outcomes.allSatisfy { $0.error == nil })
                let read = try consumer.committed(places.map(\.topicPartition), timeoutMilliseconds: 10_000)
                #expect(read.map(\.offset) == [5, 6])
                #expect(read.map { $0.metadata ?? [] } == [[65, 66], []])

                cluster.push(errors: [.offsetMetadataTooLarge], for: .offsetCommit)
                try consumer.committer.commitAsync(places, token: 41)
                let refused = consumer.committer.takeCommitResults(timeoutMilliseconds: 10_000)
                #expect(refused.map(\.token) == [41])
                #expect(refused.first?.isAccepted == false)
                #expect(refused.first?.outcomes.allSatisfy { $0.error?.isMetadataTooLarge == true } == true)
                try consumer.committer.commitAsync(places, token: 42)
                let accepted = consumer.committer.takeCommitResults(timeoutMilliseconds: 10_000)
                #expect(accepted.map(\.token) == [42])
                #expect(accepted.first?.isAccepted == true)
            }
        }
    }

    @Test("a failed read of committed offsets is an error, never nothing")
    func failedRead() async throws {
        try await Self.onOwnThread {
            try MockCluster.withCluster { cluster in
                try cluster.createTopic("orders", partitions: 1)
                let consumer = try Self.consumer(cluster)
                cluster.push(errors: [.groupAuthorizationFailed], for: .offsetFetch)
                #expect(throws: KafkaError.self) {
                    try consumer.committed([TopicPartition(topic: "orders", partition: 0)], timeoutMilliseconds: 5_000)
                }
            }
        }
    }

    @Test("an unknown topic is refused when written, and the report carries the reason")
    func producerReports() async throws {
        try await Self.onOwnThread {
            try MockCluster.withCluster { cluster in
                try cluster.createTopic("orders", partitions: 1)
                let properties = [
                    (name: "bootstrap.servers", value: cluster.bootstrapServers), ("message.timeout.ms", "2000"),
                ]
                let producer = try KafkaProducer(properties: properties)
                cluster.push(errors: [.topicAuthorizationFailed], for: .produce)
                try producer.produce(topic: "orders", partition: 0, key: nil, value: [1], token: 9)
                try producer.flush(timeoutMilliseconds: 10_000)
                let report = try #require(producer.takeDeliveryReports().first)
                #expect(report.token == 9)
                #expect(throws: KafkaError.self) { try report.result.get() }
            }
        }
    }

    @Test("many threads may write at once")
    func parallelProducers() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("orders", partitions: 4)
        let producer = try KafkaProducer(properties: [("bootstrap.servers", cluster.bootstrapServers)])
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<4 {
                group.addTask {
                    await OwnThread.run(name: "produce-\(thread)") {
                        for number in 0..<500 {
                            try? producer.produce(
                                topic: "orders",
                                key: [UInt8(number % 256)],
                                value: [1],
                                token: UInt64(thread * 500 + number)
                            )
                        }
                    }
                }
            }
        }
        try await Self.onOwnThread { try producer.flush(timeoutMilliseconds: 10_000) }
        #expect(Set(producer.takeDeliveryReports().map(\.token)) == Set(0..<2_000))
        withExtendedLifetime(cluster) {}
    }

    @Test(
        "properties that the service owns are refused with the reason",
        arguments: ConsumerSettings.serviceOwnedProperties.keys.sorted()
    )
    func ownedProperties(_ name: String) {
        let settings = ConsumerSettings(properties: [(name, "true")], groupID: "g")
        let error = #expect(throws: KafkaError.self) { try KafkaConsumer(settings) }
        #expect(error?.subject == "property '\(name)'")
        #expect(error?.reason.contains("remove it") == true)
    }

    @Test("a property that librdkafka does not know is named, and a secret value is not shown")
    func refusedProperties() {
        let unknown = #expect(throws: KafkaError.self) {
            try KafkaProducer(properties: [("no.such.property", "1")])
        }
        #expect(unknown.map { "\($0)" }?.contains("no.such.property") == true)
        let secret = #expect(throws: KafkaError.self) {
            try KafkaProducer(properties: [("ssl.key.pem", "hidden-key"), ("ssl.key.password.no", "hidden-word")])
        }
        #expect(secret.map { "\($0)" }?.contains("hidden") == false)
    }

    @Test("a poll that waits is ended from another thread")
    func waking() async throws {
        try await Self.onOwnThread {
            try MockCluster.withCluster { cluster in
                let consumer = try Self.consumer(cluster)
                let committer = consumer.committer
                OwnThread.start(name: "waker") { committer.wakePoll() }
                let start = ContinuousClock.now
                var idlePolls = 0
                while idlePolls == 0 {
                    if case .idle = consumer.poll(timeoutMilliseconds: 60_000, { _ in }) { idlePolls += 1 }
                }
                #expect(ContinuousClock.now - start < .seconds(30))
            }
        }
    }

    @Test("a descriptor becomes readable when the answer to a commit has come")
    func commitSignal() async throws {
        try await Self.onOwnThread {
            try MockCluster.withCluster { cluster in
                try cluster.createTopic("orders", partitions: 1)
                let consumer = try Self.consumer(cluster)
                var ends: [Int32] = [-1, -1]
                #expect(pipe(&ends) == 0)
                defer { for end in ends { close(end) } }
                consumer.committer.signalResults(to: ends[1])
                let place = PartitionOffset(TopicPartition(topic: "orders", partition: 0), offset: 1)
                try consumer.committer.commitAsync([place], token: 5)
                var waiting = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
                #expect(poll(&waiting, 1, 20_000) == 1)
                var one: UInt64 = 0
                #expect(read(ends[0], &one, 8) == 8)
                #expect(one == 1)
                #expect(consumer.committer.takeCommitResults().map(\.token) == [5])
                consumer.committer.signalResults(to: nil)
            }
        }
    }

    @Test("logs and statistics reach their sinks")
    func sinks() async throws {
        try await Self.onOwnThread {
            try MockCluster.withCluster { cluster in
                let lines = Lock<[String]>([])
                let statistics = Lock<[String]>([])
                let sinks = KafkaEventSinks(
                    log: { level, facility, text in lines.withLock { $0.append("\(level) \(facility) \(text)") } },
                    statistics: { text in statistics.withLock { $0.append(text) } }
                )
                let properties = [(name: "statistics.interval.ms", value: "50"), ("debug", "cgrp")]
                let consumer = try Self.consumer(cluster, properties, sinks: sinks)
                let reading = Reading()
                let isTold = reading.poll(consumer) { _ in
                    statistics.withLock { !$0.isEmpty } && lines.withLock { !$0.isEmpty }
                }
                #expect(isTold)
                #expect(statistics.withLock { $0.first?.hasPrefix("{") == true && $0.first?.hasSuffix("}") == true })
                #expect(lines.withLock { $0.contains { $0.hasPrefix("7 ") } })
            }
        }
    }

    @Test("a closed consumer says so when polled")
    func polledAfterClose() async throws {
        try await Self.onOwnThread {
            try MockCluster.withCluster { cluster in
                let consumer = try Self.consumer(cluster)
                #expect(consumer.close() == .skipped)
                guard case .error(let error) = consumer.poll(timeoutMilliseconds: 0, { _ in }) else {
                    Issue.record("a closed consumer must report an error")
                    return
                }
                #expect(error.code == .state)
            }
        }
    }
}
