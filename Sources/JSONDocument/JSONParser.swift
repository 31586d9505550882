/// Writes the nodes of one text, by RFC 8259.
///
/// All state of the loop lives in this value, which `run` owns. What is inlined into `run` may change it; what is not gets
/// positions and returns positions, so that the optimiser can keep the state in registers. No closure and no nested function
/// captures it: captured mutable locals would be boxed and cost five times as much.
///
/// `text[unchecked:]` stands only where `position < text.count` has been tested in the same function.
struct JSONParser: ~Copyable {
    /// What `run` leaves: the nodes, and why they are not the whole text.
    struct Outcome: ~Copyable {
        var nodes: NodeList
        let failure: JSONSyntaxError?
    }

    private var nodes: NodeList
    private let maximumDepth: Int
    private var position = 0
    private var depth = 0
    /// The index of the innermost open container.
    private var open = 0
    private var isInObject = false
    private var suspectsDuplicates = false

    /// Starts with an empty list, whose memory is used again.
    init(nodes: consuming NodeList, maximumDepth: Int) {
        self.nodes = nodes
        self.maximumDepth = maximumDepth
    }

    /// Parses a text of less than 4 GiB.
    consuming func run(_ text: Span<UInt8>) -> Outcome {
        do throws(JSONSyntaxError) {
            try document(text)
            let end = JSONWhiteSpace.end(text, from: position)
            if end < text.count { throw JSONSyntaxError(.trailingCharacters, at: end) }
        } catch {
            return Outcome(nodes: nodes, failure: error)
        }
        guard suspectsDuplicates else { return Outcome(nodes: nodes, failure: nil) }
        var outcome = Outcome(nodes: nodes, failure: nil)
        for index in 0..<outcome.nodes.count where outcome.nodes[index].flags & Node.suspected != 0 {
            DuplicateNames.mark(inObject: index, of: &outcome.nodes, text)
        }
        return outcome
    }

    @inline(__always)
    private mutating func document(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        while true {
            if isInObject { try name(text) }
            let byte = try nextByte(text)
            if byte == UInt8(ascii: "\"") {
                try string(text)
            } else {
                guard try value(startingWith: byte, text) else { continue }
            }
            var isComplete = true
            while isComplete, depth > 0 { isComplete = try afterValue(text) }
            if isComplete { return }
        }
    }

    /// Steps over white space.
    ///
    /// - Returns: the byte at `position`, which is then inside the text.
    @inline(__always)
    private mutating func nextByte(_ text: Span<UInt8>) throws(JSONSyntaxError) -> UInt8 {
        if position < text.count {
            let byte = text[unchecked: position]
            if byte > 0x20 { return byte }
        }
        position = JSONWhiteSpace.end(text, from: position)
        guard position < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
        return text[unchecked: position]
    }

    @inline(__always)
    private mutating func string(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let end = try JSONStringScanner.end(text, from: position)
        append(.string, flags: end.flags, signature: 0, to: end.position)
    }

