internal import CRdKafka
internal import Threads

/// What one poll brought.
public enum PollOutcome: Sendable {
    /// A record, which the closure has seen.
    case record
    /// The partition was read to its end: the next record will have this offset or a higher one. Reported again after
    /// every record that reaches the end.
    case endOfPartition(TopicPartition, offset: Int64)
    /// The offset to go on at is not in the log any more, or not yet: nothing of the partition is read until it is restarted. Comes
    /// only with ``ConsumerSettings/OffsetReset/error``.
    case offsetGone(TopicPartition, offset: Int64, KafkaError)
    /// Nothing in the given time; callbacks may have been served.
    case idle
    /// An error of a topic, a partition or the group; reading goes on unless the error is fatal.
    case error(KafkaError)
}

/// A member of a consumer group, or a reader of partitions assigned by hand.
///
/// Belongs to one thread, the one that polls: all functions are called there, and so is the rebalance handler, inside
/// `poll`. What other threads may do is in ``KafkaConsumer/committer``.
///
/// Records are taken one by one: librdkafka before 2.1.0 documents that its batch call may lose records beside pause,
/// resume and rebalance.
public final class KafkaConsumer {
    /// The group that this consumer belongs to.
    public let groupID: String
    /// What other threads than the polling one may do.
    public let committer: KafkaCommitter
    /// Asked in every rebalance; without one, partitions start at their committed offsets. Not held by the consumer.
    public weak var rebalanceHandler: (any RebalanceHandler)?

    let handle: KafkaHandle
    private var topics = TopicTable()
    private var wasAssigned = false
    /// librdkafka before 2.3.0 aborts the process when a member is destroyed that has joined with this strategy and has not
    /// heard of an assignment yet (its issue 4312).
    private let mustNotBeDestroyedJoining: Bool
    private var isClosed = false

    /// Creates the consumer and starts to connect in the background.
    ///
    /// - Throws: ``KafkaError`` that names the property which is refused.
    public init(_ settings: ConsumerSettings) throws(KafkaError) {
        groupID = settings.groupID
        let properties = try settings.resolvedProperties()
        let strategy = properties.last { $0.name == "partition.assignment.strategy" }?.value ?? ""
        mustNotBeDestroyedJoining = strategy.contains("cooperative-sticky") && rd_kafka_version() < 0x0203_00ff
        handle = try KafkaHandle(.consumer, properties: properties, sinks: settings.sinks)
        committer = KafkaCommitter(handle: handle, groupID: settings.groupID)
        // One queue for records and callbacks, so that one poll serves both.
        rd_kafka_poll_set_consumer(handle.pointer)
        handle.context.consumer = self
    }

    // MARK: What to read

    /// Joins the group for these topics; a name that begins with `^` is a regular expression.
    ///
    /// Returns at once: partitions come later, to the handler. A topic that does not exist is reported by `poll` and
    /// found once it does.
    public func subscribe(_ names: [String]) throws(KafkaError) {
        let list = PartitionList(topics: names)
        if mustNotBeDestroyedJoining, !wasAssigned { handle.abandon() }
        let code = list.withPointer { rd_kafka_subscribe(handle.pointer, $0) }
        try check(code, "subscribe", names.joined(separator: ", "))
    }

    /// Reads these partitions from these offsets, instead of what was read before; no group is joined.
    public func assign(_ offsets: [PartitionOffset]) throws(KafkaError) {
        let list = PartitionList(offsets)
        let code = list.withPointer { rd_kafka_assign(handle.pointer, $0) }
        try check(code, "assign", offsets.map(\.topicPartition))
        wasAssigned = true
    }

    /// Reads nothing any more.
    public func unassign() throws(KafkaError) {
        try check(rd_kafka_assign(handle.pointer, nil), "unassign", "")
    }

    /// The partitions that are read now.
    public func assignment() throws(KafkaError) -> [TopicPartition] {
        var list: PartitionList.Pointer?
        try check(rd_kafka_assignment(handle.pointer, &list), "read", "assignment")
        guard let list else { return [] }
        defer { rd_kafka_topic_partition_list_destroy(list) }
        return PartitionList.entries(of: list).map(\.place.topicPartition)
    }

