internal import Glibc

/// A mutual exclusion lock around one value.
///
/// `Synchronization.Mutex` would do the same, but the thread sanitizer reports false races with it under contention; a
/// pthread mutex it understands.
///
/// `@unchecked Sendable`: `value` is touched only between lock and unlock of `raw`.
public final class Lock<Value>: @unchecked Sendable {
    private let raw: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
    private var value: Value

    /// Creates an unlocked lock around `value`.
    public init(_ value: sending Value) {
        self.value = value
        raw.initialize(to: pthread_mutex_t())
        pthread_mutex_init(raw, nil)
    }

    deinit {
        pthread_mutex_destroy(raw)
        raw.deallocate()
    }

    /// Runs `body` with the value while no other thread can. Not recursive: `body` must not lock the same lock.
    public func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(raw)
        defer { pthread_mutex_unlock(raw) }
        return try body(&value)
    }
}
