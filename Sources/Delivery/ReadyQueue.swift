/// The users of a lane that can be sent, the one with the oldest record first. A binary heap.
struct ReadyQueue: Sendable {
    struct Entry: Sendable {
        let sequence: UInt64
        let arrival: Int64
        let user: UserReference
    }

    private var heap: [Entry] = []

    var isEmpty: Bool { heap.isEmpty }

    var count: Int { heap.count }

    var first: Entry? { heap.first }

    mutating func insert(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].sequence < heap[parent].sequence else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popFirst() -> Entry? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var smallest = 2 * parent + 1
            guard smallest < heap.count else { break }
            if smallest + 1 < heap.count, heap[smallest + 1].sequence < heap[smallest].sequence { smallest += 1 }
            guard heap[smallest].sequence < heap[parent].sequence else { break }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
        return first
    }
}
