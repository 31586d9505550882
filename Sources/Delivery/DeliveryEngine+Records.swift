internal import BatchAPI

extension DeliveryEngine {
    /// Takes records in the order read.
    mutating func take(_ batch: [MappedRecord], _ now: EngineTime, _ actions: inout [DeliveryAction]) {
        LentRecord.forEach(in: batch) { take($0, now, &actions) }
    }

    /// Takes one record into the window, or settles it at once.
    private mutating func take(_ record: LentRecord, _ now: EngineTime, _ actions: inout [DeliveryAction]) {
        let number = record.partition.number
        // Records of an earlier assignment, and those read after a drain began, are read again by the next owner.
        guard isAssigned(record.partition, record.epoch), !partitions[at: number].isDraining else { return }
        if partitions[at: number].isPositionKnown {
            guard record.offset >= partitions[at: number].ledger.position else { return }
        } else {
            partitions[at: number].ledger.move(to: record.offset)
            partitions[at: number].isPositionKnown = true
        }
        account.consumed += 1
        partitions[at: number].revision += 1
        switch record.verdict {
        case .filtered:
            partitions[at: number].ledger.receive(
                record.offset,
                openLanes: .init(),
                settledLanes: .init(),
                isOpen: false
            )
            account.filtered += 1
            deadLetterShare.noteRead(isDeadLetter: false, isSent: false)
        case .deadLetter(let cause): takeUnmappable(record, cause, &actions)
        case .part(let part): takeParts(record, first: part, others: [], now, &actions)
        case .parts(let parts):
            guard let first = parts.first else {
                partitions[at: number].ledger.receive(
                    record.offset,
                    openLanes: .init(),
                    settledLanes: .init(),
                    isOpen: false
                )
                account.filtered += 1
                return
            }
            takeParts(record, first: first, others: parts.dropFirst(), now, &actions)
        }
    }

    private mutating func takeUnmappable(
        _ record: LentRecord,
        _ cause: DeadLetterCause,
        _ actions: inout [DeliveryAction]
    ) {
        let number = record.partition.number
        let wasSettled = lanes.indices.allSatisfy {
            partitions[at: number].ledger.isResumed(record.offset, lane: $0)
        }
        if wasSettled {
            partitions[at: number].ledger.receive(record.offset, openLanes: .init(), settledLanes: .all, isOpen: false)
            account.alreadySettled += 1
            return
        }
        partitions[at: number].ledger.receive(record.offset, openLanes: .all, settledLanes: .init(), isOpen: true)
        let slot = open(record, partCount: 1, byteCount: 0, settlesEverywhere: true)
        deadLetterShare.noteRead(isDeadLetter: true, isSent: false)
        judgeDeadLetter(slot, lane: nil, cause, &actions)
    }

    private mutating func takeParts(
        _ record: LentRecord,
        first: RecordPart,
        others: ArraySlice<RecordPart>,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) {
        let number = record.partition.number
        var openLanes = LaneMask()
        var settledLanes = LaneMask()
        var partCount = 0
        let mayBeResumed = partitions[at: number].ledger.isResuming
        for lane in CollectionOfOne(first.destination.index) + others.map(\.destination.index) {
            if mayBeResumed, partitions[at: number].ledger.isResumed(record.offset, lane: lane) {
                settledLanes.insert(lane)
            } else {
                openLanes.insert(lane)
                partCount += 1
            }
        }
        partitions[at: number].ledger.receive(
            record.offset,
            openLanes: openLanes,
            settledLanes: settledLanes,
            isOpen: partCount > 0
        )
        guard partCount > 0 else {
            account.alreadySettled += 1
            return
        }
        deadLetterShare.noteRead(isDeadLetter: false, isSent: true)
        let slot = open(
            record,
            partCount: partCount,
            byteCount: others.reduce(first.contribution.byteCount) { $0 + $1.contribution.byteCount },
            settlesEverywhere: false
        )
        if !others.isEmpty {
            for lane in lanes.indices where openLanes.contains(lane) {
                let count = (CollectionOfOne(first) + others).count { $0.destination.index == lane }
                if count > 1 { records.setFurtherParts(count - 1, of: slot, lane: lane) }
            }
        }
        if !record.refusedFields.isEmpty { sendFieldLetters(slot, record, openLanes, first, &actions) }
        if openLanes.contains(first.destination.index) { enqueue(first, of: slot, record, now, &actions) }
        for part in others where openLanes.contains(part.destination.index) {
            enqueue(part, of: slot, record, now, &actions)
        }
    }

