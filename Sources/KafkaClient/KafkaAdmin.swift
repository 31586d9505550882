internal import CRdKafka
internal import Glibc
internal import Threads

/// A topic to create.
public struct NewTopic: Sendable {
    /// The topic's name.
    public var name: String
    /// The number of its partitions; -1 for the broker's default.
    public var partitions: Int32
    /// How many brokers keep each partition; -1 for the broker's default.
    public var replicas: Int32
    /// The topic's settings, such as `cleanup.policy`.
    public var configuration: [String: String]

    /// Describes a topic; the broker checks it.
    public init(
        _ name: String,
        partitions: Int32,
        replicas: Int32 = -1,
        configuration: [String: String] = [:]
    ) {
        self.name = name
        self.partitions = partitions
        self.replicas = replicas
        self.configuration = configuration
    }
}

/// A consumer group as its coordinator knows it.
public struct GroupDescription: Sendable {
    /// A member of a group.
    public struct Member: Sendable {
        /// The name that the broker gave it.
        public let memberID: String
        /// Its `client.id`.
        public let clientID: String
        /// The address that it connects from.
        public let host: String
    }

    /// The group's name.
    public let groupID: String
    /// `Stable`, `Empty`, `PreparingRebalance`, `CompletingRebalance` or `Dead`.
    public let state: String
    /// How partitions are divided, such as `range` or `cooperative-sticky`; empty without members.
    public let assignor: String
    /// Who is in the group now.
    public let members: [Member]
}

/// Creates and deletes topics and looks at groups. Every call blocks until its answer or its timeout; any thread may call.
public final class KafkaAdmin: Sendable {
    let handle: KafkaHandle

    /// Creates the client and starts to connect in the background.
    ///
    /// - Throws: ``KafkaError`` that names the property which is refused.
    public init(
        properties: [(name: String, value: String)],
        sinks: KafkaEventSinks = KafkaEventSinks()
    ) throws(KafkaError) {
        handle = try KafkaHandle(.producer, properties: properties, sinks: sinks)
    }

    /// Creates topics and waits until the brokers know them.
    ///
    /// - Throws: the first ``KafkaError``; ``KafkaError/Code/topicAlreadyExists`` among them.
    public func createTopics(_ topics: [NewTopic], timeoutMilliseconds: Int32) throws(KafkaError) {
        var requests: [OpaquePointer?] = []
        defer { for request in requests { rd_kafka_NewTopic_destroy(request) } }
        for topic in topics {
            let reason = CText(capacity: 256)
            let request = reason.fill { rd_kafka_NewTopic_new(topic.name, topic.partitions, topic.replicas, $0, $1) }
            guard let request else {
                let subject = "topic '\(topic.name)'"
                throw KafkaError(.invalidArgument, operation: "create", subject: subject, reason: reason.string)
            }
            requests.append(request)
            for (name, value) in topic.configuration { rd_kafka_NewTopic_set_config(request, name, value) }
        }
        let subject = topics.map(\.name).joined(separator: ", ")
        let call = AdminCall(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeoutMilliseconds)
        let count = requests.count
        let event = try call.run("create topics", subject) { options, queue in
            rd_kafka_CreateTopics(handle.pointer, &requests, count, options, queue)
        }
        try event.checkTopics("create", handle) { event, count in
            rd_kafka_event_CreateTopics_result(event).flatMap { rd_kafka_CreateTopics_result_topics($0, &count) }
        }
        try awaitTopics(topics.map(\.name), timeoutMilliseconds)
    }

    /// Waits until a broker tells of the topics: the controller answers before its brokers know (seen on 4.1.1).
    private func awaitTopics(_ names: [String], _ timeoutMilliseconds: Int32) throws(KafkaError) {
        let end = Clocks.bootNanoseconds + Int64(timeoutMilliseconds) * 1_000_000
        var missing = Set(names)
        while true {
            var metadata: UnsafePointer<rd_kafka_metadata>?
            let code = rd_kafka_metadata(handle.pointer, 1, nil, &metadata, timeoutMilliseconds)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata {
                for index in 0..<Int(metadata.pointee.topic_cnt) {
                    let topic = metadata.pointee.topics[index]
                    if topic.err == RD_KAFKA_RESP_ERR_NO_ERROR { missing.remove(String(cString: topic.topic)) }
                }
                rd_kafka_metadata_destroy(metadata)
            }
            if missing.isEmpty { return }
            guard Clocks.bootNanoseconds < end else {
                let subject = missing.sorted().joined(separator: ", ")
                throw handle.context.error(.timedOut, operation: "wait for new topics", subject: subject)
            }
            usleep(20_000)
        }
    }

    /// Deletes topics with all their records.
    ///
    /// - Throws: the first ``KafkaError``.
    public func deleteTopics(_ names: [String], timeoutMilliseconds: Int32) throws(KafkaError) {
        var requests = names.map { rd_kafka_DeleteTopic_new($0) }
        defer { for request in requests { rd_kafka_DeleteTopic_destroy(request) } }
        let call = AdminCall(handle, RD_KAFKA_ADMIN_OP_DELETETOPICS, timeoutMilliseconds)
        let count = requests.count
        let event = try call.run("delete topics", names.joined(separator: ", ")) { options, queue in
            rd_kafka_DeleteTopics(handle.pointer, &requests, count, options, queue)
        }
        try event.checkTopics("delete", handle) { event, count in
            rd_kafka_event_DeleteTopics_result(event).flatMap { rd_kafka_DeleteTopics_result_topics($0, &count) }
        }
    }

