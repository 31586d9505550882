/// Finds the members of an object whose name stands again later: the last one counts.
///
/// Almost no object has any. So the parser only asks, as it closes an object, whether two of its names have one signature;
/// the names themselves are compared after the parse, in the objects found so. Objects of more than 512 members, and those with
/// an escaped name, go through a dictionary, so that a hostile object costs no more than its length.
enum DuplicateNames {
    private static let fewLooks = 16
    private static let manyMembers = 512

    /// Whether an object needs ``mark(inObject:of:_:)``: false is certain, true is a suspicion.
    ///
    /// Names are first told apart by one bit of 64 each, and where that is taken by their signatures. After some such looks the
    /// bits are of no use any more, which also bounds what a hostile object costs.
    @inline(never)
    static func areSuspected(inObject object: Int, of nodes: borrowing NodeList) -> Bool {
        var seen: UInt64 = 0
        var looksLeft = fewLooks
        let end = nodes[object].next
        precondition(Int(end) <= nodes.count, "node index out of range")
        let first = UInt32(truncatingIfNeeded: object) &+ 1
        var name = first
        while name &+ 1 < end {
            // The loop has just seen that both nodes of the member are on the list.
            let (node, next) = nodes.member(uncheckedAt: name)
            if node.flags & Node.escaped != 0 { return true }
            let bit = UInt64(1) &<< UInt64(truncatingIfNeeded: node.signature)
            if seen & bit != 0 {
                if looksLeft == 0 { return areSuspectedAmongMany(inObject: object, of: nodes) }
                looksLeft &-= 1
                if hasSignature(node.signature, from: first, to: name, of: nodes) { return true }
            }
            seen |= bit
            name = next
        }
        return false
    }

    /// The same with one bit of 1024, where 64 would soon be taken.
    private static func areSuspectedAmongMany(inObject object: Int, of nodes: borrowing NodeList) -> Bool {
        var seen = InlineArray<16, UInt64>(repeating: 0)
        let end = nodes[object].next
        let first = UInt32(truncatingIfNeeded: object) &+ 1
        var name = first
        for _ in 0..<manyMembers {
            if name >= end { return false }
            let (node, next) = nodes.member(at: name)
            if node.flags & Node.escaped != 0 { return true }
            let bit = UInt64(1) &<< UInt64(truncatingIfNeeded: node.signature)
            let word = Int(node.signature >> 6 & 15)
            if seen[word] & bit != 0, hasSignature(node.signature, from: first, to: name, of: nodes) { return true }
            seen[word] |= bit
            name = next
        }
        return name < end
    }

    private static func hasSignature(
        _ signature: UInt16,
        from first: UInt32,
        to end: UInt32,
        of nodes: borrowing NodeList
    ) -> Bool {
        var name = first
        while name < end {
            let (node, next) = nodes.member(at: name)
            if node.signature == signature { return true }
            name = next
        }
        return false
    }

    /// Marks all members of one object but the last of equal names.
    static func mark(inObject object: Int, of nodes: inout NodeList, _ text: Span<UInt8>) {
        let end = Int(nodes[object].next)
        var name = object + 1
        var count = 0
        while name < end {
            count += 1
            if count > manyMembers || nodes[name].flags & Node.escaped != 0 {
                markAll(inObject: object, of: &nodes, text)
                return
            }
            markEqual(to: name, from: object + 1, of: &nodes, text)
            name = Int(nodes[name + 1].next)
        }
    }

    private static func markEqual(to name: Int, from first: Int, of nodes: inout NodeList, _ text: Span<UInt8>) {
        let node = nodes[name]
        var other = first
        while other < name {
            let candidate = nodes[other]
            if candidate.signature == node.signature, candidate.length == node.length,
                ByteWord.equal(
                    text,
                    from: Int(candidate.start),
                    text,
                    from: Int(node.start),
                    length: Int(node.length)
                )
            {
                nodes[other].flags |= Node.shadowed
            }
            other = Int(nodes[other + 1].next)
        }
    }

    private static func markAll(inObject object: Int, of nodes: inout NodeList, _ text: Span<UInt8>) {
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
