import BatchAPI
import Delivery
import KafkaClient

/// Copies what a dead letter needs of a record, and reads it back.
///
/// Key and value one after the other, then each header: the length of its name (4 bytes, little-endian), the name, the length
/// of its value (4 bytes, all ones for null), the value.
enum RecordPacking {
    /// How many bytes ``image(of:behind:)`` writes.
    static func byteCount(of record: borrowing KafkaRecord) -> Int {
        var count = (record.key?.count ?? 0) + (record.value?.count ?? 0)
        record.forEachHeader { name, value in count += 8 + name.count + (value?.count ?? 0) }
        return count
    }

    /// The image of a record: behind its contribution where it has one, so that both are one piece of memory.
    static func image(of record: borrowing KafkaRecord, behind verdict: inout MappingVerdict) -> RecordImage {
        let keyCount = record.key.map { Int32($0.count) } ?? -1
        let valueCount = record.value.map { Int32($0.count) } ?? -1
        guard case .part(var part) = verdict else {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(byteCount(of: record))
            forEachPiece(of: record) { bytes.append(contentsOf: $0) }
            return RecordImage(bytes: bytes, keyCount: keyCount, valueCount: valueCount)
        }
        // The enumeration lets go of the part, which then has one owner and grows in place.
        verdict = .filtered
        let start = part.contribution.bytes.count
        forEachPiece(of: record) { part.contribution.keep($0) }
        verdict = .part(part)
        return RecordImage(
            bytes: part.contribution.bytes,
            start: start,
            keyCount: keyCount,
            valueCount: valueCount
        )
    }

    private static func forEachPiece(of record: borrowing KafkaRecord, _ body: (UnsafeRawBufferPointer) -> Void) {
        if let key = record.key { body(key) }
        if let value = record.value { body(value) }
        record.forEachHeader { name, value in
            withCount(name.count, body)
            body(name)
            withCount(value?.count ?? -1, body)
            if let value { body(value) }
        }
    }

    private static func withCount(_ count: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: count).littleEndian, body)
    }

    static func key(of image: RecordImage) -> [UInt8]? {
        image.keyCount < 0 ? nil : Array(image.bytes[image.start..<image.start + Int(image.keyCount)])
    }

    static func value(of image: RecordImage) -> [UInt8]? {
        guard image.valueCount >= 0 else { return nil }
        let start = image.start + Int(max(0, image.keyCount))
        return Array(image.bytes[start..<start + Int(image.valueCount)])
    }

    static func headers(of image: RecordImage) -> [(name: String, value: [UInt8]?)] {
        var headers: [(name: String, value: [UInt8]?)] = []
        var position = image.start + Int(max(0, image.keyCount)) + Int(max(0, image.valueCount))
        while let nameCount = count(at: position, in: image.bytes), nameCount >= 0 {
            position += 4
            let name = String(decoding: image.bytes[position..<position + nameCount], as: UTF8.self)
            position += nameCount
            guard let valueCount = count(at: position, in: image.bytes) else { return headers }
            position += 4
            headers.append((name, valueCount < 0 ? nil : Array(image.bytes[position..<position + valueCount])))
            position += max(0, valueCount)
        }
        return headers
    }

    private static func count(at position: Int, in bytes: [UInt8]) -> Int? {
        guard position + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for index in 0..<4 { value |= UInt32(bytes[position + index]) << UInt32(8 * index) }
        return Int(Int32(bitPattern: value))
    }
}
