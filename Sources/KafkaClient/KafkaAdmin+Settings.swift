internal import CRdKafka

/// What brokers and topics are set to.
extension KafkaAdmin {
    /// The settings of a topic, defaults of the broker included.
    ///
    /// - Parameters:
    ///   - name: the topic.
    ///   - timeoutMilliseconds: how long to wait.
    /// - Returns: values by name, such as `max.message.bytes`; those that the broker keeps secret are left out.
    /// - Throws: ``KafkaError``; its code is 29 where the user may not describe the topic's settings.
    public func settings(ofTopic name: String, timeoutMilliseconds: Int32) throws(KafkaError) -> [String: String] {
        try settings(RD_KAFKA_RESOURCE_TOPIC, name, "topic '\(name)'", timeoutMilliseconds)
    }

    /// The settings of one of the brokers.
    ///
    /// - Parameter timeoutMilliseconds: how long to wait.
    /// - Returns: values by name, such as `auto.create.topics.enable`.
    /// - Throws: ``KafkaError``; its code is 31 where the user may not describe the cluster's settings.
    public func brokerSettings(timeoutMilliseconds: Int32) throws(KafkaError) -> [String: String] {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(handle.pointer, 0, nil, &metadata, timeoutMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata, metadata.pointee.broker_cnt > 0 else {
            throw handle.context.error(KafkaError.Code(code), operation: "read metadata", subject: "cluster")
        }
        let id = metadata.pointee.brokers[0].id
        rd_kafka_metadata_destroy(metadata)
        return try settings(RD_KAFKA_RESOURCE_BROKER, "\(id)", "broker \(id)", timeoutMilliseconds)
    }

    private func settings(
        _ type: rd_kafka_ResourceType_t,
        _ name: String,
        _ subject: String,
        _ timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: String] {
        var resource = rd_kafka_ConfigResource_new(type, name)
        defer { rd_kafka_ConfigResource_destroy(resource) }
        let call = AdminCall(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeoutMilliseconds)
        let event = try call.run("read settings", subject) { options, queue in
            rd_kafka_DescribeConfigs(handle.pointer, &resource, 1, options, queue)
        }
        var count = 0
        // All of these belong to the event.
        let result = rd_kafka_event_DescribeConfigs_result(event.pointer)
        guard let answers = rd_kafka_DescribeConfigs_result_resources(result, &count), count > 0 else { return [:] }
        let code = rd_kafka_ConfigResource_error(answers[0])
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            let reason = rd_kafka_ConfigResource_error_string(answers[0]).map { String(cString: $0) }
            throw handle.context.error(
                KafkaError.Code(code),
                operation: "read settings",
                subject: subject,
                reason: reason
            )
        }
        var values: [String: String] = [:]
        guard let entries = rd_kafka_ConfigResource_configs(answers[0], &count) else { return [:] }
        for index in 0..<count {
            guard let name = rd_kafka_ConfigEntry_name(entries[index]),
                let value = rd_kafka_ConfigEntry_value(entries[index])
            else { continue }
            values[String(cString: name)] = String(cString: value)
        }
        return values
    }
}
