import BatchAPI
import Delivery
import HTTPTransport
import KafkaClient
import Observability
import Threads

/// Drives the engine and the HTTP client on one thread: events in, actions out. Not Sendable: everything here happens on it.
final class EngineLoop {
    private let options: RelayOptions
    private let link: ThreadLink
    private let committer: KafkaCommitter
    private let http: HTTPClient
    private let sink: any DeadLetterSink
    private let logger: Logger
    private let metrics: RelayMetrics
    private let status: RelayStatus
    private var key: RestKeyReader
    private var engine: DeliveryEngine
    private var actions: [DeliveryAction] = []
    private var places: [TopicPartition] = []
    private var numbers: [TopicPartition: Int] = [:]
    private var gates: [Gate] = []
    private var commits: [UInt64: Commit] = [:]
    private var random = SystemRandomNumberGenerator()
    private var isDrained = false
    private var failure: KafkaError?
    /// Topics that the poll thread holds back; not the engine's business, which knows of no topics.
    private var topicHolds: [HoldReason] = []
    private var lastPublished: Int64 = 0
    private let urls: [String]
    private let probeURL: String
    /// Read-only calls under way.
    private var probes: Set<UInt64> = []

    init(
        options: RelayOptions,
        link: ThreadLink,
        committer: KafkaCommitter,
        sink: any DeadLetterSink,
        logger: Logger,
        metrics: RelayMetrics,
        status: RelayStatus
    ) throws(RelayError) {
        self.options = options
        self.link = link
        self.committer = committer
        self.sink = sink
        self.logger = logger
        self.metrics = metrics
        self.status = status
        key = try RestKeyReader(endpoint: options.endpoint)
        engine = DeliveryEngine(settings: options.delivery, now: Self.now)
        urls = options.delivery.destinations.map { destination in
            let route = BatchRoute(rawValue: destination.name) ?? .profilesUpdate
            return options.endpoint.url(of: route)
        }
        http = try options.endpoint.makeClient(
            connections: options.delivery.destinations.reduce(1) { $0 + $1.callsInFlight }
        )
        probeURL = options.endpoint.url(of: .audiencesList) + "?limit=1"
        let waker = http.waker
        link.setWaker { waker.wakeup() }
    }

    static var now: EngineTime {
        EngineTime(nanoseconds: Clocks.bootNanoseconds, wallMilliseconds: Clocks.wallMilliseconds)
    }

    /// Runs until the engine is drained.
    func run() -> RelayOutcome {
        while !isDrained {
            let isBusy = takeMessages()
            for completion in http.poll(timeout: isBusy ? .zero : waitingTime()) { finish(completion) }
            for result in committer.takeCommitResults() { finish(result) }
            pollSink()
            handle(.tick)
            publish()
        }
        publish(always: true)
        link.finishEngine()
        for gate in gates { gate.open() }
        return RelayOutcome(
            account: engine.account,
            failure: failure.map { $0.description },
            hold: hold
        )
    }

    private func waitingTime() -> Duration {
        // Answers to commits and acknowledgements of the sink do not wake the poll: they are looked for often while awaited.
        let ceiling: Int64 =
            sink.waitingCount > 0 || !gates.isEmpty ? 5_000_000 : commits.isEmpty ? 50_000_000 : 20_000_000
        let now = Self.now
        guard let wakeup = engine.nextWakeup(now: now) else { return .nanoseconds(ceiling) }
        return .nanoseconds(min(ceiling, max(0, wakeup - now.nanoseconds)))
    }

    /// - Returns: whether there were any, so that more may be waiting.
    private func takeMessages() -> Bool {
        let messages = link.inbox.takeAll()
        for message in messages {
            switch message {
            case .event(let event): handle(event)
            case .assigned(let assignments, let scope, let names):
                places = names
                for (number, place) in names.enumerated() { numbers[place] = number }
                handle(.assigned(assignments, scope))
            case .revoked(let indices, let gate):
                gates.append(gate)
                handle(.revoked(indices))
            case .lost(let indices, let gate):
                handle(.lost(indices))
                gate.open()
            case .failed(let error):
                logger.error("the Kafka consumer cannot go on", ["error": .text(error.description)])
                failure = failure ?? error
                link.requestStop()
            case .stop: handle(.drain)
            case .topicHeld(let reason):
                topicHolds.append(reason)
                logger.error("holding a topic: nothing of it is sent or committed", ["reason": .text(reason.text)])
            case .reload:
                key.refresh()
                handle(.releaseHolds)
                guard !topicHolds.isEmpty else { continue }
                topicHolds = []
                link.order(.releaseTopics)
                logger.notice("the hold of topics has ended")
            }
        }
        return !messages.isEmpty
    }

    private func handle(_ event: DeliveryEvent) {
        engine.handle(
            event,
            now: Self.now,
            jitter: Double.random(in: 0..<1, using: &random),
            actions: &actions
        )
        guard !actions.isEmpty else { return }
        let due = actions
        actions.removeAll(keepingCapacity: true)
        for action in due { perform(action) }
    }

    private func perform(_ action: DeliveryAction) {
        switch action {
        case .send(let call): send(call)
        case .commit(let commit): send(commit)
        case .pause(let indices): link.order(.pause(indices))
        case .resume(let indices): link.order(.resume(indices))
        case .deadLetter(let letter):
            metrics.deadLetterReasons.increment(letter.cause.reason)
            sink.submit(letter, from: places[letter.partition.number])
        case .hold(_, let reason):
            logger.error("holding: nothing is sent and nothing committed past it", ["reason": .text(text(of: reason))])
        case .holdEnded: logger.notice("the hold has ended")
        case .refusedField(let field): report(field)
        case .probe(let id): probe(id)
        case .revokeFinished:
            if !gates.isEmpty { gates.removeFirst().open() }
        case .drained: isDrained = true
        }
    }

