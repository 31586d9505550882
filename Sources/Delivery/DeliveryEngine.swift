internal import BatchAPI

/// Decides what is sent when, and what may be committed: a pure state machine.
///
/// Events go in with the time and a jitter, actions come out; it reads no clock, draws no random number and does no I/O, so that
/// a simulation can drive it through every order of answers, rebalances and crashes. Not for use by two threads at once.
///
/// It keeps, per lane and Custom ID, the parts of records in the order read, and folds them into an update when a call is built.
/// A user is in one call at a time. A record settles when all its parts have, and only the offset after the longest settled
/// prefix of a partition is committed.
public struct DeliveryEngine: Sendable {
    let settings: DeliverySettings
    let spans: EngineSpans
    var partitions = PartitionTable()
    var records = RecordTable()
    var users = UserTable()
    var lanes: [DeliveryLane] = []
    var calls: [CallInFlight] = []
    var fold: ProfileFold
    var scope: AssignmentScope?
    var clusterHash: UInt64 = 0
    var drains: [Drain] = []
    var isStopping = false
    /// Partitions that are assigned, draining ones included.
    var assignedCount = 0
    var commitInFlight: CommitInFlight?
    var lastCommitSent = Int64.min
    var deadLetters: [DeadLetterID: PendingDeadLetter] = [:]
    var repeatedRecords = RepeatTable()
    /// Calls without an answer of which something waits for the one retry that a drain allows.
    var unansweredCalls: [UnansweredCall] = []
    /// By partition: calls in flight with records of an earlier assignment of it. A later one ends in order only after them, else
    /// the next owner's calls could reach Batch first.
    var earlierCalls: [Int: Set<CallID>] = [:]
    var deadLetterShare: DeadLetterShare
    /// Why nothing is sent and no dead letter written, while the share guard holds.
    var deadLetterHold: HoldReason?
    var heldLetters: [HeldLetter] = []
    var probeInFlight: CallID?
    var lastProbeSent = Int64.min
    var lastProbeSuccess = Int64.min
    /// What the last read-only call met; nil after a success.
    var probeFailure: String?
    /// The time of the event being handled, nanoseconds.
    var clock: Int64
    var nextSequence: UInt64 = 0
    var nextNumber: UInt64 = 0

    /// What has become of the records read so far.
    public internal(set) var account = Account()

    /// Creates an engine without partitions.
    ///
    /// - Parameters:
    ///   - settings: values in range; at least one destination.
    ///   - now: the time at which buckets begin to fill.
    public init(settings: DeliverySettings, now: EngineTime) {
        self.settings = settings
        spans = EngineSpans(settings)
        clock = now.nanoseconds
        deadLetterShare = DeadLetterShare(limit: settings.deadLetterMaximumShare)
        let maximumBytes = settings.destinations.map(\.maximumCallBytes).min() ?? BatchLimits.bodyByteCount
        fold = ProfileFold(limits: FoldLimits(byteCount: maximumBytes - 2))
        lanes = settings.destinations.map { destination in
            DeliveryLane(
                settings: destination,
                nameHash: CommitMetadata.laneHash(destination.name),
                linger: destination.linger.nanoseconds,
                bucket: TokenBucket(
                    updatesPerSecond: destination.updatesPerSecond,
                    burst: destination.burst,
                    now: now.nanoseconds
                )
            )
        }
    }

    /// Handles one event.
    ///
    /// - Parameters:
    ///   - event: what has happened.
    ///   - now: the clocks; `nanoseconds` never smaller than at the call before.
    ///   - jitter: from 0 up to but not including 1, drawn anew for each event; spreads retries.
    ///   - actions: what the driver is to do is appended here.
    public mutating func handle(
        _ event: DeliveryEvent,
        now: EngineTime,
        jitter: Double,
        actions: inout [DeliveryAction]
    ) {
        clock = now.nanoseconds
        switch event {
        case .assigned(let assignments, let scope): assign(assignments, scope, now, &actions)
        case .scopeChanged(let scope): changeScope(scope, now)
        case .records(let batch): take(batch, now, &actions)
        case .positionMoved(let partition, let epoch, let offset): movePosition(partition, epoch, to: offset)
        case .recordsGone(let count): account.recordsGone += Int(clamping: count)
        case .answer(let id, let outcome): finish(id, outcome, now, jitter, &actions)
        case .committed(let id, let results):
            finishCommit(id, results, now)
            sendHeldLetters(&actions)
        case .deadLetterAcknowledged(let id): acknowledgeDeadLetter(id, now, &actions)
        case .probeAnswered(let id, let outcome): finishProbe(id, outcome, now)
        case .revoked(let indices): beginDrain(.revoke, indices, now, &actions)
        case .lost(let indices): lose(indices, now, &actions)
        case .drain: beginStop(now, &actions)
        case .releaseHolds: releaseHolds(now, &actions)
        case .tick: break
        }
        advanceDrains(now, &actions)
        sendWhatIsDue(now, &actions)
        commitIfDue(now, &actions)
        advanceDrains(now, &actions)
        changeFlow(now, &actions)
    }

