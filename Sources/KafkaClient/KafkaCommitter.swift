internal import CRdKafka
internal import Glibc
internal import Threads

/// What became of one partition's commit.
public struct CommitOutcome: Sendable {
    /// What was to be committed.
    public let place: PartitionOffset
    /// Why it was not; nil if the broker accepted it.
    public let error: KafkaError?

    /// Makes an outcome.
    public init(place: PartitionOffset, error: KafkaError?) {
        self.place = place
        self.error = error
    }
}

/// The answer to one asynchronous commit.
public struct CommitResult: Sendable {
    /// The number given to ``KafkaCommitter/commitAsync(_:token:)``.
    public let token: UInt64
    /// One entry a partition, in the order of the call.
    public let outcomes: [CommitOutcome]

    /// Makes an answer.
    public init(token: UInt64, outcomes: [CommitOutcome]) {
        self.token = token
        self.outcomes = outcomes
    }

    /// Whether the broker accepted every partition.
    public var isAccepted: Bool { outcomes.allSatisfy { $0.error == nil } }
}

/// Commits offsets of a consumer, from any thread; keeps the consumer's client alive.
///
/// `@unchecked Sendable`: librdkafka's functions are thread-safe, and the properties are constant.
public final class KafkaCommitter: @unchecked Sendable {
    private let handle: KafkaHandle
    private let groupID: String
    /// Answers to asynchronous commits. A queue must be destroyed before its handle, which this object therefore holds.
    private let results: OpaquePointer
    /// Answers that librdkafka does not give: to commits that waited in vain.
    private let refused = Lock<[CommitResult]>([])

    init(handle: KafkaHandle, groupID: String) {
        self.handle = handle
        self.groupID = groupID
        results = rd_kafka_queue_new(handle.pointer)
    }

    deinit { rd_kafka_queue_destroy(results) }

