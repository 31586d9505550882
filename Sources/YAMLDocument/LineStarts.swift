/// Finds the line and column of a byte by bisection.
struct LineStarts {
    private let offsets: [Int]

    init(of text: [UInt8]) {
        offsets = [0] + text.indices.filter { text[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
    }

    /// The place of a byte of `text`, which is the text that this was made of.
    func mark(ofByte offset: Int, in text: [UInt8]) -> YAMLNode.Mark {
        var low = 0
        var high = offsets.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if offsets[middle] <= offset { low = middle } else { high = middle }
        }
        // Every byte but those that continue a code point begins one.
        let codePoints = text[offsets[low]..<min(offset, text.count)].count { $0 & 0xC0 != 0x80 }
        return YAMLNode.Mark(line: low + 1, column: codePoints + 1)
    }
}
