/// What the admin server shows of a running process, and the one thing that it can tell it to do.
///
/// All functions are called on the admin server's own thread, possibly while the process is stopping; each should return
/// within milliseconds.
public protocol AdminSource: Sendable {
    /// The state of the process as a JSON object, for people and for the dashboard. No secrets, no message contents.
    func healthJSON() -> [UInt8]

    /// Whether the process does its work, or is held on purpose (the owner decides whether held counts as ready).
    var isReady: Bool { get }

    /// All metrics in Prometheus' text format.
    func metricsText() -> String

    /// Lets a held process go on. Without effect when it is not held.
    func release()
}
