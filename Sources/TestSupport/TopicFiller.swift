public import KafkaClient
internal import Threads

/// Writes many records fast.
public enum TopicFiller {
    /// A record to write.
    public struct Record: Sendable {
        /// The partition; nil to choose it by the key.
        public var partition: Int32?
        /// The key; nil for none.
        public var key: [UInt8]?
        /// The value; nil for a tombstone.
        public var value: [UInt8]?
        /// The headers.
        public var headers: [(name: String, value: [UInt8]?)]
        /// Milliseconds since 1970; nil for now.
        public var timestampMilliseconds: Int64?

        /// Describes a record.
        public init(
            partition: Int32? = nil,
            key: [UInt8]? = nil,
            value: [UInt8]?,
            headers: [(name: String, value: [UInt8]?)] = [],
            timestampMilliseconds: Int64? = nil
        ) {
            self.partition = partition
            self.key = key
            self.value = value
            self.headers = headers
            self.timestampMilliseconds = timestampMilliseconds
        }
    }

    /// Writes records and waits until the brokers have them.
    ///
    /// - Parameters:
    ///   - topic: the topic's name.
    ///   - count: how many.
    ///   - bootstrapServers: where.
    ///   - record: makes the record of a number from 0; called on another thread.
    /// - Throws: the first ``KafkaError``; some records may be written then.
    public static func fill(
        _ topic: String,
        count: Int,
        bootstrapServers: String,
        record: @escaping @Sendable (Int) -> Record
    ) async throws(KafkaError) {
        try await OwnThread.run(name: "topic-filler") {
            Result { () throws(KafkaError) in
                try fillBlocking(topic, count: count, bootstrapServers: bootstrapServers, record: record)
            }
        }.get()
    }

    /// As `fill`, on the calling thread.
    ///
    /// - Parameters:
    ///   - topic: the topic's name.
    ///   - count: how many.
    ///   - bootstrapServers: where.
    ///   - record: makes the record of a number from 0.
    /// - Throws: the first ``KafkaError``; some records may be written then.
    public static func fillBlocking(
        _ topic: String,
        count: Int,
        bootstrapServers: String,
        record: (Int) -> Record
    ) throws(KafkaError) {
        let producer = try KafkaProducer(
            properties: [("bootstrap.servers", bootstrapServers), ("linger.ms", "5"), ("batch.num.messages", "10000")]
        )
        for number in 0..<count {
            let made = record(number)
            try write(made, to: topic, by: producer)
            if number % 1_000 == 999 { try check(producer) }
        }
        try producer.flush(timeoutMilliseconds: 60_000)
        try check(producer)
    }

    /// Writes records in transactions, one after the other; the records of aborted ones reach the log too.
    ///
    /// - Parameters:
    ///   - topic: the topic's name.
    ///   - transactions: the numbers of each, and whether it is committed.
    ///   - bootstrapServers: where.
    ///   - record: makes the record of a number; called on another thread.
    /// - Throws: the first ``KafkaError``.
    public static func fill(
        _ topic: String,
        transactions: [(numbers: Range<Int>, isCommitted: Bool)],
        bootstrapServers: String,
        record: @escaping @Sendable (Int) -> Record
    ) async throws(KafkaError) {
        try await OwnThread.run(name: "topic-filler") {
            Result { () throws(KafkaError) in
                let producer = try KafkaProducer(
                    transactionalID: "filler-of-\(topic)",
                    properties: [("bootstrap.servers", bootstrapServers)]
                )
                try producer.prepareTransactions(timeoutMilliseconds: 30_000)
                for transaction in transactions {
                    try producer.beginTransaction()
                    for number in transaction.numbers { try write(record(number), to: topic, by: producer) }
                    // What is still queued at an abort would never be in the log.
                    try producer.flush(timeoutMilliseconds: 30_000)
                    try check(producer)
                    if transaction.isCommitted {
                        try producer.commitTransaction(timeoutMilliseconds: 30_000)
                    } else {
                        try producer.abortTransaction(timeoutMilliseconds: 30_000)
                    }
                }
            }
        }.get()
    }

    private static func write(_ record: Record, to topic: String, by producer: KafkaProducer) throws(KafkaError) {
        while true {
            do {
                return try producer.produce(
                    topic: topic,
                    partition: record.partition,
                    key: record.key,
                    value: record.value,
                    headers: record.headers,
                    timestampMilliseconds: record.timestampMilliseconds
                )
            } catch {
                guard error.code == .queueFull else { throw error }
                producer.poll(timeoutMilliseconds: 10)
            }
        }
    }

    private static func check(_ producer: KafkaProducer) throws(KafkaError) {
        producer.poll(timeoutMilliseconds: 0)
        for report in producer.takeDeliveryReports() { _ = try report.result.get() }
    }
}
