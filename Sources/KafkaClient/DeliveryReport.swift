internal import CRdKafka

/// What became of one produced record.
public struct DeliveryReport: Sendable {
    /// The number given to `produce`.
    public let token: UInt64
    /// The partition it was written to; -1 if none was chosen.
    public let partition: Int32
    /// The record's offset (-1001 where a retried request does not tell), or why it was not written.
    public let result: Result<Int64, KafkaError>

    init(message: UnsafePointer<rd_kafka_message_t>) {
        let message = message.pointee
        token = UInt64(UInt(bitPattern: message._private))
        partition = message.partition
        if message.err == RD_KAFKA_RESP_ERR_NO_ERROR {
            result = .success(message.offset)
        } else {
            let topic = message.rkt.map { "topic '\(String(cString: rd_kafka_topic_name($0)))'" } ?? ""
            result = .failure(KafkaError(KafkaError.Code(message.err), operation: "produce", subject: topic))
        }
    }
}
