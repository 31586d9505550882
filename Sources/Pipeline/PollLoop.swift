import Delivery
import KafkaClient
import Observability
import Threads

/// Reads records, maps them and hands them to the engine in batches; the only thread that polls, pauses, resumes and assigns.
///
/// The loop never stops polling, so that the group never loses patience with it: back pressure pauses partitions. Not Sendable:
/// everything here happens on its thread.
final class PollLoop: RebalanceHandler {
    let consumer: KafkaConsumer
    private let options: RelayOptions
    let link: ThreadLink
    let logger: Logger
    let metrics: RelayMetrics
    private var mapper: RecordMapper
    private var batch: [MappedRecord] = []
    private var places: [TopicPartition] = []
    private var numbers: [TopicPartition: Int] = [:]
    /// By topic index and partition: where a record belongs, without hashing.
    private var slots: [[PartitionSlot?]] = []
    private var nextEpoch: UInt64 = 1
    /// What is known of the whole group.
    private var scope: AssignmentScope?
    private var partitionCounts: [String: Int32] = [:]
    /// Partitions whose next offset is gone from the log, with that offset; see the extension.
    var misplaced: [TopicPartition: Int64] = [:]
    private var warnedGaps: Set<TopicPartition> = []
    private var isClosing = false
    /// Which topics are read; see the extension.
    var topics = TopicGuard()
    /// Whether what was held is to be read again.
    var isReleasing = false
    /// What the engine wants paused, whoever else does.
    private(set) var pausedByEngine: Set<TopicPartition> = []

    struct PartitionSlot {
        let index: PartitionIndex
        let epoch: AssignmentEpoch
        var sequence: OffsetSequence
    }

    init(
        consumer: KafkaConsumer,
        mapper: consuming RecordMapper,
        options: RelayOptions,
        link: ThreadLink,
        logger: Logger,
        metrics: RelayMetrics
    ) {
        self.consumer = consumer
        self.mapper = mapper
        self.options = options
        self.link = link
        self.logger = logger
        self.metrics = metrics
        batch.reserveCapacity(Self.batchLimit)
    }

    /// Runs until the engine has ended, then closes the consumer.
    func run() {
        consumer.rebalanceHandler = self
        do {
            try consumer.subscribe(options.topics)
        } catch {
            link.send(.failed(error))
        }
        var hasAskedToStop = false
        while !link.isEngineDone {
            obey(link.takeCommands())
            if isReleasing { releaseTopics() }
            if !misplaced.isEmpty { findBeginnings() }
            if link.isStopRequested, !hasAskedToStop {
                hasAskedToStop = true
                link.send(.stop)
            }
            readBatch()
        }
        isClosing = true
        let outcome = consumer.close()
        logger.debug("consumer closed", ["outcome": .text("\(outcome)")])
    }

    private func obey(_ commands: [PollCommand]) {
        for command in commands {
            do {
                switch command {
                case .pause(let indices):
                    pausedByEngine.formUnion(assigned(indices))
                    try consumer.pause(assigned(indices))
                case .resume(let indices):
                    pausedByEngine.subtract(assigned(indices))
                    try consumer.resume(assigned(indices).filter { topics.withheld[$0] == nil })
                case .releaseTopics: isReleasing = true
                }
            } catch {
                logger.warning("pause or resume failed", ["error": .text(error.description)])
            }
        }
    }

    /// Only what is still assigned can be paused or resumed.
    private func assigned(_ indices: [PartitionIndex]) -> [TopicPartition] {
        indices.map { places[$0.number] }.filter { slot(of: $0) != nil }
    }

    /// Waits for one record, takes what else is there, and hands all of it over.
    private func readBatch() {
        var wait = Self.pollMilliseconds
        reading: while batch.count < Self.batchLimit {
            switch consumer.poll(timeoutMilliseconds: wait, { record in take(record) }) {
            case .record: wait = 0
            case .endOfPartition(let place, let offset): reachEnd(of: place, offset)
            case .offsetGone(let place, let offset, _): noteGone(offset, of: place)
            case .idle: break reading
            case .error(let error): report(error)
            }
            if link.isStopRequested { break }
        }
        flush()
    }

    func flush() {
        guard !batch.isEmpty else { return }
        link.send(.event(.records(batch)))
        batch.removeAll(keepingCapacity: true)
    }

