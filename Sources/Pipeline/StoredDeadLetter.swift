import JSONDocument
import Observability
import StableHash

/// The name of a record, written `topic/partition@offset`.
public struct RecordName: Sendable, Hashable, CustomStringConvertible {
    /// The topic.
    public let topic: String
    /// The partition's number.
    public let partition: Int32
    /// The offset.
    public let offset: Int64

    /// Names a record.
    public init(topic: String, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }

    /// Reads `topic/partition@offset`; nil for anything else.
    public init?(_ text: String) {
        guard let at = text.lastIndex(of: "@"), let slash = text[..<at].lastIndex(of: "/"), slash > text.startIndex,
            let partition = Int32(text[text.index(after: slash)..<at]), partition >= 0,
            let offset = Int64(text[text.index(after: at)...]), offset >= 0
        else { return nil }
        self.init(topic: String(text[..<slash]), partition: partition, offset: offset)
    }

    /// As it is read.
    public var description: String { "\(topic)/\(partition)@\(offset)" }
}

/// A dead letter as it was found in its topic or file.
public struct StoredDeadLetter: Sendable {
    /// Where it lies: `topic/partition@offset` in a topic, `path:line` in a file.
    public let place: String
    /// The record that it was; nil where it does not say.
    public var source: RecordName?
    /// Why it could not be delivered, a stable code.
    public var reason = "(none)"
    /// What was wrong, for a person.
    public var detail = ""
    /// The field concerned.
    public var attribute: String?
    /// The mapping entry and the version of the mappings.
    public var mapping: String?
    /// Calls made with it.
    public var attempts = 0
    /// HTTP status of Batch's answer.
    public var answerStatus: Int?
    /// Batch's answer.
    public var answerBody: String?
    /// Whether the value was cut, because the topic takes no larger one.
    public var isTruncated = false
    /// The original's timestamp in milliseconds since 1970; -1 for none.
    public var timestampMilliseconds: Int64 = -1
    /// The original's key.
    public var key: [UInt8]?
    /// The original's value.
    public var value: [UInt8]?
    /// The original's headers.
    public var headers: [(name: String, value: [UInt8]?)] = []
    /// Whether it is a dead letter of this program, and not something else that lies in the topic or file.
    public var isOurs = false

    init(place: String) { self.place = place }

    /// The time of the original as RFC 3339; nil for none.
    public var time: String? {
        timestampMilliseconds < 0 ? nil : UTCTimestamp(milliseconds: timestampMilliseconds).description
    }

    /// Takes one of the letter's own members, by its name without `batchrelay.`.
    mutating func set(_ name: some StringProtocol, _ text: String, _ source: inout SourceParts) {
        switch name {
        case "version": isOurs = true
        case "topic": source.topic = text
        case "partition": source.partition = Int32(text)
        case "offset": source.offset = Int64(text)
        case "reason": reason = text
        case "detail": detail = text
        case "attribute": attribute = text
        case "mapping": mapping = text
        case "attempts": attempts = Int(text) ?? 0
        case "answer_status": answerStatus = Int(text)
        case "answer_body": answerBody = text
        case "truncated": isTruncated = text == "true"
        // A newer version may say more than this one understands.
        default: break
        }
    }

    /// The parts of the source's name, as they come.
    struct SourceParts {
        var topic: String?
        var partition: Int32?
        var offset: Int64?

        var name: RecordName? {
            guard let topic, let partition, let offset else { return nil }
            return RecordName(topic: topic, partition: partition, offset: offset)
        }
    }

    /// One object of JSON, without a line break.
    ///
    /// - Parameter showsContents: whether key, value and headers are shown; else only their length and a hash, since they are
    ///   personal data.
    /// - Returns: the bytes of the object.
    public func json(showsContents: Bool) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("version")
        writer.integer(1)
        writer.member("place", place)
        writer.member("source", source?.description)
        writer.member("reason", reason)
        writer.member("detail", detail)
        writer.member("attribute", attribute)
        writer.member("mapping", mapping)
        writer.member("attempts", attempts)
        writer.member("answer_status", answerStatus)
        writer.member("answer_body", answerBody)
        writer.name("truncated")
        writer.boolean(isTruncated)
        writer.member("time", time)
        writer.name("key")
        Self.write(key, showsContents, to: &writer)
        writer.name("value")
        Self.write(value, showsContents, to: &writer)
        writer.name("headers")
        writer.beginArray()
        for (name, value) in headers {
            writer.beginObject()
            writer.member("name", name)
            writer.name("value")
            Self.write(value, showsContents, to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// Null, or an object with length and hash, and with the text where it is asked for.
    private static func write(_ bytes: [UInt8]?, _ showsContents: Bool, to writer: inout JSONWriter) {
        guard let bytes else { return writer.null() }
        writer.beginObject()
        writer.member("bytes", bytes.count)
        writer.member("xxh3", HashText.hex(xxh3(bytes)))
        if showsContents {
            if let text = String(validating: bytes, as: UTF8.self) {
                writer.member("text", text)
            } else {
                writer.member("base64", Base64.text(bytes))
            }
        }
        writer.endObject()
    }

    /// Bytes as a person should see them: the text (or base64) where it is asked for, else length and hash.
    public static func shown(_ bytes: [UInt8]?, showsContents: Bool) -> String {
        guard let bytes else { return "none" }
        guard showsContents else { return "\(bytes.count) bytes, xxh3 \(HashText.hex(xxh3(bytes)))" }
        return String(validating: bytes, as: UTF8.self) ?? "base64 \(Base64.text(bytes))"
    }
}

/// Dead letters of one reason.
public struct DeadLetterGroup: Sendable {
    /// The reason's code.
    public let reason: String
    /// How many there are.
    public private(set) var count = 0
    /// The smallest timestamp of an original, as RFC 3339; nil where none has one.
    public var first: String? { earliest.map { UTCTimestamp(milliseconds: $0).description } }
    /// The largest timestamp of an original, as RFC 3339; nil where none has one.
    public var last: String? { latest.map { UTCTimestamp(milliseconds: $0).description } }
    /// Where the first one that was read lies.
    public let example: String
    /// What was wrong with that one.
    public let detail: String
    private var earliest: Int64?
    private var latest: Int64?

    /// Begins a group with its first letter, which is to be added too.
    init(_ letter: StoredDeadLetter) {
        reason = letter.reason
        example = letter.place
        detail = letter.detail
    }

    mutating func add(_ letter: StoredDeadLetter) {
        count += 1
        guard letter.timestampMilliseconds >= 0 else { return }
        earliest = min(earliest ?? .max, letter.timestampMilliseconds)
        latest = max(latest ?? .min, letter.timestampMilliseconds)
    }

    /// One object of JSON, without a line break.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("version")
        writer.integer(1)
        writer.member("reason", reason)
        writer.member("count", count)
        writer.member("first", first)
        writer.member("last", last)
        writer.member("example", example)
        writer.member("detail", detail)
        writer.endObject()
        return writer.bytes
    }
}
