internal import CRdKafka

extension KafkaProducer {
    /// Asks the cluster for a topic, which creates it where the brokers create topics by themselves.
    ///
    /// Blocks until the answer or the timeout; any thread may call.
    ///
    /// - Parameters:
    ///   - name: the topic.
    ///   - timeoutMilliseconds: how long to wait.
    /// - Returns: the number of its partitions.
    /// - Throws: ``KafkaError``; ``KafkaError/Code/unknownTopicOrPartition`` where it is not there and was not created (yet: a
    ///   broker answers so while it creates one; ask again).
    public func partitionCount(_ name: String, timeoutMilliseconds: Int32) throws(KafkaError) -> Int32 {
        let subject = "topic '\(name)'"
        guard let topic = rd_kafka_topic_new(handle.pointer, name, nil) else {
            throw handle.context.error(KafkaError.Code(rd_kafka_last_error()), operation: "open", subject: subject)
        }
        defer { rd_kafka_topic_destroy(topic) }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(handle.pointer, 0, topic, &metadata, timeoutMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else {
            throw handle.context.error(KafkaError.Code(code), operation: "read metadata", subject: subject)
        }
        defer { rd_kafka_metadata_destroy(metadata) }
        guard metadata.pointee.topic_cnt == 1 else {
            throw KafkaError(.unknownTopicOrPartition, operation: "read metadata", subject: subject)
        }
        let found = metadata.pointee.topics[0]
        guard found.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw KafkaError(KafkaError.Code(found.err), operation: "read metadata", subject: subject)
        }
        return found.partition_cnt
    }
}
