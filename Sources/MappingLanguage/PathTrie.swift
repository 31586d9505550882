internal import JSONDocument

/// The paths of a mapping that read the message, as one tree of keys: a single walk over the message finds them all, where
/// one look-up after another would step over the same members again and again.
///
/// Paths with a list index, a `length` or the Kafka record are not in it; they are looked up one by one.
struct PathTrie: Sendable {
    private struct Level: Sendable {
        var firstEdge: Int32 = 0
        var edgeCount: Int32 = 0
        /// One bit for each edge's length and first byte, to pass over most keys without comparing.
        var signatures: UInt64 = 0
    }

    private struct Edge: Sendable {
        let name: ByteRange
        /// The first eight bytes of the key, the first one lowest, zeros behind a shorter key.
        let prefix: UInt64
        let level: Int32
    }

    private var levels: ContiguousArray<Level> = []
    private var edges: ContiguousArray<Edge> = []
    /// By path: the level that it ends at, or -1 if it is not in the tree.
    private(set) var slotOfPath: ContiguousArray<Int32> = []

    init(_ tables: PlanTables) {
        var keys: [[(name: ByteRange, level: Int)]] = [[]]
        for path in tables.paths {
            let steps = tables.steps[Int(path.firstStep)..<Int(path.firstStep + path.stepCount)]
            guard path.readsMessage, !path.readsRecord, steps.allSatisfy({ $0.index < 0 && !$0.isLength }) else {
                slotOfPath.append(-1)
                continue
            }
            var level = 0
            for step in steps {
                let name = tables.pool[step.name.range]
                if let found = keys[level].first(where: { tables.pool[$0.name.range].elementsEqual(name) }) {
                    level = found.level
                } else {
                    keys.append([])
                    keys[level].append((step.name, keys.count - 1))
                    level = keys.count - 1
                }
            }
            slotOfPath.append(Int32(level))
        }
        for found in keys {
            var level = Level(firstEdge: Int32(edges.count), edgeCount: Int32(found.count))
            for key in found {
                let name = tables.pool[key.name.range]
                level.signatures |= Self.signature(name.count, name.first ?? 0)
                let prefix = name.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                edges.append(Edge(name: key.name, prefix: prefix, level: Int32(key.level)))
            }
            levels.append(level)
        }
    }

    @inline(__always)
    private static func signature(_ count: Int, _ first: UInt8) -> UInt64 {
        1 << ((UInt64(truncatingIfNeeded: count &* 11) &+ UInt64(first)) & 63)
    }

    /// Finds all paths in a message; `found` receives the value of each level, nil where there is none.
    func find(
        _ pool: Span<UInt8>,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        in found: inout ContiguousArray<JSONNode?>
    ) {
        found.removeAll(keepingCapacity: true)
        for _ in levels.indices { found.append(nil) }
        found[0] = tape.root
        walk(0, tape.root, pool, tape, text, &found)
    }

    // The recursion is bounded by the length of the longest path, which the size of a mapping bounds, and by the depth of
    // the message.
    private func walk(
        _ index: Int32,
        _ node: JSONNode,
        _ pool: Span<UInt8>,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ found: inout ContiguousArray<JSONNode?>
    ) {
        let level = levels[Int(index)]
        var remaining = level.edgeCount
        guard remaining > 0 else { return }
        var members = tape.members(of: node)
        while remaining > 0, let member = tape.next(&members) {
            guard let target = edge(of: level, member.name, pool, tape, text) else { continue }
            remaining -= 1
            found[Int(target)] = member.value
            walk(target, member.value, pool, tape, text, &found)
        }
    }

    /// The level behind the edge that has a member's name.
    @inline(__always)
    private func edge(
        of level: Level,
        _ name: JSONNode,
        _ pool: Span<UInt8>,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Int32? {
        guard !tape.isEscaped(name) else {
            for position in level.firstEdge..<level.firstEdge + level.edgeCount {
                let edge = edges[Int(position)]
                if tape.hasContent(name, pool.extracting(edge.name.range), in: text) { return edge.level }
            }
            return nil
        }
        let range = tape.contentRange(of: name)
        let prefix = Self.prefix(of: range, in: text)
        guard level.signatures & Self.signature(range.count, UInt8(truncatingIfNeeded: prefix)) != 0 else { return nil }
        for position in level.firstEdge..<level.firstEdge + level.edgeCount {
            let edge = edges[Int(position)]
            guard edge.prefix == prefix, Int(edge.name.count) == range.count else { continue }
            if range.count <= 8 || tape.hasContent(name, pool.extracting(edge.name.range), in: text) {
                return edge.level
            }
        }
        return nil
    }

    /// The first eight bytes of a part of the text, as an edge has them.
    @inline(__always)
    private static func prefix(of range: Range<Int>, in text: Span<UInt8>) -> UInt64 {
        guard range.lowerBound + 8 <= text.count else {
            var prefix: UInt64 = 0
            for offset in 0..<min(8, range.count) {
                prefix |= UInt64(text[range.lowerBound + offset]) << UInt64(8 * offset)
            }
            return prefix
        }
        // The load is within the span, which the guard has checked.
        let word = text.bytes.unsafeLoadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self)
        let prefix = UInt64(littleEndian: word)
        return range.count >= 8 ? prefix : prefix & ((1 << UInt64(8 * range.count)) &- 1)
    }
}
