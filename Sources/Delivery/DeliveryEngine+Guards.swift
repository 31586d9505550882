internal import BatchAPI

/// What keeps a fault of many from being taken for the fault of single records: the outage guard, the dead-letter share, and
/// the rules by which a refusal is believed (design, section 7).
extension DeliveryEngine {
    // MARK: Outage

    /// Counts the first verdict on the operations of a call; retries count only towards the end of an outage.
    mutating func noteVerdict(_ call: CallInFlight, _ outcome: CallOutcome, _ now: EngineTime) {
        let count = call.operations.count
        let isSuccess: Bool
        switch outcome {
        case .answered(.accepted): isSuccess = true
        case .answered(.transient), .answered(.invalid), .noAnswer, .notConnected: isSuccess = false
        case .answered(.rateLimited), .answered(.setup), .misconfigured, .notWritten: return
        }
        if let group = call.group {
            guard isSuccess || (count == 1 && !group.hasFailedAlone) else { return }
            lanes[call.lane].outage.noteRetry(count, isSuccess: isSuccess)
        } else {
            lanes[call.lane].outage.note(count, isSuccess: isSuccess, now: now.nanoseconds)
        }
    }

    // MARK: Belief

    /// Whether the refusal of the only record of a call is believed to be that record's own fault.
    mutating func isBelieved(_ group: RetryGroup, lane: Int, _ now: EngineTime) -> Bool {
        guard !lanes[lane].outage.isActive(now: now.nanoseconds) else { return false }
        if hasAcceptedLately(lane, now) { return true }
        guard group.refusals >= Self.repetitionCount, !lanes[lane].hasBelievedRepetition,
            lastProbeSuccess >= group.firstRefusal
        else { return false }
        lanes[lane].hasBelievedRepetition = true
        return true
    }

    /// Whether an operation accepted a short time ago vouches for the route.
    func hasAcceptedLately(_ lane: Int, _ now: EngineTime) -> Bool {
        lanes[lane].lastAccepted != Int64.min
            && now.nanoseconds - lanes[lane].lastAccepted <= Self.beliefWindow
    }

    /// Why nothing is believed any more, for the hold.
    func unbelievedDetail(_ answer: Refusal) -> String {
        let text = "every operation is answered with \(answer.status)"
        guard let probeFailure else { return text }
        return "\(text), and reading the list of audiences fails: \(probeFailure)"
    }

    /// Asks for the read-only call, at most once a second (batch-api 1.5) and one at a time.
    mutating func askForProbe(_ now: EngineTime, _ actions: inout [DeliveryAction]) {
        guard probeInFlight == nil, !isStopping, now.nanoseconds >= lastProbeSent.addingClamped(Self.probeSpacing)
        else {
            return
        }
        let id = CallID(number())
        probeInFlight = id
        lastProbeSent = now.nanoseconds
        actions.append(.probe(id))
    }

    mutating func finishProbe(_ id: CallID, _ outcome: ProbeOutcome, _ now: EngineTime) {
        guard probeInFlight == id else { return }
        probeInFlight = nil
        switch outcome {
        case .succeeded:
            lastProbeSuccess = now.nanoseconds
            probeFailure = nil
        case .failed(let detail): probeFailure = detail
        }
    }

    // MARK: Dead-letter share

    /// Sends a dead letter that the share guard asks about, or keeps it while the guard holds.
    mutating func judgeDeadLetter(
        _ record: Int,
        lane: Int?,
        _ cause: DeadLetterCause,
        _ actions: inout [DeliveryAction]
    ) {
        if deadLetterHold == nil, deadLetterShare.isExceeded { holdForDeadLetters(&actions) }
        guard deadLetterHold == nil else {
            heldLetters.append(HeldLetter(record: record, lane: lane, cause: cause, kind: .record, waitsForShare: true))
            return
        }
        sendDeadLetter(record, lane: lane, cause, &actions)
    }

    private mutating func holdForDeadLetters(_ actions: inout [DeliveryAction]) {
        let percent = Int(((deadLetterShare.share ?? 1) * 100).rounded())
        let limit = Int((deadLetterShare.limit * 100).rounded())
        let reason = HoldReason(
            kind: .deadLetterShare,
            detail: "\(percent) % of the last records are dead letters, \(limit) % are allowed"
        )
        deadLetterHold = reason
        for lane in lanes.indices { actions.append(.hold(DestinationID(lane), reason)) }
    }

    /// A person, or a changed setting, says that it may go on: what was kept goes to the sink, and counting begins anew.
    mutating func releaseDeadLetterHold(_ actions: inout [DeliveryAction]) {
        deadLetterShare.reset()
        guard deadLetterHold != nil else { return }
        deadLetterHold = nil
        for lane in lanes.indices where lanes[lane].hold == nil { actions.append(.holdEnded(DestinationID(lane))) }
        for index in heldLetters.indices { heldLetters[index].waitsForShare = false }
        sendHeldLetters(&actions)
    }

    /// Without a lease another member may have stored the letter already, and committed past it: it waits until the next
    /// accepted commit shows that the partition is still ours, or goes with the partition.
    mutating func keepsForLease(
        _ record: Int,
        _ partition: PartitionIndex,
        _ lane: Int?,
        _ cause: DeadLetterCause,
        _ kind: DeadLetterKind
    ) -> Bool {
        guard leaseEnd(partition) <= clock else { return false }
        heldLetters.append(HeldLetter(record: record, lane: lane, cause: cause, kind: kind, waitsForShare: false))
        return true
    }

    /// Sends the letters that nothing keeps any more.
    mutating func sendHeldLetters(_ actions: inout [DeliveryAction]) {
        guard !heldLetters.isEmpty else { return }
        let letters = heldLetters
        heldLetters = []
        for letter in letters {
            if letter.waitsForShare {
                heldLetters.append(letter)
            } else {
                sendDeadLetter(letter.record, lane: letter.lane, letter.cause, kind: letter.kind, &actions)
            }
        }
    }

    /// The partition goes: the next owner meets its records again.
    mutating func releaseHeldLetters(of partition: PartitionIndex) {
        guard !heldLetters.isEmpty else { return }
        let given = heldLetters.filter { records[$0.record]?.partition == partition }
        guard !given.isEmpty else { return }
        heldLetters.removeAll { records[$0.record]?.partition == partition }
        for letter in given { endPart(letter.record, .released) }
    }

    /// How often a refusal must be repeated to be believed without another operation that was accepted.
    static let repetitionCount = 3
    /// How long one accepted operation vouches for the route.
    static let beliefWindow: Int64 = 60_000_000_000
    /// Between two read-only calls.
    static let probeSpacing: Int64 = 1_000_000_000
}

/// A dead letter that is kept from the sink, by the share guard or until the lease is renewed.
struct HeldLetter: Sendable {
    let record: Int
    let lane: Int?
    let cause: DeadLetterCause
    let kind: DeadLetterKind
    var waitsForShare: Bool
}
