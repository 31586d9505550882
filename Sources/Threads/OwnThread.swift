internal import CSystem
internal import Glibc

/// Starts a thread of its own for a loop that blocks in C (a blocking call on the cooperative pool would stop unrelated
/// work: the pool has one thread a core).
public enum OwnThread {
    /// Starts a detached POSIX thread.
    ///
    /// - Parameters:
    ///   - name: the thread's name, at most 15 bytes, as `top -H` shows it.
    ///   - body: runs on the new thread; the thread ends when it returns.
    /// - Returns: 0, or the error number of `pthread_create`; then `body` is never called.
    @discardableResult
    public static func start(name: String, _ body: @escaping @Sendable () -> Void) -> Int32 {
        let context = Unmanaged.passRetained(ThreadBody(run: body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            nil,
            { context in
                if let context { Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            },
            context.toOpaque()
        )
        guard result == 0 else {
            context.release()
            return result
        }
        set_thread_name(thread, name)
        pthread_detach(thread)
        return 0
    }

    /// Runs a blocking call on a thread of its own and waits for it without blocking the caller's pool thread.
    ///
    /// - Parameters:
    ///   - name: the thread's name, at most 15 bytes.
    ///   - body: the blocking call.
    /// - Returns: what `body` returns.
    public static func run<Result: Sendable>(name: String, _ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            let failure = start(name: name) { continuation.resume(returning: body()) }
            precondition(failure == 0, "pthread_create failed with \(failure): the process is out of threads or memory")
        }
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(run: @escaping @Sendable () -> Void) { self.run = run }
}
