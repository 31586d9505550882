import JSONDocument
public import KafkaClient

/// How far a group has come, partition by partition.
public struct LagReport: Sendable {
    /// One partition.
    public struct Partition: Sendable, Equatable {
        /// Which one.
        public let place: TopicPartition
        /// The group's committed offset: the next record to deliver; nil where it has none.
        public let committed: Int64?
        /// The offset of the oldest record that is kept.
        public let start: Int64
        /// The offset that the next record will get.
        public let end: Int64
        /// Records that the group has not committed; nil where it has no offset and would not begin at the earliest.
        public let lag: Int64?
        /// Records that were deleted (retention) before the group came to them.
        public let lost: Int64
    }

    /// The group.
    public let groupID: String
    /// The group's state as its coordinator calls it: `Stable`, `Empty`, `Dead` for a group that does not exist.
    public let state: String
    /// Processes that are in the group now.
    public let memberCount: Int
    /// The partitions by topic and number.
    public let partitions: [Partition]
    /// Topics that are named and not there, or may not be read, with the reason.
    public let unreadable: [TopicMetadata]
    /// Where a partition without a committed offset would begin.
    public let start: RelayOptions.Start

    /// The sum of all lags that are known.
    public var total: Int64 { partitions.reduce(0) { $0 + ($1.lag ?? 0) } }

    /// Whether any process is in the group.
    public var isActive: Bool { memberCount > 0 }

    /// Asks the brokers.
    ///
    /// - Parameters:
    ///   - properties: librdkafka's, `bootstrap.servers` among them.
    ///   - groupID: the group.
    ///   - topics: names and patterns.
    ///   - start: where a partition without a committed offset would begin.
    /// - Returns: where the group stands.
    /// - Throws: `KafkaError` if a broker does not answer in ten seconds, or refuses.
    public static func read(
        properties: [(name: String, value: String)],
        groupID: String,
        topics: [String],
        start: RelayOptions.Start
    ) throws(KafkaError) -> LagReport {
        try read(
            groupID: groupID,
            topics: topics,
            start: start,
            consumer: try KafkaConsumer(ConsumerSettings(properties: properties, groupID: groupID)),
            admin: try KafkaAdmin(properties: properties),
            timeoutMilliseconds: 10_000
        )
    }

    static func read(
        groupID: String,
        topics: [String],
        start: RelayOptions.Start,
        consumer: KafkaConsumer,
        admin: KafkaAdmin,
        timeoutMilliseconds: Int32
    ) throws(KafkaError) -> LagReport {
        let found = try consumer.topics(matching: topics, timeoutMilliseconds: timeoutMilliseconds)
        var places: [TopicPartition] = []
        for topic in found where topic.error == nil {
            places += (0..<topic.partitionCount).map { TopicPartition(topic: topic.name, partition: $0) }
        }
        var partitions: [Partition] = []
        for entry in try consumer.committed(places, timeoutMilliseconds: timeoutMilliseconds) {
            let watermarks = try consumer.watermarks(entry.topicPartition, timeoutMilliseconds: timeoutMilliseconds)
            let committed = entry.offset >= 0 ? entry.offset : nil
            partitions.append(Partition(entry.topicPartition, committed, watermarks, start))
        }
        let group = try admin.listGroups(groupID, timeoutMilliseconds: timeoutMilliseconds).first
        return LagReport(
            groupID: groupID,
            state: group.map { $0.state.isEmpty ? "Dead" : $0.state } ?? "Dead",
            memberCount: group?.members.count ?? 0,
            partitions: partitions.sorted { $0.place < $1.place },
            unreadable: found.filter { $0.error != nil },
            start: start
        )
    }

    /// `the earliest record`, `the end` or `1767225600000 (milliseconds since 1970)`.
    var startWords: String {
        switch start {
        case .earliest: "the earliest record"
        case .latest: "the end"
        case .time(let milliseconds): "the first record since \(milliseconds) (milliseconds since 1970)"
        }
    }

    /// What a person should know beside the numbers; empty where there is nothing.
    public var notes: [String] {
        var notes = unreadable.compactMap { $0.error?.description }
        if partitions.isEmpty, unreadable.isEmpty { notes.append("no topic matches; correct kafka.topics") }
        if !partitions.isEmpty, partitions.allSatisfy({ $0.committed == nil }) {
            notes.append(
                "group '\(groupID)' has no committed offsets: it has never run on these topics, or they have expired "
                    + "(offsets.retention.minutes); `run` would begin at \(startWords) (kafka.start)"
            )
        }
        let lost = partitions.reduce(0) { $0 + $1.lost }
        if lost > 0 {
            notes.append(
                "\(lost) records were deleted (retention) before the group came to them; `run` goes on after them"
            )
        }
        return notes
    }

    /// One object of JSON, without a line break.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("version")
        writer.integer(1)
        writer.member("group", groupID)
        writer.member("state", state)
        writer.member("members", memberCount)
        writer.member("lag", total)
        writer.name("partitions")
        writer.beginArray()
        for partition in partitions {
            writer.beginObject()
            writer.member("topic", partition.place.topic)
            writer.member("partition", partition.place.partition)
            writer.member("committed", partition.committed)
            writer.member("start", partition.start)
            writer.member("end", partition.end)
            writer.member("lag", partition.lag)
            writer.member("lost", partition.lost)
            writer.endObject()
        }
        writer.endArray()
        writer.name("notes")
        writer.beginArray()
        for note in notes { writer.string(note) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}

extension LagReport.Partition {
    init(
        _ place: TopicPartition,
        _ committed: Int64?,
        _ watermarks: Watermarks,
        _ start: RelayOptions.Start
    ) {
        self.place = place
        self.committed = committed
        self.start = watermarks.low
        end = watermarks.high
        switch (committed, start) {
        case (let committed?, _):
            lag = max(0, watermarks.high - max(committed, watermarks.low))
            lost = max(0, watermarks.low - committed)
        case (nil, .earliest): (lag, lost) = (watermarks.high - watermarks.low, 0)
        case (nil, .latest): (lag, lost) = (0, 0)
        case (nil, .time): (lag, lost) = (nil, 0)
        }
    }
}