    /// Makes a record one of those in the window; `byteCount` is that of its parts.
    private mutating func open(
        _ record: LentRecord,
        partCount: Int,
        byteCount partBytes: Int,
        settlesEverywhere: Bool
    ) -> Int {
        let image = record.image
        let byteCount = partBytes + image.ownByteCount + 160
        account.pending += 1
        partitions[at: record.partition.number].openRecords += 1
        partitions[at: record.partition.number].openBytes += byteCount
        return records.add(
            OpenRecord(
                partition: record.partition,
                offset: record.offset,
                timestampMilliseconds: record.timestampMilliseconds,
                openParts: partCount,
                byteCount: byteCount,
                image: image,
                settlesEverywhere: settlesEverywhere
            )
        )
    }

    private mutating func enqueue(
        _ part: RecordPart,
        of record: Int,
        _ source: LentRecord,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) {
        let lane = part.destination.index
        let hash = UserTable.hash(lane: lane, part.contribution)
        let existing = users.slot(lane: lane, part.contribution, hash: hash)
        let identity = settings.dropsRepeats ? part.contribution.identity : nil
        if let identity, let existing, records[at: record].openParts == 1,
            let twin = twin(of: identity, source.partition, in: existing)
        {
            records.addRepeat(record, to: twin)
            return
        }
        var pending = Pending(
            record: record,
            contribution: part.contribution,
            sequence: nextSequence,
            arrival: now.nanoseconds
        )
        nextSequence += 1
        let oldestEvent = pending.contribution.oldestEventTime
        if pending.contribution.eventCount > 0 {
            guard judgeAgeWhenRead(&pending, source, lane: lane, now, &actions) else { return }
        }
        let slot = existing ?? users.add(lane: lane, hash: hash)
        if pending.wasLateWhenRead { users[at: slot].hasLateParts = true }
        if let identity { noteRepeatable(&pending, identity, source.partition, of: slot) }
        users[at: slot].queue.append(consume pending)
        if let oldestEvent, oldestEvent < users[at: slot].oldestEventTime {
            users[at: slot].oldestEventTime = oldestEvent
        }
        if existing == nil { makeReady(slot) }
    }

    /// Puts a user in its lane's queue of those that can be sent.
    mutating func makeReady(_ slot: Int) {
        guard let reference = users.reference(slot), !users[at: slot].queue.isEmpty else { return }
        users[at: slot].state = .ready
        lanes[users[at: slot].lane].ready.insert(
            ReadyQueue.Entry(
                sequence: users[at: slot].queue[0].sequence,
                arrival: users[at: slot].queue[0].arrival,
                user: reference
            )
        )
    }

    // MARK: Ends

    /// One part of a record is settled in its lane. Commit metadata knows lanes only, so it may say so with the last part there.
    mutating func settleInLane(_ slot: Int, lane: Int) {
        guard let place = records.place(of: slot), !records.endsBeforeOthers(slot, lane: lane),
            partitions.isAssigned(place.partition.number)
        else { return }
        partitions[at: place.partition.number].ledger.settlePart(place.offset, lane: lane)
    }

