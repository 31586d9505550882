internal import Threads

/// A clock that stands still until a test moves it. May be used from any thread.
public final class ManualClock: Sendable {
    private let time: Lock<Int64>

    /// Starts at a time in nanoseconds; its zero means nothing.
    public init(nanoseconds: Int64 = 0) { time = Lock(nanoseconds) }

    /// The time, in nanoseconds.
    public var nanoseconds: Int64 { time.withLock { $0 } }

    /// The time, in whole milliseconds.
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }

    /// Moves on; a negative duration goes back.
    public func advance(by duration: Duration) {
        let (seconds, attoseconds) = duration.components
        time.withLock { $0 += seconds * 1_000_000_000 + attoseconds / 1_000_000_000 }
    }
}
