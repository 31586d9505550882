/// Where a client's logs, errors and statistics go.
///
/// The log sink is called on librdkafka's own threads and must return at once; the others are called on the thread that
/// polls. None may call the client.
public struct KafkaEventSinks: Sendable {
    /// A log line: syslog level (0 emergency ... 7 debug), librdkafka's facility such as `FAIL`, text.
    public var log: @Sendable (_ level: Int32, _ facility: String, _ text: String) -> Void
    /// An error of the client as a whole, such as all brokers down or failed authentication. All but fatal ones are news:
    /// the client goes on trying. (A consumer's fatal errors come from its `poll`, a producer's come here.)
    public var error: @Sendable (KafkaError) -> Void
    /// Statistics as JSON, every `statistics.interval.ms`.
    public var statistics: @Sendable (String) -> Void

    /// Makes sinks; what is not given is dropped.
    public init(
        log: @escaping @Sendable (_ level: Int32, _ facility: String, _ text: String) -> Void = { _, _, _ in },
        error: @escaping @Sendable (KafkaError) -> Void = { _ in },
        statistics: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.log = log
        self.error = error
        self.statistics = statistics
    }
}
