internal import BatchAPI

extension DeliveryEngine {
    // MARK: Commits

    /// Commits what has moved, and at least every second while anything is to be sent: an accepted commit is what renews the
    /// lease.
    mutating func commitIfDue(_ now: EngineTime, _ actions: inout [DeliveryAction]) {
        guard commitInFlight == nil else { return }
        let time = now.nanoseconds
        if startFinalCommit(now, &actions) { return }
        var due: [PartitionIndex] = []
        if time >= lastCommitSent.addingClamped(spans.commitInterval) {
            due = indices { $0.isDirty }
        }
        if due.isEmpty, settings.lease != nil, records.count > 0,
            time >= lastCommitSent.addingClamped(spans.leaseCommitInterval),
            let one = indices(where: { $0.isPositionKnown && $0.openRecords > 0 }).first
        {
            due = [one]
        }
        guard !due.isEmpty else { return }
        send(due, isFinal: false, now, &actions)
    }

    private func indices(where isWanted: (borrowing PartitionState) -> Bool) -> [PartitionIndex] {
        partitions.indices.compactMap { number in
            partitions.isAssigned(number) && isWanted(partitions[at: number]) ? PartitionIndex(number) : nil
        }
    }

    @discardableResult
    private mutating func send(
        _ due: [PartitionIndex],
        isFinal: Bool,
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) -> CommitID {
        let id = CommitID(number())
        lastCommitSent = now.nanoseconds
        commitInFlight = CommitInFlight(
            id: id,
            sentAt: now.nanoseconds,
            revisions: due.compactMap { index in state(index).map { (index, $0.epoch, $0.revision) } },
            assigned: indices { _ in true }.compactMap { index in state(index).map { (index, $0.epoch) } }
        )
        let commits = due.compactMap { snapshot($0) }
        actions.append(.commit(Commit(id: id, partitions: commits, isFinal: isFinal)))
        return id
    }

    /// Watermark, settled sets and base, all of one moment.
    private mutating func snapshot(_ partition: PartitionIndex) -> PartitionCommit? {
        guard let state = state(partition) else { return nil }
        let watermark = state.ledger.watermark
        let metadata = CommitMetadata(
            clusterHash: clusterHash,
            base: watermark,
            sets: lanes.indices.map { (lanes[$0].nameHash, state.ledger.settledSet(lane: $0)) }
        )
        let (text, wasCut) = metadata.encoded(limit: state.metadataLimit)
        if wasCut { account.metadataCuts += 1 }
        return PartitionCommit(partition: partition, epoch: state.epoch, offset: watermark, metadata: text)
    }

    mutating func finishCommit(_ id: CommitID, _ results: [PartitionCommitResult], _ now: EngineTime) {
        guard let commit = commitInFlight, commit.id == id else { return }
        commitInFlight = nil
        var isMember = false
        for result in results {
            let number = result.partition.number
            guard let carried = commit.revisions.first(where: { $0.partition == result.partition }),
                state(result.partition)?.epoch == carried.epoch
            else { continue }
            switch result.verdict {
            case .accepted:
                isMember = true
                partitions[number]?.committedRevision = carried.revision
            case .metadataTooLarge:
                // The broker has looked at the member before the size, but the offset is not stored: smaller, and again.
                let limit = partitions[number]?.metadataLimit ?? 0
                partitions[number]?.metadataLimit = limit / 2
            case .refused: break
            }
        }
        if isMember {
            account.commits += 1
            for (partition, epoch) in commit.assigned where state(partition)?.epoch == epoch {
                partitions[partition.number]?.leaseStart = commit.sentAt
                unblock(partition)
            }
        }
        finishDrainCommit(id, results, now)
    }

    // MARK: Drains

    mutating func beginStop(_ now: EngineTime, _ actions: inout [DeliveryAction]) {
        guard !isStopping else { return }
        isStopping = true
        beginDrain(.stop, indices { _ in true }, now, &actions)
    }

