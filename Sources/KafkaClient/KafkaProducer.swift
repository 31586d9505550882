internal import CRdKafka
internal import Threads

/// Writes records, each once and in order (librdkafka's idempotent producer).
///
/// May be used from any thread. Reports come only while some thread calls `poll` or `flush`.
public final class KafkaProducer: Sendable {
    /// Properties that a configuration may not set, each with the reason.
    public static let serviceOwnedProperties: [String: String] = [
        "enable.idempotence": "records are written once and in order",
        "transactional.id": "the service writes no transactions",
        "log.queue": "logs go to the service's log",
        "dr_cb": "callbacks belong to the service",
        "dr_msg_cb": "callbacks belong to the service",
        "opaque": "callbacks belong to the service",
    ]

    let handle: KafkaHandle

    /// Creates the producer and starts to connect in the background.
    ///
    /// - Parameters:
    ///   - properties: librdkafka's, in order; the last of a name wins.
    ///   - sinks: where logs, errors and statistics go.
    /// - Throws: ``KafkaError`` that names the property which is refused.
    public init(
        properties: [(name: String, value: String)],
        sinks: KafkaEventSinks = KafkaEventSinks()
    ) throws(KafkaError) {
        for (name, _) in properties {
            guard let reason = Self.serviceOwnedProperties[name] else { continue }
            throw KafkaError(
                .invalidArgument,
                operation: "set",
                subject: "property '\(name)'",
                reason: "the service sets this property itself: \(reason); remove it"
            )
        }
        handle = try KafkaHandle(
            .producer,
            properties: properties + [(name: "enable.idempotence", value: "true")],
            sinks: sinks
        )
    }

    /// Creates a producer that writes in transactions: of tests only, since the service writes none.
    ///
    /// - Parameters:
    ///   - transactionalID: names the producer to the brokers; one that takes its place ends what it left open.
    ///   - properties: librdkafka's.
    /// - Throws: ``KafkaError`` that names the property which is refused.
    package init(
        transactionalID: String,
        properties: [(name: String, value: String)]
    ) throws(KafkaError) {
        handle = try KafkaHandle(
            .producer,
            properties: properties + [(name: "transactional.id", value: transactionalID)],
            sinks: KafkaEventSinks()
        )
    }

    /// Queues a record; all bytes are copied before this returns.
    ///
    /// - Parameters:
    ///   - topic: the topic's name.
    ///   - partition: the partition, or nil to choose it by the key's hash (`partitioner`).
    ///   - key: the key; nil for none.
    ///   - value: the value; nil for a tombstone.
    ///   - headers: in order; names may repeat, a value may be null.
    ///   - timestampMilliseconds: since 1970; nil for now.
    ///   - token: a number to know the report by.
    /// - Throws: ``KafkaError``; ``KafkaError/Code/queueFull`` if records come faster than they are written: poll, then
    ///   try again. There is no report then.
    public func produce(
        topic: String,
        partition: Int32? = nil,
        key: UnsafeRawBufferPointer?,
        value: UnsafeRawBufferPointer?,
        headers: [(name: String, value: [UInt8]?)] = [],
        timestampMilliseconds: Int64? = nil,
        token: UInt64
    ) throws(KafkaError) {
        let list = headers.isEmpty ? nil : Self.list(headers)
        let failure = topic.withCString { name in
            var arguments = ProduceArguments()
            arguments.add(RD_KAFKA_VTYPE_TOPIC) { $0.cstr = name }
            // -1 is RD_KAFKA_PARTITION_UA, whose macro has a cast that Swift does not import.
            arguments.add(RD_KAFKA_VTYPE_PARTITION) { $0.i32 = partition ?? -1 }
            arguments.add(RD_KAFKA_VTYPE_MSGFLAGS) { $0.i = RD_KAFKA_MSG_F_COPY }
            arguments.add(RD_KAFKA_VTYPE_KEY, bytes: key)
            arguments.add(RD_KAFKA_VTYPE_VALUE, bytes: value)
            arguments.add(RD_KAFKA_VTYPE_OPAQUE) { $0.ptr = UnsafeMutableRawPointer(bitPattern: UInt(token)) }
            if let timestampMilliseconds {
                arguments.add(RD_KAFKA_VTYPE_TIMESTAMP) { $0.i64 = timestampMilliseconds }
            }
            if let list { arguments.add(RD_KAFKA_VTYPE_HEADERS) { $0.headers = list } }
            return rd_kafka_produceva(handle.pointer, arguments.list, arguments.list.count)
        }
        guard let failure else { return }
        // librdkafka takes the headers only when the record was queued.
        if let list { rd_kafka_headers_destroy(list) }
        throw KafkaError(taking: failure, operation: "produce", subject: "topic '\(topic)'")
    }

