internal import BatchAPI

/// A user's place in the table, with the generation that tells it from a later user of the same place.
struct UserReference: Hashable, Sendable {
    let slot: Int
    let generation: UInt32
}

/// A part that waits, or is in flight, for a user.
struct Pending: Sendable {
    /// The record's place in the record table; nil once its partition is gone while a call still carries it.
    var record: Int?
    var contribution: Contribution
    /// The order of reading, over all partitions.
    var sequence: UInt64
    /// When it came in, nanoseconds.
    var arrival: Int64
    /// Equal for equal messages; 0 where it has no identity.
    var repeatTag: UInt64 = 0
    /// Events of the contribution that earlier updates have delivered.
    var eventsDelivered = 0
    /// Whether an earlier update has delivered its attributes.
    var attributesDelivered = false
    /// Whether its events were too old already when it was read.
    var wasLateWhenRead = false
    /// Whether some of its events have grown too old while it waited.
    var hasExpired = false
    /// Whether it has been put back once since its partition began to drain.
    var wasRetriedInDrain = false
    /// Whether its partition's drain waits for that one retry.
    var isKept = false

    /// Part of an identity, to tell most parts apart without looking into them.
    static func repeatTag(_ identity: RepeatIdentity) -> UInt64 { max(1, identity.high ^ identity.low) }

    /// Whether no earlier update has delivered anything of it.
    var isUntouched: Bool { eventsDelivered == 0 && !attributesDelivered }

    /// Whether it may hold events that Batch would refuse for their age.
    var hasOldEvents: Bool { wasLateWhenRead || hasExpired }
}

/// What a user is doing.
enum UserState: Sendable, Hashable {
    /// In its lane's queue of ready users.
    case ready
    /// In a call; the first `taken` parts of its list are.
    case inCall(CallID)
    /// In a retry group of its lane.
    case retrying
    /// Waits for a change of the partition of its first record (lease, chunks).
    case blocked
}

/// A user with parts in the window: one Custom ID, which stands in each of them, in one lane.
struct User: Sendable {
    private(set) var lane = 0
    /// 1 or more; 0 where the place is free.
    private(set) var generation: UInt32 = 0
    /// The hash of lane and Custom ID.
    private(set) var hash: UInt64 = 0
    var queue = Deque<Pending>()
    var state: UserState = .ready
    /// Parts at the front that the call in flight carries.
    var taken = 0
    /// Updates of the current stretch that are delivered, when it takes several (more than 50 attributes).
    var updatesDelivered = 0
    /// Batch may have applied the parts with a smaller sequence without our knowing: to send fewer of them again could set the
    /// profile back. A sequence, not a number of parts: it stays right when some of them leave the list.
    var maybeAppliedEnd: UInt64 = 0
    /// Parts of the stretch that is partly delivered.
    var stretchCount = 0
    /// Whether its list holds parts whose records were given back while a call carried them.
    var hasDropped = false
    /// No event in its list is older, in wall milliseconds.
    var oldestEventTime = Int64.max
    /// Whether its list holds, or held, parts with events that were late when read or have expired.
    var hasLateParts = false
    /// Whether the table of repeats has its parts: once its list has been long.
    var hasRepeatsInTable = false

    /// Becomes another user, with an empty list in the memory of the last one's.
    mutating func become(lane: Int, generation: UInt32, hash: UInt64) {
        self.lane = lane
        self.generation = generation
        self.hash = hash
        // There may be tens of thousands of free places.
        queue.removeAll(keepingCapacity: 4)
        state = .ready
        taken = 0
        updatesDelivered = 0
        maybeAppliedEnd = 0
        stretchCount = 0
        hasDropped = false
        oldestEventTime = Int64.max
        hasLateParts = false
        hasRepeatsInTable = false
    }
}

/// The users with parts in the window, by place and by key.
struct UserTable: Sendable {
    /// A free place has a user of generation 0.
    private(set) var slots: [User] = []
    private var free: [Int] = []
    private var index = PlaceIndex()
    private var nextGeneration: UInt32 = 0

    var count: Int { index.count }

    /// Places in use and free ones; iterate over them for an order that does not depend on hashing.
    var slotCount: Int { slots.count }

    /// A user whose place is known to be in use: on the path of a record, without a copy.
    subscript(at slot: Int) -> User {
        @inline(__always) _read { yield slots[slot] }
        @inline(__always) _modify { yield &slots[slot] }
    }

    /// A user, or nil where the place is free; what is changed then is lost.
    subscript(slot: Int) -> User? {
        get { isUsed(slot) ? slots[slot] : nil }
        _modify {
            var user: User?
            let isUsed = isUsed(slot)
            // Moved out and back, so that its list has one owner while it is changed.
            if isUsed { user = exchange(&slots[slot], with: User()) }
            yield &user
            if isUsed, let user { slots[slot] = user }
        }
    }

    @inline(__always)
    func isUsed(_ slot: Int) -> Bool { slots[slot].generation != 0 }

    @inline(__always)
    func contains(_ reference: UserReference) -> Bool { slots[reference.slot].generation == reference.generation }

    @inline(__always)
    func reference(_ slot: Int) -> UserReference? {
        isUsed(slot) ? UserReference(slot: slot, generation: slots[slot].generation) : nil
    }

    /// The hash by which a user is found; drawn anew in each process, so that nobody can choose Custom IDs that collide.
    static func hash(lane: Int, _ contribution: Contribution) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(lane)
        let range = contribution.customIDRange
        contribution.bytes.withUnsafeBytes { hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[range])) }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// The user of a contribution. A user in the table has a part, whatever else becomes of its list.
    func slot(lane: Int, _ contribution: Contribution, hash: UInt64) -> Int? {
        index.place(hash) {
            slots[$0].lane == lane
                && slots[$0].queue.first { $0.contribution.hasSameUser(as: contribution) } == true
        }
    }

    /// Takes in a user that the caller gives its first part at once.
    mutating func add(lane: Int, hash: UInt64) -> Int {
        nextGeneration &+= 1
        if nextGeneration == 0 { nextGeneration = 1 }
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
        } else {
            slots.append(User())
            slot = slots.count - 1
        }
        slots[slot].become(lane: lane, generation: nextGeneration, hash: hash)
        index.insert(slot, hash: hash)
        return slot
    }

    mutating func remove(_ slot: Int) {
        guard isUsed(slot) else { return }
        index.remove(slot, hash: slots[slot].hash)
        slots[slot].become(lane: 0, generation: 0, hash: 0)
        free.append(slot)
    }
}
