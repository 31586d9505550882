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
    let metrics: RelayMetrics
    /// How many partitions each topic had when it was last looked at.
    let knownCounts: [String: Int32]

    struct Start {
        let place: TopicPartition
        let offset: Int64
        let committed: Int64?
        let metadata: [UInt8]
    }

    struct Plan {
        let starts: [Start]
        let scope: AssignmentScope
        /// How many partitions each topic has.
        let counts: [String: Int32]
    }

    /// - Parameter partitions: what has come; none where only others' partitions have changed, and with them the scope.
    /// - Returns: nil when the service stops before the broker has answered; nothing is read then.
    func read(_ partitions: [TopicPartition]) -> Plan? {
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
        let counts = try partitionCounts(partitions)
        let all = counts.sorted { $0.key < $1.key }.flatMap { name, count in
            (0..<count).map { TopicPartition(topic: name, partition: $0) }
        }
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
            ),
            counts: counts
        )
    }

    private func start(_ entry: PartitionOffset) throws(KafkaError) -> Start {
        let place = entry.topicPartition
        let watermarks = try consumer.watermarks(place, timeoutMilliseconds: Self.timeout)
        guard entry.offset >= 0 else {
            return Start(place: place, offset: try firstOffset(place, watermarks), committed: nil, metadata: [])
        }
        if entry.offset < watermarks.low {
            let gone = GoneRecords(place: place, wanted: entry.offset, watermarks: watermarks)
            gone.report(to: logger, metrics, link)
            return Start(place: place, offset: watermarks.low, committed: nil, metadata: [])
        }
        return Start(place: place, offset: entry.offset, committed: entry.offset, metadata: entry.metadata ?? [])
    }

    private func firstOffset(_ place: TopicPartition, _ watermarks: Watermarks) throws(KafkaError) -> Int64 {
        switch options.start {
        case .earliest: return watermarks.low
        case .latest:
            // A partition that was added while this process ran is read whole: `latest` is for what was there before.
            let isAdded = knownCounts[place.topic].map { place.partition >= $0 } ?? false
            return isAdded ? watermarks.low : watermarks.high
        case .time(let milliseconds):
            let found = try consumer.offsetsForTimes(
                [place: milliseconds],
                timeoutMilliseconds: Self.timeout
            )
            guard let offset = found.first?.offset, offset >= 0 else { return watermarks.high }
            return offset
        }
    }

    /// The partitions of all topics that the group reads: of those that have come, and of all that the configuration names or
    /// whose names match. A topic that is not there, or was deleted, has none and keeps nothing of the others waiting.
    private func partitionCounts(_ partitions: [TopicPartition]) throws(KafkaError) -> [String: Int32] {
        let names = Set(partitions.map(\.topic)).union(options.topics)
        var counts: [String: Int32] = [:]
        for topic in try consumer.topics(matching: names.sorted(), timeoutMilliseconds: Self.timeout) {
            if let error = topic.error {
                guard error.code == .unknownTopicOrPartition else { throw error }
                continue
            }
            counts[topic.name] = max(0, topic.partitionCount)
        }
        return counts
    }

    private static let timeout: Int32 = 5_000
}