    /// Describes one group, or all.
    ///
    /// - Parameters:
    ///   - groupID: the group; nil for all. A group that does not exist is described as `Dead`.
    ///   - timeoutMilliseconds: how long to wait.
    /// - Returns: the groups, ordered by name.
    /// - Throws: ``KafkaError``, also if some of the brokers did not answer.
    public func listGroups(_ groupID: String? = nil, timeoutMilliseconds: Int32) throws(KafkaError)
        -> [GroupDescription]
    {
        var list: UnsafePointer<rd_kafka_group_list>?
        let code = rd_kafka_list_groups(handle.pointer, groupID, &list, timeoutMilliseconds)
        let subject = groupID.map { "group '\($0)'" } ?? "all groups"
        // _PARTIAL gives a list too, but one that lacks groups must not be taken for the truth.
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let list else {
            if let list { rd_kafka_group_list_destroy(list) }
            throw handle.context.error(KafkaError.Code(code), operation: "list", subject: subject)
        }
        defer { rd_kafka_group_list_destroy(list) }
        var groups: [GroupDescription] = []
        for index in 0..<Int(list.pointee.group_cnt) {
            let group = list.pointee.groups[index]
            let name = String(cString: group.group)
            guard group.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                throw KafkaError(KafkaError.Code(group.err), operation: "describe", subject: "group '\(name)'")
            }
            let members = (0..<Int(group.member_cnt)).map { Self.describe(group.members[$0]) }
            groups.append(
                GroupDescription(
                    groupID: name,
                    state: String(cString: group.state),
                    assignor: String(cString: group.protocol),
                    members: members
                )
            )
        }
        return groups.sorted { $0.groupID < $1.groupID }
    }

    /// The number of brokers that the cluster says it has.
    public func brokerCount(timeoutMilliseconds: Int32) throws(KafkaError) -> Int {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(handle.pointer, 0, nil, &metadata, timeoutMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else {
            throw handle.context.error(KafkaError.Code(code), operation: "read metadata", subject: "cluster")
        }
        defer { rd_kafka_metadata_destroy(metadata) }
        return Int(metadata.pointee.broker_cnt)
    }

    private static func describe(_ member: rd_kafka_group_member_info) -> GroupDescription.Member {
        GroupDescription.Member(
            memberID: String(cString: member.member_id),
            clientID: String(cString: member.client_id),
            host: String(cString: member.client_host)
        )
    }
}

/// The queue and the options of one administrative request.
struct AdminCall: ~Copyable {
    private let handle: KafkaHandle
    private let timeoutMilliseconds: Int32
    private let options: OpaquePointer?
    private let queue: OpaquePointer?

    init(_ handle: KafkaHandle, _ operation: rd_kafka_admin_op_t, _ timeoutMilliseconds: Int32) {
        self.handle = handle
        self.timeoutMilliseconds = timeoutMilliseconds
        options = rd_kafka_AdminOptions_new(handle.pointer, operation)
        queue = rd_kafka_queue_new(handle.pointer)
        // 2.0.2 refuses values outside 0 ... 3600 s; the queue's wait below ends the call in any case.
        let bounded = min(max(timeoutMilliseconds, 1), 3_600_000)
        rd_kafka_AdminOptions_set_request_timeout(options, bounded, nil, 0)
        rd_kafka_AdminOptions_set_operation_timeout(options, bounded, nil, 0)
    }

    deinit {
        rd_kafka_AdminOptions_destroy(options)
        rd_kafka_queue_destroy(queue)
    }

    /// Sends the request and waits for its answer.
    func run(
        _ operation: String,
        _ subject: String,
        _ send: (_ options: OpaquePointer?, _ queue: OpaquePointer?) -> Void
    ) throws(KafkaError) -> AdminEvent {
        send(options, queue)
        // A little longer than the request's own limit, whose error says more.
        guard let event = rd_kafka_queue_poll(queue, timeoutMilliseconds &+ 1_000) else {
            throw handle.context.error(.timedOut, operation: operation, subject: subject)
        }
        let code = rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            let reason = rd_kafka_event_error_string(event).map { String(cString: $0) }
            rd_kafka_event_destroy(event)
            throw handle.context.error(KafkaError.Code(code), operation: operation, subject: subject, reason: reason)
        }
        return AdminEvent(event)
    }
}

/// Owns the answer to an administrative request.
struct AdminEvent: ~Copyable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { rd_kafka_event_destroy(pointer) }

    /// Throws the first error that the answer carries for one of its topics.
    func checkTopics(
        _ operation: String,
        _ handle: KafkaHandle,
        _ results: (OpaquePointer, inout Int) -> UnsafeMutablePointer<OpaquePointer?>?
    ) throws(KafkaError) {
        var count = 0
        guard let topics = results(pointer, &count) else { return }
        for index in 0..<count {
            let code = rd_kafka_topic_result_error(topics[index])
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            let name = String(cString: rd_kafka_topic_result_name(topics[index]))
            let reason = rd_kafka_topic_result_error_string(topics[index]).map { String(cString: $0) }
            throw handle.context.error(
                KafkaError.Code(code),
                operation: operation,
                subject: "topic '\(name)'",
                reason: reason
            )
        }
    }
}
