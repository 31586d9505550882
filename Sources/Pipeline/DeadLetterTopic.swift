import Delivery
import KafkaClient
import Threads

/// Writes dead letters to a Kafka topic and waits for the broker's acknowledgement.
final class DeadLetterTopic: DeadLetterSink {
    private let topic: String
    private let producer: KafkaProducer
    /// Letters by number, until their acknowledgement.
    private var letters: [UInt64: Waiting] = [:]
    private var unsent: [UInt64] = []
    private var trouble: String?
    private var retryAt: Int64 = 0

    private struct Waiting {
        let letter: DeadLetter
        let place: TopicPartition
        var isTruncated = false
    }

    /// - Throws: ``RelayError`` if the topic cannot be reached or does not exist and is not created by the broker.
    init(topic: String, properties: [(name: String, value: String)]) throws(RelayError) {
        self.topic = topic
        let shared = properties.filter { Self.isShared($0.name) }
        do {
            producer = try KafkaProducer(properties: shared + [(name: "allow.auto.create.topics", value: "true")])
        } catch {
            throw RelayError("cannot make a producer for the dead-letter topic '\(topic)': \(error)")
        }
    }

    /// Properties of the consumer that a producer needs too: how to reach the broker.
    private static func isShared(_ name: String) -> Bool {
        ["bootstrap.servers", "security.", "sasl.", "ssl.", "client.", "broker.", "socket.", "enable.ssl"]
            .contains { name.hasPrefix($0) }
    }

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
        var value = RecordPacking.value(of: image)
        if waiting.isTruncated, let whole = value { value = Array(whole.prefix(Self.truncatedBytes)) }
        var headers = waiting.isTruncated ? [] : RecordPacking.headers(of: image)
        for (name, text) in DeadLetterFormat.headers(
            waiting.letter,
            from: waiting.place,
            isTruncated: waiting.isTruncated
        ) {
            headers.append((name, Array(text.utf8)))
        }
        try producer.produce(
            topic: topic,
            key: RecordPacking.key(of: image),
            value: value,
            headers: headers,
            timestampMilliseconds: waiting.letter.timestampMilliseconds,
            token: waiting.letter.id.number
        )
    }

    /// A letter that is too large is cut; everything else is tried again, for the source offset waits for it.
    private func failed(_ number: UInt64, _ error: KafkaError) {
        if error.code == .messageTooLarge, letters[number]?.isTruncated == false {
            letters[number]?.isTruncated = true
        } else {
            retryAt = Clocks.bootNanoseconds + Self.retryDelay
            trouble = text(error)
        }
        unsent.append(number)
    }

    private func text(_ error: KafkaError) -> String {
        "cannot write to the dead-letter topic '\(topic)': \(error); records wait until it can be written"
    }

    private static let retryDelay: Int64 = 1_000_000_000
    private static let truncatedBytes = 65_536
}
