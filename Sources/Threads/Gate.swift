internal import CSystem
internal import Glibc

/// Something that one thread waits for and another opens, once.
///
/// `@unchecked Sendable`: `isOpen` is touched only while `mutex` is held.
public final class Gate: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
    private let opened: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
    private var isOpen = false

    /// Creates a closed gate.
    public init() {
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        opened.initialize(to: pthread_cond_t())
        pthread_cond_init(opened, nil)
    }

    deinit {
        pthread_cond_destroy(opened)
        opened.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Opens the gate for good.
    public func open() {
        pthread_mutex_lock(mutex)
        isOpen = true
        pthread_cond_broadcast(opened)
        pthread_mutex_unlock(mutex)
    }

    /// Blocks the calling thread until the gate is open or the time is over.
    ///
    /// - Parameter timeout: the longest wait; at most a year.
    /// - Returns: whether the gate is open.
    @discardableResult
    public func wait(timeout: Duration) -> Bool {
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        let nanoseconds = end.tv_nsec + Int(min(timeout, .seconds(31_536_000)).components.attoseconds / 1_000_000_000)
        end.tv_sec += Int(min(timeout, .seconds(31_536_000)).components.seconds) + nanoseconds / 1_000_000_000
        end.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isOpen {
            if pthread_cond_timedwait(opened, mutex, &end) == ETIMEDOUT { break }
        }
        return isOpen
    }
}
