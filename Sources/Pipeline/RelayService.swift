import Delivery
import KafkaClient
public import Observability
import Threads

/// The running service: one thread that polls and maps, one that drives the engine and the HTTP client.
public final class RelayService: Sendable {
    private let options: RelayOptions
    private let mappings: MappingSet
    private let logger: Logger
    private let link = ThreadLink()
    private let metrics: RelayMetrics

    /// What the service is doing.
    public let status = RelayStatus()

    /// Creates a service that has not begun.
    public init(options: RelayOptions, mappings: MappingSet, logger: Logger, metrics: RelayMetrics = RelayMetrics()) {
        self.options = options
        self.mappings = mappings
        self.logger = logger
        self.metrics = metrics
    }

    /// Runs until ``stop()`` is called and everything is settled and committed as far as the time allows. Blocks the calling
    /// thread, which becomes the one that drives the engine.
    ///
    /// - Throws: ``RelayError`` if the service cannot begin.
    public func run() throws(RelayError) -> RelayOutcome {
        let consumer = try makeConsumer()
        let sink = try makeSink()
        let engine = try EngineLoop(
            options: options,
            link: link,
            committer: consumer.committer,
            sink: sink,
            logger: logger,
            metrics: metrics,
            status: status
        )
        let ended = Gate()
        let box = PollLoopBox(
            PollLoop(
                consumer: consumer,
                mapper: RecordMapper(mappings: mappings, options: options, metrics: metrics),
                options: options,
                link: link,
                logger: logger,
                metrics: metrics
            )
        )
        let failure = OwnThread.start(name: "poll") {
            box.loop.run()
            ended.open()
        }
        guard failure == 0 else { throw RelayError("cannot start a thread: error \(failure)") }
        let sinkCheck = startCheck(of: sink)
        let outcome = engine.run()
        // The consumer's close keeps to three seconds itself.
        ended.wait(timeout: .seconds(5))
        // One of its questions may be under way, for a second at most.
        sinkCheck?.wait(timeout: .seconds(3))
        return outcome
    }

    /// - Returns: opens when the check has ended; nil where there is nothing to check, since a file is open already.
    private func startCheck(of sink: any DeadLetterSink) -> Gate? {
        guard let sink = sink as? DeadLetterTopic else { return nil }
        let ended = Gate()
        let check = DeadLetterTopicCheck(
            topic: sink.topic,
            producer: sink.producer,
            link: link,
            status: status,
            logger: logger
        )
        let failure = OwnThread.start(name: "sink-check") {
            check.run()
            ended.open()
        }
        return failure == 0 ? ended : nil
    }

    /// Asks for an orderly end. From any thread; returns at once.
    public func stop() { link.requestStop() }

    /// Reads the key again and tries at once what is held. From any thread; returns at once.
    public func reload() { link.send(.reload) }

    private func makeConsumer() throws(RelayError) -> KafkaConsumer {
        let logger = logger
        let sinks = KafkaEventSinks(
            log: { level, facility, text in
                if level <= 4 {
                    logger.limited("librdkafka \(facility)", every: .seconds(10))?
                        .warning("librdkafka", ["facility": .text(facility), "text": .text(text)])
                } else {
                    logger.debug("librdkafka", ["facility": .text(facility), "text": .text(text)])
                }
            },
            error: { error in
                logger.limited("kafka \(error.name)", every: .seconds(10))?
                    .warning("Kafka reports", ["error": .text(error.description)])
            }
        )
        do {
            return try KafkaConsumer(
                ConsumerSettings(
                    properties: options.kafkaProperties,
                    groupID: options.groupID,
                    // The poll loop itself goes on where an offset is gone, since nothing may be lost in silence.
                    autoOffsetReset: .error,
                    sinks: sinks
                )
            )
        } catch {
            throw RelayError("\(error)")
        }
    }

    private func makeSink() throws(RelayError) -> any DeadLetterSink {
        switch options.deadLetters {
        case .file(let path): try DeadLetterFile(path: path)
        case .topic(let topic): try DeadLetterTopic(topic: topic, properties: options.kafkaProperties)
        }
    }
}

/// Carries the loop to the one thread that uses it.
///
/// `@unchecked Sendable`: made on one thread, then used only by the other.
private final class PollLoopBox: @unchecked Sendable {
    let loop: PollLoop

    init(_ loop: PollLoop) { self.loop = loop }
}
