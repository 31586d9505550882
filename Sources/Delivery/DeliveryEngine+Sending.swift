internal import BatchAPI

extension DeliveryEngine {
    /// Writes all calls that are due.
    mutating func sendWhatIsDue(_ now: EngineTime, _ actions: inout [DeliveryAction]) {
        for lane in lanes.indices {
            while let call = nextCall(lane, now, &actions) {
                account.calls += 1
                account.updatesSent += call.updateCount
                actions.append(.send(call))
            }
        }
    }

    /// When a lane can next send something by itself, in nanoseconds; `Int64.max` when only an event can change that.
    func nextSend(_ lane: DeliveryLane, _ now: Int64) -> Int64 {
        guard lane.callsInFlight < lane.callLimit, deadLetterHold == nil else { return Int64.max }
        var soonest = Int64.max
        for group in lane.retries { soonest = min(soonest, group.notBefore) }
        if let first = lane.ready.first {
            soonest = min(soonest, isShareFull ? now : first.arrival.addingClamped(lane.linger))
        }
        guard soonest < Int64.max else { return Int64.max }
        soonest = max(soonest, lane.waitUntil)
        var bucket = lane.bucket
        guard let delay = bucket.delayUntilToken(now: now) else { return Int64.max }
        return max(soonest, now.addingClamped(delay))
    }

    private mutating func nextCall(_ lane: Int, _ now: EngineTime, _ actions: inout [DeliveryAction]) -> Call? {
        let time = now.nanoseconds
        guard lanes[lane].callsInFlight < lanes[lane].callLimit, time >= lanes[lane].waitUntil, deadLetterHold == nil
        else { return nil }
        let tokens = min(
            lanes[lane].bucket.available(now: time),
            lanes[lane].hold == nil ? lanes[lane].settings.maximumUpdates : 1
        )
        guard tokens > 0 else { return nil }
        if lanes[lane].isTurnOfReady, let call = readyCall(lane, tokens, now, &actions) {
            lanes[lane].isTurnOfReady = false
            return call
        }
        while let due = lanes[lane].dueRetry(now: time) {
            let group = lanes[lane].retries.remove(at: due)
            if let call = retry(group, lane, tokens, now, &actions) {
                // What keeps failing takes turns with what has not been tried: else it could hold the only slot or token for
                // ever, and without a success of others it would never be known to be the fault of one operation.
                lanes[lane].isTurnOfReady = group.failures >= 3
                return call
            }
        }
        return readyCall(lane, tokens, now, &actions)
    }

    /// A call of the users that have waited longest.
    private mutating func readyCall(
        _ lane: Int,
        _ tokens: Int,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) -> Call? {
        let time = now.nanoseconds
        guard let first = lanes[lane].ready.first,
            first.arrival.addingClamped(lanes[lane].linger) <= time || isShareFull
        else { return nil }
        var builder = CallBuilder(id: CallID(number()), maximumBytes: lanes[lane].settings.maximumCallBytes)
        prefetchUsers(min(tokens, lanes[lane].ready.nextCount)) { lanes[lane].ready.next($0).slot }
        while builder.operations.count < tokens, let entry = lanes[lane].ready.popFirst() {
            guard isCurrent(entry) else { continue }
            switch addOperation(entry.user, recordLimit: nil, now, &builder, &actions) {
            // At once, not when the call is sealed: the queue may hold a second entry of the user, which is stale from now on.
            case .added: users[at: entry.user.slot].state = .inCall(builder.id)
            case .nothing: break
            case .blocked(let partition): block(entry.user, partition)
            case .noRoom:
                lanes[lane].ready.insert(entry)
                return seal(&builder, lane, group: nil, now)
            }
        }
        return seal(&builder, lane, group: nil, now)
    }

    /// Whether an entry of the ready queue still says what its user is doing.
    private func isCurrent(_ entry: ReadyQueue.Entry) -> Bool {
        let slot = entry.user.slot
        return users.contains(entry.user) && users[at: slot].state == .ready && !users[at: slot].queue.isEmpty
            && users[at: slot].queue[0].sequence == entry.sequence
    }

    /// A call of the users of a failed one; those that do not fit, or have no token, wait for the next.
    private mutating func retry(
        _ group: RetryGroup,
        _ lane: Int,
        _ tokens: Int,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) -> Call? {
        var builder = CallBuilder(id: CallID(number()), maximumBytes: lanes[lane].settings.maximumCallBytes)
        var carried: [UserReference] = []
        var left: [UserReference] = []
        for reference in group.users where users.contains(reference) && users[reference.slot]?.state == .retrying {
            guard left.isEmpty, builder.operations.count < tokens else {
                left.append(reference)
                continue
            }
            switch addOperation(reference, recordLimit: group.recordLimit, now, &builder, &actions) {
            case .added: carried.append(reference)
            case .nothing: break
            case .blocked(let partition): block(reference, partition)
            case .noRoom: left.append(reference)
            }
        }
        if !left.isEmpty {
            var rest = group
            rest.users = left
            lanes[lane].retries.append(rest)
        }
        guard !carried.isEmpty else { return nil }
        var sent = group
        sent.users = carried
        return seal(&builder, lane, group: sent, now)
    }