    /// When the engine next has something to do by itself, in nanoseconds; nil when only an event can change anything.
    public func nextWakeup(now: EngineTime) -> Int64? {
        var soonest = Int64.max
        for lane in lanes { soonest = min(soonest, nextSend(lane, now.nanoseconds)) }
        for drain in drains {
            if drain.stage == .waiting, lastSend(drain) > now.nanoseconds { soonest = min(soonest, lastSend(drain)) }
            soonest = min(
                soonest,
                drain.deadline > now.nanoseconds ? drain.deadline : drain.deadline.addingClamped(Self.commitGrace)
            )
        }
        if commitInFlight == nil {
            if partitions.indices.contains(where: { partitions.isAssigned($0) && partitions[at: $0].isDirty }) {
                soonest = min(soonest, lastCommitSent.addingClamped(spans.commitInterval))
            } else if spans.lease != nil, records.count > 0 {
                soonest = min(soonest, lastCommitSent.addingClamped(spans.leaseCommitInterval))
            }
        }
        for number in partitions.indices where partitions.isAssigned(number) && partitions[at: number].isPaused {
            // Once the shortest pause has passed only a settled record can end it, and that is an event.
            let end = partitions[at: number].pausedAt.addingClamped(Self.shortestPause)
            if end > now.nanoseconds { soonest = min(soonest, end) }
        }
        return soonest == Int64.max ? nil : soonest
    }

    /// The reason why a lane does not send, where one does not.
    public func holdReason(of destination: DestinationID) -> HoldReason? {
        deadLetterHold ?? lanes[destination.index].hold
    }

    /// Calls that have not been answered.
    public var callsInFlight: Int { calls.count }

    /// Users with parts in the window.
    public var waitingUsers: Int { users.count }

    /// The offset up to which a partition could be committed now, and the number of its unsettled records; nil when it is not
    /// assigned.
    public func progress(of partition: PartitionIndex) -> (watermark: Int64, openRecords: Int)? {
        state(partition).map { ($0.ledger.watermark, $0.openRecords) }
    }

    /// A pause discards what was prefetched and costs about a second, so it lasts at least that long.
    static let shortestPause: Int64 = 1_000_000_000

    /// Whether the partition is assigned under this epoch.
    func isAssigned(_ partition: PartitionIndex, _ epoch: AssignmentEpoch) -> Bool {
        partitions.isAssigned(partition.number) && partitions[at: partition.number].epoch == epoch
    }

    /// A copy of a partition's state. Not for the path of a record: a copy held while the original changes copies its lists.
    func state(_ partition: PartitionIndex) -> PartitionState? { partitions[partition.number] }

    mutating func number() -> UInt64 {
        nextNumber += 1
        return nextNumber
    }
}

/// A dead letter that the sink has not acknowledged.
struct PendingDeadLetter: Sendable {
    let record: Int
    /// The lane of the part that it ends; nil where the record never had parts.
    let lane: Int?
    let kind: DeadLetterKind
}

/// The settings' durations in nanoseconds (the ages in wall milliseconds): a `Duration` has 128 bits, which cost on the path of a
/// record.
struct EngineSpans: Sendable {
    let commitInterval: Int64
    let leaseCommitInterval: Int64
    let lease: Int64?
    let maximumAgeMilliseconds: Int64
    let futureToleranceMilliseconds: Int64

    init(_ settings: DeliverySettings) {
        commitInterval = settings.commitInterval.nanoseconds
        leaseCommitInterval = settings.leaseCommitInterval.nanoseconds
        lease = settings.lease?.nanoseconds
        maximumAgeMilliseconds = settings.eventMaximumAge.nanoseconds / 1_000_000
        futureToleranceMilliseconds = settings.eventFutureTolerance.nanoseconds / 1_000_000
    }
}

extension Duration {
    /// Whole nanoseconds, at most 292 years.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflowed ? (seconds < 0 ? Int64.min : Int64.max) : product.addingClamped(attoseconds / 1_000_000_000)
    }
}

extension Int64 {
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflowed) = addingReportingOverflow(other)
        return overflowed ? (other < 0 ? Int64.min : Int64.max) : sum
    }
}
