extension ServiceSettings {
    /// The source of messages.
    public struct Kafka: Sendable, Equatable {
        /// Where a group begins that has no offset yet.
        public enum Start: Sendable, Equatable {
            /// The oldest record there is.
            case earliest
            /// What comes from now on.
            case latest
            /// The first record at or after this time, in milliseconds since 1970 (UTC).
            case time(milliseconds: Int64)
        }

        /// Brokers, `host:port`, several separated by commas.
        public let bootstrapServers: String
        /// The consumer group.
        public let groupID: String
        /// Names of topics, and patterns that begin with `^`.
        public let topics: [String]
        /// Where a group begins that has no offset yet.
        public let start: Start
        /// Properties for librdkafka, none of which the service sets itself; sorted by name.
        public let client: [ClientProperty]

        /// `max.poll.interval.ms`: as set, or librdkafka's default of 5 minutes.
        public var maximumPollInterval: Duration {
            .milliseconds(milliseconds(of: "max.poll.interval.ms") ?? 300_000)
        }

        /// `session.timeout.ms`: as set, or librdkafka's default of 45 seconds.
        public var sessionTimeout: Duration { .milliseconds(milliseconds(of: "session.timeout.ms") ?? 45_000) }

        private func milliseconds(of name: String) -> Int64? {
            client.first { $0.name == name }.flatMap { Int64($0.value) }
        }
    }
}

/// One property for librdkafka. Values of passwords and keys are redacted in descriptions.
public struct ClientProperty: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// The name, such as `security.protocol`.
    public let name: String
    /// The value as text. Never put that of a sensitive property into a log or an error.
    public let value: String

    /// Creates a property.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// Whether the value is a secret.
    public var isSensitive: Bool {
        ["password", "secret", "ssl.key.pem", "jaas", "oauthbearer.config"].contains { name.contains($0) }
    }

    /// `name=value`, redacted for a secret.
    public var description: String { "\(name)=\(isSensitive ? "(redacted)" : value)" }
    /// Nothing: `dump` shows no more than the description.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Properties of librdkafka that the service sets itself, and where a person sets them.
enum OwnedProperties {
    /// By name: what to do instead.
    static let remedies: [String: String] = [
        "group.id": "set kafka.group_id",
        "bootstrap.servers": "set kafka.bootstrap_servers",
        "metadata.broker.list": "set kafka.bootstrap_servers",
        "auto.offset.reset": "set kafka.start",
        "enable.auto.commit": committed,
        "auto.commit.enable": committed,
        "auto.commit.interval.ms": committed,
        "enable.auto.offset.store": committed,
        "offset.store.method": committed,
        "offset.store.path": committed,
        "offset.store.sync.interval.ms": committed,
        "enable.partition.eof": "remove it; the service needs these events to know its position",
        "allow.auto.create.topics": "remove it; create topics before the service starts",
        "builtin.features": "remove it; it says how librdkafka was built",
    ]

    private static let committed = "remove it; the service commits what Batch has acknowledged"
}
