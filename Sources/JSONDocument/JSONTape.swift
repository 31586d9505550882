/// The parsed form of one JSON text: a flat list of nodes over bytes that it does not keep.
///
/// A tape holds positions only. Every accessor that reads characters takes the same `text` that was parsed; with another
/// text it gives wrong answers but never reads out of bounds, since a `Span` checks each access. A tape is made once and
/// reused for many texts, so that parsing allocates nothing once it has grown. Not for use by two threads at once.
///
/// Of members with equal names only the last is seen, by look-up and by iteration.
public struct JSONTape: ~Copyable {
    @usableFromInline private(set) var nodes: NodeList
    private let limits: JSONLimits

    /// Creates an empty tape; ``parse(_:)`` must succeed before anything else is called.
    ///
    /// - Parameter limits: the bounds on the texts to come.
    public init(limits: JSONLimits = JSONLimits()) {
        self.limits = limits
        nodes = NodeList(capacity: 256)
    }

    /// Parses one JSON text by RFC 8259, strictly, and replaces what the tape held.
    ///
    /// - Parameter text: UTF-8; may start and end with JSON's white space.
    /// - Throws: ``JSONSyntaxError`` with the byte offset; the tape is then empty.
    public mutating func parse(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        nodes.removeAll()
        guard text.count <= limits.maximumByteCount else {
            throw JSONSyntaxError(.tooLarge(limit: limits.maximumByteCount), at: limits.maximumByteCount)
        }
        let parser = JSONParser(nodes: exchange(&nodes, with: NodeList()), maximumDepth: limits.maximumDepth)
        var outcome = parser.run(text)
        swap(&nodes, &outcome.nodes)
        if let failure = outcome.failure {
            nodes.removeAll()
            throw failure
        }
    }

    /// The value of the whole text.
    @inlinable @inline(__always)
    public var root: JSONNode { JSONNode(index: 0) }

    /// How many nodes the text has: a value counts one, and so does a member's name.
    @inlinable @inline(__always)
    public var nodeCount: Int { nodes.count }

    /// The kind of a value.
    @inlinable @inline(__always)
    public func kind(of node: JSONNode) -> JSONKind { self[node].kind }

    /// The bytes of the text that are this value, quotes and brackets included. Valid JSON by themselves.
    @inlinable @inline(__always)
    public func textRange(of node: JSONNode) -> Range<Int> {
        let node = self[node]
        return Int(node.start)..<Int(node.start) + Int(node.length)
    }

    /// The bytes between the quotes of a string, escapes not resolved.
    @inlinable @inline(__always)
    public func contentRange(of node: JSONNode) -> Range<Int> {
        let node = self[node]
        guard node.kind == .string else { return Int(node.start)..<Int(node.start) }
        return Int(node.start) + 1..<Int(node.start) + Int(node.length) - 1
    }

    /// Whether a string holds a backslash, so that its content differs from its text.
    @inlinable @inline(__always)
    public func isEscaped(_ node: JSONNode) -> Bool { self[node].flags & Node.escaped != 0 }

    /// Whether the text of a string holds ASCII only (an escape may still stand for another character).
    @inlinable @inline(__always)
    public func isASCII(_ node: JSONNode) -> Bool { self[node].flags & Node.nonASCII == 0 }

    /// Whether a number is written without fraction and without exponent.
    @inlinable @inline(__always)
    public func isInteger(_ node: JSONNode) -> Bool {
        let node = self[node]
        return node.kind == .number && node.flags & Node.fraction == 0
    }

    /// The value of `true` or `false`; nil for anything else.
    @inlinable @inline(__always)
    public func boolean(of node: JSONNode) -> Bool? {
        let node = self[node]
        return node.kind == .boolean ? node.flags & Node.isTrue != 0 : nil
    }

    @inlinable @inline(__always)
    subscript(node: JSONNode) -> Node { nodes[Int(node.index)] }
}

/// The place of one value on a ``JSONTape``; of use only with the tape that gave it, until that tape parses again.
public struct JSONNode: Sendable, Hashable {
    @usableFromInline let index: UInt32

    @inlinable
    init(index: UInt32) { self.index = index }
}

/// The kinds of a JSON value.
public enum JSONKind: UInt8, Sendable {
    /// `{…}`
    case object
    /// `[…]`
    case array
    /// `"…"`
    case string
    /// A number, kept as its text.
    case number
    /// `true` or `false`
    case boolean
    /// `null`
    case null
}

/// Bounds on foreign texts.
public struct JSONLimits: Sendable, Equatable {
    /// How many objects and arrays may stand inside one another, 1 or more.
    public let maximumDepth: Int
    /// The longest text in bytes, at most 4 GiB less one.
    public let maximumByteCount: Int

    /// Creates bounds; values out of range are moved to the nearest bound.
    public init(maximumDepth: Int = 128, maximumByteCount: Int = 16 << 20) {
        self.maximumDepth = max(1, maximumDepth)
        self.maximumByteCount = min(max(1, maximumByteCount), Int(UInt32.max) - 1)
    }
}

/// One value on the tape, 16 bytes.
@usableFromInline
struct Node {
    @inlinable static var escaped: UInt8 { 1 }
    @inlinable static var nonASCII: UInt8 { 2 }
    @inlinable static var fraction: UInt8 { 4 }
    @inlinable static var isTrue: UInt8 { 8 }
    /// Set on a member's name that stands again later in the same object.
    @inlinable static var shadowed: UInt8 { 16 }
    /// Set on an object that may have two members of one name, until they have been compared and after.
    @inlinable static var suspected: UInt8 { 32 }

    @usableFromInline var start: UInt32
    @usableFromInline var length: UInt32
    /// The index past the last node of this value; while the container is open, the index of its parent.
    @usableFromInline var next: UInt32
    @usableFromInline var kind: JSONKind
    @usableFromInline var flags: UInt8
    /// Of a member's name: ``NameSignature`` of the bytes between its quotes. 0 for anything else.
    @usableFromInline var signature: UInt16
}
