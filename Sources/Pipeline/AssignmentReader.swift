import Delivery
import KafkaClient
import Observability
import Threads

/// Reads, before the first record of new partitions is mapped, where they were committed and what lay beyond.
///
/// A read that fails is tried again, and never taken for "nothing is committed": that would skip or repeat records.
struct AssignmentReader {
    let consumer: KafkaConsumer
    let options: RelayOptions
    let link: ThreadLink
    let logger: Logger

    struct Start {
        let place: TopicPartition
        let offset: Int64
        let committed: Int64?
        let metadata: [UInt8]
    }

    struct Plan {
        let starts: [Start]
        let scope: AssignmentScope
    }

    /// - Returns: nil when the service stops before the broker has answered; nothing is read then.
    func read(_ partitions: [TopicPartition]) -> Plan? {
        guard !partitions.isEmpty else { return nil }
        while !link.isEngineDone, !link.isStopRequested {
            do {
                return try readOnce(partitions)
            } catch {
                logger.limited("assignment", every: .seconds(5))?
                    .warning("cannot read committed offsets yet; trying again", ["error": .text(error.description)])
                Gate().wait(timeout: .milliseconds(200))
            }
        }
        return nil
    }

    private func readOnce(_ partitions: [TopicPartition]) throws(KafkaError) -> Plan {
        let committed = try consumer.committed(partitions, timeoutMilliseconds: Self.timeout)
        var starts: [Start] = []
        for entry in committed { starts.append(try start(entry)) }
        let all = try allPartitions(partitions)
        var groupHasOffsets = committed.contains { $0.offset >= 0 }
        if !groupHasOffsets, all.count > partitions.count {
            groupHasOffsets = try consumer.committed(all, timeoutMilliseconds: Self.timeout).contains { $0.offset >= 0 }
        }
        return Plan(
            starts: starts,
            scope: AssignmentScope(
                allPartitionCount: max(all.count, partitions.count),
                groupHasOffsets: groupHasOffsets,
                clusterID: Array((consumer.clusterID(timeoutMilliseconds: Self.timeout) ?? "").utf8)
            )
        )
    }

    private func start(_ entry: PartitionOffset) throws(KafkaError) -> Start {
        let place = entry.topicPartition
        let watermarks = try consumer.watermarks(place, timeoutMilliseconds: Self.timeout)
        guard entry.offset >= 0 else {
            return Start(place: place, offset: try firstOffset(place, watermarks), committed: nil, metadata: [])
        }
        if entry.offset < watermarks.low {
            logger.error(
                "committed records are gone from the topic (retention): going on from its beginning",
                [
                    "partition": .text(place.description), "committed": .integer(entry.offset),
                    "beginning": .integer(watermarks.low), "lost": .integer(watermarks.low - entry.offset),
                ]
            )
            return Start(place: place, offset: watermarks.low, committed: nil, metadata: [])
        }
        return Start(place: place, offset: entry.offset, committed: entry.offset, metadata: entry.metadata ?? [])
    }

    private func firstOffset(_ place: TopicPartition, _ watermarks: Watermarks) throws(KafkaError) -> Int64 {
        switch options.start {
        case .earliest: return watermarks.low
        case .latest: return watermarks.high
        case .time(let milliseconds):
            let found = try consumer.offsetsForTimes(
                [place: milliseconds],
                timeoutMilliseconds: Self.timeout
            )
            guard let offset = found.first?.offset, offset >= 0 else { return watermarks.high }
            return offset
        }
    }

    /// All partitions of the topics that the group reads: the ones of these topics and of others that match. A named topic that
    /// is not there, or was deleted, has none and keeps nothing of the others waiting.
    private func allPartitions(_ partitions: [TopicPartition]) throws(KafkaError) -> [TopicPartition] {
        var names = Set(partitions.map(\.topic))
        names.formUnion(options.topics.filter { !$0.hasPrefix("^") })
        var all: [TopicPartition] = []
        for topic in try consumer.topics(matching: names.sorted(), timeoutMilliseconds: Self.timeout) {
            if let error = topic.error {
                guard error.code == .unknownTopicOrPartition else { throw error }
                continue
            }
            for partition in 0..<max(0, topic.partitionCount) {
                all.append(TopicPartition(topic: topic.name, partition: partition))
            }
        }
        return all
    }

    private static let timeout: Int32 = 5_000
}
