import BatchAPI
import DefaultMapping
import Delivery
import JSONDocument
import KafkaClient

/// Turns a record into what the engine takes: parse once, test each entry's trigger, write operations, validate them.
///
/// One a thread; keeps its buffers.
struct RecordMapper: ~Copyable {
    private let metrics: RelayMetrics
    private var tape = JSONTape()
    private var writer = JSONWriter()
    private var reader = OperationReader()
    private var defaults: DefaultMapper
    private var leftOut: [LeftOut] = []
    private var refused: [RefusedField] = []

    init(mappings: MappingSet, metrics: RelayMetrics) {
        self.metrics = metrics
        defaults = DefaultMapper(options: mappings.defaults) { TimeZoneNames.contains($0) }
    }

    mutating func map(
        _ record: borrowing KafkaRecord, _ partition: PartitionIndex, _ epoch: AssignmentEpoch, topic: String
    ) -> MappedRecord {
        MappedRecord(
            partition: partition,
            epoch: epoch,
            offset: record.offset,
            timestampMilliseconds: record.timestampMilliseconds,
            verdict: verdict(record),
            image: RecordPacking.image(of: record))
    }

    private mutating func verdict(_ record: borrowing KafkaRecord) -> MappingVerdict {
        guard let value = record.value else { return .filtered }
        let text = value.bindMemory(to: UInt8.self).span
        do throws(JSONSyntaxError) {
            try tape.parse(text)
        } catch {
            return .deadLetter(DeadLetterCause(reason: "malformed_json", detail: "the value is not JSON: \(error)"))
        }
        return .filtered
    }
}
