import BatchAPI
import Delivery

/// Plays Kafka, Batch and the clock to an engine, at once and without I/O. Batch is slower than Kafka, so that the window is full.
struct EngineDriver {
    private var engine: DeliveryEngine
    private var actions: [DeliveryAction] = []
    private var calls: [CallID] = []
    private var nanoseconds: Int64 = 1_000_000_000
    private var nextOffset: [Int64] = []
    private var paused: Set<PartitionIndex> = []
    private var batch: [MappedRecord] = []

    init(settings: DeliverySettings) {
        engine = DeliveryEngine(settings: settings, now: EngineTime(nanoseconds: 0, wallMilliseconds: 0))
    }

    /// What came out.
    var text: String {
        let account = engine.account
        return
            "\(account.delivered) delivered in \(account.updatesAccepted) updates, \(account.calls) calls, \(account.repeats) repeats"
    }

    mutating func assign(partitionCount: Int) {
        nextOffset = Array(repeating: 0, count: partitionCount)
        let assignments = (0..<partitionCount).map {
            PartitionAssignment(
                partition: PartitionIndex($0),
                epoch: AssignmentEpoch(1),
                startOffset: 0,
                committedOffset: nil,
                metadata: []
            )
        }
        handle(.assigned(assignments, AssignmentScope(allPartitionCount: partitionCount, groupHasOffsets: false)))
    }

    /// Hands over records in blocks a partition, as librdkafka does, and waits where the engine has paused.
    mutating func feed(_ records: [MappedRecord], from first: Int, count: Int) {
        let partition = PartitionIndex(first / 512 % nextOffset.count)
        while paused.contains(partition) { answerOldest() }
        for number in first..<first + count {
            var record = records[number % records.count]
            record.partition = partition
            record.offset = nextOffset[partition.number]
            nextOffset[partition.number] += 1
            batch.append(record)
        }
        handle(.records(batch))
        batch.removeAll(keepingCapacity: true)
    }

    /// Answers until nothing is pending.
    mutating func finish() {
        while engine.account.pending > 0 { answerOldest() }
    }

    private mutating func answerOldest() {
        guard let id = calls.first else {
            handle(.tick)
            return
        }
        calls.removeFirst()
        handle(.answer(id, .answered(.accepted(partialErrors: [], unreadErrorCount: 0, isReadable: true))))
    }

    private mutating func handle(_ event: DeliveryEvent) {
        nanoseconds += 1_000_000
        let now = EngineTime(nanoseconds: nanoseconds, wallMilliseconds: 1_795_000_000_000)
        engine.handle(event, now: now, jitter: 0.5, actions: &actions)
        var due: [DeliveryAction] = []
        swap(&due, &actions)
        for action in due { perform(action) }
    }

    private mutating func perform(_ action: DeliveryAction) {
        switch action {
        case .send(let call): calls.append(call.id)
        case .commit(let commit):
            let results = commit.partitions.map { PartitionCommitResult(partition: $0.partition, verdict: .accepted) }
            handle(.committed(commit.id, results))
        case .pause(let partitions): paused.formUnion(partitions)
        case .resume(let partitions): paused.subtract(partitions)
        default: break
        }
    }
}
