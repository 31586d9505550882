import Delivery
import KafkaClient
import MappingLanguage
import Observability

/// Maps Kafka records; see ``MessageMapper``.
struct RecordMapper: ~Copyable {
    private let metrics: RelayMetrics
    private var messages: MessageMapper
    private var fields = RecordFields()
    /// The entries that concern a topic, by the topic's index.
    private var entries: [[Int]?] = []

    /// Whether fields that are left out become dead letters.
    private let lettersFields: Bool

    init(mappings: MappingSet, options: RelayOptions, metrics: RelayMetrics) {
        self.metrics = metrics
        lettersFields = options.delivery.refusedFields == .deadLetter
        messages = MessageMapper(mappings: mappings, eventIDAttribute: options.eventIDAttribute)
    }

    /// Maps a record.
    ///
    /// - Parameters:
    ///   - record: borrowed; nothing of it is kept but copies.
    ///   - partition: where it came from.
    ///   - epoch: the assignment under which it was read.
    ///   - topicName: asked once a topic.
    /// - Returns: what the engine takes, with a copy of the record.
    mutating func map(
        _ record: borrowing KafkaRecord,
        _ partition: PartitionIndex,
        _ epoch: AssignmentEpoch,
        topicName: (Int) -> String
    ) -> MappedRecord {
        var verdict = MappingVerdict.filtered
        var refusedFields: [DeadLetterCause] = []
        if let value = record.value {
            let topic = record.topicIndex
            while entries.count <= topic { entries.append(nil) }
            let applicable = entries[topic] ?? messages.entries(forTopic: topicName(topic))
            if entries[topic] == nil { entries[topic] = applicable }
            if messages.readsRecord { fill(record, topicName(topic)) }
            verdict = messages.verdict(
                value.bindMemory(to: UInt8.self).span,
                entries: applicable,
                fields: fields,
                timestampMilliseconds: record.timestampMilliseconds,
                room: RecordPacking.byteCount(of: record)
            )
            if messages.lostFieldCount > 0 {
                messages.forEachLostReason { metrics.leftOutFields.increment($0) }
                if lettersFields { refusedFields = messages.lostFields }
            }
            if case .filtered = verdict { metrics.filteredByMapping.increment(messages.lastFilteredReason) }
        } else {
            metrics.filteredByMapping.increment("null_value")
        }
        let image = RecordPacking.image(of: record, behind: &verdict)
        var mapped = MappedRecord(
            partition: partition,
            epoch: epoch,
            offset: record.offset,
            timestampMilliseconds: record.timestampMilliseconds,
            verdict: verdict,
            image: image
        )
        mapped.refusedFields = refusedFields
        return mapped
    }

    private mutating func fill(_ record: borrowing KafkaRecord, _ topic: String) {
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        fields.begin(
            topic: topic,
            partition: record.partition,
            offset: record.offset,
            timestampMilliseconds: record.timestampMilliseconds,
            key: record.key == nil ? nil : (record.key ?? empty).bindMemory(to: UInt8.self).span
        )
        record.forEachHeader { name, value in
            fields.header(
                name.bindMemory(to: UInt8.self).span,
                (value ?? empty).bindMemory(to: UInt8.self).span
            )
        }
        fields.finish()
    }
}
