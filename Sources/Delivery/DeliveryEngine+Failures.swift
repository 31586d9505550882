internal import BatchAPI

/// What follows when a call fails: it is sent again, halved until what is bad in it is alone, or given up.
extension DeliveryEngine {
    // MARK: Transient failures

    mutating func retryLater(
        _ call: CallInFlight,
        _ answer: Refusal,
        _ now: EngineTime,
        _ jitter: Double,
        _ actions: inout [DeliveryAction]
    ) {
        let time = now.nanoseconds
        let lane = call.lane
        var group = call.group ?? RetryGroup(users: [], notBefore: time, failures: 0, firstFailure: time)
        // An operation known to fail alone, while others succeed, says nothing of how Batch is: the others do not wait for it.
        let isIsolated = group.isSuspect && call.operations.count == 1
        let isOneSided = lanes[lane].lastAccepted > group.firstFailure
        let hasProof = lanes[lane].lastAccepted > group.lastFailure
        group.failures += 1
        group.refusals = 0
        group.lastAnswer = answer
        group.lastFailure = time
        group.users = call.operations.map(\.user)
        group.hasFailedAlone = group.hasFailedAlone || group.users.count == 1
        group.isSuspect = group.isSuspect || (group.failures >= 3 && isOneSided)
        group.notBefore = time.addingClamped(Self.backoff(failures: group.failures, jitter))
        if !isIsolated {
            lanes[lane].failuresInARow += 1
            if lanes[lane].failuresInARow >= 3 {
                let wait = Self.backoff(failures: lanes[lane].failuresInARow - 2, jitter)
                lanes[lane].waitUntil = max(lanes[lane].waitUntil, time.addingClamped(wait))
            }
        }
        if isOneSided, group.users.count == 1, let patience = settings.poisonAfter,
            !lanes[lane].outage.isActive(now: time),
            time.addingClamped(-group.firstFailure) >= patience.nanoseconds,
            poison(call, group, answer, hasProof, now, &actions)
        {
            return
        }
        if group.isSuspect, group.users.count > 1 {
            // While others succeed there is nothing to wait for.
            if lanes[lane].failuresInARow < 3 { group.notBefore = time }
            split(call, group, now)
        } else {
            putBack(call, retrying: group, now)
        }
    }

    /// An operation that kept failing alone, while others succeeded, is taken apart; a single record becomes a dead letter.
    ///
    /// `hasProof` says whether another call has succeeded since the operation's failure before this one.
    ///
    /// - Returns: whether it was dealt with.
    private mutating func poison(
        _ call: CallInFlight,
        _ group: RetryGroup,
        _ answer: Refusal,
        _ hasProof: Bool,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) -> Bool {
        guard let operation = call.operations.first else { return false }
        guard operation.taken <= 1 else {
            var smaller = group
            smaller.notBefore = now.nanoseconds
            // After so long, while others succeed, it counts as never applied: else what is bad in it could not be found.
            if users.contains(operation.user) { users[operation.user.slot]?.maybeAppliedEnd = 0 }
            shorten(&smaller, to: operation.taken / 2, operation)
            putBack(call, retrying: smaller, now)
            return true
        }
        guard hasProof else { return false }
        refuse(call, operation, reason: "poison", answer, group, now, &actions)
        return true
    }

    /// How many of the parts that an operation carried Batch may have applied before.
    private func maybeAppliedCount(_ operation: CallOperation) -> Int {
        guard users.contains(operation.user), let user = users[operation.user.slot] else { return 0 }
        let taken = min(operation.taken, user.queue.count)
        return (0..<taken).first { user.queue[$0].sequence >= user.maybeAppliedEnd } ?? taken
    }

