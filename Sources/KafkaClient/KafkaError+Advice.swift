internal import CRdKafka

extension KafkaError {
    /// Makes an error from a code.
    ///
    /// - Parameters:
    ///   - code: librdkafka's code.
    ///   - operation: what was attempted.
    ///   - subject: what it was attempted on.
    ///   - reason: what came back; nil for librdkafka's text of the code.
    ///   - isFatal: whether the client is unusable.
    ///   - isRetriable: whether trying again can help; nil to tell by the code.
    ///   - usesSCRAM: whether the client logs in by SCRAM, for the advice.
    init(
        _ code: Code,
        operation: String,
        subject: String,
        reason: String? = nil,
        isFatal: Bool = false,
        isRetriable: Bool? = nil,
        usesSCRAM: Bool = false
    ) {
        self.code = code
        self.operation = operation
        self.subject = subject
        self.reason = reason ?? code.text
        self.isFatal = isFatal
        self.isRetriable = isRetriable ?? Self.retriableCodes.contains(code.rawValue)
        let version = ClientLibrary.versionNumber
        advice = Self.advice(for: code, usesSCRAM: usesSCRAM, libraryVersion: version)
    }

    /// Makes an error of a code, with librdkafka's text and this module's advice.
    public init(code: Code, operation: String, subject: String) {
        self.init(code, operation: operation, subject: subject)
    }

    /// Makes an error from librdkafka's error object and destroys that object.
    init(taking error: OpaquePointer, operation: String, subject: String) {
        self.init(
            Code(rd_kafka_error_code(error)),
            operation: operation,
            subject: subject,
            reason: String(cString: rd_kafka_error_string(error)),
            isFatal: rd_kafka_error_is_fatal(error) != 0,
            isRetriable: rd_kafka_error_is_retriable(error) != 0
        )
        rd_kafka_error_destroy(error)
    }

    /// Codes that pass by themselves: the client or the cluster is busy finding a leader, a coordinator or a connection.
    private static let retriableCodes: Set<Int32> = [
        -195, -193, -187, -185, -184, -180, 5, 6, 7, 8, 9, 13, 14, 15, 16, 19, 20, 27, 41, 56, 60, 72, 74, 75, 78, 88,
        89,
    ]

    /// What a person can change; nil where the reason says it all.
    static func advice(for code: Code, usesSCRAM: Bool, libraryVersion: Int32) -> String? {
        switch code {
        case .authentication where usesSCRAM && libraryVersion < ClientLibrary.firstVersionWithFreshNonce:
            "librdkafka \(ClientLibrary.text(of: libraryVersion)) is older than 2.6.1 and repeats its nonce in SCRAM's"
                + " last message, which Kafka from 4.0 on refuses (the fix of CVE-2024-56128): use"
                + " sasl.mechanism PLAIN, or librdkafka 2.6.1 or newer, or Kafka 3.9; with a broker before 4.0 check"
                + " sasl.username and sasl.password"
        case .authentication, Code(rawValue: 58):
            "check sasl.mechanism, sasl.username and sasl.password"
        case .ssl:
            "check ssl.ca.location, the certificate's host name and that the port speaks TLS"
        case .transport, .allBrokersDown, .resolve, .timedOut:
            "check bootstrap.servers (kafka.bootstrap_servers of the configuration), security.protocol and the network"
                + " between here and the brokers"
        case .queueFull:
            "raise queue.buffering.max.messages or slow down"
        case .offsetMetadataTooLarge:
            "the broker's offset.metadata.max.bytes is small; the service shortens what it commits"
        case .unknownTopicOrPartition, .unknownTopic:
            "create the topic or correct its name; it is found by itself once it exists"
        case .topicAuthorizationFailed:
            "allow this user to Read and Describe the topic (Write for a dead letter topic)"
        case .groupAuthorizationFailed:
            "allow this user to Read the consumer group"
        case .messageTooLarge:
            "raise message.max.bytes here and max.message.bytes of the topic"
        case .maximumPollExceeded:
            "the poll thread was held up for longer than max.poll.interval.ms"
        case .fencedInstance:
            "another process uses the same group.instance.id; give each its own"
        case .autoOffsetReset, .offsetOutOfRange:
            "the wanted offset is gone; set where to start with auto_offset_reset or a replay"
        case .badMessage:
            "a record batch failed its checksum: look at the broker's disk and logs"
        case Code(rawValue: 23):
            "all members of the group need the same partition.assignment.strategy"
        case Code(rawValue: 26):
            "session.timeout.ms is outside the broker's group.min and group.max.session.timeout.ms"
        default:
            nil
        }
    }
}

/// The librdkafka that this process runs with.
public enum ClientLibrary {
    /// The version as a number, such as 0x020002ff for 2.0.2.
    public static var versionNumber: Int32 { rd_kafka_version() }

    /// The version as text, such as `2.0.2`.
    public static var version: String { String(cString: rd_kafka_version_str()) }

    /// Before 2.6.1 librdkafka repeats its nonce in SCRAM's last message, which Kafka 4 refuses.
    static let firstVersionWithFreshNonce: Int32 = 0x0206_01ff

    static func text(of version: Int32) -> String {
        "\(version >> 24 & 0xff).\(version >> 16 & 0xff).\(version >> 8 & 0xff)"
    }
}
