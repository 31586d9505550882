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
    func pollOnce(_ consumer: KafkaConsumer) {
        var copy: CopiedRecord?
        let outcome = consumer.poll(timeoutMilliseconds: 20) { record in
            copy = CopiedRecord(record, topic: consumer.topicName(record.topicIndex))
        }
        switch outcome {
        case .record: if let copy { records.append(copy) }
        case .endOfPartition(let partition, let offset): ends[partition] = offset
        case .error(let error): errors.append(error)
        case .idle: break
        }
    }
}
