import Delivery
import KafkaClient
import Observability

/// Maps Kafka records; see ``MessageMapper``.
struct RecordMapper: ~Copyable {
    private let metrics: RelayMetrics
    private var messages: MessageMapper

    init(mappings: MappingSet, metrics: RelayMetrics) {
        self.metrics = metrics
        messages = MessageMapper(mappings: mappings)
    }

    mutating func map(
        _ record: borrowing KafkaRecord, _ partition: PartitionIndex, _ epoch: AssignmentEpoch, topic: String
    ) -> MappedRecord {
        var verdict = MappingVerdict.filtered
        if let value = record.value {
            verdict = messages.verdict(value.bindMemory(to: UInt8.self).span)
            if messages.lostFieldCount > 0 { metrics.leftOutFields.increment(by: messages.lostFieldCount) }
        }
        return MappedRecord(
            partition: partition,
            epoch: epoch,
            offset: record.offset,
            timestampMilliseconds: record.timestampMilliseconds,
            verdict: verdict,
            image: RecordPacking.image(of: record))
    }
}
