/// One assigned partition.
struct PartitionState: Sendable {
    let epoch: AssignmentEpoch
    var ledger: OffsetLedger
    /// Whether the position is an offset that may be committed (not so where nothing was committed and nothing was read yet).
    var isPositionKnown: Bool
    /// Unsettled records.
    var openRecords = 0
    var openBytes = 0
    /// Parts in calls.
    var partsInFlight = 0
    /// Parts put back during a drain, which have one retry left.
    var partsKept = 0
    /// Dead letters that the sink has not acknowledged.
    var deadLettersUnderWay = 0
    var isPaused = false
    var pausedAt: Int64 = 0
    var isDraining = false
    /// When the last accepted commit of this assignment was sent, or the assignment came.
    var leaseStart: Int64
    /// Grows whenever something that a commit would say has changed.
    var revision: UInt64 = 1
    var committedRevision: UInt64 = 0
    var metadataLimit: Int
    /// Users that wait for a change here.
    var blocked: [UserReference] = []

    /// Stands where nothing is assigned.
    static let vacant = PartitionState(
        epoch: AssignmentEpoch(0),
        ledger: OffsetLedger(startOffset: 0, laneCount: 0, resumed: []),
        isPositionKnown: false,
        leaseStart: 0,
        metadataLimit: 0
    )

    var isDirty: Bool { isPositionKnown && revision != committedRevision }

    /// Whether a drain has nothing left to wait for.
    var isQuiet: Bool { partsInFlight == 0 && partsKept == 0 && deadLettersUnderWay == 0 }
}

/// An orderly end of some partitions, or of all.
struct Drain: Sendable {
    enum Purpose: Sendable, Hashable {
        case revoke
        case stop
    }

    enum Stage: Sendable, Hashable {
        /// Calls in flight are awaited.
        case waiting
        /// The final commit goes as soon as no other commit is under way.
        case committing
        /// The final commit is under way.
        case committed(CommitID)
        /// Nothing is left to wait for.
        case finished
    }

    let purpose: Purpose
    var partitions: [PartitionIndex]
    let deadline: Int64
    var stage = Stage.waiting
}

/// A call that ended without an answer during a drain, some of whose users wait for their one retry.
struct UnansweredCall: Sendable {
    let id: CallID
    let users: [UserReference]
}

/// A commit under way.
struct CommitInFlight: Sendable {
    let id: CommitID
    let sentAt: Int64
    /// The revisions it carries.
    let revisions: [(partition: PartitionIndex, epoch: AssignmentEpoch, revision: UInt64)]
    /// The partitions that were assigned when it was sent: its acceptance proves their membership.
    let assigned: [(partition: PartitionIndex, epoch: AssignmentEpoch)]
}