    /// Commits and waits for the broker's answer. Allowed inside the rebalance handler's `revoked`.
    ///
    /// - Parameters:
    ///   - offsets: the next offsets to read, with metadata; an empty list commits nothing.
    ///   - timeoutMilliseconds: how long to wait; afterwards every outcome is ``KafkaError/Code/timedOut``, and the
    ///     commit may still happen.
    /// - Returns: one outcome a partition, in order.
    public func commit(_ offsets: [PartitionOffset], timeoutMilliseconds: Int32) -> [CommitOutcome] {
        guard !offsets.isEmpty else { return [] }
        // rd_kafka_commit has no time limit, so the answer comes by a queue of its own.
        guard let queue = rd_kafka_queue_new(handle.pointer) else { return outcomes(offsets, .state) }
        defer { rd_kafka_queue_destroy(queue) }
        let list = PartitionList(offsets)
        let code = list.withPointer { rd_kafka_commit_queue(handle.pointer, $0, queue, nil, nil) }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return outcomes(offsets, KafkaError.Code(code)) }
        guard let event = rd_kafka_queue_poll(queue, timeoutMilliseconds) else { return outcomes(offsets, .timedOut) }
        defer { rd_kafka_event_destroy(event) }
        return outcomes(of: event)
    }

    /// Sends a commit and returns at once; the answer comes by ``takeCommitResults(timeoutMilliseconds:)``.
    ///
    /// While the consumer joins its group anew it waits, since librdkafka before 2.10.0 would give up all partitions for
    /// it; it goes when the group has answered. A commit of partitions that the group has taken away is not sent; its answer is
    /// ``KafkaError/Code/illegalGeneration``.
    ///
    /// - Parameters:
    ///   - offsets: the next offsets to read, with metadata; at least one.
    ///   - token: a number to know the answer by.
    /// - Throws: ``KafkaError`` if it could not be sent; then there will be no answer.
    public func commitAsync(_ offsets: [PartitionOffset], token: UInt64) throws(KafkaError) {
        switch handle.context.joinGate.judge(offsets, token: token) {
        case .send: try send(offsets, token: token)
        case .kept: break
        case .refused: refuse(JoinGate.Kept(offsets: offsets, token: token), .illegalGeneration)
        }
    }

    private func send(_ offsets: [PartitionOffset], token: UInt64) throws(KafkaError) {
        let list = PartitionList(offsets)
        let opaque = UnsafeMutableRawPointer(bitPattern: UInt(token))
        let code = list.withPointer { rd_kafka_commit_queue(handle.pointer, $0, results, nil, opaque) }
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw handle.context.error(KafkaError.Code(code), operation: "commit", subject: Self.text(offsets))
    }

    /// Sends what has waited for the end of a join.
    func sendKept() {
        for kept in handle.context.joinGate.takeReady() {
            do {
                try send(kept.offsets, token: kept.token)
            } catch {
                refuse(kept, error.code)
            }
        }
    }

    /// Answers what has waited for the end of a join that has brought the loss of the partitions.
    func refuseKept() {
        for kept in handle.context.joinGate.takeAll() { refuse(kept, .illegalGeneration) }
    }

    private func refuse(_ kept: JoinGate.Kept, _ code: KafkaError.Code) {
        let result = CommitResult(token: kept.token, outcomes: outcomes(kept.offsets, code))
        refused.withLock { $0.append(result) }
    }

    /// The answers that have come.
    ///
    /// - Parameter timeoutMilliseconds: how long to wait for the first.
    /// - Returns: what came, oldest first.
    public func takeCommitResults(timeoutMilliseconds: Int32 = 0) -> [CommitResult] {
        sendKept()
        var taken = refused.withLock { refused in
            defer { refused = [] }
            return refused
        }
        while let event = rd_kafka_queue_poll(results, taken.isEmpty ? timeoutMilliseconds : 0) {
            defer { rd_kafka_event_destroy(event) }
            guard rd_kafka_event_type(event) == RD_KAFKA_EVENT_OFFSET_COMMIT else { continue }
            let token = UInt64(UInt(bitPattern: rd_kafka_event_opaque(event)))
            taken.append(CommitResult(token: token, outcomes: outcomes(of: event)))
        }
        return taken
    }

    /// Writes eight bytes (the number 1, so that an eventfd can be used) to a descriptor whenever an answer comes to an
    /// empty queue, so that a thread that waits for other descriptors wakes up.
    ///
    /// - Parameter descriptor: a non-blocking eventfd or pipe that stays open while this object lives; nil ends it.
    public func signalResults(to descriptor: Int32?) {
        var one: UInt64 = 1
        // librdkafka copies the bytes.
        rd_kafka_queue_io_event_enable(results, descriptor ?? -1, &one, MemoryLayout<UInt64>.size)
    }

    /// Ends a poll that waits, so that its thread looks around at once.
    public func wakePoll() {
        guard let queue = rd_kafka_queue_get_consumer(handle.pointer) else { return }
        rd_kafka_queue_yield(queue)
        rd_kafka_queue_destroy(queue)
    }

    private func outcomes(of event: OpaquePointer) -> [CommitOutcome] {
        let whole = KafkaError.Code(rd_kafka_event_error(event))
        guard let list = rd_kafka_event_topic_partition_list(event) else { return [] }
        return PartitionList.entries(of: list).map { entry in
            // The request's error stands for partitions that have none of their own.
            let code = entry.code.rawValue != 0 ? entry.code : whole
            return outcome(entry.place, code)
        }
    }

    private func outcomes(_ offsets: [PartitionOffset], _ code: KafkaError.Code) -> [CommitOutcome] {
        offsets.map { outcome($0, code) }
    }

    private func outcome(_ place: PartitionOffset, _ code: KafkaError.Code) -> CommitOutcome {
        guard code.rawValue != 0 else { return CommitOutcome(place: place, error: nil) }
        let subject = "\(place) for group '\(groupID)'"
        return CommitOutcome(
            place: place,
            error: handle.context.error(code, operation: "commit", subject: subject)
        )
    }

    private static func text(_ offsets: [PartitionOffset]) -> String {
        offsets.map(\.description).joined(separator: ", ")
    }
}
