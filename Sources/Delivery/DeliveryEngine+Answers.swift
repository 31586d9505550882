internal import BatchAPI

extension DeliveryEngine {
    /// Handles the end of a call. The users it carried are free again.
    mutating func finish(
        _ id: CallID,
        _ outcome: CallOutcome,
        _ now: EngineTime,
        _ jitter: Double,
        _ actions: inout [DeliveryAction]
    ) {
        guard let index = calls.firstIndex(where: { $0.id == id }) else { return }
        let call = calls.remove(at: index)
        lanes[call.lane].callsInFlight -= 1
        chargeTokens(call, outcome, now)
        if case .answered(.accepted(let errors, let unread, _)) = outcome {
            accept(call, errors, unread, now, &actions)
            return
        }
        account.failedCalls += 1
        switch outcome {
        case .answered(.accepted), .notWritten: putBack(call, retrying: nil, now)
        case .answered(.rateLimited(let retryAfter)):
            account.rateLimited += 1
            let lane = call.lane
            lanes[lane].bucket.rejected(now: now.nanoseconds)
            let wait = max(retryAfter ?? Self.rateLimitWait, 0)
            lanes[lane].waitUntil = max(
                lanes[lane].waitUntil,
                now.nanoseconds.addingClamped(min(wait, Self.longestWait))
            )
            putBack(call, retrying: nil, now)
        case .answered(.setup(let status, let code)):
            let kind: HoldReason.Kind = status == 401 ? .unauthorized : status == 403 ? .forbidden : .unknownRoute
            hold(call.lane, HoldReason(kind: kind, detail: "\(status) \(code ?? "")"), now, jitter, &actions)
            putBack(call, retrying: nil, now)
        case .misconfigured(let detail):
            hold(call.lane, HoldReason(kind: .connectionSetup, detail: detail), now, jitter, &actions)
            putBack(call, retrying: nil, now)
        case .answered(.transient(let status, _)):
            noteMaybeApplied(call)
            retryLater(call, Refusal(status: status, body: ""), now, jitter, &actions)
        case .noAnswer(let detail):
            noteMaybeApplied(call)
            let releasedBefore = account.released
            retryLater(call, Refusal(status: 0, body: detail), now, jitter, &actions)
            // In a drain without time for another try, nobody will know whether Batch has applied it.
            if !drains.isEmpty, account.released > releasedBefore { account.abandonedCalls += 1 }
        case .notConnected(let detail):
            retryLater(call, Refusal(status: 0, body: detail), now, jitter, &actions)
        case .answered(.invalid(let status, let code, let message)):
            let body = [code, message].compactMap { $0 }.joined(separator: ": ")
            takeApart(call, Refusal(status: status, body: body), now, jitter, &actions)
        }
    }

    private mutating func noteMaybeApplied(_ call: CallInFlight) {
        for operation in call.operations where users.contains(operation.user) {
            let before = users[operation.user.slot]?.maybeAppliedCount ?? 0
            users[operation.user.slot]?.maybeAppliedCount = max(before, operation.taken)
        }
    }

    private mutating func chargeTokens(_ call: CallInFlight, _ outcome: CallOutcome, _ now: EngineTime) {
        let count = call.operations.count
        switch outcome {
        case .notWritten, .notConnected, .misconfigured: lanes[call.lane].bucket.refund(count)
        case .answered, .noAnswer: lanes[call.lane].bucket.settle(count, now: now.nanoseconds)
        }
    }

    // MARK: Accepted

    private mutating func accept(
        _ call: CallInFlight,
        _ errors: [PartialError],
        _ unreadErrors: Int,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) {
        let lane = call.lane
        account.updatesAccepted += call.operations.count
        account.refusedFields += unreadErrors
        lanes[lane].lastAccepted = now.nanoseconds
        lanes[lane].failuresInARow = 0
        lanes[lane].hasBelievedRepetition = false
        endHold(lane, &actions)
        for error in errors where call.operations.indices.contains(error.bulkIndex) {
            report(error, call.operations[error.bulkIndex], now, &actions)
        }
        for operation in call.operations { settle(operation, lane: lane) }
    }

