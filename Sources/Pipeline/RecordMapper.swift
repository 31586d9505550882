import BatchAPI
import DefaultMapping
import Delivery
import JSONDocument
import KafkaClient
import Observability
import StableHash

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
    private var identityBytes: [UInt8] = []

    private static let messageID: JSONName = "messageId"
    private static let type: JSONName = "type"

    init(mappings: MappingSet, metrics: RelayMetrics) {
        self.metrics = metrics
        defaults = DefaultMapper(options: mappings.defaults) { TimeZoneRule.accepts($0) }
    }

    mutating func map(
        _ record: borrowing KafkaRecord,
        _ partition: PartitionIndex,
        _ epoch: AssignmentEpoch,
        topic: String
    ) -> MappedRecord {
        MappedRecord(
            partition: partition,
            epoch: epoch,
            offset: record.offset,
            timestampMilliseconds: record.timestampMilliseconds,
            verdict: verdict(record),
            image: RecordPacking.image(of: record)
        )
    }

    private mutating func verdict(_ record: borrowing KafkaRecord) -> MappingVerdict {
        guard let value = record.value else { return .filtered }
        let text = value.bindMemory(to: UInt8.self).span
        do throws(JSONSyntaxError) {
            try tape.parse(text)
        } catch {
            return .deadLetter(DeadLetterCause(reason: "malformed_json", detail: "the value is not JSON: \(error)"))
        }
        guard tape.kind(of: tape.root) == .object else {
            return .deadLetter(DeadLetterCause(reason: "not_an_object", detail: "the value is JSON but not an object"))
        }
        return applyDefaults(text)
    }

    private mutating func applyDefaults(_ text: Span<UInt8>) -> MappingVerdict {
        writer.removeAll()
        leftOut.removeAll(keepingCapacity: true)
        switch defaults.map(tape, text, into: &writer, leftOut: &leftOut) {
        case .filtered: return .filtered
        case .deadLetter(let reason, let field):
            return .deadLetter(
                DeadLetterCause(
                    reason: reason.rawValue,
                    detail: "the message cannot be sent: \(reason.rawValue)",
                    attribute: field
                )
            )
        case .operation: break
        }
        if !leftOut.isEmpty { metrics.leftOutFields.increment(by: leftOut.count) }
        return part(ofOperation: text)
    }

    private mutating func part(ofOperation text: Span<UInt8>) -> MappingVerdict {
        refused.removeAll(keepingCapacity: true)
        let identity = identity(text)
        let operation = writer.bytes
        do throws(OperationRefusal) {
            let contribution = try reader.read(operation.span, identity: identity, refused: &refused)
            if !refused.isEmpty { metrics.leftOutFields.increment(by: refused.count) }
            return .part(RecordPart(destination: DestinationID(0), contribution: contribution))
        } catch {
            return .deadLetter(DeadLetterCause(reason: error.code, detail: error.description))
        }
    }

    /// What makes two messages repeats of one another; nil where the message has no id.
    private mutating func identity(_ text: Span<UInt8>) -> RepeatIdentity? {
        guard let id = tape.member(Self.messageID, of: tape.root, in: text), tape.kind(of: id) == .string,
            !tape.contentRange(of: id).isEmpty
        else { return nil }
        identityBytes.removeAll(keepingCapacity: true)
        tape.appendContent(of: id, in: text, to: &identityBytes)
        if let type = tape.member(Self.type, of: tape.root, in: text) {
            identityBytes.append(0)
            tape.appendContent(of: type, in: text, to: &identityBytes)
        }
        return RepeatIdentity(high: xxh3(identityBytes), low: xxh3(writer.bytes))
    }
}
