internal import CRdKafka
internal import Glibc

/// The oldest offset of a partition and the one after its newest record.
public struct Watermarks: Hashable, Sendable {
    /// The offset of the oldest record that is kept.
    public let low: Int64
    /// The offset that the next record will get.
    public let high: Int64

    /// Pairs two offsets.
    public init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }
}

/// What the cluster knows about a topic.
public struct TopicMetadata: Sendable {
    /// The topic's name.
    public let name: String
    /// The number of its partitions; 0 if it cannot be read.
    public let partitionCount: Int32
    /// Why it cannot be read, such as missing authorization; nil if it can.
    public let error: KafkaError?
}

/// Questions to the cluster. All but `position` block until the answer or the timeout.
extension KafkaConsumer {
    /// What the group has committed, with metadata; the offset is ``PartitionOffset/none`` where there is nothing.
    ///
    /// - Throws: ``KafkaError`` if any of the partitions could not be read: a failed read is never "nothing".
    public func committed(
        _ partitions: [TopicPartition],
        timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [PartitionOffset] {
        guard !partitions.isEmpty else { return [] }
        let list = PartitionList(partitions)
        let pointer = handle.pointer
        let code = list.withPointer { rd_kafka_committed(pointer, $0, timeoutMilliseconds) }
        let entries = list.entries
        try check(code, "read committed offsets", partitions)
        try check(entries, "read committed offset")
        return entries.map(\.place)
    }

    /// Commits on the polling thread; the same as ``KafkaCommitter/commit(_:timeoutMilliseconds:)``.
    public func commit(_ offsets: [PartitionOffset], timeoutMilliseconds: Int32) -> [CommitOutcome] {
        committer.commit(offsets, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// The offset of the first record at or after a time, for each partition; ``PartitionOffset/end`` where there is none.
    ///
    /// - Parameters:
    ///   - times: milliseconds since 1970.
    ///   - timeoutMilliseconds: how long to wait.
    /// - Returns: one place a partition, ordered by partition.
    /// - Throws: ``KafkaError`` if any of the partitions could not be asked.
    public func offsetsForTimes(
        _ times: [TopicPartition: Int64],
        timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [PartitionOffset] {
        let wanted = times.sorted { $0.key < $1.key }
        // The request carries the time in the offset's place.
        let list = PartitionList(wanted.map { PartitionOffset($0.key, offset: $0.value) })
        let pointer = handle.pointer
        let code = list.withPointer { rd_kafka_offsets_for_times(pointer, $0, timeoutMilliseconds) }
        let entries = list.entries
        try check(code, "look up times", wanted.map(\.key))
        try check(entries, "look up time")
        return entries.map(\.place)
    }

    /// The first and the next offset of a partition, asked from its broker.
    public func watermarks(
        _ partition: TopicPartition,
        timeoutMilliseconds: Int32
    ) throws(KafkaError) -> Watermarks {
        var low: Int64 = 0
        var high: Int64 = 0
        let code = rd_kafka_query_watermark_offsets(
            handle.pointer,
            partition.topic,
            partition.partition,
            &low,
            &high,
            timeoutMilliseconds
        )
        try check(code, "read watermarks", [partition])
        return Watermarks(low: low, high: high)
    }

    /// The offset after the last record that `poll` returned, for each partition; ``PartitionOffset/none`` before the
    /// first. Answered from memory.
    public func position(_ partitions: [TopicPartition]) throws(KafkaError) -> [PartitionOffset] {
        let list = PartitionList(partitions)
        let code = list.withPointer { rd_kafka_position(handle.pointer, $0) }
        try check(code, "read position", partitions)
        return list.entries.map(\.place)
    }

    /// The topics that a subscription to these names and patterns would read, by name.
    ///
    /// Patterns begin with `^` and are POSIX extended regular expressions, as librdkafka takes them. A topic that is
    /// named and does not exist is listed with its error; a pattern without a match adds nothing.
    public func topics(
        matching names: [String],
        timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicMetadata] {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(handle.pointer, 1, nil, &metadata, timeoutMilliseconds)
        try check(code, "read metadata", names.joined(separator: ", "))
        guard let metadata else { return [] }
        defer { rd_kafka_metadata_destroy(metadata) }
        var patterns: [TopicPattern] = []
        for name in names where name.hasPrefix("^") { patterns.append(try TopicPattern(name)) }
        let plain = Set(names.filter { !$0.hasPrefix("^") })
        var found: [String: TopicMetadata] = [:]
        for index in 0..<Int(metadata.pointee.topic_cnt) {
            let topic = metadata.pointee.topics[index]
            let name = String(cString: topic.topic)
            guard plain.contains(name) || patterns.contains(where: { $0.matches(name) }) else { continue }
            found[name] = describe(topic, name)
        }
        for name in plain where found[name] == nil {
            let error = KafkaError(.unknownTopicOrPartition, operation: "read metadata", subject: "topic '\(name)'")
            found[name] = TopicMetadata(name: name, partitionCount: 0, error: error)
        }
        return found.values.sorted { $0.name < $1.name }
    }

    /// The number of partitions of a topic.
    public func partitionCount(_ topic: String, timeoutMilliseconds: Int32) throws(KafkaError) -> Int32 {
        let found = try topics(matching: [topic], timeoutMilliseconds: timeoutMilliseconds)
        if let error = found.first?.error { throw error }
        return found.first?.partitionCount ?? 0
    }

    /// The name that the broker gave this member; nil before the group is joined.
    public var memberID: String? { Self.take(rd_kafka_memberid(handle.pointer)).flatMap { $0.isEmpty ? nil : $0 } }

    /// The cluster's id; nil if no broker answered in time.
    public func clusterID(timeoutMilliseconds: Int32) -> String? {
        Self.take(rd_kafka_clusterid(handle.pointer, timeoutMilliseconds))
    }

    /// How the group moves partitions between its members.
    public var rebalanceProtocol: RebalanceProtocol { Rebalance.currentProtocol(of: handle.pointer) }

    private func describe(_ topic: rd_kafka_metadata_topic, _ name: String) -> TopicMetadata {
        guard topic.err != RD_KAFKA_RESP_ERR_NO_ERROR else {
            return TopicMetadata(name: name, partitionCount: topic.partition_cnt, error: nil)
        }
        let error = KafkaError(.init(topic.err), operation: "read metadata", subject: "topic '\(name)'")
        return TopicMetadata(name: name, partitionCount: 0, error: error)
    }

    /// Copies and frees a text that librdkafka allocated.
    private static func take(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        guard let text else { return nil }
        defer { rd_kafka_mem_free(nil, text) }
        return String(cString: text)
    }
}

/// A subscription's regular expression, compiled by the same C function that librdkafka uses.
final class TopicPattern {
    private let expression: UnsafeMutablePointer<regex_t>

    /// - Throws: ``KafkaError`` with the reason if the pattern is malformed.
    init(_ pattern: String) throws(KafkaError) {
        let expression = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
        expression.initialize(to: regex_t())
        let code = regcomp(expression, pattern, REG_EXTENDED | REG_NOSUB)
        guard code == 0 else {
            let reason = CText(capacity: 256)
            _ = reason.fill { regerror(code, expression, $0, $1) }
            expression.deallocate()
            throw KafkaError(
                .invalidArgument,
                operation: "read pattern",
                subject: "'\(pattern)'",
                reason: "\(reason.string); write a POSIX extended regular expression"
            )
        }
        // Last, because a throwing initialiser runs deinit once every property is set.
        self.expression = expression
    }

    deinit {
        regfree(expression)
        expression.deallocate()
    }

    func matches(_ name: String) -> Bool { regexec(expression, name, 0, nil, 0) == 0 }
}