    private mutating func settle(_ operation: CallOperation, lane: Int) {
        let slot = operation.user.slot
        guard users.contains(operation.user) else { return }
        guard operation.isLast else {
            unmarkCall(slot, operation.taken, lane)
            users[at: slot].updatesDelivered += 1
            users[at: slot].stretchCount = operation.taken
            freeUser(slot)
            return
        }
        users[at: slot].updatesDelivered = 0
        users[at: slot].taken = 0
        for index in 0..<operation.whole {
            guard let record = users[at: slot].queue[index].record, let place = records.place(of: record) else {
                continue
            }
            forgetRepeat(at: index, of: slot, place.partition)
            if partitions.isAssigned(place.partition.number) {
                partitions[at: place.partition.number].partsInFlight -= 1
                if records.hasFurtherParts(record) {
                    partitions[at: place.partition.number].ledger.putBack(place.offset, lane: lane)
                    settleInLane(record, lane: lane)
                } else {
                    partitions[at: place.partition.number].ledger.settleTaken(place.offset, lane: lane)
                }
            }
            endPart(record, .settled(.delivered))
        }
        if operation.partialEvents > 0 {
            unmark(operation.whole, slot, lane)
            users[at: slot].queue[operation.whole].eventsDelivered = operation.partialEvents
            users[at: slot].queue[operation.whole].attributesDelivered = true
        }
        users[at: slot].queue.removeFirst(operation.whole)
        users[at: slot].maybeAppliedCount = 0
        freeUser(slot)
    }

    /// The parts at the front of a user's list are in no call any more.
    private mutating func unmarkCall(_ slot: Int, _ count: Int, _ lane: Int) {
        users[slot]?.taken = 0
        for index in 0..<min(count, users[slot]?.queue.count ?? 0) { unmark(index, slot, lane) }
    }

    private mutating func unmark(_ index: Int, _ slot: Int, _ lane: Int) {
        guard let record = users[slot]?.queue[index].record ?? nil, let place = records.place(of: record) else {
            return
        }
        partitions[place.partition.number]?.ledger.putBack(place.offset, lane: lane)
        partitions[place.partition.number]?.partsInFlight -= 1
    }

    /// A user that was in a call waits again, or leaves the table. What its partition gave back meanwhile goes.
    private mutating func freeUser(_ slot: Int) {
        forgetDropped(slot)
        releaseDrained(slot, after: .success, Int64.max)
        guard users.isUsed(slot) else { return }
        if users[at: slot].queue.isEmpty { users.remove(slot) } else { makeReady(slot) }
    }

    /// Parts whose records were given back while the call carried them leave the list.
    private mutating func forgetDropped(_ slot: Int) {
        guard users.isUsed(slot), users[at: slot].hasDropped else { return }
        users[at: slot].hasDropped = false
        users[at: slot].queue.filter(from: 0) { $0.record != nil }
    }

    private enum CallEnd {
        case success
        case failure(isRetried: Bool)
    }

    /// Parts of draining partitions are given back, or kept for the one retry that a drain allows.
    private mutating func releaseDrained(_ slot: Int, after end: CallEnd, _ now: Int64) {
        guard !drains.isEmpty, let user = users[slot] else { return }
        var isChanged = false
        // Where one part is given back, those behind it go too: else the next owner would send it after them.
        var givenBack: Set<PartitionIndex> = []
        for index in 0..<user.queue.count {
            let pending = user.queue[index]
            guard let record = pending.record, let open = records[record],
                state(open.partition)?.isDraining == true
            else { continue }
            switch end {
            case _ where givenBack.contains(open.partition): break
            case .success where pending.isKept: continue
            case .failure(isRetried: true) where pending.isKept: continue
            case .failure(isRetried: true) where !pending.wasRetriedInDrain && mayRetry(open.partition, now):
                users[slot]?.queue[index].wasRetriedInDrain = true
                users[slot]?.queue[index].isKept = true
                partitions[open.partition.number]?.partsKept += 1
                continue
            case .success, .failure: break
            }
            givenBack.insert(open.partition)
            if pending.isKept { partitions[open.partition.number]?.partsKept -= 1 }
            forgetRepeat(pending, of: slot)
            users[slot]?.queue[index].record = nil
            endPart(record, .released)
            isChanged = true
        }
        guard isChanged else { return }
        users[slot]?.queue.filter(from: 0) { $0.record != nil }
        users[slot]?.updatesDelivered = 0
    }

    /// A field that Batch refused belongs to the record that set it, if that can be told.
    private mutating func report(
        _ error: PartialError,
        _ operation: CallOperation,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) {
        account.refusedFields += 1
        var place: RecordPlace?
        if users.contains(operation.user), let user = users[operation.user.slot] {
            let index: Int?
            if operation.taken == 1 {
                index = 0
            } else if let attribute = error.attribute {
                fold.begin(customID: user.key.customID, ages: .none)
                for position in 0..<min(operation.taken, user.queue.count) {
                    let pending = user.queue[position]
                    _ = fold.add(
                        pending.contribution,
                        firstEvent: pending.eventsDelivered,
                        attributesDelivered: pending.attributesDelivered
                    )
                }
                index = fold.setter(ofAttribute: attribute)
            } else {
                index = nil
            }
            if let index, index < user.queue.count, let record = user.queue[index].record, let open = records[record] {
                place = RecordPlace(partition: open.partition, offset: open.offset)
            }
        }
        actions.append(.refusedField(RefusedByBatch(record: place, attribute: error.attribute, reason: error.reason)))
    }