    private mutating func block(_ reference: UserReference, _ partition: PartitionIndex) {
        users[reference.slot]?.state = .blocked
        partitions[partition.number]?.blocked.append(reference)
    }

    private mutating func seal(_ builder: inout CallBuilder, _ lane: Int, group: RetryGroup?, _ now: EngineTime)
        -> Call?
    {
        guard !builder.operations.isEmpty else { return nil }
        let id = builder.id
        for operation in builder.operations {
            users[at: operation.user.slot].state = .inCall(id)
            users[at: operation.user.slot].taken = operation.taken
        }
        lanes[lane].callsInFlight += 1
        lanes[lane].bucket.charge(builder.operations.count)
        calls.append(
            CallInFlight(id: id, lane: lane, operations: builder.operations, group: group, sentAt: now.nanoseconds)
        )
        return Call(
            id: id,
            destination: DestinationID(lane),
            body: builder.finishBody(),
            updateCount: builder.operations.count,
            notAfter: builder.notAfter
        )
    }

    // MARK: One user's update

    private enum Addition {
        case added
        /// The user had nothing left to send.
        case nothing
        /// The first record may not go now; its partition says when.
        case blocked(PartitionIndex)
        /// The call is full of bytes.
        case noRoom
    }

    /// Folds the front of a user's list into one update of the call.
    private mutating func addOperation(
        _ reference: UserReference,
        recordLimit: Int?,
        _ now: EngineTime,
        _ builder: inout CallBuilder,
        _ actions: inout [DeliveryAction]
    ) -> Addition {
        let slot = reference.slot
        expireEvents(ofUser: slot, now, &actions)
        guard users.isUsed(slot), !users[at: slot].queue.isEmpty else {
            users.remove(slot)
            return .nothing
        }
        let lane = users[at: slot].lane
        let partCount = users[at: slot].queue.count
        // Asked for before the fold is: an argument that reads the engine while a part of it is borrowed copies all of it.
        let ages = ages(now)
        if partCount == 1, let addition = addAlone(reference, lane, ages, now, &builder) { return addition }
        let delivered = users[at: slot].updatesDelivered
        let limit = min(partCount, delivered > 0 ? users[at: slot].stretchCount : recordLimit ?? partCount)
        var stretch = Stretch()
        var blocker: PartitionIndex?
        let applied = users[at: slot].maybeAppliedEnd
        fold.begin(userOf: users[at: slot].queue[0].contribution, ages: ages)
        adding: for index in 0..<limit {
            let pending = users[at: slot].queue[index]
            guard let record = pending.record, let place = records.place(of: record) else { break }
            guard mayGo(place, lane: lane, mayBeApplied: pending.sequence < applied, now) else {
                blocker = place.partition
                break
            }
            if users[at: slot].hasLateParts {
                fold.treatLateEvents(needsTimesLeftOut(pending) ? .withoutTime : .omit)
            }
            switch fold.add(
                pending.contribution,
                firstEvent: pending.eventsDelivered,
                attributesDelivered: pending.attributesDelivered
            )
            {
            case .whole: stretch.whole += 1
            case .partly(let events):
                stretch.partialEvents = events
            case .full: break adding
            }
            markTaken(index, place, slot, lane, isKept: pending.isKept)
            stretch.notAfter = min(stretch.notAfter, leaseEnd(place.partition))
            if stretch.partialEvents > 0 { break }
        }
        guard stretch.taken > 0 else {
            return .blocked(blocker ?? PartitionIndex(0))
        }
        if let blocker, users[at: slot].queue[stretch.taken].sequence < applied {
            // Batch may have applied more than may go now, and an older state must not follow a newer one: all of it waits.
            unmarkTaken(slot, stretch.taken)
            return .blocked(blocker)
        }
        let update = min(delivered, fold.updateCount - 1)
        guard builder.hasRoom(for: fold.byteCount(ofUpdate: update)) else {
            unmarkTaken(slot, stretch.taken)
            return .noRoom
        }
        builder.separate()
        fold.appendUpdate(update, to: &builder.body)
        builder.notAfter = min(builder.notAfter, stretch.notAfter)
        builder.operations.append(
            CallOperation(
                user: reference,
                whole: stretch.whole,
                partialEvents: stretch.partialEvents,
                isLast: update == fold.updateCount - 1
            )
        )
        users[at: slot].stretchCount = stretch.taken
        return .added
    }

