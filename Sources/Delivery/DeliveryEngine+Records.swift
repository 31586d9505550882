internal import BatchAPI

extension DeliveryEngine {
    /// Takes one record into the window, or settles it at once.
    mutating func take(_ record: MappedRecord, _ now: EngineTime, _ actions: inout [DeliveryAction]) {
        let number = record.partition.number
        // Records of an earlier assignment, and those read after a drain began, are read again by the next owner.
        guard isAssigned(record.partition, record.epoch), partitions[number]?.isDraining == false,
            let position = partitions[number]?.ledger.position,
            let isPositionKnown = partitions[number]?.isPositionKnown,
            record.offset >= position || !isPositionKnown
        else { return }
        if !isPositionKnown {
            partitions[number]?.ledger.move(to: record.offset)
            partitions[number]?.isPositionKnown = true
        }
        account.consumed += 1
        partitions[number]?.revision += 1
        switch record.verdict {
        case .filtered:
            partitions[number]?.ledger.receive(record.offset, openLanes: .init(), settledLanes: .init(), isOpen: false)
            account.filtered += 1
            deadLetterShare.noteRead(isDeadLetter: false, isSent: false)
        case .deadLetter(let cause): takeUnmappable(record, cause, &actions)
        case .part(let part): takeParts(record, first: part, others: [], now, &actions)
        case .parts(let parts):
            guard let first = parts.first else {
                partitions[number]?.ledger.receive(
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
        _ record: MappedRecord,
        _ cause: DeadLetterCause,
        _ actions: inout [DeliveryAction]
    ) {
        let number = record.partition.number
        let wasSettled = lanes.indices.allSatisfy {
            partitions[number]?.ledger.isResumed(record.offset, lane: $0) == true
        }
        if wasSettled {
            partitions[number]?.ledger.receive(record.offset, openLanes: .init(), settledLanes: .all, isOpen: false)
            account.alreadySettled += 1
            return
        }
        partitions[number]?.ledger.receive(record.offset, openLanes: .all, settledLanes: .init(), isOpen: true)
        let slot = open(record, partCount: 1, settlesEverywhere: true)
        deadLetterShare.noteRead(isDeadLetter: true, isSent: false)
        judgeDeadLetter(slot, lane: nil, cause, &actions)
    }

    private mutating func takeParts(
        _ record: MappedRecord,
        first: RecordPart,
        others: ArraySlice<RecordPart>,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) {
        let number = record.partition.number
        var openLanes = LaneMask()
        var settledLanes = LaneMask()
        var partCount = 0
        let mayBeResumed = partitions[number]?.ledger.hasResumed ?? false
        for part in CollectionOfOne(first) + others {
            let lane = part.destination.index
            if mayBeResumed, partitions[number]?.ledger.isResumed(record.offset, lane: lane) == true {
                settledLanes.insert(lane)
            } else {
                openLanes.insert(lane)
                partCount += 1
            }
        }
        partitions[number]?.ledger.receive(
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
        let slot = open(record, partCount: partCount, settlesEverywhere: false)
        if !others.isEmpty {
            for lane in lanes.indices where openLanes.contains(lane) {
                let count = (CollectionOfOne(first) + others).count { $0.destination.index == lane }
                if count > 1 { records[slot]?.furtherParts[lane] = count - 1 }
            }
        }
        if !record.refusedFields.isEmpty { sendFieldLetters(slot, record, openLanes, first, &actions) }
        if openLanes.contains(first.destination.index) { enqueue(first, of: slot, record, now, &actions) }
        for part in others where openLanes.contains(part.destination.index) {
            enqueue(part, of: slot, record, now, &actions)
        }
    }

    private mutating func open(_ record: MappedRecord, partCount: Int, settlesEverywhere: Bool) -> Int {
        var byteCount = record.image.bytes.count + 160
        switch record.verdict {
        case .part(let part): byteCount += part.contribution.byteCount
        case .parts(let parts): for part in parts { byteCount += part.contribution.byteCount }
        case .filtered, .deadLetter: break
        }
        account.pending += 1
        partitions[record.partition.number]?.openRecords += 1
        partitions[record.partition.number]?.openBytes += byteCount
        return records.add(
            OpenRecord(
                partition: record.partition,
                offset: record.offset,
                timestampMilliseconds: record.timestampMilliseconds,
                openParts: partCount,
                byteCount: byteCount,
                image: record.image,
                settlesEverywhere: settlesEverywhere
            )
        )
    }

    private mutating func enqueue(
        _ part: RecordPart,
        of record: Int,
        _ source: MappedRecord,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) {
        let key = UserKey(lane: part.destination.index, customID: part.contribution.customID)
        let existing = users.slot(of: key)
        if settings.dropsRepeats, let identity = part.contribution.identity, records[record]?.openParts == 1,
            let existing, let reference = users.reference(existing),
            let twin = repeatedRecords[RepeatKey(user: reference, partition: source.partition, identity: identity)]
        {
            records[twin]?.repeats.append(record)
            return
        }
        var pending = Pending(
            record: record,
            contribution: part.contribution,
            sequence: nextSequence,
            arrival: now.nanoseconds
        )
        nextSequence += 1
        guard judgeAgeWhenRead(&pending, source, lane: key.lane, now, &actions) else { return }
        let slot = existing ?? users.add(key)
        users[slot]?.queue.append(pending)
        if let oldest = pending.contribution.oldestEventTime, let known = users[slot]?.oldestEventTime, oldest < known {
            users[slot]?.oldestEventTime = oldest
        }
        if pending.wasLateWhenRead { users[slot]?.hasLateParts = true }
        if settings.dropsRepeats, let identity = part.contribution.identity, let reference = users.reference(slot) {
            repeatedRecords[RepeatKey(user: reference, partition: source.partition, identity: identity)] = record
        }
        if existing == nil { makeReady(slot) }
    }

    /// The part leaves the window: later messages equal to it are not repeats any more.
    mutating func forgetRepeat(_ pending: Pending, of slot: Int) {
        guard settings.dropsRepeats, let identity = pending.contribution.identity, let record = pending.record,
            let partition = records[record]?.partition, let reference = users.reference(slot)
        else { return }
        repeatedRecords[RepeatKey(user: reference, partition: partition, identity: identity)] = nil
    }

    /// The same for a part by its place in the user's list.
    mutating func forgetRepeat(at index: Int, of slot: Int, _ partition: PartitionIndex) {
        guard settings.dropsRepeats, let identity = users[slot]?.queue[index].contribution.identity ?? nil,
            let reference = users.reference(slot)
        else { return }
        repeatedRecords[RepeatKey(user: reference, partition: partition, identity: identity)] = nil
    }

    /// Puts a user in its lane's queue of those that can be sent.
    mutating func makeReady(_ slot: Int) {
        guard let reference = users.reference(slot), let lane = users[slot]?.key.lane,
            users[slot]?.queue.isEmpty == false, let sequence = users[slot]?.queue[0].sequence,
            let arrival = users[slot]?.queue[0].arrival
        else { return }
        users[slot]?.state = .ready
        lanes[lane].ready.insert(ReadyQueue.Entry(sequence: sequence, arrival: arrival, user: reference))
    }

    // MARK: Ends

    /// One part of a record is settled in its lane. Commit metadata knows lanes only, so it may say so with the last part there.
    mutating func settleInLane(_ slot: Int, lane: Int) {
        guard let record = records[slot] else { return }
        if let further = record.furtherParts[lane], further > 0 {
            records[slot]?.furtherParts[lane] = further - 1
        } else {
            partitions[safe: record.partition.number]?.ledger.settlePart(record.offset, lane: lane)
        }
    }

    /// One part of a record has ended; with the last one the record has.
    mutating func endPart(_ slot: Int, _ end: PartEnd) {
        switch end {
        case .released: records[slot]?.isReleased = true
        case .settled(let outcome):
            if let before = records[slot]?.outcome { records[slot]?.outcome = max(before, outcome) }
        }
        records[slot]?.openParts -= 1
        guard records[slot]?.openParts == 0, let record = records[slot] else { return }
        records.remove(slot)
        account.pending -= 1
        let number = record.partition.number
        partitions[safe: number]?.openRecords -= 1
        partitions[safe: number]?.openBytes -= record.byteCount
        if record.isReleased {
            account.released += 1
        } else {
            switch record.outcome {
            case .alreadySettled: account.alreadySettled += 1
            case .filtered: account.filtered += 1
            case .delivered: account.delivered += 1
            case .deadLettered: account.deadLettered += 1
            }
            partitions[safe: number]?.ledger.settleRecord(record.offset, everywhere: record.settlesEverywhere)
            partitions[safe: number]?.revision += 1
            unblock(record.partition)
        }
        for twin in record.repeats {
            if record.isReleased {
                endPart(twin, .released)
            } else {
                account.repeats += 1
                settleRepeat(twin)
            }
        }
    }

    private mutating func settleRepeat(_ slot: Int) {
        guard let record = records[slot] else { return }
        for lane in lanes.indices {
            partitions[safe: record.partition.number]?.ledger.settlePart(record.offset, lane: lane)
        }
        endPart(slot, .settled(.filtered))
    }

    /// Users that waited for a change of this partition are looked at again.
    mutating func unblock(_ partition: PartitionIndex) {
        guard partitions.indices.contains(partition.number), partitions[partition.number]?.blocked.isEmpty == false,
            let waiting = partitions[partition.number]?.blocked
        else { return }
        partitions[partition.number]?.blocked = []
        for reference in waiting where users.contains(reference) && users[reference.slot]?.state == .blocked {
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
        _ actions: inout [DeliveryAction]
    ) {
        guard let record = records[slot] else { return }
        if keepsForLease(slot, record.partition, lane, cause, kind) { return }
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
