import BatchAPI
import Testing

@testable import Delivery

/// Faults of the engine that the simulation found, each in a few events.
@Suite("Faults that the simulation found")
struct EngineFaultTests {
    private var actions: [DeliveryAction] = []
    private var engine: DeliveryEngine
    private var now: Int64 = 0

    init() {
        engine = Self.engine(windowRecords: 1_000)
    }

    private static func engine(windowRecords: Int) -> DeliveryEngine {
        var lane = DestinationSettings(name: "main")
        lane.linger = .zero
        var settings = DeliverySettings(destinations: [lane])
        settings.windowRecords = windowRecords
        return DeliveryEngine(settings: settings, now: EngineTime(nanoseconds: 0, wallMilliseconds: 0))
    }

    /// Hands over an event and returns what the engine asks for.
    @discardableResult
    private mutating func handle(_ event: DeliveryEvent, at time: Int64) -> [DeliveryAction] {
        now = time
        var actions: [DeliveryAction] = []
        engine.handle(event, now: EngineTime(nanoseconds: time, wallMilliseconds: 0), jitter: 0, actions: &actions)
        return actions
    }

    private mutating func assign(_ partitions: [Int], metadata: [UInt8] = []) {
        let assignments = partitions.map {
            PartitionAssignment(
                partition: PartitionIndex($0),
                epoch: AssignmentEpoch(UInt64($0) + 1),
                startOffset: 0,
                committedOffset: 0,
                metadata: metadata
            )
        }
        let scope = AssignmentScope(allPartitionCount: partitions.count, groupHasOffsets: false)
        handle(.assigned(assignments, scope), at: 0)
    }

    private func record(_ offset: Int64, of users: [String], in partition: Int = 0) throws -> MappedRecord {
        var reader = OperationReader()
        var parts: [RecordPart] = []
        for user in users {
            let text = Array(
                "{\"identifiers\":{\"custom_id\":\"\(user)\"},\"attributes\":{\"o\":\(offset)}}".utf8
            )
            var refused: [RefusedField] = []
            let contribution = try reader.read(text.span, identity: nil, refused: &refused)
            parts.append(RecordPart(destination: DestinationID(0), contribution: contribution))
        }
        return MappedRecord(
            partition: PartitionIndex(partition),
            epoch: AssignmentEpoch(UInt64(partition) + 1),
            offset: offset,
            timestampMilliseconds: 0,
            verdict: .parts(parts),
            image: RecordImage()
        )
    }

    private func calls(_ actions: [DeliveryAction]) -> [Call] {
        actions.compactMap { if case .send(let call) = $0 { call } else { nil } }
    }

    private func commits(_ actions: [DeliveryAction]) -> [Commit] {
        actions.compactMap { if case .commit(let commit) = $0 { commit } else { nil } }
    }

    private func text(_ call: Call?) -> String { String(decoding: call?.body ?? [], as: UTF8.self) }

    @Test("a full partition asks for no wake-up once its shortest pause is over")
    mutating func pausedPartition() throws {
        engine = Self.engine(windowRecords: 1)
        assign([0])
        let first = handle(.records([try record(0, of: ["a"])]), at: 1)
        #expect(first.contains { if case .pause = $0 { true } else { false } })
        handle(.tick, at: 1_500_000_000)
        let wakeup = engine.nextWakeup(now: EngineTime(nanoseconds: 1_500_000_000, wallMilliseconds: 0))
        #expect(wakeup.map { $0 >= 1_600_000_000 } ?? true)
    }

