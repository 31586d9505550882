import BatchAPI
import Testing

@testable import Delivery

/// Bugs that are put between an engine and its world, or into the engine's state, to see whether the oracle finds them.
///
/// Among them are those that consumers of Kafka are known for: metadata with a wrong base (`mixesSnapshots`), a full bucket at a
/// takeover (`startsWithFullBucket`), a refusal settled before its dead letter is stored (`acknowledgesDeadLettersEarly`), a user
/// free before the answer (`releasesUsersEarly`), partitions dropped that a revoke leaves (`dropsKeptPartitions`), no commit
/// while the watermark stands, event 16 lost at a cut, and an answer that comes after its partition was lost and given again to
/// the same member (`forgetsCallsOfLostPartitions`).
///
/// The oracle looks at the world's side: at events before they are altered, and at actions after.
enum PlantedBug: CaseIterable, CustomTestStringConvertible {
    /// The offset committed is the one after the next record.
    case commitsOneTooFar
    /// Records of an earlier assignment are taken for records of this one.
    case forgetsEpochs
    /// A call counts as delivered as soon as it is sent, so that its users are free.
    case releasesUsersEarly
    /// When a call fails, the first record of a merged update counts as settled.
    case settlesMergedRecordAlone
    /// A revoke of some partitions drops the others too.
    case dropsKeptPartitions
    /// The settled set of an earlier commit goes with the offset of this one.
    case mixesSnapshots
    /// The bucket is full although the group has been at work.
    case startsWithFullBucket
    /// A dead letter counts as stored as soon as it is handed over.
    case acknowledgesDeadLettersEarly
    /// A call may be written for ever.
    case ignoresLease
    /// Now and then an answer is not noticed.
    case losesAnswers
    /// A commit is not sent while the watermark stands, though the settled set has moved.
    case skipsCommitsWhileWatermarkStands
    /// While the watermark stands a commit goes, to keep the lease, but with the settled set of the one before.
    case keepsOldSetWhileWatermarkStands
    /// Where an update ends at its 15th event, the 16th is forgotten.
    case losesEventAfterCut
    /// When partitions are lost, users in calls are forgotten: what comes back with the same partitions goes while the answer
    /// to the earlier call is still to come.
    case forgetsCallsOfLostPartitions
    /// Fields that were refused are forgotten.
    case forgetsRefusedFields
    /// The wall clock is ten minutes behind, so that events go that Batch refuses for their age.
    case misjudgesAge
    /// What had no answer goes again with fewer records, although Batch may have applied them all.
    case shortensRetries

    var testDescription: String { "\(self)" }

    /// A bug at work in one instance.
    struct State {
        let bug: PlantedBug?
        private var revoked: Set<PartitionIndex> = []
        private var answerCount = 0
        private var earlier: [PartitionIndex: PartitionCommit] = [:]
        private var watermarks: [PartitionIndex: Int64] = [:]
        /// Users cut at their 15th event by the call just answered.
        private var cut: [UserReference] = []

        init(bug: PlantedBug?) { self.bug = bug }

        mutating func altered(_ event: DeliveryEvent, held: [Int: UInt64]) -> [DeliveryEvent] {
            switch (bug, event) {
            case (.forgetsRefusedFields, .records(let batch)):
                let stripped = batch.map { record in
                    var record = record
                    record.refusedFields = []
                    return record
                }
                return [.records(stripped)]
            case (.forgetsEpochs, .records(let batch)):
                let renewed = batch.map { record in
                    var record = record
                    if let epoch = held[record.partition.number] { record.epoch = AssignmentEpoch(epoch) }
                    return record
                }
                return [.records(renewed)]
            case (.dropsKeptPartitions, .revoked(let indices)):
                revoked.formUnion(indices)
                return [.revoked(held.keys.sorted().map { PartitionIndex($0) })]
            case (.startsWithFullBucket, .assigned(let assignments, var scope)):
                scope.groupHasOffsets = false
                return [.assigned(assignments, scope)]
            case (.losesAnswers, .answer):
                answerCount += 1
                return answerCount % 20 == 0 ? [] : [event]
            default: return [event]
            }
        }

