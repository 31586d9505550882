import KafkaClient
import Synchronization
import TestSupport
import Testing
import Threads

/// A topic and a group of a test's own on the shared brokers.
struct KafkaTest: Sendable {
    let bootstrapServers: String
    let topic: String
    let group: String

    private static let counter = Atomic(0)

    /// Creates a topic; 0 partitions for none.
    init(partitions: Int32 = 3, version: String = "") async throws {
        let servers =
            version.isEmpty
            ? try await SharedKafka.bootstrapServers()
            : try await SharedKafka.cluster(version: version).bootstrapServers
        let number = Self.counter.add(1, ordering: .relaxed).newValue
        bootstrapServers = servers
        topic = "kafka-client-\(Clocks.wallMilliseconds)-\(number)"
        group = "group-of-\(topic)"
        guard partitions > 0 else { return }
        let name = topic
        try await Self.onOwnThread {
            let admin = try KafkaAdmin(properties: [("bootstrap.servers", servers)])
            try admin.createTopics([NewTopic(name, partitions: partitions)], timeoutMilliseconds: 20_000)
        }
    }

    func consumer(
        _ more: [(name: String, value: String)] = [],
        group: String? = nil,
        reset: ConsumerSettings.OffsetReset = .earliest,
        sinks: KafkaEventSinks = KafkaEventSinks()
    ) throws -> KafkaConsumer {
        let properties = [(name: "bootstrap.servers", value: bootstrapServers), ("session.timeout.ms", "6000")]
        return try KafkaConsumer(
            ConsumerSettings(
                properties: properties + more,
                groupID: group ?? self.group,
                autoOffsetReset: reset,
                sinks: sinks
            )
        )
    }

    func partition(_ number: Int32) -> TopicPartition { TopicPartition(topic: topic, partition: number) }

    /// Blocking calls stay off the cooperative pool.
    static func onOwnThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await OwnThread.run(name: "kafka-test") { Result { try body() } }.get()
    }
}

/// A handler that notes what it is told.
final class NotingHandler: RebalanceHandler {
    enum Event: Equatable {
        case assigned([TopicPartition])
        case revoked([TopicPartition])
        case lost([TopicPartition])
    }

    var events: [Event] = []
    var owned: Set<TopicPartition> = []
    var starts: (KafkaConsumer, [TopicPartition]) -> [PartitionOffset] = { _, _ in [] }
    var beforeRevoke: (KafkaConsumer, [TopicPartition]) -> Void = { _, _ in }

    func assigned(_ partitions: [TopicPartition], by consumer: KafkaConsumer) -> [PartitionOffset] {
        events.append(.assigned(partitions.sorted()))
        owned.formUnion(partitions)
        return starts(consumer, partitions)
    }

    func revoked(_ partitions: [TopicPartition], by consumer: KafkaConsumer) {
        beforeRevoke(consumer, partitions)
        events.append(.revoked(partitions.sorted()))
        owned.subtract(partitions)
    }

    func lost(_ partitions: [TopicPartition], by consumer: KafkaConsumer) {
        events.append(.lost(partitions.sorted()))
        owned.subtract(partitions)
    }
}
