import Delivery
import KafkaClient
import Threads

/// Writes dead letters to a Kafka topic and waits for the broker's acknowledgement.
final class DeadLetterTopic: DeadLetterSink {
    let topic: String
    /// Any thread may use it: the check at start does.
    let producer: KafkaProducer
    /// Letters by number, until their acknowledgement.
    private var letters: [UInt64: Waiting] = [:]
    private var unsent: [UInt64] = []
    private var trouble: String?
    private var retryAt: Int64 = 0

    private struct Waiting {
        let letter: DeadLetter
        let place: TopicPartition
        /// How often the letter was shortened, since the topic took no larger one.
        var cuts = 0
    }

    /// - Throws: ``RelayError`` if the topic cannot be reached or does not exist and is not created by the broker.
    init(topic: String, properties: [(name: String, value: String)]) throws(RelayError) {
        self.topic = topic
        let shared = properties.filter { Self.isShared($0.name) }
        do {
            producer = try KafkaProducer(properties: shared + Self.ownProperties)
        } catch {
            throw RelayError("cannot make a producer for the dead-letter topic '\(topic)': \(error)")
        }
    }

    /// Properties of the consumer that a producer needs too: how to reach the broker.
    private static func isShared(_ name: String) -> Bool {
        ["bootstrap.servers", "security.", "sasl.", "ssl.", "client.", "broker.", "socket.", "enable.ssl"]
            .contains { name.hasPrefix($0) }
    }

    private static let ownProperties = [
        (name: "allow.auto.create.topics", value: "true"),
        // A broker refuses a whole batch for its size; with one letter in each, it is the letter that is too large.
        (name: "batch.num.messages", value: "1"),
        // The topic's own limit decides, not librdkafka's of 1 MB: some topics take more. A broker takes requests of 100 MB.
        (name: "message.max.bytes", value: "67108864"),
    ]

    var waitingCount: Int { letters.count }

    func submit(_ letter: DeadLetter, from place: TopicPartition) {
        letters[letter.id.number] = Waiting(letter: letter, place: place)
        unsent.append(letter.id.number)
    }

    func poll() -> (stored: [DeadLetterID], trouble: String?) {
        if letters.isEmpty { return ([], nil) }
        if Clocks.bootNanoseconds >= retryAt { sendWaiting() }
        _ = producer.poll(timeoutMilliseconds: 0)
        var stored: [DeadLetterID] = []
        for report in producer.takeDeliveryReports() {
            switch report.result {
            case .success:
                letters[report.token] = nil
                stored.append(DeadLetterID(report.token))
                trouble = nil
            case .failure(let error): failed(report.token, error)
            }
        }
        return (stored, letters.isEmpty ? nil : trouble)
    }

    private func sendWaiting() {
        let numbers = unsent
        unsent = []
        for (index, number) in numbers.enumerated() {
            guard let waiting = letters[number] else { continue }
            do {
                try produce(waiting)
            } catch {
                if error.code == .messageTooLarge {
                    failed(number, error)
                    continue
                }
                unsent.append(contentsOf: numbers[index...])
                retryAt = Clocks.bootNanoseconds + Self.retryDelay
                trouble = text(error)
                return
            }
        }
    }

    private func produce(_ waiting: Waiting) throws(KafkaError) {
        let image = waiting.letter.image
        let isCut = waiting.cuts > 0
        var value = RecordPacking.value(of: image)
        var key = RecordPacking.key(of: image)
        if isCut, let whole = value { value = Array(whole.prefix(Self.valueBytes(waiting.cuts))) }
        // A key that is as large as that is no key that anybody compacts by.
        if waiting.cuts >= Self.mostCuts, let whole = key, whole.count > Self.shortText { key = nil }
        var headers = isCut ? [] : RecordPacking.headers(of: image)
        for (name, text) in DeadLetterFormat.headers(waiting.letter, from: waiting.place, isTruncated: isCut) {
            let bytes = Array(text.utf8)
            headers.append((name, waiting.cuts > 1 ? Array(bytes.prefix(Self.shortText)) : bytes))
        }
        try producer.produce(
            topic: topic,
            key: key,
            value: value,
            headers: headers,
            timestampMilliseconds: waiting.letter.timestampMilliseconds,
            token: waiting.letter.id.number
        )
    }

    /// A letter that is too large is cut, more at each refusal; everything else is tried again, for the source offset waits for
    /// it.
    private func failed(_ number: UInt64, _ error: KafkaError) {
        if error.code == .messageTooLarge, let cuts = letters[number]?.cuts, cuts < Self.mostCuts {
            letters[number]?.cuts = cuts + 1
        } else {
            retryAt = Clocks.bootNanoseconds + Self.retryDelay
            trouble = text(error)
        }
        unsent.append(number)
    }

    private func text(_ error: KafkaError) -> String {
        "cannot write to the dead-letter topic '\(topic)': \(error); records wait until it can be written"
    }

    /// What is left of a value after so many cuts: 64 KiB, 8 KiB, 1 KiB, nothing.
    private static func valueBytes(_ cuts: Int) -> Int { cuts >= mostCuts ? 0 : 65_536 >> (3 * (cuts - 1)) }

    private static let retryDelay: Int64 = 1_000_000_000
    private static let mostCuts = 4
    /// What is left of a header, and the longest key, once a letter has been cut twice or to nothing.
    private static let shortText = 256
}
