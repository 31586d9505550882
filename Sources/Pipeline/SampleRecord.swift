import MappingLanguage

/// The Kafka record around a message that somebody tries out, and the time of doing so.
public struct SampleRecord: Sendable, Equatable {
    /// The topic; nil for entries of all topics.
    public var topic: String?
    /// The record's key.
    public var key: String?
    /// The record's headers, in order.
    public var headers: [(name: String, value: String)] = []
    /// The record's timestamp in milliseconds since 1970, UTC.
    public var timestampMilliseconds: Int64?
    /// The time at which events are judged by their age, in milliseconds since 1970, UTC; nil judges none.
    public var nowMilliseconds: Int64?

    /// Creates a record of no topic, without key, headers and times.
    public init() {}

    /// Whether two records are the same.
    public static func == (left: SampleRecord, right: SampleRecord) -> Bool {
        left.topic == right.topic && left.key == right.key && left.timestampMilliseconds == right.timestampMilliseconds
            && left.nowMilliseconds == right.nowMilliseconds
            && left.headers.elementsEqual(right.headers) { $0.name == $1.name && $0.value == $1.value }
    }

    /// Whether there is anything that `$kafka` can read.
    var isRecord: Bool { topic != nil || key != nil || !headers.isEmpty || timestampMilliseconds != nil }

    /// The fields that mappings and triggers read.
    func fill(_ fields: inout RecordFields) {
        fields.removeAll()
        guard isRecord else { return }
        let keyBytes = key.map { Array($0.utf8) }
        let name = topic ?? ""
        if let keyBytes {
            fields.begin(
                topic: name,
                partition: 0,
                offset: 0,
                timestampMilliseconds: timestampMilliseconds,
                key: keyBytes.span
            )
        } else {
            fields.begin(topic: name, partition: 0, offset: 0, timestampMilliseconds: timestampMilliseconds, key: nil)
        }
        for header in headers { fields.header(Array(header.name.utf8).span, Array(header.value.utf8).span) }
        fields.finish()
    }
}
