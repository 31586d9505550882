/// What the driver is to do, in this order.
public enum DeliveryAction: Sendable {
    /// Write a call; its end comes back as ``DeliveryEvent/answer(_:_:)``, always.
    case send(Call)
    /// Commit offsets; the result comes back as ``DeliveryEvent/committed(_:_:)``, always.
    case commit(Commit)
    /// Stop reading these partitions; they stay assigned.
    case pause([PartitionIndex])
    /// Read these partitions again.
    case resume([PartitionIndex])
    /// Store a dead letter, trying as long as it takes; then ``DeliveryEvent/deadLetterAcknowledged(_:)``.
    case deadLetter(DeadLetter)
    /// A lane does not send until something is mended.
    case hold(DestinationID, HoldReason)
    /// A lane sends again.
    case holdEnded(DestinationID)
    /// A field of a delivered record was refused by Batch.
    case refusedField(RefusedByBatch)
    /// Make the read-only call, `GET /audiences/list?limit=1`; its end comes back as ``DeliveryEvent/probeAnswered(_:_:)``, always.
    /// Asked for at most once a second.
    case probe(CallID)
    /// These partitions are settled and committed as far as can be: give them back.
    case revokeFinished([PartitionIndex])
    /// All that can be settled and committed is: stop.
    case drained
}

/// One call to Batch.
public struct Call: Sendable {
    /// Its identifier.
    public var id: CallID
    /// Its lane.
    public var destination: DestinationID
    /// The request body.
    public var body: [UInt8]
    /// Updates in the body.
    public var updateCount: Int
    /// When not one byte may be written any more, by the clock of ``EngineTime/nanoseconds``.
    public var notAfter: Int64
}

/// Offsets to commit, one snapshot.
public struct Commit: Sendable {
    /// Its identifier.
    public var id: CommitID
    /// The partitions.
    public var partitions: [PartitionCommit]
    /// Whether it is the last one before partitions are given back or the process stops.
    public var isFinal: Bool
}

/// The offset of one partition to commit.
public struct PartitionCommit: Sendable, Hashable {
    /// The partition.
    public var partition: PartitionIndex
    /// The epoch of its assignment.
    public var epoch: AssignmentEpoch
    /// The next offset to read after a crash.
    public var offset: Int64
    /// What is settled beyond it, base64url.
    public var metadata: [UInt8]
}

/// A record, or a part of it, that goes to the dead-letter sink.
public struct DeadLetter: Sendable {
    /// Its identifier.
    public var id: DeadLetterID
    /// The record's partition.
    public var partition: PartitionIndex
    /// The record's offset.
    public var offset: Int64
    /// The record's timestamp in Kafka, milliseconds.
    public var timestampMilliseconds: Int64
    /// The record.
    public var image: RecordImage
    /// Why.
    public var cause: DeadLetterCause
    /// Whether the record was not delivered, or a field of it.
    public var kind: DeadLetterKind
}

/// What a dead letter stands for.
public enum DeadLetterKind: String, Sendable, Hashable {
    /// The record, or a part of it, was not delivered.
    case record
    /// The record was delivered without one field.
    case field
}

/// Why a record is a dead letter.
public struct DeadLetterCause: Sendable, Hashable {
    /// A stable code, `snake_case`.
    public var reason: String
    /// What was wrong, for a person; no message contents.
    public var detail: String
    /// The field concerned, where one is.
    public var attribute: String?
    /// The mapping entry, where one is.
    public var mapping: String?
    /// Calls made with the record.
    public var attempts = 0
    /// HTTP status of Batch's answer, where there was one.
    public var answerStatus: Int?
    /// Batch's answer, bounded.
    public var answerBody: String?
    /// Whether several records may have been the cause; the detail lists them.
    public var isAmbiguous = false

    /// Creates a cause.
    public init(reason: String, detail: String, attribute: String? = nil, mapping: String? = nil) {
        self.reason = reason
        self.detail = detail
        self.attribute = attribute
        self.mapping = mapping
    }
}

/// A field that Batch refused inside a 202.
public struct RefusedByBatch: Sendable, Hashable {
    /// The record that set it; nil when the error names no single record.
    public var record: RecordPlace?
    /// The attribute as Batch names it, where it does.
    public var attribute: String?
    /// Batch's reason.
    public var reason: String
}

/// Where a record stands.
public struct RecordPlace: Sendable, Hashable {
    /// The partition.
    public var partition: PartitionIndex
    /// The offset.
    public var offset: Int64

    /// Creates a place.
    public init(partition: PartitionIndex, offset: Int64) {
        self.partition = partition
        self.offset = offset
    }
}

/// Why a lane does not send.
public struct HoldReason: Sendable, Hashable {
    /// The kinds of a hold.
    public enum Kind: Sendable, Hashable {
        /// 401: the key is wrong, or not for this project.
        case unauthorized
        /// 403: the account may not do this.
        case forbidden
        /// 404: no such route or version.
        case unknownRoute
        /// TLS or name resolution.
        case connectionSetup
        /// Every operation is answered with 400.
        case everythingInvalid
        /// More dead letters than `dead_letter.max_share` allows.
        case deadLetterShare
        /// The values of a topic are not JSON but the binary form of a schema registry. The driver holds the topic, no lane.
        case binaryTopic
    }
    /// The kind.
    public var kind: Kind
    /// What came back, for a person.
    public var detail: String

    /// Creates a reason.
    public init(kind: Kind, detail: String) {
        self.kind = kind
        self.detail = detail
    }
}