    /// A key that is none is named: the reason alone leaves people comparing letters.
    private func text(of reason: HoldReason) -> String {
        guard reason.kind == .unauthorized, let hint = key.hint else { return reason.text }
        return "\(reason.text); \(hint)"
    }

    // MARK: Calls

    private func send(_ call: Call) {
        if engine.holdReason(of: call.destination) != nil { key.refresh() }
        http.start(
            HTTPRequest(
                method: .post,
                url: urls[call.destination.index],
                headers: key.headers,
                body: call.body,
                notAfter: call.notAfter == Int64.max ? nil : call.notAfter
            ),
            id: call.id.number
        )
    }

    /// The read-only call, which tells a wrong address or key from a wrong record.
    private func probe(_ id: CallID) {
        probes.insert(id.number)
        http.start(HTTPRequest(method: .get, url: probeURL, headers: key.headers), id: id.number)
    }

    private func finishProbe(_ completion: HTTPCompletion) {
        let outcome: ProbeOutcome
        switch completion.result {
        case .success(let response):
            outcome = response.status == 200 ? .succeeded : .failed("answered \(response.status)")
        case .failure(let error): outcome = .failed(error.description)
        }
        handle(.probeAnswered(CallID(completion.id), outcome))
    }

    private func finish(_ completion: HTTPCompletion) {
        if probes.remove(completion.id) != nil { return finishProbe(completion) }
        metrics.calls.increment()
        metrics.callSeconds.observe(.nanoseconds(completion.timing.total))
        let id = CallID(completion.id)
        switch completion.result {
        case .success(let response):
            let answer = BatchAnswer.read(response, nowWallMilliseconds: Clocks.wallMilliseconds)
            if let words = answer.words { report("Batch did not accept a call", words) }
            handle(.answer(id, .answered(answer)))
        case .failure(let error):
            report("a call to Batch has no answer", error.description)
            handle(.answer(id, CallOutcome(error)))
        }
    }

    private func report(_ message: StaticString, _ detail: String) {
        logger.limited("call \(detail.prefix(40))", every: .seconds(10))?.warning(message, ["detail": .text(detail)])
    }

    private func report(_ field: RefusedByBatch) {
        metrics.refusedByBatch.increment()
        let place = field.record.map { "\(places[$0.partition.number]) offset \($0.offset)" } ?? "several records"
        logger.limited("refused \(field.attribute ?? "")", every: .seconds(10))?
            .warning(
                "Batch refused a field of a delivered record",
                [
                    "attribute": .text(field.attribute ?? "(not named)"), "reason": .text(field.reason),
                    "record": .text(place),
                ]
            )
    }

    // MARK: Commits

    private func send(_ commit: Commit) {
        let offsets = commit.partitions.map {
            PartitionOffset(places[$0.partition.number], offset: $0.offset, metadata: $0.metadata)
        }
        commits[commit.id.number] = commit
        do {
            try committer.commitAsync(offsets, token: commit.id.number)
        } catch {
            commits[commit.id.number] = nil
            let refused = commit.partitions.map { PartitionCommitResult(partition: $0.partition, verdict: .refused) }
            handle(.committed(commit.id, refused))
        }
    }

    private func finish(_ result: CommitResult) {
        guard let commit = commits.removeValue(forKey: result.token) else { return }
        var verdicts: [PartitionCommitResult] = []
        for outcome in result.outcomes {
            guard let number = numbers[outcome.place.topicPartition] else { continue }
            let verdict: CommitVerdict
            if let error = outcome.error {
                verdict = error.isMetadataTooLarge ? .metadataTooLarge : .refused
                logger.limited("commit \(error.name)", every: .seconds(10))?
                    .warning("a commit was not accepted", ["error": .text(error.description)])
            } else {
                verdict = .accepted
            }
            verdicts.append(PartitionCommitResult(partition: PartitionIndex(number), verdict: verdict))
        }
        handle(.committed(commit.id, verdicts))
    }

    private func pollSink() {
        guard sink.waitingCount > 0 else { return }
        let (stored, trouble) = sink.poll()
        for id in stored { handle(.deadLetterAcknowledged(id)) }
        if let trouble {
            logger.limited("dead letters", every: .seconds(10))?
                .error("dead letters cannot be stored", ["detail": .text(trouble)])
        }
        status.setSinkTrouble(trouble)
    }

    // MARK: What others see

    /// The first reason why something is not sent.
    private var hold: HoldReason? {
        options.delivery.destinations.indices.compactMap { engine.holdReason(of: DestinationID($0)) }.first
            ?? topicHolds.first
    }

    private func publish(always: Bool = false) {
        let now = Clocks.bootNanoseconds
        guard always || now - lastPublished >= 250_000_000 else { return }
        lastPublished = now
        let account = engine.account
        metrics.consumed.set(account.consumed)
        metrics.delivered.set(account.delivered)
        metrics.filtered.set(account.filtered)
        metrics.deadLettered.set(account.deadLettered)
        metrics.pending.set(account.pending)
        metrics.updates.set(account.updatesAccepted)
        metrics.held.set(hold == nil ? 0 : 1)
        status.publish(account: account, hold: hold)
    }
}
