internal import CRdKafka
internal import Glibc

/// One record, lent to the closure of ``KafkaConsumer/poll(timeoutMilliseconds:_:)``.
///
/// The bytes lie in librdkafka's fetch buffer and are gone when the closure returns: copy what must stay. Nothing here
/// allocates.
public struct KafkaRecord: ~Copyable {
    /// The topic's index in this consumer; ``KafkaConsumer/topicName(_:)`` gives its name.
    public let topicIndex: Int
    /// The partition's number.
    public let partition: Int32
    /// The record's position in its partition.
    public let offset: Int64
    /// Milliseconds since 1970 as the producer or the broker wrote them; -1 if there are none.
    public let timestampMilliseconds: Int64
    /// The key; nil if the record has none, which is not the same as an empty one.
    public let key: UnsafeRawBufferPointer?
    /// The value; nil in a tombstone.
    public let value: UnsafeRawBufferPointer?
    private let message: UnsafeRawPointer

    init(_ message: UnsafePointer<rd_kafka_message_t>, topicIndex: Int) {
        self.message = UnsafeRawPointer(message)
        self.topicIndex = topicIndex
        partition = message.pointee.partition
        offset = message.pointee.offset
        timestampMilliseconds = rd_kafka_message_timestamp(message, nil)
        key = message.pointee.key.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.key_len) }
        value = message.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.len) }
    }

    /// Lends each header in the order in which they were written; names may repeat.
    ///
    /// - Parameter body: gets the name's bytes (UTF-8, without terminator) and the value, nil where it is null.
    public func forEachHeader(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Void) {
        var headers: OpaquePointer?
        let message = message.assumingMemoryBound(to: rd_kafka_message_t.self)
        // The headers stay the message's.
        guard rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR, let headers else { return }
        var index = 0
        var name: UnsafePointer<CChar>?
        var bytes: UnsafeRawPointer?
        var count = 0
        while rd_kafka_header_get_all(headers, index, &name, &bytes, &count) == RD_KAFKA_RESP_ERR_NO_ERROR {
            index += 1
            guard let name else { continue }
            body(
                UnsafeRawBufferPointer(start: name, count: strlen(name)),
                bytes.map { UnsafeRawBufferPointer(start: $0, count: count) }
            )
        }
    }
}
