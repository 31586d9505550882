/// One partition of a topic.
public struct TopicPartition: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The topic's name.
    public let topic: String
    /// The partition's number, from 0.
    public let partition: Int32

    /// Names a partition; nothing is checked.
    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    /// `orders[3]`, as Kafka's own logs write it.
    public var description: String { "\(topic)[\(partition)]" }

    /// By topic, then by number.
    public static func < (left: Self, right: Self) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}

/// A place in a partition: where to start, what to commit, or what was committed.
public struct PartitionOffset: Hashable, Sendable, CustomStringConvertible {
    /// The partition.
    public let topicPartition: TopicPartition
    /// The offset of the next record to read, or one of the special values below.
    public var offset: Int64
    /// Bytes that were or are to be committed beside the offset; nil and empty are the same to a broker.
    public var metadata: [UInt8]?

    /// Start at the oldest record there is.
    public static let beginning: Int64 = -2
    /// Start after the newest record there is.
    public static let end: Int64 = -1
    /// Start at the group's committed offset, or where `auto.offset.reset` says if it has none.
    public static let committed: Int64 = -1000
    /// No offset: nothing was committed, read or found.
    public static let none: Int64 = -1001

    /// Makes a place; nothing is checked.
    public init(_ topicPartition: TopicPartition, offset: Int64, metadata: [UInt8]? = nil) {
        self.topicPartition = topicPartition
        self.offset = offset
        self.metadata = metadata
    }

    /// `orders[3]@17`; the metadata is not shown.
    public var description: String {
        switch offset {
        case Self.beginning: "\(topicPartition)@beginning"
        case Self.end: "\(topicPartition)@end"
        case Self.committed: "\(topicPartition)@committed"
        case Self.none: "\(topicPartition)@none"
        default: "\(topicPartition)@\(offset)"
        }
    }
}
