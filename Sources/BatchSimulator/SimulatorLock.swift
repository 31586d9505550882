internal import Glibc

/// A mutual exclusion lock around one value. The simulator may not import the product's, and the thread sanitizer reports
/// false races with the standard library's.
///
/// `@unchecked Sendable`: `value` is touched only between lock and unlock of `raw`.
final class SimulatorLock<Value: ~Copyable>: @unchecked Sendable {
    private let raw: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
    private var value: Value

    init(_ value: consuming sending Value) {
        self.value = value
        raw.initialize(to: pthread_mutex_t())
        pthread_mutex_init(raw, nil)
    }

    deinit {
        pthread_mutex_destroy(raw)
        raw.deallocate()
    }

    /// Runs `body` with the value while no other thread can. Not recursive.
    func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(raw)
        defer { pthread_mutex_unlock(raw) }
        return body(&value)
    }
}
