public import BatchAPI

/// What happens to an engine. Each is handled with the time and a jitter from 0 up to 1.
public enum DeliveryEvent: Sendable {
    /// Partitions have come to this process. Their committed offset and metadata have been read.
    case assigned([PartitionAssignment], AssignmentScope)
    /// The number of partitions of the topics, or whether the group is new, is known better.
    case scopeChanged(AssignmentScope)
    /// Records in the order read, mapped.
    case records([MappedRecord])
    /// Everything below `offset` has been read: control records and compacted offsets lie behind.
    case positionMoved(PartitionIndex, AssignmentEpoch, offset: Int64)
    /// So many records were gone from their topic before they were read.
    case recordsGone(Int64)
    /// A call has ended.
    case answer(CallID, CallOutcome)
    /// A commit has ended.
    case committed(CommitID, [PartitionCommitResult])
    /// The sink has stored a dead letter.
    case deadLetterAcknowledged(DeadLetterID)
    /// The read-only call has ended.
    case probeAnswered(CallID, ProbeOutcome)
    /// Partitions are to be given back: an orderly end is asked for, see ``DeliveryAction/revokeFinished(_:)``.
    case revoked([PartitionIndex])
    /// Partitions are another member's already: nothing may be committed.
    case lost([PartitionIndex])
    /// Time has passed.
    case tick
    /// The process is to stop: an orderly end is asked for, see ``DeliveryAction/drained``.
    case drain
    /// A person, or a changed setting, releases all holds.
    /// Where every operation was answered with 400, one more refusal may be believed by repetition then.
    case releaseHolds
}

/// A partition that has come to this process.
public struct PartitionAssignment: Sendable {
    /// The partition.
    public var partition: PartitionIndex
    /// Its new epoch.
    public var epoch: AssignmentEpoch
    /// The offset at which reading starts.
    public var startOffset: Int64
    /// The committed offset; nil where the group has none.
    public var committedOffset: Int64?
    /// The metadata committed with it, as it was read.
    public var metadata: [UInt8]

    /// Creates an assignment.
    public init(
        partition: PartitionIndex,
        epoch: AssignmentEpoch,
        startOffset: Int64,
        committedOffset: Int64?,
        metadata: [UInt8]
    ) {
        self.partition = partition
        self.epoch = epoch
        self.startOffset = startOffset
        self.committedOffset = committedOffset
        self.metadata = metadata
    }
}

/// What an instance knows of the whole group: it decides its share of the rate.
public struct AssignmentScope: Sendable, Hashable {
    /// Partitions of all topics together, 1 or more.
    public var allPartitionCount: Int
    /// Whether any partition of the topics has a committed offset in the group: then the bucket starts empty, since another
    /// instance may have spent its tokens just before.
    public var groupHasOffsets: Bool
    /// Identifies the Kafka cluster in commit metadata: a set written for another cluster is not used, since it would skip
    /// records there.
    public var clusterID: [UInt8]

    /// Creates a scope.
    public init(allPartitionCount: Int, groupHasOffsets: Bool, clusterID: [UInt8] = []) {
        self.allPartitionCount = allPartitionCount
        self.groupHasOffsets = groupHasOffsets
        self.clusterID = clusterID
    }
}

/// A record after mapping.
public struct MappedRecord: Sendable {
    /// The partition.
    public var partition: PartitionIndex
    /// The epoch under which it was read.
    public var epoch: AssignmentEpoch
    /// Its offset.
    public var offset: Int64
    /// Its timestamp in Kafka, milliseconds: judges the age of events that have no time of their own.
    public var timestampMilliseconds: Int64
    /// What mapping made of it.
    public var verdict: MappingVerdict
    /// What it was, for a possible dead letter.
    public var image: RecordImage
    /// Fields that mapping left out, each to become a dead letter of its own while the rest goes on; empty unless
    /// ``DeliverySettings/refusedFields`` asks for it. Without effect where the record has no part.
    public var refusedFields: [DeadLetterCause] = []

    /// Creates a mapped record.
    public init(
        partition: PartitionIndex,
        epoch: AssignmentEpoch,
        offset: Int64,
        timestampMilliseconds: Int64,
        verdict: MappingVerdict,
        image: RecordImage
    ) {
        self.partition = partition
        self.epoch = epoch
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.verdict = verdict
        self.image = image
    }
}

/// What mapping made of a record.
public enum MappingVerdict: Sendable {
    /// No trigger wanted it, or it is not for Batch.
    case filtered
    /// It could not be parsed or mapped.
    case deadLetter(DeadLetterCause)
    /// One part: the usual case, without an array.
    case part(RecordPart)
    /// Several parts; the record settles when all have.
    case parts([RecordPart])
}

/// What one record does in one destination to one Custom ID.
public struct RecordPart: Sendable {
    /// Where it goes.
    public var destination: DestinationID
    /// What it does.
    public var contribution: Contribution

    /// Creates a part.
    public init(destination: DestinationID, contribution: Contribution) {
        self.destination = destination
        self.contribution = contribution
    }
}

/// A copy of a record's key, value and headers.
public struct RecordImage: Sendable {
    /// Key, value and headers one after the other from ``start`` on; headers as the driver packs them.
    public var bytes: [UInt8]
    /// Where the key starts: what stands before it is something else, as a rule the record's contribution.
    public var start: Int
    /// Bytes of the key; -1 for none.
    public var keyCount: Int32
    /// Bytes of the value; -1 for none (a tombstone).
    public var valueCount: Int32

    /// Creates an image.
    public init(bytes: [UInt8] = [], start: Int = 0, keyCount: Int32 = -1, valueCount: Int32 = -1) {
        self.bytes = bytes
        self.start = start
        self.keyCount = keyCount
        self.valueCount = valueCount
    }

    /// The memory that it alone holds: none where it stands behind a contribution.
    var ownByteCount: Int { start == 0 ? bytes.count : 0 }
}

/// How a call ended.
public enum CallOutcome: Sendable {
    /// Batch answered.
    case answered(BatchAnswer)
    /// No answer came (timeout, reset): Batch may have applied the call.
    case noAnswer(String)
    /// No connection could be made: Batch has not seen the call.
    case notConnected(String)
    /// TLS or name resolution failed: a matter of set-up.
    case misconfigured(String)
    /// Not one byte was written, since the lease had ended.
    case notWritten
}

/// How a read-only call ended.
public enum ProbeOutcome: Sendable, Hashable {
    /// Batch answered with 200: address, key and project are right.
    case succeeded
    /// Anything else, in words for a person.
    case failed(String)
}

/// What became of one partition of a commit.
public struct PartitionCommitResult: Sendable {
    /// The partition.
    public var partition: PartitionIndex
    /// What the broker said.
    public var verdict: CommitVerdict

    /// Creates a result.
    public init(partition: PartitionIndex, verdict: CommitVerdict) {
        self.partition = partition
        self.verdict = verdict
    }
}

/// What the broker said of a commit.
public enum CommitVerdict: Sendable, Hashable {
    /// Stored.
    case accepted
    /// Not stored: the broker takes less metadata.
    case metadataTooLarge
    /// Not stored, or not known to be.
    case refused
}