    private func take(_ record: borrowing KafkaRecord) {
        let topic = record.topicIndex
        let partition = Int(record.partition)
        guard slots.indices.contains(topic), slots[topic].indices.contains(partition),
            let slot = slots[topic][partition], !withholds(record)
        else { return }
        switch slots[topic][partition]?.sequence.receive(record.offset) {
        case .next, nil: break
        case .repeated:
            metrics.repeatedOffsets.increment()
            return
        case .gap(let count):
            metrics.offsetGaps.increment(by: Int(clamping: count))
            warnOfGap(topic, record.partition)
        }
        batch.append(mapper.map(record, slot.index, slot.epoch) { consumer.topicName($0) })
    }

    private func warnOfGap(_ topic: Int, _ partition: Int32) {
        let place = TopicPartition(topic: consumer.topicName(topic), partition: partition)
        guard warnedGaps.insert(place).inserted else { return }
        logger.warning(
            "offsets are missing: normal on a compacted topic or one written in transactions, elsewhere records are lost",
            ["partition": .text(place.description)]
        )
    }

    private func reachEnd(of place: TopicPartition, _ offset: Int64) {
        // What is withheld lies before the end, so that the end is not reached.
        guard topics.withheld[place] == nil, let slot = slot(of: place) else { return }
        slots[consumer.topicIndex(place.topic)][Int(place.partition)]?.sequence.reachEnd(offset)
        flush()
        link.send(.event(.positionMoved(slot.index, slot.epoch, offset: offset)))
    }

    private func report(_ error: KafkaError) {
        metrics.kafkaErrors.increment()
        if error.isFatal {
            link.send(.failed(error))
        } else {
            logger.limited("kafka \(error.name)", every: .seconds(10))?
                .warning("Kafka reports", ["error": .text(error.description)])
        }
    }

    // MARK: Assignments

    func assigned(_ partitions: [TopicPartition], by consumer: KafkaConsumer) -> [PartitionOffset] {
        flush()
        guard !isClosing else { return [] }
        // What was ordered for an earlier assignment of these partitions must not be done to the new one.
        obey(link.takeCommands())
        guard
            let plan = AssignmentReader(
                consumer: consumer,
                options: options,
                link: link,
                logger: logger,
                metrics: metrics,
                knownCounts: partitionCounts
            ).read(partitions)
        else { return [] }
        scope = plan.scope
        partitionCounts.merge(plan.counts) { $1 }
        guard !partitions.isEmpty else {
            // Others' partitions have changed, and with them this member's share of the rate.
            logger.info("partitions counted", ["of": .integer(plan.scope.allPartitionCount)])
            link.send(.event(.scopeChanged(plan.scope)))
            return []
        }
        var assignments: [PartitionAssignment] = []
        for start in plan.starts {
            assignments.append(begin(start))
        }
        logger.info(
            "partitions assigned",
            [
                "partitions": .list(partitions.map { .text($0.description) }),
                "of": .integer(plan.scope.allPartitionCount),
            ]
        )
        link.send(.assigned(assignments, plan.scope, names: places))
        return plan.starts.map { PartitionOffset($0.place, offset: $0.offset) }
    }

    /// Where all assigned partitions stand but those whose offset is gone.
    func positionsOfOthers() -> [PartitionOffset] {
        places.compactMap { place in
            guard misplaced[place] == nil || topics.withheld[place] != nil, let next = slot(of: place)?.sequence.next
            else { return nil }
            return PartitionOffset(place, offset: topics.withheld[place] ?? next)
        }
    }

    /// Gives a partition that has come its place and its epoch.
    private func begin(_ start: AssignmentReader.Start) -> PartitionAssignment {
        let index = index(of: start.place)
        let epoch = AssignmentEpoch(nextEpoch)
        nextEpoch += 1
        set(start.place, PartitionSlot(index: index, epoch: epoch, sequence: OffsetSequence(start: start.offset)))
        return PartitionAssignment(
            partition: index,
            epoch: epoch,
            startOffset: start.offset,
            committedOffset: start.committed,
            metadata: start.metadata
        )
    }

    /// Reads a partition anew from an offset before what was read, as if it had left and come back: nothing of what was read of
    /// it is committed any more.
    func beginAnew(_ place: TopicPartition, at offset: Int64) {
        guard let scope, let slot = slot(of: place) else { return }
        flush()
        resumeBeforeLeaving([place])
        pausedByEngine.remove(place)
        link.send(.lost([slot.index], Gate()))
        let assignment = begin(.init(place: place, offset: offset, committed: nil, metadata: []))
        link.send(.assigned([assignment], scope, names: places))
    }

