internal import Threads

/// The clocks of a logger, so that tests can give their own.
public struct LogClock: Sendable {
    /// Milliseconds since 1970 in UTC, printed on each line.
    public let wallMilliseconds: @Sendable () -> Int64
    /// Nanoseconds by a clock that never goes back, for `Logger.limited`.
    public let monotonicNanoseconds: @Sendable () -> Int64

    /// The machine's clocks.
    public static let system = LogClock(
        wallMilliseconds: { Clocks.wallMilliseconds },
        monotonicNanoseconds: { Clocks.bootNanoseconds }
    )

    /// Clocks of the caller's.
    ///
    /// - Parameters:
    ///   - wallMilliseconds: milliseconds since 1970 in UTC.
    ///   - monotonicNanoseconds: nanoseconds since any fixed moment.
    public init(
        wallMilliseconds: @escaping @Sendable () -> Int64,
        monotonicNanoseconds: @escaping @Sendable () -> Int64
    ) {
        self.wallMilliseconds = wallMilliseconds
        self.monotonicNanoseconds = monotonicNanoseconds
    }
}
