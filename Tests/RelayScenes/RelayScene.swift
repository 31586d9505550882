import Foundation
import KafkaClient
import Synchronization
package import TestSupport
import Threads

/// What one test works with: a topic and a group of its own, a folder, and a simulator.
package struct RelayScene: Sendable {
    package let kafka: KafkaCluster
    package let simulator: SimulatorProcess
    package let topic: String
    package let group: String
    package let partitions: Int32
    package let folder: TemporaryFolder

    private static let counter = Atomic(0)

    /// The long form of the tests, for machines and people with time.
    package static let isLong = ProcessInfo.processInfo.environment["BATCHRELAY_LONG"] == "1"

    /// Creates the topic and starts the simulator.
    ///
    /// - Parameters:
    ///   - partitions: of the topic.
    ///   - version: the beginning of the version of Apache Kafka; empty for the first of `KAFKA_HOME`.
    ///   - options: of `batchrelay simulate`.
    /// - Throws: what keeps a broker, the topic or the simulator from starting.
    package init(partitions: Int32 = 4, version: String = "", simulator options: [String] = Self.fast) async throws {
        try await self.init(
            partitions: partitions,
            version: version,
            simulator: try await SimulatorProcess(options)
        )
    }

    package init(partitions: Int32 = 4, version: String = "", simulator: SimulatorProcess) async throws {
        try await self.init(
            partitions: partitions,
            on: try await SharedKafka.cluster(version: version),
            simulator: simulator
        )
    }

    /// A scene on brokers of the test's own.
    package init(partitions: Int32, on kafka: KafkaCluster) async throws {
        try await self.init(partitions: partitions, on: kafka, simulator: try await SimulatorProcess(Self.fast))
    }

    package init(partitions: Int32, on kafka: KafkaCluster, simulator: SimulatorProcess) async throws {
        let number = Self.counter.add(1, ordering: .relaxed).newValue
        self.kafka = kafka
        self.simulator = simulator
        topic = "relay-\(number)-\(Int(Date().timeIntervalSince1970))"
        group = "group-of-\(topic)"
        self.partitions = partitions
        folder = try TemporaryFolder("relay")
        try folder.write(SimulatorProcess.restKey, to: "key")
        try await create(topic)
    }

    /// A limit that no test reaches but that is there, so that one that is ignored shows.
    package static let fast = ["--rate", "100000", "--burst", "100000"]

    /// Creates another topic.
    package func create(_ name: String, partitions count: Int32? = nil, configuration: [String: String] = [:])
        async throws
    {
        let servers = kafka.bootstrapServers
        let topic = NewTopic(name, partitions: count ?? partitions, configuration: configuration)
        try await Self.onOwnThread {
            try KafkaAdmin(properties: [("bootstrap.servers", servers)])
                .createTopics([topic], timeoutMilliseconds: 20_000)
        }
    }

    /// Writes records to the topic.
    package func fill(_ count: Int, _ record: @escaping @Sendable (Int) -> TopicFiller.Record) async throws {
        try await TopicFiller.fill(topic, count: count, bootstrapServers: kafka.bootstrapServers, record: record)
    }

    /// Writes a part of numbered traffic.
    package func produce(_ traffic: NumberedTraffic, _ numbers: Range<Int>) async throws {
        try await fill(numbers.count) { traffic.record(numbers.lowerBound + $0) }
    }

    /// Writes messages to one partition.
    package func fill(_ messages: [String], partition: Int32 = 0) async throws {
        try await fill(messages.count) { .init(partition: partition, value: Array(messages[$0].utf8)) }
    }

    // MARK: The service

    package var settings: RelaySettings {
        RelaySettings(
            baseURL: simulator.url,
            deadLetter: "{ file: \(folder.path("dead-letters.jsonl")) }",
            keyFile: folder.path("key")
        )
    }

    /// Writes a configuration.
    ///
    /// - Returns: the file's path.
    package func configuration(_ settings: RelaySettings? = nil) throws -> String {
        let settings = settings ?? self.settings
        let client = settings.client.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        let text = """
            version: 1
            kafka:
              bootstrap_servers: \(settings.bootstrapServers ?? kafka.bootstrapServers)
              group_id: \(group)
              topics: [\(settings.topics ?? topic)]
              start: \(settings.start ?? "earliest")
              client: { \(client.joined(separator: ", ")) }
            batch:
              base_url: \(settings.baseURL)
              project_key: \(settings.projectKey ?? SimulatorProcess.projectKey)
              rest_api_key_file: \(settings.keyFile)
              ca_file: \(settings.authorityFile ?? "null")
              timeout: \(settings.callTimeout)
              update_rate: { per_second: \(settings.rate), burst: \(settings.burst) }
            dead_letter: \(settings.deadLetter)
            shutdown_timeout: \(settings.shutdownTimeout)
            admin: { listen: \(settings.adminListen) }
            \(settings.windowRecords.map { "window: { max_records: \($0) }" } ?? "")
            \(settings.refusedFields.map { "refused_fields: \($0)" } ?? "")
            """
        let number = Self.counter.add(1, ordering: .relaxed).newValue
        return try folder.write(text, to: "batchrelay-\(number).yaml")
    }

    /// Starts `batchrelay run`.
    package func relay(_ settings: RelaySettings? = nil) throws -> RelayProcess {
        try RelayProcess(configuration: try configuration(settings))
    }

    // MARK: What the brokers know

    /// Waits until so many records of the topic are committed, or a process of the service has ended.
    ///
    /// - Returns: whether they are.
    package func awaitCommitted(
        _ count: Int,
        by relays: [RelayProcess],
        within limit: Duration = .seconds(180)
    ) async throws -> Bool {
        let total = try await committed(within: limit) { total in
            total >= count || relays.contains { !$0.child.isRunning }
        }
        return total >= count
    }

    /// How many records of the topic are committed, asked until a condition holds.
    package func committed(
        within limit: Duration = .seconds(20),
        until isEnough: @escaping @Sendable (Int) -> Bool = { _ in true }
    ) async throws -> Int {
        let settings = ConsumerSettings(properties: [("bootstrap.servers", kafka.bootstrapServers)], groupID: group)
        let places = (0..<partitions).map { TopicPartition(topic: topic, partition: $0) }
        return try await Self.onOwnThread {
            let asker = try KafkaConsumer(settings)
            var total = 0
            _ = try eventuallyBlocking(within: limit) {
                do {
                    total = try asker.committed(places, timeoutMilliseconds: 20_000)
                        .reduce(0) { $0 + Int(max(0, $1.offset)) }
                    return isEnough(total)
                } catch let error as KafkaError where error.isRetriable {
                    // The group's coordinator is being chosen or loaded.
                    return false
                }
            }
            return total
        }
    }

    /// The committed offset of each partition, 0 where there is none.
    package func committedOffsets() async throws -> [Int] {
        let settings = ConsumerSettings(properties: [("bootstrap.servers", kafka.bootstrapServers)], groupID: group)
        let places = (0..<partitions).map { TopicPartition(topic: topic, partition: $0) }
        return try await Self.onOwnThread {
            try KafkaConsumer(settings).committed(places, timeoutMilliseconds: 20_000).map { Int(max(0, $0.offset)) }
        }
    }

    /// Commits an offset of the first partition as somebody outside the group, which must have no members.
    package func commit(_ offset: Int64) async throws {
        let settings = ConsumerSettings(properties: [("bootstrap.servers", kafka.bootstrapServers)], groupID: group)
        let place = PartitionOffset(TopicPartition(topic: topic, partition: 0), offset: offset)
        try await Self.onOwnThread {
            let outcomes = try KafkaConsumer(settings).commit([place], timeoutMilliseconds: 20_000)
            if let error = outcomes.first?.error { throw error }
        }
    }

    /// The lag of each partition as Kafka's own tool tells it; nil for a partition without a committed offset.
    package func lag() async throws -> [Int?] {
        let table = try await kafka.tool("kafka-consumer-groups.sh", ["--describe", "--group", group])
        let rows = table.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
        guard let header = rows.first(where: { $0.contains("LAG") }), let column = header.firstIndex(of: "LAG") else {
            throw IntegrationError("kafka-consumer-groups.sh printed no lag: \(table)")
        }
        return rows.filter { $0.contains(Substring(topic)) && $0.count > column }.map { Int($0[column]) }
    }

    /// Blocking calls stay off the cooperative pool.
    package static func onOwnThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws
        -> Result
    {
        try await OwnThread.run(name: "relay-test") { Swift.Result { try body() } }.get()
    }
}