    func revoked(_ partitions: [TopicPartition], by consumer: KafkaConsumer) {
        let indices = forget(partitions)
        guard !indices.isEmpty, !link.isEngineDone else { return }
        logger.info("partitions revoked", ["partitions": .list(partitions.map { .text($0.description) })])
        let gate = Gate()
        link.send(.revoked(indices, gate))
        // The engine keeps to `revoke_timeout`; the rest is for its last commit.
        let deadline = Clocks.bootNanoseconds + options.delivery.revokeTimeout.inNanoseconds + 5_000_000_000
        while !gate.wait(timeout: .milliseconds(100)), !link.isEngineDone, Clocks.bootNanoseconds < deadline {}
    }

    func lost(_ partitions: [TopicPartition], by consumer: KafkaConsumer) {
        let indices = forget(partitions)
        guard !indices.isEmpty else { return }
        logger.warning(
            "partitions lost: another member has them already",
            ["partitions": .list(partitions.map { .text($0.description) })]
        )
        // The join that follows must not begin before the engine knows: its commit of what it had would be taken for the new
        // member's, and set back what the partitions' owner has committed meanwhile.
        let gate = Gate()
        link.send(.lost(indices, gate))
        let deadline = Clocks.bootNanoseconds + 5_000_000_000
        while !gate.wait(timeout: .milliseconds(100)), !link.isEngineDone, Clocks.bootNanoseconds < deadline {}
    }

    /// Records of these partitions that were mapped and not handed over are read again by the next owner.
    private func forget(_ partitions: [TopicPartition]) -> [PartitionIndex] {
        let indices = partitions.compactMap { slot(of: $0)?.index }
        resumeBeforeLeaving(partitions)
        for place in partitions {
            set(place, nil)
            topics.forget(place)
            misplaced[place] = nil
            pausedByEngine.remove(place)
        }
        batch.removeAll { indices.contains($0.partition) }
        flush()
        return indices
    }

    /// librdkafka (2.0.2) keeps a partition paused that was paused when it left, and would read nothing of it when it came back.
    private func resumeBeforeLeaving(_ partitions: [TopicPartition]) {
        let paused = partitions.filter { pausedByEngine.contains($0) || topics.withheld[$0] != nil }
        guard !paused.isEmpty, !isClosing else { return }
        do {
            try consumer.resume(paused)
        } catch {
            logger.warning("pause or resume failed", ["error": .text(error.description)])
        }
    }

    /// The name of a partition.
    func place(of index: PartitionIndex) -> TopicPartition { places[index.number] }

    /// Takes out of the batch what belongs to a topic.
    func takeBack(fromTopic topic: String) -> [MappedRecord] {
        let taken = batch.filter { places[$0.partition.number].topic == topic }
        if !taken.isEmpty { batch.removeAll { places[$0.partition.number].topic == topic } }
        return taken
    }

    /// Expects a partition's records from an offset on, as if it had just been assigned.
    func restartSequence(of place: TopicPartition, at offset: Int64) {
        guard let slot = slot(of: place) else { return }
        set(
            place,
            PartitionSlot(index: slot.index, epoch: slot.epoch, sequence: OffsetSequence(start: offset))
        )
    }

    private func index(of place: TopicPartition) -> PartitionIndex {
        if let number = numbers[place] { return PartitionIndex(number) }
        numbers[place] = places.count
        places.append(place)
        return PartitionIndex(places.count - 1)
    }

    func slot(of place: TopicPartition) -> PartitionSlot? {
        let topic = consumer.topicIndex(place.topic)
        guard slots.indices.contains(topic), slots[topic].indices.contains(Int(place.partition)) else { return nil }
        return slots[topic][Int(place.partition)]
    }

    private func set(_ place: TopicPartition, _ slot: PartitionSlot?) {
        let topic = consumer.topicIndex(place.topic)
        while slots.count <= topic { slots.append([]) }
        while slots[topic].count <= Int(place.partition) { slots[topic].append(nil) }
        slots[topic][Int(place.partition)] = slot
    }

    private static let batchLimit = 512
    private static let pollMilliseconds: Int32 = 50
}