    /// Nothing new is taken from these partitions; what is not in a call is given back at once.
    mutating func beginDrain(
        _ purpose: Drain.Purpose,
        _ indices: [PartitionIndex],
        _ now: EngineTime,
        _ actions: inout [DeliveryAction]
    ) {
        let timeout = purpose == .stop ? settings.shutdownTimeout : settings.revokeTimeout
        drains.append(
            Drain(
                purpose: purpose,
                partitions: indices,
                deadline: now.nanoseconds.addingClamped(timeout.nanoseconds)
            )
        )
        for partition in indices where state(partition)?.isDraining == false {
            partitions[partition.number]?.isDraining = true
            drop(partition, includingInFlight: false)
        }
    }

    /// Moves every drain as far as it can go now.
    mutating func advanceDrains(_ now: EngineTime, _ actions: inout [DeliveryAction]) {
        var index = 0
        while index < drains.count {
            let drain = drains[index]
            let isOver = now.nanoseconds >= drain.deadline
            if drain.stage == .waiting {
                if now.nanoseconds >= lastSend(drain) { giveBackKept(drain) }
                let isQuiet = drain.partitions.allSatisfy {
                    (state($0)?.isQuiet ?? true) && earlierCalls[$0.number] == nil
                }
                guard isQuiet || isOver else {
                    index += 1
                    continue
                }
                if !isQuiet { abandon(drain) }
                drains[index].stage = .committing
            }
            if isFinished(drains[index], now) {
                finishDrain(index, now, &actions)
            } else {
                index += 1
            }
        }
    }

    /// The last moment at which a call may be sent in a drain: its answer comes before the end of it.
    func lastSend(_ drain: Drain) -> Int64 { drain.deadline.addingClamped(-settings.callTimeout.nanoseconds) }

    /// Whether a failed call with records of this draining partition may be sent once more.
    func mayRetry(_ partition: PartitionIndex, _ now: Int64) -> Bool {
        drains.allSatisfy { !$0.partitions.contains(partition) || now < lastSend($0) }
    }

    /// What waits for its one retry has no time left for it.
    private mutating func giveBackKept(_ drain: Drain) {
        let kept = drain.partitions.filter { (state($0)?.partsKept ?? 0) > 0 }
        guard !kept.isEmpty else { return }
        // Once each, and only those that had no answer: after an answer it is known that nothing was applied, or Batch's word.
        let counted = unansweredCalls.filter { waits($0, for: kept) }.map(\.id)
        account.abandonedCalls += counted.count
        unansweredCalls.removeAll { counted.contains($0.id) }
        for partition in kept {
            drop(partition, includingInFlight: false)
            partitions[partition.number]?.partsKept = 0
        }
    }

    /// Whether a record of these partitions that the call carried still waits for its retry.
    private func waits(_ call: UnansweredCall, for kept: [PartitionIndex]) -> Bool {
        call.users.contains { reference in
            guard users.contains(reference), let queue = users[reference.slot]?.queue else { return false }
            return (0..<queue.count).contains { index in
                guard queue[index].isKept, let record = queue[index].record else { return false }
                return records[record].map { kept.contains($0.partition) } ?? false
            }
        }
    }

    private func isFinished(_ drain: Drain, _ now: EngineTime) -> Bool {
        switch drain.stage {
        case .waiting: false
        case .finished: true
        case .committing:
            // An earlier commit that never has an answer must not hold the final one, and with it the drain, for ever.
            !drain.partitions.contains { state($0)?.isPositionKnown == true }
                || now.nanoseconds >= drain.deadline.addingClamped(Self.commitGrace)
        // A final commit that has no answer some time after the deadline is not waited for.
        case .committed: now.nanoseconds >= drain.deadline.addingClamped(Self.commitGrace)
        }
    }

