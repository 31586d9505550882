internal import Glibc

/// The signals that steer a service. Block them first thing in `main`, before any thread exists, then wait on one thread.
public enum Signals {
    /// What a signal asks for.
    public enum Request: Sendable, Hashable {
        /// SIGTERM or SIGINT: an orderly end.
        case stop
        /// SIGHUP: read mappings and the key again.
        case reload
    }

    /// Blocks SIGTERM, SIGINT and SIGHUP in this thread and those it starts from now on, and ignores SIGPIPE.
    public static func block() {
        var set = waited()
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Undoes ``block()`` in this thread, for a program that finds it has nothing to finish: the signals end it again.
    public static func unblock() {
        var set = waited()
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    /// Waits for the next of the blocked signals. Blocks the calling thread.
    public static func wait() -> Request {
        var set = waited()
        var number: Int32 = 0
        while sigwait(&set, &number) != 0 {}
        return number == SIGHUP ? .reload : .stop
    }

    private static func waited() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, number) }
        return set
    }
}