    @Test("a record of two users in one destination is settled there with the second of them")
    mutating func twoUsersOfOneDestination() throws {
        assign([0])
        // A record in front keeps the watermark, so that the set in the metadata counts.
        let first = calls(handle(.records([try record(0, of: ["front"])]), at: 1))
        // The two users must be in two calls: the second one is busy with an earlier record.
        let second = calls(handle(.records([try record(1, of: ["busy"])]), at: 2))
        let third = calls(handle(.records([try record(2, of: ["free", "busy"])]), at: 3))
        #expect(first.count == 1 && second.count == 1 && third.count == 1)
        let accepted = CallOutcome.answered(.accepted(partialErrors: [], unreadErrorCount: 0, isReadable: true))
        let free = try #require(third.first)
        #expect(text(free).contains("free") && !text(free).contains("busy"))
        var seen = handle(.answer(free.id, accepted), at: 4)
        seen += handle(.committed(CommitID(1), []), at: 5)
        for step in 1...20 {
            let tick = handle(.tick, at: Int64(step) * 300_000_000)
            seen += tick
            for commit in commits(tick) {
                let results = commit.partitions.map {
                    PartitionCommitResult(partition: $0.partition, verdict: .accepted)
                }
                handle(.committed(commit.id, results), at: now)
            }
        }
        for commit in commits(seen) {
            for partition in commit.partitions {
                let metadata = CommitMetadata.decoded(
                    partition.metadata,
                    clusterHash: CommitMetadata.clusterHash([]),
                    committedOffset: partition.offset
                )
                #expect(metadata?.sets.contains { $0.set.contains(2) } != true, "offset 2 counts as settled")
            }
        }
        #expect(!commits(seen).isEmpty)
    }

    @Test("a user whose list changed while it waited is in a call once")
    mutating func onceInACall() throws {
        assign([0, 1])
        let sent = calls(
            handle(.records([try record(0, of: ["a"]), try record(0, of: ["a"], in: 1)]), at: 1)
        )
        let call = try #require(sent.first)
        handle(.answer(call.id, .answered(.rateLimited(retryAfterNanoseconds: nil))), at: 2)
        handle(.revoked([PartitionIndex(1)]), at: 3)
        let again = calls(handle(.tick, at: 8_000_000_000))
        #expect(again.map(\.updateCount) == [1])
    }

    @Test("an operation that always fails does not keep other users of its lane from being sent")
    mutating func failingOperation() throws {
        assign([0])
        var open = calls(handle(.records([try record(0, of: ["bad"])]), at: 1))
        var offset: Int64 = 1
        var delivered = false
        for second in 1...200 where !delivered {
            let time = Int64(second) * 1_000_000_000
            // The others come when nothing has succeeded for so long that the lane sends one call at a time.
            let batch = second > 20 ? [try record(offset, of: ["good\(offset)"])] : []
            open += calls(handle(.records(batch), at: time))
            offset += Int64(batch.count)
            let answered = open
            open = []
            for call in answered {
                let isBad = text(call).contains("bad")
                delivered = delivered || !isBad
                let outcome: BatchAnswer =
                    isBad
                    ? .transient(status: 500, code: nil)
                    : .accepted(partialErrors: [], unreadErrorCount: 0, isReadable: true)
                open += calls(handle(.answer(call.id, .answered(outcome)), at: time + 1))
            }
            for commit in commits(handle(.tick, at: time + 2)) {
                let results = commit.partitions.map {
                    PartitionCommitResult(partition: $0.partition, verdict: .accepted)
                }
                open += calls(handle(.committed(commit.id, results), at: time + 3))
            }
        }
        #expect(delivered)
    }

    @Test("a revoke ends although an earlier commit never has an answer")
    mutating func unansweredCommit() throws {
        assign([0])
        let first = handle(.records([try record(0, of: ["a"])]), at: 300_000_000)
        #expect(!commits(first).isEmpty || engine.account.pending == 1)
        handle(.tick, at: 600_000_000)
        var seen = handle(.revoked([PartitionIndex(0)]), at: 700_000_000)
        for second in 1...14 { seen += handle(.tick, at: Int64(second) * 1_000_000_000) }
        #expect(seen.contains { if case .revokeFinished = $0 { true } else { false } })
    }
}