    /// The same for a user with one part that goes whole, which is the usual case and needs no folding.
    ///
    /// - Returns: nil where it does.
    private mutating func addAlone(
        _ reference: UserReference,
        _ lane: Int,
        _ ages: EventAgeRule,
        _ now: EngineTime,
        _ builder: inout CallBuilder
    ) -> Addition? {
        let slot = reference.slot
        guard users[at: slot].updatesDelivered == 0, !users[at: slot].hasLateParts else { return nil }
        let pending = users[at: slot].queue[0]
        guard pending.isUntouched, let record = pending.record, let place = records.place(of: record),
            let byteCount = pending.contribution.byteCountAlone(limits: fold.limits, ages: ages)
        else { return nil }
        let mayBeApplied = pending.sequence < users[at: slot].maybeAppliedEnd
        guard mayGo(place, lane: lane, mayBeApplied: mayBeApplied, now) else { return .blocked(place.partition) }
        guard builder.hasRoom(for: byteCount) else { return .noRoom }
        markTaken(0, place, slot, lane, isKept: pending.isKept)
        builder.separate()
        pending.contribution.appendUpdate(to: &builder.body)
        builder.notAfter = min(builder.notAfter, leaseEnd(place.partition))
        builder.operations.append(CallOperation(user: reference, whole: 1, partialEvents: 0, isLast: true))
        users[at: slot].stretchCount = 1
        return .added
    }

    /// Which events are too old or too new now; what becomes of late ones is said part by part.
    private func ages(_ now: EngineTime) -> EventAgeRule {
        EventAgeRule(
            oldestMilliseconds: oldestAllowed(now),
            newestMilliseconds: now.wallMilliseconds.addingClamped(spans.futureToleranceMilliseconds),
            late: .omit
        )
    }

    /// Whether a call may take the record now: its lease holds and the settled set has room for it.
    ///
    /// What Batch may have applied goes again without room too: users that wait for each other's partitions could wait for ever,
    /// and a set that grows too long is only cut at its far end.
    private func mayGo(_ record: RecordPlace, lane: Int, mayBeApplied: Bool, _ now: EngineTime) -> Bool {
        guard leaseEnd(record.partition) > now.nanoseconds, partitions.isAssigned(record.partition.number) else {
            return false
        }
        return mayBeApplied || partitions.admits(record, lane: lane, limit: Self.mixedChunkLimit)
    }

    /// When the lease of a partition ends, in nanoseconds.
    func leaseEnd(_ partition: PartitionIndex) -> Int64 {
        guard let lease = spans.lease, partitions.isAssigned(partition.number) else { return Int64.max }
        return partitions[at: partition.number].leaseStart.addingClamped(lease)
    }

    private mutating func markTaken(_ index: Int, _ place: RecordPlace, _ slot: Int, _ lane: Int, isKept: Bool) {
        let number = place.partition.number
        guard partitions.isAssigned(number) else { return }
        partitions[at: number].ledger.take(place.offset, lane: lane)
        partitions[at: number].partsInFlight += 1
        if isKept {
            partitions[at: number].partsKept -= 1
            users[at: slot].queue[index].isKept = false
        }
    }

    private mutating func unmarkTaken(_ slot: Int, _ count: Int) {
        guard let queue = users[slot]?.queue, let lane = users[slot]?.lane else { return }
        for index in 0..<count {
            guard let record = queue[index].record, let open = records[record] else { continue }
            partitions[open.partition.number]?.ledger.putBack(open.offset, lane: lane)
            partitions[open.partition.number]?.partsInFlight -= 1
            if queue[index].wasRetriedInDrain {
                partitions[open.partition.number]?.partsKept += 1
                users[slot]?.queue[index].isKept = true
            }
        }
    }

    /// Chunks of a partition that commit metadata can hold with all their bits: 120 of 16 bytes, with runs in between, stay
    /// below 3 KiB of base64url.
    static let mixedChunkLimit = 120
}

/// What has been folded of one user for the call being built.
private struct Stretch {
    var whole = 0
    var partialEvents = 0
    var notAfter = Int64.max

    var taken: Int { whole + (partialEvents > 0 ? 1 : 0) }
}

/// A call that is being built.
struct CallBuilder {
    let id: CallID
    var body: [UInt8] = [UInt8(ascii: "[")]
    var operations: [CallOperation] = []
    var notAfter = Int64.max
    private let maximumBytes: Int

    init(id: CallID, maximumBytes: Int) {
        self.id = id
        self.maximumBytes = maximumBytes
        body.reserveCapacity(min(maximumBytes, Self.usualByteCount))
    }

    /// What a call of 200 updates takes in most cases; it grows where it must.
    private static let usualByteCount = 1 << 17

    /// The first update always has room: the fold keeps each below the limit.
    func hasRoom(for byteCount: Int) -> Bool { operations.isEmpty || body.count + 1 + byteCount + 1 <= maximumBytes }

    mutating func separate() {
        if !operations.isEmpty { body.append(UInt8(ascii: ",")) }
    }

    /// The body with its end, taken out: nothing can be added after it.
    mutating func finishBody() -> [UInt8] {
        body.append(UInt8(ascii: "]"))
        return exchange(&body, with: [])
    }
}
