internal import CRdKafka
internal import Threads

/// What C callbacks find behind a handle's opaque pointer.
///
/// `@unchecked Sendable`: constants and locks, but for `consumer`, which is set before the first poll and read only in
/// the rebalance callback, so on the thread that polls.
final class ClientContext: @unchecked Sendable {
    let sinks: KafkaEventSinks
    let usesSCRAM: Bool
    /// The newest failure of a connection in librdkafka's words: a blocking call that times out says no more than that.
    let lastFailure = Lock<String?>(nil)
    /// Set while the consumer closes: then assignments are given up without asking the handler.
    let isClosing = Lock(false)
    /// Reports of a producer that nobody has taken yet.
    let reports = Lock<[DeliveryReport]>([])
    /// Holds commits back while a consumer joins its group anew.
    let joinGate = JoinGate()
    weak var consumer: KafkaConsumer?

    init(sinks: KafkaEventSinks, properties: [(name: String, value: String)]) {
        self.sinks = sinks
        let mechanism = properties.last { $0.name == "sasl.mechanism" || $0.name == "sasl.mechanisms" }?.value ?? ""
        usesSCRAM = mechanism.hasPrefix("SCRAM")
    }

    /// Makes the error of a call that failed; adds the newest failure of a connection where the code says nothing.
    func error(_ code: KafkaError.Code, operation: String, subject: String, reason: String? = nil) -> KafkaError {
        var code = code
        var reason = reason
        let vague: [KafkaError.Code] = [.timedOut, .transport, .allBrokersDown, .waitCoordinator]
        if vague.contains(code), let failure = lastFailure.withLock({ $0 }) {
            reason = "\(reason ?? code.text); last failure of a connection: \(failure)"
            if Self.isAuthenticationFailure(failure) { code = .authentication }
        }
        return KafkaError(code, operation: operation, subject: subject, reason: reason, usesSCRAM: usesSCRAM)
    }

    /// librdkafka has no code in its log lines, and a blocking call does not serve the error callback.
    private static func isAuthenticationFailure(_ text: String) -> Bool {
        text.contains("SASL authentication error") || text.contains("Authentication failed")
    }

    /// Registers what C calls. `self` must outlive the client.
    func register(on configuration: OpaquePointer, isConsumer: Bool) {
        rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(self).toOpaque())
        rd_kafka_conf_set_log_cb(configuration) { handle, level, facility, text in
            guard let handle, let text, let context = ClientContext.from(rd_kafka_opaque(handle)) else { return }
            context.logged(level: level, facility: facility.map { String(cString: $0) } ?? "", text: text)
        }
        rd_kafka_conf_set_error_cb(configuration) { handle, code, reason, opaque in
            guard let handle, let context = ClientContext.from(opaque) else { return }
            context.failed(handle: handle, code: code, reason: reason.map { String(cString: $0) })
        }
        rd_kafka_conf_set_stats_cb(configuration) { _, json, length, opaque in
            if let json, let context = ClientContext.from(opaque) {
                let bytes = UnsafeRawBufferPointer(start: json, count: length)
                context.sinks.statistics(String(decoding: bytes, as: UTF8.self))
            }
            return 0  // librdkafka frees the text.
        }
        if isConsumer {
            joinGate.register(on: configuration)
            rd_kafka_conf_set_rebalance_cb(configuration) { handle, code, partitions, opaque in
                guard let handle, let partitions, let context = ClientContext.from(opaque) else { return }
                context.rebalanced(handle: handle, code: code, partitions: partitions)
            }
        } else {
            rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, opaque in
                guard let message, let context = ClientContext.from(opaque) else { return }
                let report = DeliveryReport(message: message)
                context.reports.withLock { $0.append(report) }
            }
        }
    }

    private static func from(_ opaque: UnsafeMutableRawPointer?) -> ClientContext? {
        opaque.map { Unmanaged<ClientContext>.fromOpaque($0).takeUnretainedValue() }
    }

    private func logged(level: Int32, facility: String, text: UnsafePointer<CChar>) {
        let line = String(cString: text)
        if facility == "FAIL" { lastFailure.withLock { $0 = line } }
        sinks.log(level, facility, line)
    }

    private func failed(handle: OpaquePointer, code: Int32, reason: String?) {
        var code = KafkaError.Code(rawValue: code)
        var reason = reason
        let isFatal = code == .fatal
        if isFatal {
            // The callback's code only says that there is a fatal error; this call says which.
            let text = CText(capacity: 512)
            let cause = text.fill { rd_kafka_fatal_error(handle, $0, $1) }
            code = KafkaError.Code(cause)
            reason = text.string
        }
        let error = KafkaError(
            code,
            operation: "connection",
            subject: "",
            reason: reason,
            isFatal: isFatal,
            usesSCRAM: usesSCRAM
        )
        if let reason, code == .authentication || code == .ssl || code == .resolve {
            lastFailure.withLock { $0 = reason }
        }
        sinks.error(error)
    }

    private func rebalanced(
        handle: OpaquePointer,
        code: rd_kafka_resp_err_t,
        partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) {
        let isClosing = self.isClosing.withLock { $0 }
        if !isClosing, let consumer {
            consumer.rebalanced(code: KafkaError.Code(code), partitions: PartitionList.entries(of: partitions))
        } else if code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS {
            Rebalance.giveUp(partitions, on: handle)
        } else {
            rd_kafka_assign(handle, nil)
        }
    }
}

/// A text buffer that C fills.
final class CText {
    private let buffer: UnsafeMutableBufferPointer<CChar>

    init(capacity: Int) {
        buffer = .allocate(capacity: capacity)
        buffer.initialize(repeating: 0)
    }

    deinit { buffer.deallocate() }

    func fill<Result>(_ body: (UnsafeMutablePointer<CChar>?, Int) -> Result) -> Result {
        body(buffer.baseAddress, buffer.count)
    }

    var string: String {
        let bytes = UnsafeRawBufferPointer(buffer)
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