        /// - Returns: the action for the world, and what the engine is told at once.
        mutating func altered(_ action: DeliveryAction) -> (action: DeliveryAction, answer: DeliveryEvent?) {
            switch (bug, action) {
            case (.skipsCommitsWhileWatermarkStands, .commit(let commit)):
                let isMoved = commit.partitions.contains { watermarks[$0.partition] != $0.offset }
                for partition in commit.partitions { watermarks[partition.partition] = partition.offset }
                guard !isMoved else { return (action, nil) }
                let results = commit.partitions.map {
                    PartitionCommitResult(partition: $0.partition, verdict: .accepted)
                }
                return (.pause([]), .committed(commit.id, results))
            case (.keepsOldSetWhileWatermarkStands, .commit(var commit)):
                for index in commit.partitions.indices {
                    let partition = commit.partitions[index]
                    if let before = earlier[partition.partition], before.offset == partition.offset,
                        before.epoch == partition.epoch
                    {
                        commit.partitions[index].metadata = before.metadata
                    } else {
                        earlier[partition.partition] = partition
                    }
                }
                return (.commit(commit), nil)
            case (.commitsOneTooFar, .commit(var commit)):
                for index in commit.partitions.indices { commit.partitions[index].offset += 1 }
                return (.commit(commit), nil)
            case (.mixesSnapshots, .commit(var commit)):
                for index in commit.partitions.indices { mixSnapshots(&commit.partitions[index]) }
                return (.commit(commit), nil)
            case (.releasesUsersEarly, .send(let call)):
                let accepted = BatchAnswer.accepted(partialErrors: [], unreadErrorCount: 0, isReadable: true)
                return (action, .answer(call.id, .answered(accepted)))
            case (.ignoresLease, .send(var call)):
                call.notAfter = Int64.max
                return (.send(call), nil)
            case (.acknowledgesDeadLettersEarly, .deadLetter(let letter)):
                return (action, .deadLetterAcknowledged(letter.id))
            case (.dropsKeptPartitions, .revokeFinished(let indices)):
                return (.revokeFinished(indices.filter { revoked.remove($0) != nil }), nil)
            default: return (action, nil)
            }
        }

        /// The set of the commit before, written as if it had been taken at the offset of this one.
        private mutating func mixSnapshots(_ commit: inout PartitionCommit) {
            let before = earlier[commit.partition]
            earlier[commit.partition] = commit
            let clusterHash = CommitMetadata.clusterHash([1, 2, 3])
            guard let before,
                let old = CommitMetadata.decoded(
                    before.metadata,
                    clusterHash: clusterHash,
                    committedOffset: before.offset
                )
            else { return }
            let mixed = CommitMetadata(clusterHash: clusterHash, base: commit.offset, sets: old.sets)
            commit.metadata = mixed.encoded(limit: 3_072).text
        }

        /// The wall clock that the engine is told.
        func wall(_ milliseconds: Int64) -> Int64 { bug == .misjudgesAge ? milliseconds - 600_000 : milliseconds }

        mutating func spoil(_ engine: inout DeliveryEngine, before event: DeliveryEvent) {
            guard case .answer(let id, let outcome) = event,
                let place = engine.calls.firstIndex(where: { $0.id == id })
            else { return }
            var isAccepted = false
            if case .answered(.accepted) = outcome { isAccepted = true }
            switch bug {
            case .settlesMergedRecordAlone where !isAccepted: settleFirst(engine.calls[place], &engine)
            case .losesEventAfterCut where isAccepted:
                cut = engine.calls[place].operations.filter { $0.partialEvents > 0 && $0.isLast }.map(\.user)
            default: break
            }
        }

        mutating func spoil(_ engine: inout DeliveryEngine, after event: DeliveryEvent) {
            for user in cut where engine.users.contains(user) {
                if let delivered = engine.users[user.slot]?.queue.first?.eventsDelivered, delivered > 0 {
                    engine.users[user.slot]?.queue[0].eventsDelivered = delivered + 1
                }
            }
            cut = []
            if bug == .shortensRetries, case .answer(_, .noAnswer) = event {
                for lane in engine.lanes.indices {
                    for group in engine.lanes[lane].retries.indices {
                        engine.lanes[lane].retries[group].recordLimit = 1
                    }
                }
            }
            if bug == .forgetsCallsOfLostPartitions, case .lost = event {
                for slot in 0..<engine.users.slotCount where engine.users[slot]?.hasDropped == true {
                    engine.users.remove(slot)
                }
            }
        }

        private func settleFirst(_ call: CallInFlight, _ engine: inout DeliveryEngine) {
            for operation in call.operations where operation.whole > 1 && engine.users.contains(operation.user) {
                guard let pending = engine.users[operation.user.slot]?.queue[0], let record = pending.record,
                    let open = engine.records[record]
                else { continue }
                engine.partitions[open.partition.number]?.ledger.settlePart(open.offset, lane: call.lane)
                engine.partitions[open.partition.number]?.ledger.settleRecord(open.offset, everywhere: false)
                engine.partitions[open.partition.number]?.revision += 1
            }
        }
    }
}

@Suite("Planted bugs")
struct PlantedBugTests {
    /// Seeds tried before the oracle counts as blind to a bug.
    static let limit: UInt64 = 300

    @Test("the oracle finds a planted bug", .timeLimit(.minutes(5)), arguments: PlantedBug.allCases)
    func isFound(_ bug: PlantedBug) async {
        var found: (seed: UInt64, breach: String)?
        for seed in 0..<Self.limit where found == nil {
            guard let breach = World(seed: seed, plantedBug: bug).run() else { continue }
            // It must be the bug that is found, not the world.
            if World(seed: seed).run() == nil { found = (seed, breach) }
        }
        #expect(found != nil, "\(bug) passes \(Self.limit) seeds")
        if let found { print("\(bug): seed \(found.seed): \(found.breach)") }
    }
}