    /// Queues a record from arrays; otherwise the same as the function that takes pointers.
    public func produce(
        topic: String,
        partition: Int32? = nil,
        key: [UInt8]?,
        value: [UInt8]?,
        headers: [(name: String, value: [UInt8]?)] = [],
        timestampMilliseconds: Int64? = nil,
        token: UInt64 = 0
    ) throws(KafkaError) {
        let result = Self.lend(key) { key in
            Self.lend(value) { value in
                Result { () throws(KafkaError) in
                    try produce(
                        topic: topic,
                        partition: partition,
                        key: key,
                        value: value,
                        headers: headers,
                        timestampMilliseconds: timestampMilliseconds,
                        token: token
                    )
                }
            }
        }
        try result.get()
    }

    /// Serves reports and callbacks.
    ///
    /// - Parameter timeoutMilliseconds: how long to wait for the first.
    /// - Returns: how many were served.
    @discardableResult
    public func poll(timeoutMilliseconds: Int32) -> Int {
        Int(rd_kafka_poll(handle.pointer, timeoutMilliseconds))
    }

    /// The reports that were served and not taken yet.
    public func takeDeliveryReports() -> [DeliveryReport] {
        handle.context.reports.withLock { reports in
            let taken = reports
            reports = []
            return taken
        }
    }

    /// Waits until every record has its report; serves them.
    ///
    /// - Throws: ``KafkaError`` with ``KafkaError/Code/timedOut`` if some have none in time; they stay queued.
    public func flush(timeoutMilliseconds: Int32) throws(KafkaError) {
        let code = rd_kafka_flush(handle.pointer, timeoutMilliseconds)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw handle.context.error(
            KafkaError.Code(code),
            operation: "flush",
            subject: "\(waitingCount) records without report"
        )
    }

    /// Records and reports that wait in the client.
    public var waitingCount: Int { Int(rd_kafka_outq_len(handle.pointer)) }

    private static func list(_ headers: [(name: String, value: [UInt8]?)]) -> OpaquePointer? {
        let list = rd_kafka_headers_new(headers.count)
        for (name, value) in headers {
            lend(value) { bytes in
                // -1: the name ends with a terminator. librdkafka copies both.
                _ = rd_kafka_header_add(list, name, -1, bytes?.baseAddress, bytes?.count ?? 0)
            }
        }
        return list
    }

    /// Lends an array's bytes; an empty array still has an address, since a null pointer would mean "none" to Kafka.
    private static func lend<Result>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
        guard let bytes else { return body(nil) }
        guard bytes.isEmpty else { return bytes.withUnsafeBytes { body($0) } }
        return withUnsafeBytes(of: 0 as UInt8) { body(UnsafeRawBufferPointer(rebasing: $0.prefix(0))) }
    }
}

/// The tagged arguments of `rd_kafka_produceva`.
private struct ProduceArguments {
    private(set) var list: [rd_kafka_vu_t] = []

    init() { list.reserveCapacity(8) }

    mutating func add(_ type: rd_kafka_vtype_t, _ set: (inout rd_kafka_vu_s.__Unnamed_union_u) -> Void) {
        var argument = rd_kafka_vu_t()
        argument.vtype = type
        set(&argument.u)
        list.append(argument)
    }

    mutating func add(_ type: rd_kafka_vtype_t, bytes: UnsafeRawBufferPointer?) {
        add(type) {
            $0.mem.ptr = UnsafeMutableRawPointer(mutating: bytes?.baseAddress)
            $0.mem.size = bytes?.count ?? 0
        }
    }
}
