import KafkaClient
import TestSupport
import Testing
import Threads

@Suite("Offsets on Apache Kafka", .enabled(if: KafkaAvailability.isPresent, "\(KafkaAvailability.hint)"))
struct OffsetTests {
    @Test("times are looked up, and a time after the last record gives the end")
    func times() async throws {
        let test = try await KafkaTest(partitions: 2)
        let start: Int64 = 1_500_000_000_000
        try await TopicFiller.fill(test.topic, count: 100, bootstrapServers: test.bootstrapServers) { number in
            .init(partition: 0, value: [1], timestampMilliseconds: start + Int64(number) * 1_000)
        }
        try await KafkaTest.onOwnThread {
            let consumer = try test.consumer()
            func offset(at time: Int64, _ partition: Int32 = 0) throws -> Int64? {
                let times = [test.partition(partition): time]
                return try consumer.offsetsForTimes(times, timeoutMilliseconds: 10_000).first?.offset
            }
            #expect(try offset(at: 0) == 0)
            #expect(try offset(at: start + 41_500) == 42)
            #expect(try offset(at: start + 42_000) == 42)
            #expect(try offset(at: start + 100_000) == PartitionOffset.end)
            #expect(try offset(at: start, 1) == PartitionOffset.end)
            #expect(
                try consumer.watermarks(test.partition(0), timeoutMilliseconds: 10_000) == Watermarks(low: 0, high: 100)
            )
            #expect(
                try consumer.watermarks(test.partition(1), timeoutMilliseconds: 10_000) == Watermarks(low: 0, high: 0)
            )
        }
    }

    @Test("a paused partition is silent while others go on, and nothing is lost or repeated when it is resumed")
    func pauses() async throws {
        let test = try await KafkaTest(partitions: 2)
        let fill: @Sendable () throws -> Void = {
            try TopicFiller.fillBlocking(test.topic, count: 200, bootstrapServers: test.bootstrapServers) { number in
                .init(partition: Int32(number % 2), value: [1])
            }
        }
        try await KafkaTest.onOwnThread {
            try fill()
            let consumer = try test.consumer()
            let both = [test.partition(0), test.partition(1)]
            try consumer.assign(both.map { PartitionOffset($0, offset: PartitionOffset.beginning) })
            let reading = Reading()
            let isStarted = reading.poll(consumer) { !$0.records.isEmpty }
            #expect(isStarted)
            try consumer.pause([both[0]])
            let before = reading.records.count { $0.partition == both[0] }
            try fill()
            let isOtherRead = reading.poll(consumer) { $0.records.count { $0.partition == both[1] } == 200 }
            #expect(isOtherRead)
            #expect(reading.records.count { $0.partition == both[0] } == before)
            try consumer.resume([both[0]])
            let isRead = reading.poll(consumer) { $0.records.count == 400 }
            #expect(isRead)
            let offsets = reading.records.filter { $0.partition == both[0] }.map(\.offset)
            #expect(offsets == Array(0..<200))
            #expect(throws: KafkaError.self) { try consumer.pause([TopicPartition(topic: "none", partition: 9)]) }

            try consumer.seek([PartitionOffset(both[0], offset: 195)], timeoutMilliseconds: 10_000)
            let isReadAgain = reading.poll(consumer) { $0.records.count == 405 }
            #expect(isReadAgain)
            consumer.close()
        }
    }

    @Test("commit metadata comes back byte for byte, and what is too long for the broker is refused as such")
    func metadata() async throws {
        let test = try await KafkaTest(partitions: 1)
        try await KafkaTest.onOwnThread {
            let consumer = try test.consumer()
            let partition = test.partition(0)
            let longest = [UInt8](repeating: 65, count: 4_096)
            let accepted = consumer.commit(
                [PartitionOffset(partition, offset: 3, metadata: longest)],
                timeoutMilliseconds: 10_000
            )
            #expect(accepted.first?.error == nil)
            let tooLong = consumer.commit(
                [PartitionOffset(partition, offset: 4, metadata: longest + [65])],
                timeoutMilliseconds: 10_000
            )
            #expect(tooLong.first?.error?.isMetadataTooLarge == true)
            let read = try consumer.committed([partition], timeoutMilliseconds: 10_000)
            #expect(read == [PartitionOffset(partition, offset: 3, metadata: longest)])
        }
    }

    @Test("topics are found by name and pattern, with their partitions; what is missing is said")
    func metadataOfTopics() async throws {
        let test = try await KafkaTest(partitions: 5)
        try await KafkaTest.onOwnThread {
            let consumer = try test.consumer()
            let names = ["^\(test.topic)$", "\(test.topic)-none"]
            let found = try consumer.topics(matching: names, timeoutMilliseconds: 10_000)
            #expect(found.map(\.name) == [test.topic, "\(test.topic)-none"])
            #expect(found.map(\.partitionCount) == [5, 0])
            #expect(found.map { $0.error?.code } == [nil, .unknownTopicOrPartition])
            #expect(try consumer.partitionCount(test.topic, timeoutMilliseconds: 10_000) == 5)
            #expect(throws: KafkaError.self) {
                try consumer.partitionCount("\(test.topic)-none", timeoutMilliseconds: 10_000)
            }
            #expect(throws: KafkaError.self) { try consumer.topics(matching: ["^("], timeoutMilliseconds: 10_000) }
        }
    }

    @Test("topics are created with settings, refused when they exist, and deleted")
    func administration() async throws {
        let test = try await KafkaTest(partitions: 0)
        try await KafkaTest.onOwnThread {
            let admin = try KafkaAdmin(properties: [("bootstrap.servers", test.bootstrapServers)])
            let topic = NewTopic(test.topic, partitions: 2, replicas: 1, configuration: ["cleanup.policy": "compact"])
            try admin.createTopics([topic], timeoutMilliseconds: 20_000)
            let again = #expect(throws: KafkaError.self) {
                try admin.createTopics([topic], timeoutMilliseconds: 20_000)
            }
            #expect(again?.code == .topicAlreadyExists)
            #expect(again?.subject == "topic '\(test.topic)'")
            try admin.deleteTopics([test.topic], timeoutMilliseconds: 20_000)
            let gone = #expect(throws: KafkaError.self) {
                try admin.deleteTopics([test.topic], timeoutMilliseconds: 20_000)
            }
            #expect(gone?.code == .unknownTopicOrPartition)
            #expect(try admin.brokerCount(timeoutMilliseconds: 10_000) >= 1)
        }
    }
}
