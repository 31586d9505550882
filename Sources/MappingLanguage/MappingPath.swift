/// One step of a path; trivial, so that reading it counts no references.
struct PathStep: Sendable, Equatable {
    /// The key's UTF-8 in the pool that belongs to the path.
    let name: ByteRange
    /// The index that the key is when the step goes into a list, or -1.
    let index: Int32
    /// Whether the key is `length`, which a list answers with its number of elements.
    let isLength: Bool
}

/// A part of a pool of bytes.
struct ByteRange: Sendable, Hashable {
    let start: Int32
    let count: Int32

    init(start: Int, count: Int) {
        self.start = Int32(start)
        self.count = Int32(count)
    }

    var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

/// Divides the text of a path into steps (mapping language, section 3).
enum MappingPath {
    /// The first step that reads the Kafka record instead of the message.
    static let recordStep = Array("$kafka".utf8)

    /// Appends the steps of a path, and their names to `pool`.
    static func appendSteps(of path: Span<UInt8>, to steps: inout [PathStep], pool: inout [UInt8]) {
        var position = 0
        if path.count == 1, path[0] == dollar { return }
        if path.count >= 2, path[0] == dollar, path[1] == dot { position = 2 }
        var start = pool.count
        while position < path.count {
            let byte = path[position]
            if byte == dot {
                finish(&start, &steps, pool)
                position += 1
            } else if byte == opening, let (content, next) = bracket(at: position, in: path) {
                finish(&start, &steps, pool)
                for index in content { pool.append(path[index]) }
                // A quoted key may be empty; it is a step all the same.
                append(from: start, &steps, pool)
                start = pool.count
                position = next
            } else {
                pool.append(byte)
                position += 1
            }
        }
        finish(&start, &steps, pool)
    }

    private static func finish(_ start: inout Int, _ steps: inout [PathStep], _ pool: [UInt8]) {
        guard pool.count > start else { return }
        append(from: start, &steps, pool)
        start = pool.count
    }

    private static func append(from start: Int, _ steps: inout [PathStep], _ pool: [UInt8]) {
        let name = pool[start...]
        steps.append(
            PathStep(
                name: ByteRange(start: start, count: name.count),
                index: index(name),
                isLength: name.elementsEqual("length".utf8)
            )
        )
    }

    /// The list index that a key is: digits without leading zeros.
    private static func index(_ name: ArraySlice<UInt8>) -> Int32 {
        guard let first = name.first, name.count <= 9, name.allSatisfy(isDigit) else { return -1 }
        guard first != UInt8(ascii: "0") || name.count == 1 else { return -1 }
        return name.reduce(0) { $0 * 10 + Int32($1 - UInt8(ascii: "0")) }
    }

    /// `["…"]`, `['…']` or `[12]`; nil for any other bracket, which is part of a key.
    private static func bracket(at position: Int, in path: Span<UInt8>) -> (content: Range<Int>, next: Int)? {
        guard position + 2 < path.count else { return nil }
        let first = path[position + 1]
        var index = position + 2
        if first == UInt8(ascii: "'") || first == UInt8(ascii: "\"") {
            while index + 1 < path.count {
                if path[index] == first, path[index + 1] == closing { return (position + 2..<index, index + 2) }
                index += 1
            }
            return nil
        }
        guard isDigit(first) else { return nil }
        while index < path.count, isDigit(path[index]) { index += 1 }
        guard index < path.count, path[index] == closing else { return nil }
        return (position + 1..<index, index + 1)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
    private static let dollar = UInt8(ascii: "$")
    private static let dot = UInt8(ascii: ".")
    private static let opening = UInt8(ascii: "[")
    private static let closing = UInt8(ascii: "]")
}
