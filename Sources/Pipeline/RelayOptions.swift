public import Delivery

/// Everything that a running service is made from: immutable, checked before.
public struct RelayOptions: Sendable {
    /// Where reading begins in partitions for which the group has no offset.
    public enum Start: Sendable, Hashable {
        /// At the first record that is there.
        case earliest
        /// At the end.
        case latest
        /// At the first record with this timestamp (milliseconds since 1970) or a later one.
        case time(Int64)
    }

    /// librdkafka's properties, `bootstrap.servers` among them, without those that the service owns.
    public var kafkaProperties: [(name: String, value: String)]
    /// The consumer group.
    public var groupID: String
    /// Topic names, or patterns that begin with `^`.
    public var topics: [String]
    /// Where a new group begins.
    public var start: Start
    /// The engine's settings.
    public var delivery: DeliverySettings
    /// Where calls go.
    public var endpoint: BatchEndpoint
    /// Where dead letters go.
    public var deadLetters: DeadLetterTarget
    /// The event attribute that takes the message's id; nil for none.
    public var eventIDAttribute: String?

    /// Creates options.
    public init(
        kafkaProperties: [(name: String, value: String)],
        groupID: String,
        topics: [String],
        start: Start,
        delivery: DeliverySettings,
        endpoint: BatchEndpoint,
        deadLetters: DeadLetterTarget
    ) {
        self.kafkaProperties = kafkaProperties
        self.groupID = groupID
        self.topics = topics
        self.start = start
        self.delivery = delivery
        self.endpoint = endpoint
        self.deadLetters = deadLetters
    }
}

/// Where Batch is and how to talk to it.
public struct BatchEndpoint: Sendable {
    /// Scheme and host, without a slash at the end.
    public var baseURL: String
    /// The version in the path, such as `2.11`.
    public var version: String
    /// The header `X-Batch-Project`.
    public var projectKey: String
    /// Where the REST key comes from.
    public var key: RestKeySource
    /// A PEM file of trusted authorities; nil for the system's.
    public var authorityFile: String?
    /// The longest time of one call.
    public var timeout: Duration

    /// Creates an endpoint.
    public init(
        baseURL: String,
        version: String,
        projectKey: String,
        key: RestKeySource,
        authorityFile: String?,
        timeout: Duration
    ) {
        self.baseURL = baseURL
        self.version = version
        self.projectKey = projectKey
        self.key = key
        self.authorityFile = authorityFile
        self.timeout = timeout
    }
}

/// Where the REST key comes from.
public enum RestKeySource: Sendable {
    /// A file, read again while Batch refuses the key.
    case file(String)
    /// The value itself, from the environment.
    case value(RestKey)
}

/// A REST key. Never printed.
public struct RestKey: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    let text: String

    /// Wraps a key.
    public init(_ text: String) { self.text = text }

    /// A word instead of the key.
    public var description: String { "(redacted)" }

    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Where dead letters go.
public enum DeadLetterTarget: Sendable, Hashable {
    /// A Kafka topic.
    case topic(String)
    /// A file of JSON Lines, appended to.
    case file(String)
}

extension Duration {
    var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
