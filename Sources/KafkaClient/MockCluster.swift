internal import CRdKafka
internal import Glibc
internal import Threads

/// librdkafka's mock cluster, inside this process: for the demo and for tests that need no Apache Kafka.
///
/// Its limits (2.0.2): 5 MiB or 100 000 batches a partition, older ones dropped silently; no lookup of times; no
/// administration; the first join of a group takes 3 s; latency is `fetch.wait.max.ms`.
///
/// `@unchecked Sendable`: librdkafka's mock functions are thread-safe, and the properties are constant.
public final class MockCluster: @unchecked Sendable {
    /// For `bootstrap.servers`; on 127.0.0.1, ports chosen by the system.
    public let bootstrapServers: String

    private let cluster: OpaquePointer
    /// The client whose threads run the mock; the cluster must be destroyed first.
    private let owner: KafkaHandle

    /// Starts brokers with the numbers 1 to `brokerCount`.
    ///
    /// - Throws: ``KafkaError`` if no port can be opened.
    public init(brokerCount: Int32 = 1) throws(KafkaError) {
        // The owner connects to nothing and would say so on stderr; its sinks drop that.
        owner = try KafkaHandle(.producer, properties: [], sinks: KafkaEventSinks())
        guard let cluster = rd_kafka_mock_cluster_new(owner.pointer, brokerCount) else {
            throw KafkaError(.state, operation: "start", subject: "mock cluster", reason: "no port could be opened")
        }
        self.cluster = cluster
        bootstrapServers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
    }

    deinit { rd_kafka_mock_cluster_destroy(cluster) }

    /// Starts a cluster for as long as `body` runs: in release builds an object dies after its last use, and its clients
    /// would then find no broker.
    public static func withCluster<Result>(
        brokerCount: Int32 = 1,
        _ body: (MockCluster) throws -> Result
    ) throws -> Result {
        let cluster = try MockCluster(brokerCount: brokerCount)
        return try withExtendedLifetime(cluster) { try body(cluster) }
    }

    /// Creates a topic.
    public func createTopic(_ name: String, partitions: Int32) throws(KafkaError) {
        try check(rd_kafka_mock_topic_create(cluster, name, partitions, 1), "create", "topic '\(name)'")
    }

    /// Lets the next requests of a kind fail, one error each, in order.
    ///
    /// - Parameters:
    ///   - codes: positive codes of brokers; 0 for none, ``KafkaError/Code/transport`` to cut the connection.
    ///   - request: the kind.
    public func push(errors codes: [KafkaError.Code], for request: MockRequest) {
        let errors = codes.map(\.cValue)
        rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, errors.count, errors)
    }

    /// Forgets errors that were pushed and not used.
    public func clearErrors(for request: MockRequest) {
        rd_kafka_mock_clear_request_errors(cluster, request.rawValue)
    }

    /// Lets every request about a topic fail; a code of 0 ends it.
    public func setError(_ code: KafkaError.Code, ofTopic name: String) {
        rd_kafka_mock_topic_set_error(cluster, name, code.cValue)
    }

    /// Cuts a broker's connections and refuses new ones, or accepts them again.
    ///
    /// - Throws: ``KafkaError`` if the broker's port was taken by somebody else while it was down.
    public func setBroker(_ number: Int32, isUp: Bool) throws(KafkaError) {
        guard isUp else {
            return try check(rd_kafka_mock_broker_set_down(cluster, number), "lower", "mock broker \(number)")
        }
        // 2.0.2 aborts the whole process if it cannot listen again, and its port is one that the system also gives to
        // outgoing connections: a client that keeps trying may have connected to itself (seen). That passes soon.
        let end = Clocks.bootNanoseconds + 5_000_000_000
        while !isPortFree(ofBroker: number) {
            guard Clocks.bootNanoseconds < end else {
                let reason = "its port is in use by another connection"
                throw KafkaError(.state, operation: "raise", subject: "mock broker \(number)", reason: reason)
            }
            usleep(5_000)
        }
        try check(rd_kafka_mock_broker_set_up(cluster, number), "raise", "mock broker \(number)")
    }

    private func isPortFree(ofBroker number: Int32) -> Bool {
        let addresses = bootstrapServers.split(separator: ",")
        guard addresses.indices.contains(Int(number) - 1) else { return true }
        guard let port = addresses[Int(number) - 1].split(separator: ":").last.flatMap({ UInt16($0) }) else {
            return true
        }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        var isReused: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isReused, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// Delays every answer of a broker.
    public func setDelay(milliseconds: Int32, ofBroker number: Int32) throws(KafkaError) {
        try check(rd_kafka_mock_broker_set_rtt(cluster, number, milliseconds), "delay", "mock broker \(number)")
    }

    /// Moves a partition's leader.
    public func setLeader(_ number: Int32, of partition: TopicPartition) throws(KafkaError) {
        let code = rd_kafka_mock_partition_set_leader(cluster, partition.topic, partition.partition, number)
        try check(code, "move leader", "\(partition)")
    }

    /// Moves a group's coordinator.
    public func setCoordinator(_ number: Int32, ofGroup group: String) throws(KafkaError) {
        try check(rd_kafka_mock_coordinator_set(cluster, "group", group, number), "move coordinator", group)
    }

    private func check(_ code: rd_kafka_resp_err_t, _ operation: String, _ subject: String) throws(KafkaError) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw KafkaError(KafkaError.Code(code), operation: operation, subject: subject)
    }
}

/// Kinds of requests, by Kafka's numbers.
public enum MockRequest: Int16, Sendable {
    /// Writing records.
    case produce = 0
    /// Reading records.
    case fetch = 1
    /// Looking up first and last offsets.
    case listOffsets = 2
    /// Topics and brokers.
    case metadata = 3
    /// Committing.
    case offsetCommit = 8
    /// Reading committed offsets.
    case offsetFetch = 9
    /// Finding a group's coordinator.
    case findCoordinator = 10
    /// Joining a group.
    case joinGroup = 11
    /// Staying in a group.
    case heartbeat = 12
    /// Getting an assignment.
    case syncGroup = 14
    /// An idempotent producer's number.
    case initProducerID = 22
}