    private mutating func abandon(_ drain: Drain) {
        let unanswered = calls.filter { call in
            call.operations.contains { operation in
                guard users.contains(operation.user), let user = users[operation.user.slot] else { return false }
                return (0..<min(user.taken, user.queue.count)).contains { index in
                    guard let record = user.queue[index].record, let open = records[record] else { return false }
                    return drain.partitions.contains(open.partition)
                }
            }
        }
        account.abandonedCalls += unanswered.count
        for partition in drain.partitions { drop(partition, includingInFlight: true) }
    }

    /// - Returns: whether a final commit was sent.
    private mutating func startFinalCommit(_ now: EngineTime, _ actions: inout [DeliveryAction]) -> Bool {
        guard let index = drains.firstIndex(where: { $0.stage == .committing }) else { return false }
        let known = drains[index].partitions.filter { state($0)?.isPositionKnown == true }
        guard !known.isEmpty else { return false }
        let id = send(known, isFinal: true, now, &actions)
        drains[index].stage = .committed(id)
        return true
    }

    private mutating func finishDrainCommit(_ id: CommitID, _ results: [PartitionCommitResult], _ now: EngineTime) {
        guard let index = drains.firstIndex(where: { $0.stage == .committed(id) }) else { return }
        let isStored = results.allSatisfy { $0.verdict == .accepted }
        // Once more while there is time; then the partitions go as they are, and some records are sent again.
        drains[index].stage = isStored || now.nanoseconds >= drains[index].deadline ? .finished : .committing
    }

    private mutating func finishDrain(_ index: Int, _ now: EngineTime, _ actions: inout [DeliveryAction]) {
        let drain = drains.remove(at: index)
        if case .committed(let id) = drain.stage, commitInFlight?.id == id { commitInFlight = nil }
        for partition in drain.partitions {
            drop(partition, includingInFlight: true)
            partitions.clear(partition.number)
            for other in drains.indices { drains[other].partitions.removeAll { $0 == partition } }
        }
        if drains.isEmpty { unansweredCalls = [] }
        updateShares(now)
        actions.append(drain.purpose == .stop ? .drained : .revokeFinished(drain.partitions))
    }

    /// After the deadline of a drain, the final commit may take this much longer.
    static let commitGrace: Int64 = 3_000_000_000

    // MARK: Back pressure

    /// Whether any partition has as many unsettled records or bytes as its share allows.
    var isShareFull: Bool {
        let (recordShare, byteShare) = shares
        for number in partitions.indices where partitions.isAssigned(number) {
            if partitions[at: number].openRecords >= recordShare || partitions[at: number].openBytes >= byteShare {
                return true
            }
        }
        return false
    }

    private var shares: (records: Int, bytes: Int) {
        let count = max(1, assignedCount)
        return (max(1, settings.windowRecords / count), max(1, settings.windowBytes / count))
    }

    /// Pauses partitions with a full share and resumes those down to half of it.
    mutating func changeFlow(_ now: EngineTime, _ actions: inout [DeliveryAction]) {
        let (recordShare, byteShare) = shares
        var paused: [PartitionIndex] = []
        var resumed: [PartitionIndex] = []
        for number in partitions.indices where partitions.isAssigned(number) && !partitions[at: number].isDraining {
            let openRecords = partitions[at: number].openRecords
            let openBytes = partitions[at: number].openBytes
            if !partitions[at: number].isPaused {
                guard openRecords >= recordShare || openBytes >= byteShare else { continue }
                partitions[at: number].isPaused = true
                partitions[at: number].pausedAt = now.nanoseconds
                paused.append(PartitionIndex(number))
            } else if openRecords <= recordShare / 2, openBytes <= byteShare / 2,
                now.nanoseconds >= partitions[at: number].pausedAt.addingClamped(Self.shortestPause)
            {
                partitions[at: number].isPaused = false
                resumed.append(PartitionIndex(number))
            }
        }
        if !paused.isEmpty { actions.append(.pause(paused)) }
        if !resumed.isEmpty { actions.append(.resume(resumed)) }
    }
}
