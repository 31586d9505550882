import Delivery
import JSONDocument
import KafkaClient

/// How a dead letter looks: the headers of a Kafka record, or a line of JSON.
enum DeadLetterFormat {
    static let version = "1"

    /// The letter's own headers, which follow those of the original record.
    static func headers(_ letter: DeadLetter, from place: TopicPartition, isTruncated: Bool) -> [(String, String)] {
        var headers: [(String, String)] = [
            ("batchrelay.version", version), ("batchrelay.kind", letter.kind.rawValue),
            ("batchrelay.topic", place.topic),
            ("batchrelay.partition", String(place.partition)), ("batchrelay.offset", String(letter.offset)),
            ("batchrelay.reason", letter.cause.reason), ("batchrelay.detail", letter.cause.detail),
            ("batchrelay.attempts", String(letter.cause.attempts)),
        ]
        if let attribute = letter.cause.attribute { headers.append(("batchrelay.attribute", attribute)) }
        if let mapping = letter.cause.mapping { headers.append(("batchrelay.mapping", mapping)) }
        if let status = letter.cause.answerStatus { headers.append(("batchrelay.answer_status", String(status))) }
        if let body = letter.cause.answerBody { headers.append(("batchrelay.answer_body", body)) }
        if letter.cause.isAmbiguous { headers.append(("batchrelay.ambiguous", "true")) }
        if isTruncated { headers.append(("batchrelay.truncated", "true")) }
        return headers
    }

    /// One line of JSON, with its line break.
    static func line(_ letter: DeadLetter, from place: TopicPartition) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in headers(letter, from: place, isTruncated: false) {
            writer.name(name.dropFirst("batchrelay.".count))
            switch name {
            case "batchrelay.version", "batchrelay.partition", "batchrelay.offset", "batchrelay.attempts",
                "batchrelay.answer_status":
                writer.raw(Array(value.utf8).span)
            default: writer.string(value)
            }
        }
        writer.name("timestamp")
        writer.integer(letter.timestampMilliseconds)
        write("key", RecordPacking.key(of: letter.image), &writer)
        write("value", RecordPacking.value(of: letter.image), &writer)
        writer.name("headers")
        writer.beginArray()
        for (name, value) in RecordPacking.headers(of: letter.image) {
            writer.beginObject()
            writer.name("name")
            writer.string(name)
            write("value", value, &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// Text where the bytes are UTF-8, else base64 under `name_base64`; null where there are none.
    private static func write(_ name: String, _ bytes: [UInt8]?, _ writer: inout JSONWriter) {
        guard let bytes else {
            writer.name(name)
            writer.null()
            return
        }
        if let text = String(validating: bytes, as: UTF8.self) {
            writer.name(name)
            writer.string(text)
        } else {
            writer.name(name + "_base64")
            writer.string(Base64.text(bytes))
        }
    }
}

/// RFC 4648 section 4, with padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var word = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            word <<= UInt32(8 * (3 - group.count))
            for index in 0..<4 {
                let isPadding = index > group.count
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(word >> UInt32(18 - 6 * index) & 63)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text; nil for one that is not base64.
    static func bytes(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3)
        var word: UInt32 = 0
        var count = 0
        let content = text.utf8.prefix { $0 != UInt8(ascii: "=") }
        for byte in content {
            guard let digit = values[Int(byte)] else { return nil }
            word = word << 6 | digit
            count += 1
            guard count == 4 else { continue }
            bytes += [
                UInt8(truncatingIfNeeded: word >> 16), UInt8(truncatingIfNeeded: word >> 8),
                UInt8(truncatingIfNeeded: word),
            ]
            (word, count) = (0, 0)
        }
        switch count {
        case 0: return bytes
        case 2: return bytes + [UInt8(truncatingIfNeeded: word >> 4)]
        case 3: return bytes + [UInt8(truncatingIfNeeded: word >> 10), UInt8(truncatingIfNeeded: word >> 2)]
        default: return nil
        }
    }

    private static let values: [UInt32?] = {
        var values = [UInt32?](repeating: nil, count: 256)
        for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt32(value) }
        return values
    }()
}
