/// A list that grows at its end and shrinks at its front, both in constant time on average.
struct Deque<Element> {
    private(set) var storage: [Element] = []
    private(set) var head = 0

    var count: Int { storage.count - head }

    var isEmpty: Bool { head == storage.count }

    var first: Element? { isEmpty ? nil : storage[head] }

    var last: Element? { isEmpty ? nil : storage[storage.count - 1] }

    /// Asks the first element something without making a copy of it; nil where there is none.
    @inline(__always)
    func first<Answer>(_ question: (borrowing Element) -> Answer) -> Answer? {
        isEmpty ? nil : storage.withUnsafeBufferPointer { question($0[head]) }
    }

    subscript(index: Int) -> Element {
        // Not a coroutine: for one field of an element that would copy all of it.
        @inline(__always) get { storage[head + index] }
        _modify { yield &storage[head + index] }
    }

    mutating func append(_ element: consuming Element) { storage.append(element) }

    mutating func removeFirst(_ count: Int) {
        head += count
        if head == storage.count {
            removeAll(keepingCapacity: 64)
        } else if head > 32, head * 2 > storage.count {
            storage.removeFirst(head)
            head = 0
        }
    }

    /// Forgets all elements, and keeps the memory for others if it is for no more than so many.
    mutating func removeAll(keepingCapacity limit: Int) {
        if storage.capacity > 0 { storage.removeAll(keepingCapacity: storage.capacity <= limit) }
        head = 0
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
