import KafkaClient
import Threads

/// Reads the dead letters that are stored: those of a topic up to its present end, or the lines of a file.
///
/// Reading leaves no trace: no group is joined, nothing is committed.
public struct DeadLetterReader {
    private let target: DeadLetterTarget
    private let properties: [(name: String, value: String)]
    private let groupID: String

    /// Prepares reading.
    ///
    /// - Parameters:
    ///   - target: the topic or the file.
    ///   - properties: librdkafka's, `bootstrap.servers` among them; not used for a file.
    ///   - groupID: the service's group. librdkafka wants one; it is not joined.
    public init(_ target: DeadLetterTarget, properties: [(name: String, value: String)], groupID: String) {
        self.target = target
        self.properties = properties
        self.groupID = groupID
    }

    /// The letters by reason, the most frequent first, and how many records were no dead letters.
    ///
    /// - Throws: ``RelayError`` if the sink cannot be read to its end.
    public func groups() throws(RelayError) -> (groups: [DeadLetterGroup], foreign: Int) {
        var groups: [String: DeadLetterGroup] = [:]
        var foreign = 0
        try readAll { letter in
            if letter.isOurs {
                groups[letter.reason, default: DeadLetterGroup(letter)].add(letter)
            } else {
                foreign += 1
            }
            return true
        }
        return (groups.values.sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }, foreign)
    }

    /// Which letters to show.
    public enum Choice: Sendable, Hashable {
        /// The one that lies here: `topic/partition@offset`, or `path:line` in a file.
        case place(String)
        /// Those of one record.
        case source(RecordName)
        /// Those of one reason.
        case reason(String)
        /// All.
        case all
    }

    /// The letters of a choice in the order of reading, as far as the limit goes.
    ///
    /// - Throws: ``RelayError`` if the sink cannot be read, or the place is none.
    public func letters(_ choice: Choice, limit: Int) throws(RelayError) -> [StoredDeadLetter] {
        var found: [StoredDeadLetter] = []
        let take: (StoredDeadLetter) -> Bool = { letter in
            let isWanted =
                switch choice {
                case .place(let place): letter.place == place
                case .source(let source): letter.source == source
                case .reason(let reason): letter.isOurs && letter.reason == reason
                case .all: letter.isOurs
                }
            if isWanted { found.append(letter) }
            return found.count < limit
        }
        if case .place(let place) = choice, case .topic(let topic) = target {
            guard let name = RecordName(place), name.topic == topic else {
                throw RelayError(
                    "'\(place)' is no place in the dead-letter topic, such as \(topic)/0@17; `dead-letters list` shows some"
                )
            }
            try readTopic(topic, from: name, take)
        } else {
            try readAll(take)
        }
        return found
    }

    /// Reads all letters; `body` gets each, and false ends the reading.
    private func readAll(_ body: (StoredDeadLetter) -> Bool) throws(RelayError) {
        switch target {
        case .file(let path): try DeadLetterLines(path: path).read(body)
        case .topic(let topic): try readTopic(topic, from: nil, body)
        }
    }

    // MARK: Topic

    private func readTopic(
        _ topic: String,
        from record: RecordName?,
        _ body: (StoredDeadLetter) -> Bool
    ) throws(RelayError) {
        do throws(KafkaError) {
            let consumer = try KafkaConsumer(ConsumerSettings(properties: properties, groupID: groupID))
            let count = try consumer.partitionCount(topic, timeoutMilliseconds: Self.timeout)
            var ends: [TopicPartition: Int64] = [:]
            var starts: [PartitionOffset] = []
            for partition in 0..<count where record == nil || record?.partition == partition {
                let place = TopicPartition(topic: topic, partition: partition)
                let watermarks = try consumer.watermarks(place, timeoutMilliseconds: Self.timeout)
                let start = record?.offset ?? watermarks.low
                guard start >= watermarks.low, start < watermarks.high else { continue }
                ends[place] = watermarks.high
                starts.append(PartitionOffset(place, offset: start))
            }
            guard !starts.isEmpty else { return }
            try consumer.assign(starts)
            try poll(consumer, topic, &ends, body)
            try? consumer.unassign()
        } catch {
            if error.code == .unknownTopicOrPartition {
                throw RelayError(
                    "the dead-letter topic '\(topic)' does not exist, so that there are no dead letters; `run` has the brokers "
                        + "create it where they do that; else create it, or correct dead_letter.topic",
                    isConfiguration: true
                )
            }
            throw RelayError("cannot read the dead-letter topic '\(topic)': \(error)")
        }
    }

    private func poll(
        _ consumer: KafkaConsumer,
        _ topic: String,
        _ ends: inout [TopicPartition: Int64],
        _ body: (StoredDeadLetter) -> Bool
    ) throws(KafkaError) {
        var deadline = Clocks.bootNanoseconds + Self.patience
        var wantsMore = true
        while wantsMore, !ends.isEmpty {
            var letter: (place: TopicPartition, offset: Int64, letter: StoredDeadLetter)?
            let outcome = consumer.poll(timeoutMilliseconds: 200) { record in
                let place = TopicPartition(topic: topic, partition: record.partition)
                letter = (place, record.offset, Self.letter(record, topic))
            }
            switch outcome {
            case .record: deadline = Clocks.bootNanoseconds + Self.patience
            // The last offsets may hold no record: control records, compaction.
            case .endOfPartition(let place, _): ends[place] = nil
            case .error(let error) where !error.isRetriable: throw error
            case .error, .offsetGone, .idle:
                guard Clocks.bootNanoseconds < deadline else {
                    throw KafkaError(code: .timedOut, operation: "read", subject: "topic '\(topic)'")
                }
            }
            guard let letter, let end = ends[letter.place] else { continue }
            // What was written since the beginning is left for the next time, so that this ends.
            if letter.offset < end { wantsMore = body(letter.letter) }
            if letter.offset >= end - 1 { ends[letter.place] = nil }
        }
    }

    private static func letter(_ record: borrowing KafkaRecord, _ topic: String) -> StoredDeadLetter {
        let name = RecordName(topic: topic, partition: record.partition, offset: record.offset)
        var letter = StoredDeadLetter(place: name.description)
        var source = StoredDeadLetter.SourceParts()
        var headers: [(name: String, value: [UInt8]?)] = []
        record.forEachHeader { name, value in
            headers.append((String(decoding: name, as: UTF8.self), value.map { Array($0) }))
        }
        // The letter's own headers follow those of the original, which may have been a dead letter itself.
        let own = headers.lastIndex { $0.name == "batchrelay.version" } ?? headers.endIndex
        for (name, value) in headers[own...] where name.hasPrefix("batchrelay.") {
            letter.set(name.dropFirst("batchrelay.".count), String(decoding: value ?? [], as: UTF8.self), &source)
        }
        letter.headers = Array(headers[..<own])
        letter.source = source.name
        letter.timestampMilliseconds = record.timestampMilliseconds
        letter.key = record.key.map { Array($0) }
        letter.value = record.value.map { Array($0) }
        return letter
    }

    private static let timeout: Int32 = 10_000
    /// How long no record may come before the reading is given up.
    private static let patience: Int64 = 30_000_000_000
}
