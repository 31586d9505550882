internal import BatchAPI

extension DeliveryEngine {
    mutating func assign(
        _ assignments: [PartitionAssignment],
        _ scope: AssignmentScope,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) {
        let isFirst = self.scope == nil
        self.scope = scope
        clusterHash = CommitMetadata.clusterHash(scope.clusterID)
        for assignment in assignments { assign(assignment, now) }
        updateShares(now)
        if isFirst, !scope.groupHasOffsets {
            for index in lanes.indices { lanes[index].bucket.fill() }
        }
    }

    private mutating func assign(_ assignment: PartitionAssignment, _ now: EngineTime) {
        let number = assignment.partition.number
        partitions.reserve(number)
        // An assignment of a partition that is still here means that its end was not told: what is left is no longer ours.
        if partitions.isAssigned(number) { drop(assignment.partition, includingInFlight: true) }
        var resumed: [SettledSet?] = Array(repeating: nil, count: lanes.count)
        if let committed = assignment.committedOffset, committed == assignment.startOffset,
            let metadata = CommitMetadata.decoded(
                assignment.metadata,
                clusterHash: clusterHash,
                committedOffset: committed
            )
        {
            for (hash, set) in metadata.sets {
                if let lane = lanes.firstIndex(where: { $0.nameHash == hash }) { resumed[lane] = set }
            }
        }
        partitions.set(
            number,
            PartitionState(
                epoch: assignment.epoch,
                ledger: OffsetLedger(
                    startOffset: max(0, assignment.startOffset),
                    laneCount: lanes.count,
                    resumed: resumed
                ),
                isPositionKnown: assignment.startOffset >= 0,
                leaseStart: now.nanoseconds,
                metadataLimit: settings.metadataLimit
            )
        )
    }

    mutating func changeScope(_ scope: AssignmentScope, _ now: EngineTime) {
        guard self.scope != nil else { return }
        self.scope = scope
        updateShares(now)
    }

    /// Each instance has its owned partitions' part of the rate, so that a group keeps the limit without talking.
    mutating func updateShares(_ now: EngineTime) {
        assignedCount = partitions.indices.count { partitions.isAssigned($0) }
        guard let scope else { return }
        let share = min(1, Double(assignedCount) / Double(max(1, scope.allPartitionCount)))
        for index in lanes.indices { lanes[index].bucket.setShare(share, now: now.nanoseconds) }
    }

    mutating func movePosition(_ partition: PartitionIndex, _ epoch: AssignmentEpoch, to offset: Int64) {
        let number = partition.number
        guard isAssigned(partition, epoch), !partitions[at: number].isDraining,
            offset > partitions[at: number].ledger.position || !partitions[at: number].isPositionKnown
        else { return }
        partitions[at: number].ledger.move(to: offset)
        partitions[at: number].isPositionKnown = true
        partitions[at: number].revision += 1
    }

    /// Another member has these partitions already: everything of theirs is dropped, nothing is committed.
    mutating func lose(_ indices: [PartitionIndex], _ now: EngineTime, _ actions: inout [DeliveryAction]) {
        for partition in indices {
            drop(partition, includingInFlight: true)
            partitions.clear(partition.number)
            for index in drains.indices { drains[index].partitions.removeAll { $0 == partition } }
        }
        updateShares(now)
    }

    /// Takes a partition's parts out of the window: they are given back unsent.
    ///
    /// - Parameters:
    ///   - partition: whose parts.
    ///   - includingInFlight: whether parts in calls are let go too; their answers then settle nothing.
    mutating func drop(_ partition: PartitionIndex, includingInFlight: Bool) {
        for slot in 0..<users.slotCount where users.isUsed(slot) {
            releaseParts(ofUser: slot, partition, includingInFlight)
        }
        releaseHeldLetters(of: partition)
        guard includingInFlight else { return }
        for (id, letter) in deadLetters.sorted(by: { $0.key.number < $1.key.number })
        where records[letter.record]?.partition == partition {
            deadLetters[id] = nil
            endPart(letter.record, .released)
        }
        partitions[partition.number]?.deadLettersUnderWay = 0
        partitions[partition.number]?.partsInFlight = 0
        partitions[partition.number]?.partsKept = 0
    }

    private mutating func releaseParts(ofUser slot: Int, _ partition: PartitionIndex, _ includingInFlight: Bool) {
        guard let user = users[slot] else { return }
        var isChanged = false
        for index in 0..<user.queue.count {
            guard let record = user.queue[index].record, let open = records[record], open.partition == partition else {
                continue
            }
            if index < user.taken {
                guard includingInFlight else { continue }
                if case .inCall(let id) = user.state { earlierCalls[partition.number, default: []].insert(id) }
                partitions[partition.number]?.ledger.putBack(open.offset, lane: user.lane)
            }
            forgetRepeat(user.queue[index], of: slot)
            users[slot]?.queue[index].record = nil
            users[slot]?.hasDropped = true
            endPart(record, .released)
            isChanged = true
        }
        guard isChanged else { return }
        users[slot]?.queue.filter(from: user.taken) { $0.record != nil }
        users[slot]?.updatesDelivered = 0
        settleQueue(ofUser: slot)
    }

    /// A user's list has lost parts: an empty one leaves the table, a waiting one takes its new place.
    mutating func settleQueue(ofUser slot: Int) {
        guard let user = users[slot] else { return }
        switch user.state {
        case .inCall: return
        case .ready, .retrying, .blocked:
            if user.queue.isEmpty {
                users.remove(slot)
            } else if user.state != .retrying {
                makeReady(slot)
            }
        }
    }
}
