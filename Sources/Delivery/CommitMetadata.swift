internal import StableHash

/// What travels in the metadata of a committed offset: which offsets beyond it are settled, per lane.
///
/// base64url of: version, hash of the cluster's id (8 bytes), base offset, then per lane the hash of its name (4 bytes) and its
/// runs, and at the end a checksum (4 bytes). It is used only if the version is known, the checksum is right, the cluster is the
/// same and the base is the committed offset: copied to another cluster it would skip records.
struct CommitMetadata: Sendable, Equatable {
    static let version: UInt8 = 1

    let clusterHash: UInt64
    let base: Int64
    /// One set a lane, by the hash of the lane's name.
    var sets: [(lane: UInt32, set: SettledSet)]

    static func == (first: CommitMetadata, second: CommitMetadata) -> Bool {
        first.clusterHash == second.clusterHash && first.base == second.base
            && first.sets.elementsEqual(second.sets) { $0.lane == $1.lane && $0.set == $1.set }
    }

    /// The hash that names a lane.
    static func laneHash(_ name: String) -> UInt32 { UInt32(truncatingIfNeeded: xxh3(Array(name.utf8))) }

    /// The hash that stands for a cluster.
    static func clusterHash(_ id: [UInt8]) -> UInt64 { xxh3(id) }

    // MARK: Writing

    /// The text, at most `limit` bytes: what does not fit is cut at the far end; the header always goes.
    ///
    /// - Returns: the text, and whether anything was cut.
    func encoded(limit: Int) -> (text: [UInt8], wasCut: Bool) {
        var smaller = self
        var wasCut = false
        while true {
            let text = Base64URL.encode(smaller.payload())
            if text.count <= limit { return (text, wasCut) }
            // The lane whose set reaches furthest is cut first.
            guard
                let longest = smaller.sets.indices.max(by: {
                    smaller.sets[$0].set.nextChunk < smaller.sets[$1].set.nextChunk
                }),
                !smaller.sets[longest].set.runs.isEmpty
            else { return (text, wasCut) }
            smaller.sets[longest].set.cut()
            wasCut = true
        }
    }

    private func payload() -> [UInt8] {
        var bytes: [UInt8] = [Self.version]
        Self.append(clusterHash, count: 8, to: &bytes)
        Self.appendVariable(UInt64(base), to: &bytes)
        let written = sets.filter { !$0.set.isEmpty }
        Self.appendVariable(UInt64(written.count), to: &bytes)
        for (lane, set) in written {
            Self.append(UInt64(lane), count: 4, to: &bytes)
            Self.appendVariable(UInt64(set.runs.count), to: &bytes)
            for run in set.runs {
                Self.appendVariable(UInt64(run.chunkCount) << 2 | UInt64(run.kind.rawValue), to: &bytes)
                guard run.kind == .mixed else { continue }
                for mask in set.masks[run.firstMask..<run.firstMask + Int(run.chunkCount)] {
                    Self.append(UInt64(truncatingIfNeeded: mask), count: 8, to: &bytes)
                    Self.append(UInt64(truncatingIfNeeded: mask >> 64), count: 8, to: &bytes)
                }
            }
        }
        Self.append(xxh3(bytes) & 0xFFFF_FFFF, count: 4, to: &bytes)
        return bytes
    }

    private static func append(_ value: UInt64, count: Int, to bytes: inout [UInt8]) {
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }

    private static func appendVariable(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    // MARK: Reading

    /// What the text says, or nil: it is another program's, a newer version's, damaged, or of another cluster or offset. Then
    /// records may be sent again, but none is skipped.
    static func decoded(_ text: [UInt8], clusterHash: UInt64, committedOffset: Int64) -> CommitMetadata? {
        guard text.count <= 65_536, let bytes = Base64URL.decode(text), bytes.count >= 15, bytes[0] == version else {
            return nil
        }
        let body = Array(bytes.dropLast(4))
        var reader = Reader(bytes: bytes, position: 1, end: body.count)
        var tail = Reader(bytes: bytes, position: body.count, end: bytes.count)
        guard let checksum = tail.fixed(4), checksum == xxh3(body) & 0xFFFF_FFFF,
            let cluster = reader.fixed(8), cluster == clusterHash,
            let base = reader.variable(), base == UInt64(bitPattern: committedOffset), committedOffset >= 0,
            let setCount = reader.variable(), setCount <= 64
        else { return nil }
        var metadata = CommitMetadata(clusterHash: clusterHash, base: committedOffset, sets: [])
        for _ in 0..<setCount {
            guard let lane = reader.fixed(4), let set = reader.set(base: committedOffset) else { return nil }
            metadata.sets.append((UInt32(truncatingIfNeeded: lane), set))
        }
        return reader.position == reader.end ? metadata : nil
    }

    private struct Reader {
        let bytes: [UInt8]
        var position: Int
        let end: Int

        mutating func fixed(_ count: Int) -> UInt64? {
            guard end - position >= count else { return nil }
            var value: UInt64 = 0
            for index in 0..<count { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
            position += count
            return value
        }

        mutating func variable() -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: 0, through: 63, by: 7) {
                guard position < end else { return nil }
                let byte = bytes[position]
                position += 1
                if shift == 63, byte > 1 { return nil }
                value |= UInt64(byte & 0x7F) << UInt64(shift)
                if byte & 0x80 == 0 { return value }
            }
            return nil
        }

        mutating func set(base: Int64) -> SettledSet? {
            guard let runCount = variable(), runCount <= 65_536 else { return nil }
            var set = SettledSet(base: base)
            for _ in 0..<runCount {
                // Chunk numbers stay below 2^56, so that no sum of them can overflow.
                guard let token = variable(), token >> 2 > 0, token >> 2 < 1 << 48,
                    set.nextChunk < 1 << 56, let kind = SettledSet.Kind(rawValue: UInt8(token & 3))
                else { return nil }
                let count = Int64(token >> 2)
                guard kind == .mixed else {
                    set.append(kind, count: count)
                    continue
                }
                guard count <= Int64(end - position) / 16 else { return nil }
                for _ in 0..<count {
                    guard let low = fixed(8), let high = fixed(8) else { return nil }
                    set.append(mask: UInt128(high) << 64 | UInt128(low))
                }
            }
            return set
        }
    }
}

/// RFC 4648 section 5, without padding.
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var buffer: UInt32 = 0
        var bitCount: UInt32 = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bitCount += 8
            while bitCount >= 6 {
                bitCount -= 6
                text.append(alphabet[Int(buffer >> bitCount & 63)])
            }
        }
        if bitCount > 0 { text.append(alphabet[Int(buffer << (6 - bitCount) & 63)]) }
        return text
    }

    static func decode(_ text: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var buffer: UInt32 = 0
        var bitCount: UInt32 = 0
        for character in text {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
            case UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "_"): value = 63
            default: return nil
            }
            buffer = buffer << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bitCount))
            }
        }
        return bytes
    }
}
