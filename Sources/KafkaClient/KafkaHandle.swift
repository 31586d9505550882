internal import CRdKafka
internal import Dispatch
internal import Threads

/// Owns one `rd_kafka_t`: a consumer's, a producer's or an administrator's connection to the cluster.
///
/// `@unchecked Sendable`: librdkafka's handle may be used by any thread, and the properties are constant or locks.
final class KafkaHandle: @unchecked Sendable {
    enum Kind { case consumer, producer }

    let pointer: OpaquePointer
    let context: ClientContext
    private let isAbandoned = Lock(false)

    /// Creates a client and starts its threads; connects in the background.
    ///
    /// - Throws: ``KafkaError`` that names the property which librdkafka refuses, or why it cannot start.
    init(_ kind: Kind, properties: [(name: String, value: String)], sinks: KafkaEventSinks) throws(KafkaError) {
        context = ClientContext(sinks: sinks, properties: properties)
        guard let configuration = rd_kafka_conf_new() else {
            throw KafkaError(.state, operation: "create", subject: "client", reason: "out of memory")
        }
        do {
            try Self.apply(properties, to: configuration)
        } catch {
            rd_kafka_conf_destroy(configuration)
            throw error
        }
        context.register(on: configuration, isConsumer: kind == .consumer)
        let reason = CText(capacity: 512)
        let type = kind == .consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER
        guard let handle = reason.fill({ rd_kafka_new(type, configuration, $0, $1) }) else {
            // rd_kafka_new takes the configuration only when it succeeds.
            let code = KafkaError.Code(rd_kafka_last_error())
            rd_kafka_conf_destroy(configuration)
            throw KafkaError(code, operation: "create", subject: "client", reason: reason.string)
        }
        pointer = handle
    }

    deinit {
        guard !isAbandoned.withLock({ $0 }) else {
            // A close that hangs still uses the handle and its context, so both must stay until the process ends.
            _ = Unmanaged.passRetained(context)
            return
        }
        // Destroying waits for librdkafka's threads, and 2.0.2 can hang there too; the context lives as long as they do.
        let handle = SendablePointer(pointer)
        let context = self.context
        BoundedCall.run(name: "kafka-destroy", seconds: BoundedCall.limit) {
            // Groups are left by close() alone; without this flag destroying would close again and call back.
            rd_kafka_destroy_flags(handle.pointer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            withExtendedLifetime(context) {}
        }
    }

    /// Keeps the handle for ever instead of destroying it: a call on it did not come back.
    func abandon() { isAbandoned.withLock { $0 = true } }

    /// What kept it from being destroyed is over.
    func reclaim() { isAbandoned.withLock { $0 = false } }

    private static func apply(
        _ properties: [(name: String, value: String)],
        to configuration: OpaquePointer
    ) throws(KafkaError) {
        for (name, value) in properties {
            let reason = CText(capacity: 512)
            let result = reason.fill { rd_kafka_conf_set(configuration, name, value, $0, $1) }
            guard result == RD_KAFKA_CONF_OK else {
                // librdkafka's text may quote the value, and that may be a secret.
                let isSecret = ["password", "pem", "secret", "token", "oauthbearer"].contains { name.contains($0) }
                throw KafkaError(
                    .invalidArgument,
                    operation: "set",
                    subject: "property '\(name)'",
                    reason: isSecret ? "librdkafka refuses the value (not shown: it may be a secret)" : reason.string
                )
            }
        }
    }
}

/// A pointer that may cross threads.
///
/// `@unchecked Sendable`: used only for handles whose functions librdkafka documents as thread-safe.
struct SendablePointer: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }
}

/// A blocking C call that may never come back.
enum BoundedCall {
    /// Seconds that closing or destroying a client may take (design: a close that takes over 3 s is abandoned).
    static let limit = 3

    /// Runs `body` on a thread of its own and waits for it.
    ///
    /// - Returns: whether it ended in time; else it goes on, and whatever it uses must stay.
    @discardableResult
    static func run(name: String, seconds: Int, _ body: @escaping @Sendable () -> Void) -> Bool {
        let ended = DispatchSemaphore(value: 0)
        let failure = OwnThread.start(name: name) {
            body()
            ended.signal()
        }
        guard failure == 0 else {
            body()
            return true
        }
        return ended.wait(timeout: .now() + .seconds(seconds)) == .success
    }
}
