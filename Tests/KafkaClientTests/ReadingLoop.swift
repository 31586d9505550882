import KafkaClient

/// A record, copied.
struct CopiedRecord: Sendable, Equatable {
    var partition: TopicPartition
    var offset: Int64
    var timestamp: Int64
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [Header]

    struct Header: Sendable, Equatable {
        var name: String
        var value: [UInt8]?
    }

    init(_ record: borrowing KafkaRecord, topic: String) {
        partition = TopicPartition(topic: topic, partition: record.partition)
        offset = record.offset
        timestamp = record.timestampMilliseconds
        key = record.key.map { Array($0) }
        value = record.value.map { Array($0) }
        var headers: [Header] = []
        record.forEachHeader { name, value in
            headers.append(Header(name: String(decoding: name, as: UTF8.self), value: value.map { Array($0) }))
        }
        self.headers = headers
    }
}

/// What a consumer brought until a condition held or the polls ran out. A class, because a rebalance handler may look at
/// it while a poll runs.
final class Reading {
    var records: [CopiedRecord] = []
    var ends: [TopicPartition: Int64] = [:]
    var errors: [KafkaError] = []

    /// Polls until the condition holds; each poll waits for at most 20 ms.
    ///
    /// - Returns: whether it held before `seconds` had passed.
    func poll(
        _ consumer: KafkaConsumer,
        seconds: Double = 20,
        until isDone: (Reading) -> Bool
    ) -> Bool {
        let limit = ContinuousClock.now + .seconds(seconds)
        while !isDone(self) {
            guard ContinuousClock.now < limit else { return false }
            pollOnce(consumer)
        }
        return true
    }

    /// Polls once.
    ///
    /// - Returns: whether there was anything.
    @discardableResult
    func pollOnce(_ consumer: KafkaConsumer, timeoutMilliseconds: Int32 = 20) -> Bool {
        var copy: CopiedRecord?
        let outcome = consumer.poll(timeoutMilliseconds: timeoutMilliseconds) { record in
            copy = CopiedRecord(record, topic: consumer.topicName(record.topicIndex))
        }
        switch outcome {
        case .record: if let copy { records.append(copy) }
        case .endOfPartition(let partition, let offset): ends[partition] = offset
        case .error(let error), .offsetGone(_, _, let error): errors.append(error)
        case .idle: return false
        }
        return true
    }

    /// Polls in turn with another consumer, up to a hundred times each, until the condition holds.
    ///
    /// - Returns: whether it held before `seconds` had passed.
    static func poll(
        _ members: [(reading: Reading, consumer: KafkaConsumer)],
        seconds: Double = 40,
        until isDone: () -> Bool
    ) -> Bool {
        let limit = ContinuousClock.now + .seconds(seconds)
        while !isDone() {
            guard ContinuousClock.now < limit else { return false }
            for (reading, consumer) in members {
                var turns = 0
                while turns < 100, reading.pollOnce(consumer, timeoutMilliseconds: 5) { turns += 1 }
            }
        }
        return true
    }
}
