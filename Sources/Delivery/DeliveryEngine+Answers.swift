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
        if !earlierCalls.isEmpty {
            earlierCalls = earlierCalls.mapValues { $0.subtracting([id]) }.filter { !$0.value.isEmpty }
        }
        chargeTokens(call, outcome, now)
        noteVerdict(call, outcome, now)
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
            lanes[lane].bucket.rejected(sentAt: call.sentAt, now: now.nanoseconds)
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
        case .answered(.transient(let status, let code)):
            noteMaybeApplied(call)
            retryLater(call, Refusal(status: status, body: code ?? ""), now, jitter, &actions)
        case .noAnswer(let detail):
            noteMaybeApplied(call)
            let releasedBefore = account.released
            retryLater(call, Refusal(status: 0, body: detail), now, jitter, &actions)
            if !drains.isEmpty { noteUnanswered(call, isGivenBack: account.released > releasedBefore) }
        case .notConnected(let detail):
            retryLater(call, Refusal(status: 0, body: detail), now, jitter, &actions)
        case .answered(.invalid(let status, let code, let message)):
            let body = [code, message].compactMap { $0 }.joined(separator: ": ")
            takeApart(call, Refusal(status: status, body: body), now, jitter, &actions)
        }
    }

    /// In a drain without time for another try, nobody will know whether Batch has applied the call.
    private mutating func noteUnanswered(_ call: CallInFlight, isGivenBack: Bool) {
        if isGivenBack {
            account.abandonedCalls += 1
        } else {
            unansweredCalls.append(UnansweredCall(id: call.id, users: call.operations.map(\.user)))
        }
    }

    private mutating func noteMaybeApplied(_ call: CallInFlight) {
        for operation in call.operations where users.contains(operation.user) {
            let slot = operation.user.slot
            guard operation.taken > 0, operation.taken <= users[at: slot].queue.count else { continue }
            let end = users[at: slot].queue[operation.taken - 1].sequence + 1
            users[at: slot].maybeAppliedEnd = max(users[at: slot].maybeAppliedEnd, end)
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
            report(error, call.operations[error.bulkIndex], lane: lane, &actions)
        }
        prefetchUsers(call.operations.count) { call.operations[$0].user.slot }
        for operation in call.operations { settle(operation, lane: lane) }
        keepApart(call, now)
    }

    private mutating func settle(_ operation: CallOperation, lane: Int) {
        let slot = operation.user.slot
        guard users.contains(operation.user) else { return }
        guard operation.isLast else {
            unmarkCall(slot, operation.taken, lane)
            // Parts that were given back while the call carried them, and read anew since, are another stretch.
            if users[at: slot].hasDropped {
                users[at: slot].updatesDelivered = 0
            } else {
                users[at: slot].updatesDelivered += 1
                users[at: slot].stretchCount = operation.taken
            }
            freeUser(slot)
            return
        }
        users[at: slot].updatesDelivered = 0
        users[at: slot].taken = 0
        for index in 0..<operation.whole {
            guard let record = users[at: slot].queue[index].record, let place = records.place(of: record) else {
                continue
            }
            forgetRepeat(at: index, of: slot)
            if partitions.isAssigned(place.partition.number) {
                partitions[at: place.partition.number].partsInFlight -= 1
                if records.hasFurtherParts(record) {
                    partitions[at: place.partition.number].ledger.putBack(place.offset, lane: lane)
                    settleInLane(record, lane: lane)
                } else {
                    partitions[at: place.partition.number].ledger.settleTaken(place.offset, lane: lane)
                }
            }
            deadLetterShare.noteAnswered(isDeadLetter: false)
            endPart(record, .settled(.delivered))
        }
        if operation.partialEvents > 0 {
            unmark(operation.whole, slot, lane)
            users[at: slot].queue[operation.whole].eventsDelivered = operation.partialEvents
            users[at: slot].queue[operation.whole].attributesDelivered = true
        }
        users[at: slot].queue.removeFirst(operation.whole)
        freeUser(slot)
    }

    /// The parts at the front of a user's list are in no call any more.
    mutating func unmarkCall(_ slot: Int, _ count: Int, _ lane: Int) {
        users[slot]?.taken = 0
        for index in 0..<min(count, users[slot]?.queue.count ?? 0) { unmark(index, slot, lane) }
    }

    mutating func unmark(_ index: Int, _ slot: Int, _ lane: Int) {
        guard let record = users[slot]?.queue[index].record ?? nil, let place = records.place(of: record) else {
            return
        }
        partitions[place.partition.number]?.ledger.putBack(place.offset, lane: lane)
        partitions[place.partition.number]?.partsInFlight -= 1
    }

    /// A user that was in a call waits again, or leaves the table. What its partition gave back meanwhile goes.
    mutating func freeUser(_ slot: Int) {
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
        releaseDeadLetterHold(&actions)
        for lane in lanes.indices where lanes[lane].hold != nil {
            lanes[lane].waitUntil = now.nanoseconds
            // A person says that the records are at fault, not the route: one more is believed by repetition. Without that a
            // window in which only refused records are left would stay held whatever anybody did.
            if lanes[lane].hold?.kind == .everythingInvalid { lanes[lane].hasBelievedRepetition = false }
            endHold(lane, &actions)
        }
    }

    /// Batch's advice is at least 5 s (batch-api 1.5).
    static let rateLimitWait: Int64 = 5_000_000_000
    /// A `Retry-After` beyond this is not believed.
    static let longestWait: Int64 = 600_000_000_000
    /// Between two tries of a refusal that is not believed yet.
    static let refusalSpacing: Int64 = 5_000_000_000
    /// Between two tries of a lane on hold.
    static let holdSpacing: Int64 = 2_000_000_000
}
