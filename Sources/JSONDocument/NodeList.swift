/// A growing list of nodes: the only memory of this module that is reached through a pointer.
///
/// `ContiguousArray` would do, but its every append asks whether the storage is shared; here nothing can share it. Invariants:
/// the first `count` nodes of `memory` are initialised, `count` is at most `memory.count`, and no copy of the pointer outlives
/// a call. Nothing but this type may touch `memory`, which is not private only so that other modules can inline the look-up. Each access is checked against `count`, so no index, however wrong, reaches other memory.
@usableFromInline
struct NodeList: ~Copyable {
    @usableFromInline var memory: UnsafeMutableBufferPointer<Node>
    @usableFromInline private(set) var count = 0

    /// An empty list; allocates nothing if `capacity` is 0.
    init(capacity: Int = 0) {
        memory = capacity > 0 ? .allocate(capacity: capacity) : UnsafeMutableBufferPointer(start: nil, count: 0)
    }

    // Inlinable like the rest: the compiler (6.3) crashes where an inlinable type has a deinit that is not.
    @inlinable deinit { memory.deallocate() }

    @inlinable @inline(__always)
    subscript(index: Int) -> Node {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "node index out of range")
            return memory[index]
        }
        set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "node index out of range")
            memory[index] = newValue
        }
    }

    /// A member's name, and the index of the name after it: two nodes for one check.
    @inlinable @inline(__always)
    func member(at index: UInt32) -> (name: Node, next: UInt32) {
        let index = Int(index)
        precondition(index < count &- 1, "node index out of range")
        return (memory[index], memory[index &+ 1].next)
    }

    /// The same without the check: only where `index` + 1 has just been compared with `count`.
    @inline(__always)
    func member(uncheckedAt index: UInt32) -> (name: Node, next: UInt32) {
        (memory[Int(index)], memory[Int(index) &+ 1].next)
    }

    /// Forgets the nodes and keeps the memory.
    mutating func removeAll() { count = 0 }

    @inline(__always)
    mutating func append(_ node: Node) {
        // Growth gets values and returns a value: were `self` passed, the parser could not keep the list in registers.
        if count == memory.count { memory = Self.grown(memory, count: count) }
        memory.initializeElement(at: count, to: node)
        count &+= 1
    }

    @inline(never)
    private static func grown(
        _ memory: UnsafeMutableBufferPointer<Node>,
        count: Int
    ) -> UnsafeMutableBufferPointer<Node> {
        let larger = UnsafeMutableBufferPointer<Node>.allocate(capacity: max(256, 2 * count))
        _ = larger.moveInitialize(fromContentsOf: memory[..<count])
        memory.deallocate()
        return larger
    }
}
