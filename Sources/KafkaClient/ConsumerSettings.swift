/// What a consumer is made from.
public struct ConsumerSettings: Sendable {
    /// Where a partition without a committed offset starts.
    public enum OffsetReset: String, Sendable, CaseIterable {
        /// At the oldest record.
        case earliest
        /// After the newest record.
        case latest
        /// Nowhere: polling reports an error.
        case error
    }

    /// librdkafka's properties in the order in which they are set; the last of a name wins.
    public var properties: [(name: String, value: String)]
    /// The consumer group; librdkafka needs one even where partitions are assigned by hand.
    public var groupID: String
    /// Where a partition without a committed offset starts.
    public var autoOffsetReset: OffsetReset
    /// Where logs, errors and statistics go.
    public var sinks: KafkaEventSinks

    /// Gathers settings; the consumer's initialiser checks them.
    public init(
        properties: [(name: String, value: String)],
        groupID: String,
        autoOffsetReset: OffsetReset = .earliest,
        sinks: KafkaEventSinks = KafkaEventSinks()
    ) {
        self.properties = properties
        self.groupID = groupID
        self.autoOffsetReset = autoOffsetReset
        self.sinks = sinks
    }

    /// What the service sets unless a property says otherwise. Small queues bound the memory (design, promise 7); with
    /// `queued.min.messages` at its maximum only the bytes count.
    public static let defaultProperties: [(name: String, value: String)] = [
        ("queued.max.messages.kbytes", "16384"),
        ("queued.min.messages", "1000000"),
        ("fetch.max.bytes", "8388608"),
        ("max.partition.fetch.bytes", "1048576"),
        ("fetch.wait.max.ms", "100"),
    ]

    /// Properties that a configuration may not set, each with the reason.
    public static let serviceOwnedProperties: [String: String] = [
        "enable.auto.commit": "offsets are committed after the acknowledgement only",
        "auto.commit.enable": "offsets are committed after the acknowledgement only",
        "auto.commit.interval.ms": "offsets are committed after the acknowledgement only",
        "enable.auto.offset.store": "offsets are committed after the acknowledgement only",
        "offset.store.method": "offsets are kept by the brokers",
        "offset.store.path": "offsets are kept by the brokers",
        "offset.store.sync.interval.ms": "offsets are kept by the brokers",
        "enable.partition.eof": "the end of a partition moves the position past what is not a record",
        "check.crcs": "a corrupted record must not be read",
        "group.id": "it has a setting of its own",
        "auto.offset.reset": "it has a setting of its own",
        "log.queue": "logs go to the service's log",
        "log_cb": "callbacks belong to the service",
        "error_cb": "callbacks belong to the service",
        "stats_cb": "callbacks belong to the service",
        "rebalance_cb": "callbacks belong to the service",
        "offset_commit_cb": "callbacks belong to the service",
        "consume_cb": "callbacks belong to the service",
        "background_event_cb": "callbacks belong to the service",
        "throttle_cb": "callbacks belong to the service",
        "opaque": "callbacks belong to the service",
        "default_topic_conf": "topic properties are set directly",
        "enabled_events": "callbacks belong to the service",
    ]

    /// Everything that librdkafka is given: defaults, then the given properties, then the service's own.
    func resolvedProperties() throws(KafkaError) -> [(name: String, value: String)] {
        for (name, _) in properties {
            guard let reason = Self.serviceOwnedProperties[name] else { continue }
            throw KafkaError(
                .invalidArgument,
                operation: "set",
                subject: "property '\(name)'",
                reason: "the service sets this property itself: \(reason); remove it"
            )
        }
        let given = Set(properties.map(\.name))
        let owned = [
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("enable.partition.eof", "true"),
            ("check.crcs", "true"),
            ("group.id", groupID),
            ("auto.offset.reset", autoOffsetReset.rawValue),
        ]
        return Self.defaultProperties.filter { !given.contains($0.name) } + properties
            + owned.map { (name: $0.0, value: $0.1) }
    }
}
