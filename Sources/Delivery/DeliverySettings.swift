/// Everything that steers an engine; values are checked where configuration is read.
public struct DeliverySettings: Sendable {
    /// The lanes, by ``DestinationID``; 1 to 16.
    public var destinations: [DestinationSettings]
    /// Unsettled records in memory, all partitions together, 1 or more.
    public var windowRecords = 50_000
    /// Bytes of unsettled records in memory, all partitions together.
    public var windowBytes = 64_000_000
    /// The shortest time between two commits.
    public var commitInterval: Duration = .milliseconds(200)
    /// While anything is to be sent, a commit goes at least this often.
    public var leaseCommitInterval: Duration = .seconds(1)
    /// How long after the sending of an accepted commit calls may be written: half of `session.timeout.ms`. Nil: no lease (a
    /// replay has no group members).
    public var lease: Duration? = .milliseconds(22_500)
    /// How long a stop may take.
    public var shutdownTimeout: Duration = .seconds(20)
    /// How long a revoke may take.
    public var revokeTimeout: Duration = .seconds(10)
    /// How long a call may take from ``DeliveryAction/send(_:)`` to its end (`batch.timeout`): during a stop or revoke nothing is
    /// sent that could still arrive after it, when the next owner may be sending.
    public var callTimeout: Duration = .seconds(8)
    /// Events older than this when read or sent are late or expired (Batch refuses 24 h, batch-api 2.6; the margin is for queueing).
    public var eventMaximumAge: Duration = .seconds(85_800)
    /// Events further in the future than this are sent without time.
    public var eventFutureTolerance: Duration = .seconds(60)
    /// What becomes of an event that is too old when its record is read.
    public var lateEvents: LateEventPolicy = .drop
    /// What becomes of an event that has grown too old while waiting here.
    public var expiredEvents: LateEventPolicy = .deadLetter
    /// Whether a message that repeats another one in the window is counted once.
    public var dropsRepeats = true
    /// What becomes of a field that Batch would refuse, or refuses, beside being counted.
    public var refusedFields: RefusedFieldPolicy = .count
    /// After this long alone and refused by errors of the server, an operation is dead-lettered. Nil: never.
    public var poisonAfter: Duration? = .seconds(3_600)
    /// Above this share of the last 1 000 records as dead letters the engine holds, 0 to 1; 1 never holds.
    public var deadLetterMaximumShare = 0.2
    /// The most that commit metadata may hold, bytes of base64url (Kafka's `offset.metadata.max.bytes` is 4096 by default).
    public var metadataLimit = 3_072

    /// Creates settings with the defaults of the configuration.
    public init(destinations: [DestinationSettings]) { self.destinations = destinations }
}

/// What becomes of an event that Batch would refuse for its age.
public enum LateEventPolicy: Sendable, Hashable {
    /// The event is left out; the attributes of its record still go.
    case drop
    /// The event is sent without `time`: Batch takes the arrival.
    case sendWithoutTime
    /// The event's record is dead-lettered; its attributes still go.
    case deadLetter
}

/// What becomes of a field that was left out, or that Batch refused; the rest of its record is delivered.
public enum RefusedFieldPolicy: Sendable, Hashable {
    /// It is counted and reported.
    case count
    /// Its record becomes a dead letter of the kind ``DeadLetterKind/field``, too.
    case deadLetter
}

/// One lane: a route of Batch with its own bucket, calls in flight and health.
public struct DestinationSettings: Sendable {
    /// A stable name; its hash names the lane in commit metadata.
    public var name: String
    /// Updates a call, 1 or more (Batch: 200 on `profiles/update`).
    public var maximumUpdates = 200
    /// Bytes a call.
    public var maximumCallBytes = 5_000_000
    /// The longest wait of the oldest record for company.
    public var linger: Duration = .milliseconds(100)
    /// Calls in flight, 1 or more.
    public var callsInFlight = 4
    /// Updates per second that the whole group may send.
    public var updatesPerSecond = 300
    /// The bucket's size for the whole group, updates.
    public var burst = 900

    /// Creates a lane with the defaults of `profiles/update`.
    public init(name: String) { self.name = name }
}