    /// Reads one value that is not a string, or opens a container. Not inlined: most values are strings.
    ///
    /// - Returns: whether a value is complete; otherwise the first member or element of the container opened comes next.
    @inline(never)
    private mutating func value(startingWith byte: UInt8, _ text: Span<UInt8>) throws(JSONSyntaxError) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            return try openContainer(isObject: byte == UInt8(ascii: "{"), text)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let end = try JSONNumberScanner.end(text, from: position)
            append(.number, flags: end.flags, signature: 0, to: end.position)
            return true
        case UInt8(ascii: "t"):
            append(.boolean, flags: Node.isTrue, signature: 0, to: try Self.literal("true", text, from: position))
            return true
        case UInt8(ascii: "f"):
            append(.boolean, flags: 0, signature: 0, to: try Self.literal("false", text, from: position))
            return true
        case UInt8(ascii: "n"):
            append(.null, flags: 0, signature: 0, to: try Self.literal("null", text, from: position))
            return true
        default:
            throw JSONSyntaxError(.unexpectedCharacter, at: position)
        }
    }

    @inline(__always)
    private mutating func openContainer(isObject: Bool, _ text: Span<UInt8>) throws(JSONSyntaxError) -> Bool {
        guard depth < maximumDepth else { throw JSONSyntaxError(.tooDeep(limit: maximumDepth), at: position) }
        let index = nodes.count
        nodes.append(
            Node(
                start: UInt32(truncatingIfNeeded: position),
                length: 0,
                next: UInt32(truncatingIfNeeded: open),
                kind: isObject ? .object : .array,
                flags: 0,
                signature: 0
            )
        )
        open = index
        isInObject = isObject
        depth &+= 1
        position &+= 1
        let closing = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
        guard try nextByte(text) == closing else { return false }
        close()
        return true
    }

    /// Reads the comma or the bracket that follows a value inside a container.
    ///
    /// - Returns: whether the container was closed, and so is itself a complete value.
    @inline(__always)
    private mutating func afterValue(_ text: Span<UInt8>) throws(JSONSyntaxError) -> Bool {
        let byte = try nextByte(text)
        if byte == UInt8(ascii: ",") {
            position &+= 1
            return false
        }
        guard byte == (isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
            throw JSONSyntaxError(.unexpectedCharacter, at: position)
        }
        close()
        return true
    }

    @inline(__always)
    private mutating func close() {
        position &+= 1
        let closed = open
        var node = nodes[closed]
        open = Int(node.next)
        node.length = UInt32(truncatingIfNeeded: position) &- node.start
        node.next = UInt32(truncatingIfNeeded: nodes.count)
        nodes[closed] = node
        depth &-= 1
        // Two members have four nodes or more.
        if isInObject, nodes.count &- closed > 4, DuplicateNames.areSuspected(inObject: closed, of: nodes) {
            nodes[closed].flags |= Node.suspected
            suspectsDuplicates = true
        }
        isInObject = nodes[open].kind == .object
    }

    /// Reads a member's name and the colon.
    @inline(__always)
    private mutating func name(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        guard try nextByte(text) == UInt8(ascii: "\"") else {
            throw JSONSyntaxError(.unexpectedCharacter, at: position)
        }
        let end = try JSONStringScanner.end(text, from: position)
        // Between the quotes that the scanner has just found.
        let length = end.position &- position &- 2
        let signature = NameSignature.of(text, uncheckedFrom: position &+ 1, length: length)
        append(.string, flags: end.flags, signature: signature, to: end.position)
        guard try nextByte(text) == UInt8(ascii: ":") else {
            throw JSONSyntaxError(.unexpectedCharacter, at: position)
        }
        position &+= 1
    }

    /// Adds the value from `position` to `end`, and goes there.
    @inline(__always)
    private mutating func append(_ kind: JSONKind, flags: UInt8, signature: UInt16, to end: Int) {
        nodes.append(
            Node(
                start: UInt32(truncatingIfNeeded: position),
                length: UInt32(truncatingIfNeeded: end &- position),
                next: UInt32(truncatingIfNeeded: nodes.count &+ 1),
                kind: kind,
                flags: flags,
                signature: signature
            )
        )
        position = end
    }

    /// - Returns: the position after the word.
    private static func literal(
        _ word: StaticString,
        _ text: Span<UInt8>,
        from start: Int
    ) throws(JSONSyntaxError) -> Int {
        let count = word.utf8CodeUnitCount
        for offset in 0..<count {
            guard start + offset < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: start + offset) }
            guard text[start + offset] == word.utf8Start[offset] else {
                throw JSONSyntaxError(.unexpectedCharacter, at: start + offset)
            }
        }
        return start + count
    }
}

/// JSON's white space.
enum JSONWhiteSpace {
    /// The position of the first byte from `start` on that is something else, or the end of the text.
    @inline(never)
    static func end(_ text: Span<UInt8>, from start: Int) -> Int {
        var position = start
        while position < text.count {
            let byte = text[unchecked: position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
            position &+= 1
        }
        return position
    }
}
