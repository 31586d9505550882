/// A list that grows at its end and shrinks at its front, both in constant time on average.
struct Deque<Element> {
    private var storage: [Element] = []
    private var head = 0

    var count: Int { storage.count - head }

    var isEmpty: Bool { head == storage.count }

    var first: Element? { isEmpty ? nil : storage[head] }

    var last: Element? { isEmpty ? nil : storage[storage.count - 1] }

    subscript(index: Int) -> Element {
        _read { yield storage[head + index] }
        _modify { yield &storage[head + index] }
    }

    mutating func append(_ element: consuming Element) { storage.append(element) }

    mutating func removeFirst(_ count: Int) {
        head += count
        if head == storage.count {
            storage.removeAll(keepingCapacity: storage.capacity <= 64)
            head = 0
        } else if head > 32, head * 2 > storage.count {
            storage.removeFirst(head)
            head = 0
        }
    }

    /// Keeps, among the elements from `start` on, those that `isKept` wants.
    mutating func filter(from start: Int, _ isKept: (Element) -> Bool) {
        var kept: [Element] = []
        kept.reserveCapacity(count)
        for index in 0..<count where index < start || isKept(self[index]) { kept.append(self[index]) }
        storage = kept
        head = 0
    }
}

extension Deque: Sendable where Element: Sendable {}
