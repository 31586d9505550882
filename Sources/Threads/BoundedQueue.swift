internal import Glibc

/// A queue between two threads with a bound on what waits in it.
///
/// `@unchecked Sendable`: `elements` and `weight` are touched only while `mutex` is held.
public final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
    private let hasRoom: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
    private var elements: [Element] = []
    private var weight = 0
    private var isClosed = false
    private let limit: Int

    /// Creates an empty queue.
    ///
    /// - Parameter limit: the most weight that may wait, 1 or more; a heavier element enters an empty queue.
    public init(limit: Int) {
        self.limit = max(1, limit)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        hasRoom.initialize(to: pthread_cond_t())
        pthread_cond_init(hasRoom, nil)
    }

    deinit {
        pthread_cond_destroy(hasRoom)
        hasRoom.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Appends an element; blocks the calling thread while there is no room. After ``close()`` the element is dropped.
    public func push(_ element: Element, weight added: Int = 1) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isClosed, !elements.isEmpty, weight + added > limit { pthread_cond_wait(hasRoom, mutex) }
        guard !isClosed else { return }
        elements.append(element)
        weight += added
    }

    /// Takes all that waits, in order; empty when nothing does. Never blocks.
    public func takeAll() -> [Element] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !elements.isEmpty else { return [] }
        let taken = elements
        elements = []
        weight = 0
        pthread_cond_broadcast(hasRoom)
        return taken
    }

    /// Drops what waits and all that comes; whoever waits for room goes on.
    public func close() {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        isClosed = true
        elements = []
        weight = 0
        pthread_cond_broadcast(hasRoom)
    }
}
