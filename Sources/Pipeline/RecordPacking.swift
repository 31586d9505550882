import Delivery
import KafkaClient

/// Copies what a dead letter needs of a record into one array, and reads it back.
///
/// Key and value one after the other, then each header: the length of its name (4 bytes, little-endian), the name, the length
/// of its value (4 bytes, all ones for null), the value.
enum RecordPacking {
    static func image(of record: borrowing KafkaRecord) -> RecordImage {
        let keyCount = record.key?.count ?? 0
        let valueCount = record.value?.count ?? 0
        var bytes: [UInt8] = []
        bytes.reserveCapacity(keyCount + valueCount + 32)
        if let key = record.key { bytes.append(contentsOf: key) }
        if let value = record.value { bytes.append(contentsOf: value) }
        record.forEachHeader { name, value in
            append(name.count, to: &bytes)
            bytes.append(contentsOf: name)
            append(value?.count ?? -1, to: &bytes)
            if let value { bytes.append(contentsOf: value) }
        }
        return RecordImage(
            bytes: bytes,
            keyCount: record.key == nil ? -1 : Int32(keyCount),
            valueCount: record.value == nil ? -1 : Int32(valueCount)
        )
    }

    static func key(of image: RecordImage) -> [UInt8]? {
        image.keyCount < 0 ? nil : Array(image.bytes[..<Int(image.keyCount)])
    }

    static func value(of image: RecordImage) -> [UInt8]? {
        guard image.valueCount >= 0 else { return nil }
        let start = Int(max(0, image.keyCount))
        return Array(image.bytes[start..<start + Int(image.valueCount)])
    }

    static func headers(of image: RecordImage) -> [(name: String, value: [UInt8]?)] {
        var headers: [(name: String, value: [UInt8]?)] = []
        var position = Int(max(0, image.keyCount)) + Int(max(0, image.valueCount))
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

    private static func append(_ count: Int, to bytes: inout [UInt8]) {
        let value = UInt32(bitPattern: Int32(count))
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }

    private static func count(at position: Int, in bytes: [UInt8]) -> Int? {
        guard position + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for index in 0..<4 { value |= UInt32(bytes[position + index]) << UInt32(8 * index) }
        return Int(Int32(bitPattern: value))
    }
}