    /// The group's only operation goes with fewer records.
    private mutating func shorten(_ group: inout RetryGroup, to recordLimit: Int, _ operation: CallOperation) {
        let slot = operation.user.slot
        group.recordLimit = recordLimit
        if group.suspectEnd == nil, users.contains(operation.user), let user = users[slot], operation.taken > 0,
            operation.taken <= user.queue.count
        {
            group.suspectEnd = user.queue[operation.taken - 1].sequence
        }
        if users.contains(operation.user) { users[slot]?.updatesDelivered = 0 }
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
    mutating func takeApart(
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
        group.hasFailedAlone = group.hasFailedAlone || group.users.count == 1
        group.failures += 1
        group.lastFailure = time
        group.notBefore = time
        guard call.operations.count == 1, let operation = call.operations.first else {
            group.lastAnswer = answer
            split(call, group, now)
            return
        }
        if operation.taken > 1 {
            // A shorter call had no answer before: Batch may have applied it, so it goes again as it was before it is halved.
            let applied = maybeAppliedCount(operation)
            let limit = applied > operation.taken / 2 && applied < operation.taken ? applied : operation.taken / 2
            if applied >= operation.taken { users[operation.user.slot]?.maybeAppliedEnd = 0 }
            group.lastAnswer = answer
            shorten(&group, to: limit, operation)
            putBack(call, retrying: group, now)
            return
        }
        // Only the same answer again is a repetition.
        if group.refusals == 0 || group.lastAnswer?.status != answer.status {
            group.refusals = 0
            group.firstRefusal = time
        }
        group.refusals += 1
        group.lastAnswer = answer
        if isBelieved(group, lane: lane, now) {
            refuse(call, operation, reason: "refused", answer, group, now, &actions)
            return
        }
        if !hasAcceptedLately(lane, now) {
            askForProbe(now, &actions)
            if group.refusals >= Self.repetitionCount || lanes[lane].hasBelievedRepetition {
                let reason = HoldReason(kind: .everythingInvalid, detail: unbelievedDetail(answer))
                hold(lane, reason, now, jitter, &actions)
            }
        }
        group.notBefore = time.addingClamped(Self.refusalSpacing)
        putBack(call, retrying: group, now)
    }

    /// The only record of a refused operation goes to the dead letters; what is behind it goes on.
    private mutating func refuse(
        _ call: CallInFlight,
        _ operation: CallOperation,
        reason: String,
        _ answer: Refusal,
        _ group: RetryGroup,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) {
        let slot = operation.user.slot
        guard users.contains(operation.user) else { return }
        unmarkCall(slot, operation.taken, call.lane)
        if let pending = users[slot]?.queue.first {
            forgetRepeat(pending, of: slot)
            users[slot]?.queue.removeFirst(1)
            users[slot]?.maybeAppliedEnd = 0
            users[slot]?.updatesDelivered = 0
            if let record = pending.record {
                var cause = DeadLetterCause(reason: reason, detail: "Batch did not accept the record's operation")
                cause.answerStatus = answer.status == 0 ? nil : answer.status
                cause.answerBody = answer.body
                cause.attempts = group.failures
                deadLetterShare.noteAnswered(isDeadLetter: true)
                judgeDeadLetter(record, lane: call.lane, cause, &actions)
            }
        }
        freeUser(slot)
        var done = call
        done.group = group
        keepApart(done, now)
    }

    /// A user whose operation is being taken apart goes on alone until the last of its suspect records, with twice as many
    /// records after each that is done.
    mutating func keepApart(_ call: CallInFlight, _ now: EngineTime) {
        guard var group = call.group, let end = group.suspectEnd, let operation = call.operations.first,
            users.contains(operation.user), users[operation.user.slot]?.state == .ready,
            let next = users[operation.user.slot]?.queue.first?.sequence, next <= end
        else { return }
        group.users = [operation.user]
        group.recordLimit = group.recordLimit.map { $0 * 2 }
        group.refusals = 0
        group.notBefore = now.nanoseconds
        users[operation.user.slot]?.state = .retrying
        lanes[call.lane].retries.append(group)
    }
}
