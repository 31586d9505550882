internal import BatchAPI

/// Fields that are refused, by us or by Batch, while the rest of their record is delivered.
extension DeliveryEngine {
    /// Sends a dead letter of a record whose part goes on. The part is settled in its lane when both have ended: else a crash
    /// between the two would lose the letter.
    mutating func sendLetterBeside(
        _ record: Int,
        lane: Int,
        _ cause: DeadLetterCause,
        kind: DeadLetterKind = .record,
        _ actions: inout [DeliveryAction]
    ) {
        records.addFurtherPart(of: record, lane: lane)
        sendDeadLetter(record, lane: lane, cause, kind: kind, &actions)
    }

    /// The fields that mapping left out, in the first lane where the record is not settled.
    mutating func sendFieldLetters(
        _ slot: Int,
        _ record: LentRecord,
        _ openLanes: LaneMask,
        _ first: RecordPart,
        _ actions: inout [DeliveryAction]
    ) {
        guard settings.refusedFields == .deadLetter else { return }
        // What a lane has settled it settled with its letters.
        let lane = first.destination.index
        guard openLanes.contains(lane) else { return }
        for cause in record.refusedFields { sendLetterBeside(slot, lane: lane, cause, kind: .field, &actions) }
    }

    /// A field that Batch refused belongs to the record that set it, if that can be told.
    mutating func report(
        _ error: PartialError,
        _ operation: CallOperation,
        lane: Int,
        _ actions: inout [DeliveryAction]
    ) {
        account.refusedFields += 1
        var owner: Int?
        if let index = culprit(error, operation), users.contains(operation.user) {
            owner = users[operation.user.slot]?.queue[index].record ?? nil
        }
        let place = owner.flatMap { records.place(of: $0) }
        actions.append(.refusedField(RefusedByBatch(record: place, attribute: error.attribute, reason: error.reason)))
        guard settings.refusedFields == .deadLetter, users.contains(operation.user) else { return }
        var cause = DeadLetterCause(reason: "refused_field", detail: error.reason, attribute: error.attribute)
        cause.answerStatus = 202
        cause.answerBody = error.category
        cause.attempts = 1
        if owner == nil {
            let taken = carried(operation)
            owner = taken.first
            let places = taken.prefix(Self.listedRecords).compactMap { records.place(of: $0)?.offset.description }
            cause.isAmbiguous = true
            cause.detail += "; ambiguous, one of the records at the offsets \(places.joined(separator: ", "))"
        }
        if let owner { sendLetterBeside(owner, lane: lane, cause, kind: .field, &actions) }
    }

    /// The records of an operation that are still here.
    private func carried(_ operation: CallOperation) -> [Int] {
        guard let queue = users[operation.user.slot]?.queue else { return [] }
        return (0..<min(operation.taken, queue.count)).compactMap { queue[$0].record }
    }

    /// The place, in its user's list, of the part that set a refused attribute; nil where that cannot be told.
    private mutating func culprit(_ error: PartialError, _ operation: CallOperation) -> Int? {
        guard users.contains(operation.user), let user = users[operation.user.slot] else { return nil }
        if operation.taken == 1 { return user.queue.isEmpty ? nil : 0 }
        guard let attribute = error.attribute, let first = user.queue.first else { return nil }
        fold.begin(userOf: first.contribution, ages: .none)
        for position in 0..<min(operation.taken, user.queue.count) {
            let pending = user.queue[position]
            _ = fold.add(
                pending.contribution,
                firstEvent: pending.eventsDelivered,
                attributesDelivered: pending.attributesDelivered
            )
        }
        guard let index = fold.setter(ofAttribute: attribute), index < user.queue.count else { return nil }
        return index
    }

    /// Records that an ambiguous letter lists at most.
    private static let listedRecords = 20
}
