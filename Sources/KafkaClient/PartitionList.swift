internal import CRdKafka
internal import Glibc

/// Owns one `rd_kafka_topic_partition_list_t`.
struct PartitionList: ~Copyable {
    typealias Pointer = UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    private let pointer: Pointer

    /// Copies places with their metadata.
    init(_ offsets: [PartitionOffset]) {
        pointer = rd_kafka_topic_partition_list_new(Int32(clamping: offsets.count))
        for place in offsets {
            let element = add(place.topicPartition, offset: place.offset)
            if let metadata = place.metadata, !metadata.isEmpty, let copy = malloc(metadata.count) {
                // librdkafka frees the element's metadata with free() when it destroys the list.
                metadata.withUnsafeBytes { bytes in
                    if let base = bytes.baseAddress { memcpy(copy, base, bytes.count) }
                }
                element.pointee.metadata = copy
                element.pointee.metadata_size = metadata.count
            }
        }
    }

    /// Lists partitions that all have the same offset.
    init(_ partitions: [TopicPartition], offset: Int64 = PartitionOffset.none) {
        pointer = rd_kafka_topic_partition_list_new(Int32(clamping: partitions.count))
        for partition in partitions { add(partition, offset: offset) }
    }

    /// Lists topics, as a subscription wants them.
    init(topics: [String]) {
        pointer = rd_kafka_topic_partition_list_new(Int32(clamping: topics.count))
        for topic in topics { add(TopicPartition(topic: topic, partition: -1), offset: PartitionOffset.none) }
    }

    deinit { rd_kafka_topic_partition_list_destroy(pointer) }

    /// Lends the list; the pointer must not leave `body`.
    func withPointer<Result>(_ body: (Pointer) -> Result) -> Result { body(pointer) }

    @discardableResult
    private func add(
        _ partition: TopicPartition,
        offset: Int64
    ) -> UnsafeMutablePointer<rd_kafka_topic_partition_t> {
        let element: UnsafeMutablePointer<rd_kafka_topic_partition_t> = rd_kafka_topic_partition_list_add(
            pointer,
            partition.topic,
            partition.partition
        )
        element.pointee.offset = offset
        return element
    }

    /// What the list says about one partition.
    struct Entry {
        let place: PartitionOffset
        let code: KafkaError.Code
    }

    /// Copies the entries out.
    var entries: [Entry] { Self.entries(of: pointer) }

    /// Copies the entries of a list that librdkafka owns.
    static func entries(of list: UnsafePointer<rd_kafka_topic_partition_list_t>) -> [Entry] {
        (0..<Int(list.pointee.cnt)).map { index in
            let element = list.pointee.elems[index]
            var metadata: [UInt8]?
            if let bytes = element.metadata, element.metadata_size > 0 {
                metadata = Array(UnsafeRawBufferPointer(start: bytes, count: element.metadata_size))
            }
            let name = String(cString: element.topic)
            let partition = TopicPartition(topic: name, partition: element.partition)
            return Entry(
                place: PartitionOffset(partition, offset: element.offset, metadata: metadata),
                code: KafkaError.Code(element.err)
            )
        }
    }
}
