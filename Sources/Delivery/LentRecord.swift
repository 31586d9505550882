/// A record of a batch, looked at in place while the engine takes the batch: an element that comes out of an array is a copy, and that
/// of a record retains all its parts.
struct LentRecord {
    private let record: UnsafePointer<MappedRecord>

    /// Lends all records of a batch, one after the other; none may be kept beyond `body`.
    @inline(__always)
    static func forEach(in batch: [MappedRecord], _ body: (LentRecord) -> Void) {
        batch.withUnsafeBufferPointer { records in
            guard let first = records.baseAddress else { return }
            for index in records.indices { body(LentRecord(record: first + index)) }
        }
    }

    var partition: PartitionIndex { record.pointee.partition }
    var epoch: AssignmentEpoch { record.pointee.epoch }
    var offset: Int64 { record.pointee.offset }
    var timestampMilliseconds: Int64 { record.pointee.timestampMilliseconds }
    var verdict: MappingVerdict { record.pointee.verdict }
    var image: RecordImage { record.pointee.image }
    var refusedFields: [DeadLetterCause] { record.pointee.refusedFields }
}
