import JSONDocument

/// What the simulated Batch API has taken in, by its own count.
public struct DemoArrival: Sendable, Hashable {
    /// Profiles that it has.
    public let profiles: Int
    /// Updates that it accepted.
    public let updates: Int
    /// Events that it accepted.
    public let events: Int

    /// Reads the answer of the simulator's `GET /__sim/stats`.
    ///
    /// - Parameter statistics: the body; what is missing counts as 0.
    public init(statistics: [UInt8]) {
        var tape = JSONTape()
        let text = statistics.span
        let isRead = (try? tape.parse(text)) != nil
        func number(_ name: JSONName) -> Int {
            guard isRead, let node = tape.member(name, of: tape.root, in: text) else { return 0 }
            return tape.int64(of: node, in: text).map { Int($0) } ?? 0
        }
        profiles = number("profiles")
        updates = number("updates_accepted")
        events = number("events_accepted")
    }
}
