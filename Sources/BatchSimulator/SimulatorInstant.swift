internal import Glibc

/// One moment, by both clocks that the simulator needs.
public struct SimulatorInstant: Sendable, Equatable {
    /// Nanoseconds of a clock that never goes back; for token buckets.
    public var monotonicNanoseconds: Int64
    /// Milliseconds since 1970 in UTC; for the time window of events and for logs.
    public var wallMilliseconds: Int64

    /// Creates a moment.
    public init(monotonicNanoseconds: Int64, wallMilliseconds: Int64) {
        self.monotonicNanoseconds = monotonicNanoseconds
        self.wallMilliseconds = wallMilliseconds
    }

    /// The moment of the call.
    static var now: SimulatorInstant {
        var monotonic = timespec()
        var wall = timespec()
        clock_gettime(CLOCK_MONOTONIC, &monotonic)
        clock_gettime(CLOCK_REALTIME, &wall)
        return SimulatorInstant(
            monotonicNanoseconds: Int64(monotonic.tv_sec) * 1_000_000_000 + Int64(monotonic.tv_nsec),
            wallMilliseconds: Int64(wall.tv_sec) * 1_000 + Int64(wall.tv_nsec) / 1_000_000
        )
    }
}