    // MARK: Put back

    /// Every user of the call waits again: in a retry group, or among the ready ones.
    ///
    /// - Parameters:
    ///   - call: the call, not in flight any more.
    ///   - group: the group that the users form; nil for none.
    ///   - now: the clocks.
    mutating func putBack(_ call: CallInFlight, retrying group: RetryGroup?, _ now: EngineTime) {
        var left: [UserReference] = []
        for operation in call.operations where users.contains(operation.user) {
            let slot = operation.user.slot
            unmarkCall(slot, operation.taken, call.lane)
            forgetDropped(slot)
            releaseDrained(slot, after: .failure(isRetried: group != nil), now.nanoseconds)
            if users[slot]?.queue.isEmpty != false {
                users.remove(slot)
            } else if group != nil {
                users[slot]?.state = .retrying
                left.append(operation.user)
            } else {
                makeReady(slot)
            }
        }
        guard var group, !left.isEmpty else { return }
        group.users = left
        lanes[call.lane].retries.append(group)
    }

    // MARK: Transient failures

    private mutating func retryLater(
        _ call: CallInFlight,
        _ answer: Refusal,
        _ now: EngineTime,
        _ jitter: Double,
        _ actions: inout [DeliveryAction]
    ) {
        let time = now.nanoseconds
        let lane = call.lane
        lanes[lane].failuresInARow += 1
        var group = call.group ?? RetryGroup(users: [], notBefore: time, failures: 0, firstFailure: time)
        group.failures += 1
        group.refusals = 0
        group.lastAnswer = answer
        group.users = call.operations.map(\.user)
        let isOneSided = lanes[lane].lastAccepted > group.firstFailure
        group.isSuspect = group.isSuspect || (group.failures >= 3 && isOneSided)
        group.notBefore = time.addingClamped(Self.backoff(failures: group.failures, jitter))
        if lanes[lane].failuresInARow >= 3 {
            lanes[lane].waitUntil = max(
                lanes[lane].waitUntil,
                time.addingClamped(Self.backoff(failures: lanes[lane].failuresInARow - 2, jitter))
            )
        }
        if isOneSided, group.users.count == 1, let patience = settings.poisonAfter,
            time.addingClamped(-group.firstFailure) >= patience.nanoseconds
        {
            if poison(call, group, answer, now, &actions) { return }
        }
        if group.isSuspect, group.users.count > 1 {
            split(call, group, now)
        } else {
            putBack(call, retrying: group, now)
        }
    }

    /// An operation that kept failing alone, while others succeeded, is taken apart; a single record becomes a dead letter.
    ///
    /// - Returns: whether it was dealt with.
    private mutating func poison(
        _ call: CallInFlight,
        _ group: RetryGroup,
        _ answer: Refusal,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) -> Bool {
        guard let operation = call.operations.first else { return false }
        guard operation.taken <= 1 else {
            var smaller = group
            smaller.recordLimit = operation.taken / 2
            users[operation.user.slot]?.updatesDelivered = 0
            putBack(call, retrying: smaller, now)
            return true
        }
        refuse(call, operation, reason: "poison", answer, attempts: group.failures, now, &actions)
        return true
    }

    /// Two halves, in order, each retried by itself.
    private mutating func split(_ call: CallInFlight, _ group: RetryGroup, _ now: EngineTime) {
        let middle = call.operations.count / 2
        for half in [call.operations[..<middle], call.operations[middle...]] {
            let part = CallInFlight(
                id: call.id,
                lane: call.lane,
                operations: Array(half),
                group: nil,
                sentAt: call.sentAt
            )
            putBack(part, retrying: group, now)
        }
    }

    /// Full jitter over an exponential, capped at a minute.
    private static func backoff(failures: Int, _ jitter: Double) -> Int64 {
        let ceiling = min(60.0, 0.25 * Double(1 << min(max(0, failures), 10)))
        return Int64((0.05 + jitter * ceiling) * 1e9)
    }

    // MARK: Refusals