    /// One part of a record has ended; with the last one the record has.
    mutating func endPart(_ slot: Int, _ end: PartEnd) {
        guard records.isUsed(slot) else { return }
        switch end {
        case .released: records[at: slot].isReleased = true
        case .settled(let outcome): records[at: slot].outcome = max(records[at: slot].outcome, outcome)
        }
        records[at: slot].openParts -= 1
        guard records[at: slot].openParts == 0 else { return }
        endRecord(slot)
    }

    /// A record without open parts leaves the window.
    private mutating func endRecord(_ slot: Int) {
        let partition = records[at: slot].partition
        let offset = records[at: slot].offset
        let outcome = records[at: slot].outcome
        let isReleased = records[at: slot].isReleased
        let isAssigned = partitions.isAssigned(partition.number)
        account.pending -= 1
        if isAssigned {
            partitions[at: partition.number].openRecords -= 1
            partitions[at: partition.number].openBytes -= records[at: slot].byteCount
        }
        if isReleased {
            account.released += 1
        } else {
            count(outcome)
            if isAssigned {
                partitions[at: partition.number].ledger.settleRecord(
                    offset,
                    everywhere: records[at: slot].settlesEverywhere
                )
                partitions[at: partition.number].revision += 1
            }
        }
        let repeats = records.repeats(of: slot)
        records.remove(slot)
        if !isReleased { unblock(partition) }
        for twin in repeats {
            if isReleased {
                endPart(twin, .released)
            } else {
                account.repeats += 1
                settleRepeat(twin)
            }
        }
    }

    private mutating func count(_ outcome: RecordOutcome) {
        switch outcome {
        case .alreadySettled: account.alreadySettled += 1
        case .filtered: account.filtered += 1
        case .delivered: account.delivered += 1
        case .deadLettered: account.deadLettered += 1
        }
    }

    private mutating func settleRepeat(_ slot: Int) {
        guard let record = records[slot] else { return }
        for lane in lanes.indices {
            partitions[record.partition.number]?.ledger.settlePart(record.offset, lane: lane)
        }
        endPart(slot, .settled(.filtered))
    }

    /// Users that waited for a change of this partition are looked at again.
    mutating func unblock(_ partition: PartitionIndex) {
        guard partitions.isAssigned(partition.number), !partitions[at: partition.number].blocked.isEmpty else { return }
        let waiting = partitions[at: partition.number].blocked
        partitions[at: partition.number].blocked = []
        for reference in waiting where users.contains(reference) && users[at: reference.slot].state == .blocked {
            makeReady(reference.slot)
        }
    }

    // MARK: Dead letters

    /// Hands a record to the sink; the part, or the record that never had one, stays open until the sink has it.
    mutating func sendDeadLetter(
        _ slot: Int,
        lane: Int?,
        _ cause: DeadLetterCause,
        kind: DeadLetterKind = .record,
        concernsShare: Bool = false,
        _ actions: inout [DeliveryAction]
    ) {
        guard let record = records[slot] else { return }
        if keepsForLease(slot, record.partition, lane, cause, kind, concernsShare) { return }
        let id = DeadLetterID(number())
        deadLetters[id] = PendingDeadLetter(record: slot, lane: lane, kind: kind)
        partitions[record.partition.number]?.deadLettersUnderWay += 1
        actions.append(
            .deadLetter(
                DeadLetter(
                    id: id,
                    partition: record.partition,
                    offset: record.offset,
                    timestampMilliseconds: record.timestampMilliseconds,
                    image: record.image,
                    cause: cause,
                    kind: kind
                )
            )
        )
    }

    mutating func acknowledgeDeadLetter(_ id: DeadLetterID, _ now: EngineTime, _ actions: inout [DeliveryAction]) {
        guard let letter = deadLetters.removeValue(forKey: id), let record = records[letter.record] else { return }
        partitions[record.partition.number]?.deadLettersUnderWay -= 1
        if let lane = letter.lane { settleInLane(letter.record, lane: lane) }
        // A refused field leaves its record delivered.
        endPart(letter.record, .settled(letter.kind == .field ? .alreadySettled : .deadLettered))
    }
}
