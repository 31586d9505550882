import KafkaClient
import TestSupport
import Testing
import Threads

@Suite("Brokers that fail", .enabled(if: KafkaAvailability.canStart(), "\(KafkaAvailability.hint)"))
struct BrokerFaultTests {
    @Test("a broker that is frozen, killed and started again loses nothing, and its readers go on")
    func killAndRestart() async throws {
        let cluster = try await KafkaCluster.start()
        let servers = cluster.bootstrapServers
        let partition = TopicPartition(topic: "orders", partition: 0)
        try await KafkaTest.onOwnThread {
            let admin = try KafkaAdmin(properties: [("bootstrap.servers", servers)])
            try admin.createTopics([NewTopic("orders", partitions: 1)], timeoutMilliseconds: 20_000)
        }
        try await TopicFiller.fill("orders", count: 10, bootstrapServers: servers) { _ in .init(value: [1]) }

        cluster.freeze(broker: 1)
        let silent = await Self.watermarks(servers, partition, timeoutMilliseconds: 1_000)
        #expect(throws: KafkaError.self) { try silent.get() }
        cluster.thaw(broker: 1)
        let awake = await Self.watermarks(servers, partition, timeoutMilliseconds: 20_000)
        #expect(try awake.get() == Watermarks(low: 0, high: 10))

        let (isAssigned, closing) = try await Self.closeOfMember(cluster)
        #expect(isAssigned)
        #expect(closing < .seconds(8), "closing and destroying are bounded, 3 s each")
        cluster.thaw(broker: 1)

        await cluster.kill(broker: 1)
        let gone = await Self.watermarks(servers, partition, timeoutMilliseconds: 1_000)
        let error = #expect(throws: KafkaError.self) { try gone.get() }
        #expect(error?.advice != nil)
        try await cluster.restart(broker: 1)
        let back = await Self.watermarks(servers, partition, timeoutMilliseconds: 20_000)
        #expect(try back.get() == Watermarks(low: 0, high: 10))

        let listed = try await cluster.tool("kafka-topics.sh", ["--describe", "--topic", "orders"])
        #expect(listed.contains("PartitionCount: 1"))
        await cluster.stop()
    }

    /// Freezes the broker under a member of a group and closes the member.
    private static func closeOfMember(_ cluster: KafkaCluster) async throws -> (Bool, Duration) {
        try await OwnThread.run(name: "close") { () -> Result<(Bool, Duration), any Error> in
            Result {
                let properties = [(name: "bootstrap.servers", value: cluster.bootstrapServers)]
                let reading = Reading()
                var consumer: KafkaConsumer? = try KafkaConsumer(
                    ConsumerSettings(properties: properties, groupID: "frozen")
                )
                try consumer?.subscribe(["orders"])
                let isAssigned = consumer.map { reading.poll($0) { $0.records.count == 10 } } ?? false
                cluster.freeze(broker: 1)
                let start = ContinuousClock.now
                consumer?.close()
                consumer = nil
                return (isAssigned, ContinuousClock.now - start)
            }
        }.get()
    }

    private static func watermarks(
        _ servers: String,
        _ partition: TopicPartition,
        timeoutMilliseconds: Int32
    ) async -> Result<Watermarks, KafkaError> {
        await OwnThread.run(name: "watermarks") {
            Result { () throws(KafkaError) in
                let properties = [(name: "bootstrap.servers", value: servers)]
                let consumer = try KafkaConsumer(ConsumerSettings(properties: properties, groupID: "watermarks"))
                return try consumer.watermarks(partition, timeoutMilliseconds: timeoutMilliseconds)
            }
        }
    }
}
