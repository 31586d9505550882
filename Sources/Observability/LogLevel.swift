/// How important a log event is, from the least to the most.
public enum LogLevel: String, Sendable, Comparable, CaseIterable {
    /// Every step of every item; only for finding a fault.
    case trace
    /// What a developer of the program wants to know.
    case debug
    /// Normal operation, seldom.
    case info
    /// Normal, but worth a person's notice.
    case notice
    /// Something is wrong and the program goes on by itself.
    case warning
    /// Something is wrong and a person has to act.
    case error

    /// Orders levels by importance.
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .trace: 0
        case .debug: 1
        case .info: 2
        case .notice: 3
        case .warning: 4
        case .error: 5
        }
    }
}