    /// A refused call is halved until the refused operation is alone, that one until the refused record is.
    private mutating func takeApart(
        _ call: CallInFlight,
        _ answer: Refusal,
        _ now: EngineTime,
        _ jitter: Double,
        _ actions: inout [DeliveryAction]
    ) {
        let time = now.nanoseconds
        let lane = call.lane
        var group = call.group ?? RetryGroup(users: [], notBefore: time, failures: 0, firstFailure: time)
        group.users = call.operations.map(\.user)
        group.failures += 1
        group.lastAnswer = answer
        group.notBefore = time
        guard call.operations.count == 1, let operation = call.operations.first else {
            split(call, group, now)
            return
        }
        if operation.taken > 1 {
            // A shorter call had no answer before: Batch may have applied it, so it goes again as it was before it is halved.
            let applied = users.contains(operation.user) ? users[operation.user.slot]?.maybeAppliedCount ?? 0 : 0
            group.recordLimit =
                applied > operation.taken / 2 && applied < operation.taken ? applied : operation.taken / 2
            if applied >= operation.taken { users[operation.user.slot]?.maybeAppliedCount = 0 }
            users[operation.user.slot]?.updatesDelivered = 0
            putBack(call, retrying: group, now)
            return
        }
        group.refusals += 1
        if lanes[lane].lastAccepted != Int64.min, time - lanes[lane].lastAccepted <= Self.beliefWindow {
            refuse(call, operation, reason: "refused", answer, attempts: group.failures, now, &actions)
        } else if group.refusals >= 3, !lanes[lane].hasBelievedRepetition {
            lanes[lane].hasBelievedRepetition = true
            refuse(call, operation, reason: "refused", answer, attempts: group.failures, now, &actions)
        } else {
            if lanes[lane].hasBelievedRepetition {
                let detail = "every operation is answered with \(answer.status)"
                hold(lane, HoldReason(kind: .everythingInvalid, detail: detail), now, jitter, &actions)
            }
            group.notBefore = time.addingClamped(Self.refusalSpacing)
            putBack(call, retrying: group, now)
        }
    }

    /// The only record of a refused operation goes to the dead letters; what is behind it goes on.
    private mutating func refuse(
        _ call: CallInFlight,
        _ operation: CallOperation,
        reason: String,
        _ answer: Refusal,
        attempts: Int,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) {
        let slot = operation.user.slot
        guard users.contains(operation.user) else { return }
        unmarkCall(slot, operation.taken, call.lane)
        if let pending = users[slot]?.queue.first {
            forgetRepeat(pending, of: slot)
            users[slot]?.queue.removeFirst(1)
            users[slot]?.maybeAppliedCount = 0
            users[slot]?.updatesDelivered = 0
            if let record = pending.record {
                var cause = DeadLetterCause(reason: reason, detail: "Batch did not accept the record's operation")
                cause.answerStatus = answer.status
                cause.answerBody = answer.body
                cause.attempts = attempts
                sendDeadLetter(record, lane: call.lane, cause, &actions)
            }
        }
        freeUser(slot)
    }

    // MARK: Holds

    mutating func hold(
        _ lane: Int,
        _ reason: HoldReason,
        _ now: EngineTime,
        _ jitter: Double,
        _ actions: inout [DeliveryAction]
    ) {
        if lanes[lane].hold?.kind != reason.kind { actions.append(.hold(DestinationID(lane), reason)) }
        lanes[lane].hold = reason
        let wait = Self.holdSpacing + Int64(jitter * Double(Self.holdSpacing) / 2)
        lanes[lane].waitUntil = max(lanes[lane].waitUntil, now.nanoseconds.addingClamped(wait))
    }

    private mutating func endHold(_ lane: Int, _ actions: inout [DeliveryAction]) {
        guard lanes[lane].hold != nil else { return }
        lanes[lane].hold = nil
        actions.append(.holdEnded(DestinationID(lane)))
    }

    mutating func releaseHolds(_ now: EngineTime, _ actions: inout [DeliveryAction]) {
        for lane in lanes.indices where lanes[lane].hold != nil {
            lanes[lane].waitUntil = now.nanoseconds
            endHold(lane, &actions)
        }
    }

    /// Batch's advice is at least 5 s (batch-api 1.5).
    static let rateLimitWait: Int64 = 5_000_000_000
    /// A `Retry-After` beyond this is not believed.
    static let longestWait: Int64 = 600_000_000_000
    /// How long one accepted operation vouches for the route.
    static let beliefWindow: Int64 = 60_000_000_000
    /// Between two tries of a refusal that is not believed yet.
    static let refusalSpacing: Int64 = 5_000_000_000
    /// Between two tries of a lane on hold.
    static let holdSpacing: Int64 = 2_000_000_000
}
