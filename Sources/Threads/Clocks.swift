internal import CSystem
internal import Glibc

/// The clocks of this machine.
public enum Clocks {
    /// Nanoseconds since boot, by a clock that also runs while this process is stopped (SIGSTOP) and while the machine
    /// sleeps. Never goes back.
    public static var bootNanoseconds: Int64 { boot_time_nanoseconds() }

    /// Milliseconds since 1970 in UTC; may go back when the clock is set.
    public static var wallMilliseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Nanoseconds of processor time that this process has used, all threads together.
    public static var processNanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
