/// The users of a lane that can be sent, the one with the oldest record first.
///
/// Most users come in the order of their records, and wait in a list; those that come back with an older record than the last of
/// that list, after a call or a failure, wait in a heap.
struct ReadyQueue: Sendable {
    struct Entry: Sendable {
        let sequence: UInt64
        let arrival: Int64
        let user: UserReference
    }

    /// Ascending.
    private var inOrder = Deque<Entry>()
    /// A binary heap.
    private var others: [Entry] = []

    var first: Entry? { isFirstInOrder ? inOrder.first : others.first }

    /// Whether the first of all is in the list; also where there is none.
    private var isFirstInOrder: Bool {
        guard let other = others.first else { return true }
        guard let first = inOrder.first else { return false }
        return first.sequence < other.sequence
    }

    /// Users that come next, to look at beforehand; those in the heap are not among them.
    var nextCount: Int { inOrder.count }

    func next(_ number: Int) -> UserReference { inOrder[number].user }

    mutating func insert(_ entry: Entry) {
        if entry.sequence >= inOrder.last?.sequence ?? 0 {
            inOrder.append(entry)
        } else {
            push(entry)
        }
    }

    mutating func popFirst() -> Entry? {
        guard isFirstInOrder else { return pop() }
        let first = inOrder.first
        if first != nil { inOrder.removeFirst(1) }
        return first
    }

    private mutating func push(_ entry: Entry) {
        others.append(entry)
        var child = others.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard others[child].sequence < others[parent].sequence else { return }
            others.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func pop() -> Entry? {
        guard let first = others.first, let last = others.popLast() else { return nil }
        guard !others.isEmpty else { return first }
        others[0] = last
        var parent = 0
        while true {
            var smallest = 2 * parent + 1
            guard smallest < others.count else { break }
            if smallest + 1 < others.count, others[smallest + 1].sequence < others[smallest].sequence { smallest += 1 }
            guard others[smallest].sequence < others[parent].sequence else { break }
            others.swapAt(parent, smallest)
            parent = smallest
        }
        return first
    }
}
