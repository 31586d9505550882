/// Finds the members of an object whose name stands again later: the last one counts.
///
/// Almost no object has any, so names are first told apart by one bit of 256 each; only a name whose bit is taken already is
/// compared with the others. Objects of more than 64 members, and those with an escaped name, go through a dictionary, so
/// that a hostile object costs no more than its length.
enum DuplicateNames {
    static func mark(inObject object: Int, of nodes: inout ContiguousArray<Node>, _ text: Span<UInt8>) {
        var seen: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        let end = Int(nodes[object].next)
        var name = object + 1
        var count = 0
        while name < end {
            count += 1
            if count > 64 || nodes[name].flags & Node.escaped != 0 {
                markAll(inObject: object, of: &nodes, text)
                return
            }
            let bit = signature(of: nodes[name], text)
            if insert(bit, &seen) { markEqual(to: name, from: object + 1, of: &nodes, text) }
            name = Int(nodes[name + 1].next)
        }
    }

    /// - Returns: whether the bit was set before.
    @inline(__always)
    private static func insert(_ bit: UInt8, _ seen: inout (UInt64, UInt64, UInt64, UInt64)) -> Bool {
        let mask = UInt64(1) << UInt64(bit & 63)
        switch bit >> 6 {
        case 0:
            defer { seen.0 |= mask }
            return seen.0 & mask != 0
        case 1:
            defer { seen.1 |= mask }
            return seen.1 & mask != 0
        case 2:
            defer { seen.2 |= mask }
            return seen.2 & mask != 0
        default:
            defer { seen.3 |= mask }
            return seen.3 & mask != 0
        }
    }

    @inline(__always)
    private static func signature(of name: Node, _ text: Span<UInt8>) -> UInt8 {
        let start = Int(name.start) + 1
        let length = Int(name.length) - 2
        // Equal names must have equal signatures wherever they stand, also where eight bytes would reach past the end.
        var word: UInt64 = 0
        if start + 8 <= text.count {
            word = UInt64(littleEndian: text.bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self))
            if length < 8 { word &= (1 << UInt64(8 * length)) &- 1 }
        } else {
            for offset in 0..<min(length, 8) { word |= UInt64(text[start + offset]) << UInt64(8 * offset) }
        }
        let last = length > 0 ? UInt64(text[start + length - 1]) : 0
        let middle = UInt64(text[start + length / 2])
        let mixed = (word ^ last << 56 ^ middle << 48 ^ UInt64(length) << 40) &* 0x9E37_79B9_7F4A_7C15
        return UInt8(mixed >> 56)
    }

    private static func markEqual(
        to name: Int,
        from first: Int,
        of nodes: inout ContiguousArray<Node>,
        _ text: Span<UInt8>
    ) {
        var other = first
        while other < name {
            if nodes[other].length == nodes[name].length, equal(nodes[other], nodes[name], text) {
                nodes[other].flags |= Node.shadowed
            }
            other = Int(nodes[other + 1].next)
        }
    }

    private static func equal(_ first: Node, _ second: Node, _ text: Span<UInt8>) -> Bool {
        for offset in 0..<Int(first.length)
        where text[Int(first.start) + offset] != text[Int(second.start) + offset] {
            return false
        }
        return true
    }

    private static func markAll(inObject object: Int, of nodes: inout ContiguousArray<Node>, _ text: Span<UInt8>) {
        var last: [[UInt8]: Int] = [:]
        var content: [UInt8] = []
        let end = Int(nodes[object].next)
        var name = object + 1
        while name < end {
            content.removeAll(keepingCapacity: true)
            JSONString.appendContent(of: nodes[name], in: text, to: &content)
            if let earlier = last.updateValue(name, forKey: content) { nodes[earlier].flags |= Node.shadowed }
            name = Int(nodes[name + 1].next)
        }
    }
}
