internal import BatchAPI

extension DeliveryEngine {
    /// The oldest event time, in wall milliseconds, that Batch still takes.
    func oldestAllowed(_ now: EngineTime) -> Int64 {
        now.wallMilliseconds.addingClamped(-spans.maximumAgeMilliseconds)
    }

    /// Judges events as their record is read: those without a time of their own by the record's timestamp.
    ///
    /// - Returns: whether the part goes into the window; if not it has ended.
    mutating func judgeAgeWhenRead(
        _ pending: inout Pending,
        _ source: LentRecord,
        lane: Int,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) -> Bool {
        guard let record = pending.record else { return true }
        let oldest = oldestAllowed(now)
        // Asked of every record: one look instead of one at each event. An event without a time of its own has the record's in it.
        if let time = pending.contribution.oldestEventTime, time >= oldest, source.timestampMilliseconds >= oldest {
            return true
        }
        let contribution = pending.contribution
        guard contribution.eventCount > 0 else { return true }
        var lateCount = 0
        for index in 0..<contribution.eventCount
        where (contribution.eventTime(at: index) ?? source.timestampMilliseconds) < oldest { lateCount += 1 }
        guard lateCount > 0 else { return true }
        account.lateEvents += lateCount
        pending.wasLateWhenRead = true
        let isAllLate = lateCount == contribution.eventCount
        switch settings.lateEvents {
        case .sendWithoutTime: return true
        case .drop:
            guard isAllLate else { return true }
            pending.eventsDelivered = contribution.eventCount
            guard contribution.attributeCount == 0 else { return true }
            settleInLane(record, lane: lane)
            endPart(record, .settled(.filtered))
            return false
        case .deadLetter:
            let cause = DeadLetterCause(
                reason: "late_event",
                detail:
                    "an event was older than Batch takes when its record was read; set events.late to drop it or to send "
                    + "it without its time"
            )
            guard isAllLate, contribution.attributeCount == 0 else {
                sendLetterBeside(record, lane: lane, cause, &actions)
                if isAllLate { pending.eventsDelivered = contribution.eventCount }
                return true
            }
            sendDeadLetter(record, lane: lane, cause, &actions)
            return false
        }
    }

    /// What a call may still carry of a part's events.
    func needsTimesLeftOut(_ pending: Pending) -> Bool {
        (pending.wasLateWhenRead ? settings.lateEvents : settings.expiredEvents) == .sendWithoutTime
    }

    /// Takes the events that grew too old while waiting out of a user's list; parts left with nothing end.
    ///
    /// Called when a call is built, for a user that is in none.
    mutating func expireEvents(ofUser slot: Int, _ now: EngineTime, _ actions: inout [DeliveryAction]) {
        let oldest = oldestAllowed(now)
        guard users.isUsed(slot), users[at: slot].oldestEventTime < oldest else { return }
        let queue = users[at: slot].queue
        let lane = users[at: slot].lane
        users[at: slot].hasLateParts = true
        var hasEnded = false
        for index in 0..<queue.count {
            let pending = queue[index]
            guard !pending.hasOldEvents, let record = pending.record,
                let time = pending.contribution.oldestEventTime, time < oldest
            else { continue }
            users[slot]?.queue[index].hasExpired = true
            // What the stretch holds is different from now on: if some of its updates are delivered, it begins anew.
            users[slot]?.updatesDelivered = 0
            hasEnded = expire(index, pending, record, lane, slot, oldest, &actions) || hasEnded
        }
        guard hasEnded else { return }
        users[slot]?.queue.filter(from: 0) { $0.record != nil }
    }

    /// - Returns: whether the part has left the window.
    private mutating func expire(
        _ index: Int,
        _ pending: Pending,
        _ record: Int,
        _ lane: Int,
        _ slot: Int,
        _ oldest: Int64,
        _ actions: inout [DeliveryAction]
    ) -> Bool {
        let contribution = pending.contribution
        var expired = 0
        for event in pending.eventsDelivered..<max(pending.eventsDelivered, contribution.eventCount) {
            if let time = contribution.eventTime(at: event), time < oldest { expired += 1 }
        }
        guard expired > 0 else { return false }
        account.expiredEvents += expired
        let isAllExpired = expired == contribution.eventCount - pending.eventsDelivered
        let hasAttributes = contribution.attributeCount > 0 && !pending.attributesDelivered
        let isEmptied = isAllExpired && !hasAttributes && settings.expiredEvents != .sendWithoutTime
        if isAllExpired, settings.expiredEvents != .sendWithoutTime {
            users[slot]?.queue[index].eventsDelivered = contribution.eventCount
        }
        if isEmptied {
            forgetRepeat(pending, of: slot)
            users[slot]?.queue[index].record = nil
        }
        switch settings.expiredEvents {
        case .sendWithoutTime: break
        case .drop:
            guard isEmptied else { break }
            settleInLane(record, lane: lane)
            endPart(record, .settled(pending.eventsDelivered > 0 ? .delivered : .filtered))
        case .deadLetter:
            let cause = DeadLetterCause(
                reason: "expired_event",
                detail:
                    "an event grew older than Batch takes while it waited; set events.expired to drop it or to send "
                    + "it without its time"
            )
            if isEmptied {
                sendDeadLetter(record, lane: lane, cause, &actions)
            } else {
                sendLetterBeside(record, lane: lane, cause, &actions)
            }
        }
        return isEmptied
    }
}