    /// Stops reading of partitions that are assigned. What was fetched of them is thrown away and fetched again later,
    /// which costs about a second (measured with 2.0.2).
    public func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
        let list = PartitionList(partitions)
        let code = list.withPointer { rd_kafka_pause_partitions(handle.pointer, $0) }
        try check(code, "pause", partitions)
        try check(list.entries, "pause")
    }

    /// Goes on reading where `pause` stopped.
    public func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
        let list = PartitionList(partitions)
        let code = list.withPointer { rd_kafka_resume_partitions(handle.pointer, $0) }
        try check(code, "resume", partitions)
        try check(list.entries, "resume")
    }

    /// Goes on reading at other offsets, of partitions that are assigned.
    ///
    /// - Parameters:
    ///   - offsets: where to go on.
    ///   - timeoutMilliseconds: how long to wait until all have moved.
    /// - Throws: ``KafkaError`` that names the first partition which has not.
    public func seek(_ offsets: [PartitionOffset], timeoutMilliseconds: Int32) throws(KafkaError) {
        let list = PartitionList(offsets)
        let pointer = handle.pointer
        let failure = list.withPointer { rd_kafka_seek_partitions(pointer, $0, timeoutMilliseconds) }
        if let failure { throw KafkaError(taking: failure, operation: "seek", subject: Self.text(offsets)) }
        try check(list.entries, "seek")
    }

    /// Reads partitions from other offsets, also those that librdkafka has given up (``PollOutcome/offsetGone(_:offset:_:)``),
    /// which no seek brings back (2.0.2). What was fetched is thrown away; what is paused stays so.
    ///
    /// - Parameters:
    ///   - moved: assigned partitions, and where to go on.
    ///   - others: where all other assigned partitions stand, since an eager group's member assigns all of them anew.
    /// - Throws: ``KafkaError`` if librdkafka refuses the assignment; the call may be repeated then.
    public func restart(_ moved: [PartitionOffset], others: [PartitionOffset]) throws(KafkaError) {
        guard rebalanceProtocol == .cooperative else { return try assign(moved + others) }
        let pointer = handle.pointer
        let list = PartitionList(moved)
        let subject = Self.text(moved)
        // Its failure says that an earlier attempt came as far as here; the next call tells whether that is so.
        if let failure = list.withPointer({ rd_kafka_incremental_unassign(pointer, $0) }) {
            _ = KafkaError(taking: failure, operation: "unassign", subject: subject)
        }
        if let failure = list.withPointer({ rd_kafka_incremental_assign(pointer, $0) }) {
            throw KafkaError(taking: failure, operation: "assign", subject: subject)
        }
    }

    // MARK: Reading

    /// Waits for one record or event and serves callbacks, the rebalance handler's among them.
    ///
    /// To be called more often than `max.poll.interval.ms`, else the group takes the partitions away.
    ///
    /// - Parameters:
    ///   - timeoutMilliseconds: how long to wait, 0 for not at all.
    ///   - body: sees the record, whose bytes are gone when it returns. Not called for other outcomes.
    /// - Returns: what came.
    public func poll(timeoutMilliseconds: Int32, _ body: (borrowing KafkaRecord) -> Void) -> PollOutcome {
        guard !isClosed else { return .error(KafkaError(.state, operation: "poll", subject: "closed consumer")) }
        guard let message = rd_kafka_consumer_poll(handle.pointer, timeoutMilliseconds) else { return .idle }
        // Hands the buffer back, whatever happened.
        defer { rd_kafka_message_destroy(message) }
        guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR, let topic = message.pointee.rkt else {
            return event(message)
        }
        body(KafkaRecord(message, topicIndex: topics.index(of: topic)))
        return .record
    }

    /// The name of a topic by the index that its records carry.
    ///
    /// - Precondition: the index comes from this consumer.
    public func topicName(_ index: Int) -> String { topics.name(index) }

    /// The index that records of a topic carry or will carry.
    public func topicIndex(_ name: String) -> Int { topics.index(of: name) }

    private func event(_ message: UnsafePointer<rd_kafka_message_t>) -> PollOutcome {
        let code = KafkaError.Code(message.pointee.err)
        let index = message.pointee.rkt.map { topics.index(of: $0) }
        let topic = index.map { topics.name($0) }
        let partition = topic.map { TopicPartition(topic: $0, partition: message.pointee.partition) }
        if message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF, let partition {
            return .endOfPartition(partition, offset: message.pointee.offset)
        }
        // 2.0.2 reports what concerns a whole topic with partition 0.
        let isWhole = message.pointee.partition < 0 || Self.codesOfTopics.contains(code)
        let subject = partition.map { isWhole ? "topic '\($0.topic)'" : $0.description } ?? "group '\(groupID)'"
        let reason = rd_kafka_message_errstr(message).map { String(cString: $0) }
        if code == .fatal {
            let text = CText(capacity: 512)
            let cause = text.fill { rd_kafka_fatal_error(handle.pointer, $0, $1) }
            return .error(
                KafkaError(.init(cause), operation: "poll", subject: subject, reason: text.string, isFatal: true)
            )
        }
        let error = handle.context.error(code, operation: "poll", subject: subject, reason: reason)
        if code == .autoOffsetReset, let partition, message.pointee.offset >= 0 {
            return .offsetGone(partition, offset: message.pointee.offset, error)
        }
        return .error(error)
    }

    private static let codesOfTopics: Set<KafkaError.Code> = [
        .unknownTopic, .unknownTopicOrPartition, .topicAuthorizationFailed, .init(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION),
    ]

    // MARK: End

    /// How a close ended.
    public enum CloseOutcome: Sendable {
        /// The group was left.
        case closed
        /// Nothing was assigned yet, so there is nothing to hand back.
        case skipped
        /// librdkafka did not come back in 3 s; the handle stays until the process ends.
        case abandoned
    }

    /// Leaves the group, so that others get the partitions at once. Nothing else may be called afterwards.
    ///
    /// Commit before: the handler is not asked any more. Before the first assignment the call into librdkafka is left
    /// out, since 2.0.2 can crash there; a member that was just joining is then missed by the group for up to
    /// `session.timeout.ms`, and with `cooperative-sticky` stays a member until the process ends, since versions before 2.3.0
    /// abort when it is destroyed. 2.0.2 can also hang here, so that after 3 s the handle is given up and leaked: destroying
    /// it while the hanging call uses it would crash.
    @discardableResult
    public func close() -> CloseOutcome {
        guard !isClosed else { return .skipped }
        isClosed = true
        guard wasAssigned else { return .skipped }
        handle.context.isClosing.withLock { $0 = true }
        let handle = self.handle
        let ended = BoundedCall.run(name: "kafka-close", seconds: BoundedCall.limit) {
            rd_kafka_consumer_close(handle.pointer)
            withExtendedLifetime(handle) {}
        }
        guard !ended else { return .closed }
        handle.abandon()
        return .abandoned
    }

    // MARK: Shared by the extensions

    func noteAssignment() {
        if mustNotBeDestroyedJoining, !wasAssigned { handle.reclaim() }
        wasAssigned = true
    }

    func check(_ code: rd_kafka_resp_err_t, _ operation: String, _ subject: String) throws(KafkaError) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw handle.context.error(KafkaError.Code(code), operation: operation, subject: subject)
    }

    func check(_ code: rd_kafka_resp_err_t, _ operation: String, _ subjects: [TopicPartition]) throws(KafkaError) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        try check(code, operation, subjects.map(\.description).joined(separator: ", "))
    }

    /// Throws the first error that a list carries for one of its partitions.
    func check(_ entries: [PartitionList.Entry], _ operation: String) throws(KafkaError) {
        for entry in entries where entry.code.rawValue != 0 {
            throw handle.context.error(entry.code, operation: operation, subject: "\(entry.place.topicPartition)")
        }
    }

    private static func text(_ offsets: [PartitionOffset]) -> String {
        offsets.map(\.description).joined(separator: ", ")
    }
}
