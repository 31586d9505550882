public import Delivery
import JSONDocument

/// What the demo has to tell when it is over.
public struct DemoSummary: Sendable {
    /// A count and what it counts.
    public typealias Count = (reason: String, count: Int)

    /// Messages that were written to the topic.
    public let messageCount: Int
    /// Users whom they are from.
    public let userCount: Int
    /// The seed of the messages.
    public let seed: Int
    /// From the first record written to the last commit, in milliseconds.
    public let milliseconds: Int
    /// The service's account.
    public let account: Account
    /// What the simulated Batch API says that it got.
    public let arrival: DemoArrival
    /// Why messages were filtered, most frequent first.
    public let filtered: [Count]
    /// Why fields were left out before sending, most frequent first.
    public let leftOut: [Count]
    /// Why messages became dead letters, most frequent first.
    public let deadLetters: [Count]
    /// The first message, as JSON.
    public let sampleMessage: [UInt8]
    /// What the first message alone gives, as JSON.
    public let sampleOperation: [UInt8]
    /// What the first message lost.
    public let sampleLeftOut: [(path: String, reason: String)]

    /// Sums up.
    ///
    /// - Parameters:
    ///   - traffic: the messages that were written.
    ///   - account: the service's account at its end.
    ///   - arrival: what the simulated Batch API says that it got.
    ///   - metrics: the service's metrics.
    ///   - mappings: the mappings that it had, to show what they make of the first message.
    ///   - duration: from the first record written to the end.
    public init(
        of traffic: SampleTraffic,
        account: Account,
        arrival: DemoArrival,
        metrics: RelayMetrics,
        mappings: MappingSet,
        duration: Duration
    ) {
        messageCount = traffic.count
        userCount = traffic.userCount
        seed = traffic.seed
        milliseconds = Int(duration.inNanoseconds / 1_000_000)
        self.account = account
        self.arrival = arrival
        var reasons = metrics.filteredByMapping.counts
        reasons["repeat", default: 0] += account.repeats
        let others = account.filtered - reasons.values.reduce(0, +)
        // What the engine itself filters are records of which the age rule has left nothing.
        reasons["late_event", default: 0] += max(0, others)
        filtered = Self.sorted(reasons)
        leftOut = Self.sorted(metrics.leftOutFields.counts)
        deadLetters = Self.sorted(metrics.deadLetterReasons.counts)
        sampleMessage = traffic[0].value
        var mapper = MessageMapper(mappings: mappings)
        let result = mapper.map(sampleMessage)
        sampleOperation = result.operations.first ?? []
        sampleLeftOut = result.leftOut
    }

    /// Updates that were not needed since several messages of one user went as one.
    public var savedUpdateCount: Int { max(0, account.delivered - account.updatesAccepted) }

    /// Whether every message was read and settled, and what the service sent is what has arrived.
    public var isComplete: Bool {
        account.consumed == messageCount && account.pending == 0 && account.released == 0 && account.addsUp
            && arrival.updates == account.updatesAccepted
    }

    private static func sorted(_ counts: [String: Int]) -> [Count] {
        counts.filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { (reason: $0.key, count: $0.value) }
    }

    // MARK: For programs

    /// One JSON object with `version: 1`.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in [
            ("version", 1), ("messages", messageCount), ("users", userCount), ("seed", seed),
            ("duration_ms", milliseconds),
        ] {
            writer.name(name)
            writer.integer(value)
        }
        writer.name("complete")
        writer.boolean(isComplete)
        writer.name("account")
        AccountText.write(account, to: &writer)
        writer.name("updates")
        writer.beginObject()
        for (name, value) in [
            ("accepted", account.updatesAccepted), ("saved_by_merging", savedUpdateCount), ("calls", account.calls),
        ] {
            writer.name(name)
            writer.integer(value)
        }
        writer.endObject()
        writer.name("arrived")
        writer.beginObject()
        for (name, value) in [
            ("profiles", arrival.profiles), ("updates", arrival.updates), ("events", arrival.events),
        ] {
            writer.name(name)
            writer.integer(value)
        }
        writer.endObject()
        Self.write(filtered, as: "filtered", to: &writer)
        Self.write(leftOut, as: "refused_fields", to: &writer)
        writer.name("refused_by_batch")
        writer.integer(account.refusedFields)
        Self.write(deadLetters, as: "dead_letters", to: &writer)
        writer.name("sample")
        writer.beginObject()
        writer.name("message")
        writer.raw(sampleMessage.span)
        writer.name("operation")
        if sampleOperation.isEmpty { writer.null() } else { writer.raw(sampleOperation.span) }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ counts: [Count], as name: String, to writer: inout JSONWriter) {
        writer.name(name)
        writer.beginObject()
        for (reason, count) in counts {
            writer.name(reason)
            writer.integer(count)
        }
        writer.endObject()
    }
}
