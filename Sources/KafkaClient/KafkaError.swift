internal import CRdKafka

/// Something that Kafka or librdkafka refused or could not do.
///
/// `description` says what was attempted, on what, what came back and, for the usual failures, what to change. Neither
/// secrets nor message contents are in it.
public struct KafkaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The error's number and, by it, its name.
    public let code: Code
    /// Whether the client is unusable from now on and must be made anew.
    public let isFatal: Bool
    /// Whether the same request may succeed later without a change by a person.
    public let isRetriable: Bool
    /// What was attempted: a verb, such as `commit`.
    public let operation: String
    /// What it was attempted on, such as `orders[3]`; may be empty.
    public let subject: String
    /// What came back, in the words of librdkafka or of the broker.
    public let reason: String
    /// What a person can change, where that is known.
    public let advice: String?

    /// librdkafka's name, such as `_ALL_BROKERS_DOWN` or `UNKNOWN_MEMBER_ID`; a leading underscore marks an error that
    /// arose in the client, not in a broker.
    public var name: String { code.name }

    /// `commit of orders[3]: Broker: Unknown member (UNKNOWN_MEMBER_ID, 25): what to change`.
    public var description: String { advice.map { "\(summary): \($0)" } ?? summary }

    /// The description without the advice.
    public var summary: String {
        var text = subject.isEmpty ? operation : "\(operation) of \(subject)"
        text += ": \(reason) (\(name), \(code.rawValue)"
        if isFatal { text += ", fatal" }
        if isRetriable { text += ", retriable" }
        return text + ")"
    }
}

extension KafkaError {
    /// The number of a librdkafka error: negative ones arise in the client, positive ones are the broker's.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// librdkafka's number.
        public let rawValue: Int32

        /// Wraps a number; unknown ones are allowed.
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// librdkafka's name of the number.
        public var name: String { String(cString: rd_kafka_err2name(cValue)) }

        /// librdkafka's text for the number.
        var text: String { String(cString: rd_kafka_err2str(cValue)) }

        var cValue: rd_kafka_resp_err_t { rd_kafka_resp_err_t(rawValue: rawValue) }
        init(_ value: rd_kafka_resp_err_t) { rawValue = Int32(value.rawValue) }

        /// The request did not end in time.
        public static let timedOut = Code(rawValue: -185)
        /// The producer's queue is full; poll and try again.
        public static let queueFull = Code(rawValue: -184)
        /// Connection to a broker lost or refused.
        public static let transport = Code(rawValue: -195)
        /// A broker's name could not be resolved.
        public static let resolve = Code(rawValue: -193)
        /// No broker can be reached.
        public static let allBrokersDown = Code(rawValue: -187)
        /// An argument or a property that librdkafka refuses.
        public static let invalidArgument = Code(rawValue: -186)
        /// The call does not fit the client's state, such as a call after close.
        public static let state = Code(rawValue: -172)
        /// SASL authentication failed.
        public static let authentication = Code(rawValue: -169)
        /// No offset was committed or given.
        public static let noOffset = Code(rawValue: -168)
        /// TLS could not be set up.
        public static let ssl = Code(rawValue: -181)
        /// The client waits for the group's coordinator.
        public static let waitCoordinator = Code(rawValue: -180)
        /// The consumer did not poll for `max.poll.interval.ms` and left the group.
        public static let maximumPollExceeded = Code(rawValue: -147)
        /// The client is unusable; librdkafka's stand-in for the error that made it so, which is what this module reports.
        public static let fatal = Code(rawValue: -150)
        /// There is no offset to start from and `auto.offset.reset` is `error`.
        public static let autoOffsetReset = Code(rawValue: -140)
        /// The assignment was lost.
        public static let assignmentLost = Code(rawValue: -142)
        /// A message failed its checksum or could not be read.
        public static let badMessage = Code(rawValue: -199)
        /// The topic is not known.
        public static let unknownTopic = Code(rawValue: -188)
        /// The offset is outside what the broker keeps.
        public static let offsetOutOfRange = Code(rawValue: 1)
        /// The topic or partition does not exist.
        public static let unknownTopicOrPartition = Code(rawValue: 3)
        /// A message is larger than the client or the broker allows.
        public static let messageTooLarge = Code(rawValue: 10)
        /// Commit metadata is longer than the broker's `offset.metadata.max.bytes`.
        public static let offsetMetadataTooLarge = Code(rawValue: 12)
        /// The committed generation is over: another rebalance has happened.
        public static let illegalGeneration = Code(rawValue: 22)
        /// The member was put out of the group.
        public static let unknownMember = Code(rawValue: 25)
        /// The group is being rebalanced.
        public static let rebalanceInProgress = Code(rawValue: 27)
        /// The user may not do this with the topic.
        public static let topicAuthorizationFailed = Code(rawValue: 29)
        /// The user may not use the consumer group.
        public static let groupAuthorizationFailed = Code(rawValue: 30)
        /// The topic exists already.
        public static let topicAlreadyExists = Code(rawValue: 36)
        /// Another consumer has the same `group.instance.id`.
        public static let fencedInstance = Code(rawValue: 82)
    }

    /// Whether a commit was refused because its metadata is too long for the broker.
    public var isMetadataTooLarge: Bool { code == .offsetMetadataTooLarge }
}
