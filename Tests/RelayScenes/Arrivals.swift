/// What arrived of numbered traffic, judged from the simulator's log by the promises alone.
package struct Arrivals {
    /// Events that never arrived, and attributes whose last value never did.
    package private(set) var lost: [Int] = []
    /// Numbers of events that arrived again, with the calls of their first arrival.
    package private(set) var repeated: [(number: Int, firstCall: Int)] = []
    /// Effects of one user that came in another order than their offsets.
    package private(set) var orderBreaks: [String] = []
    /// Operations that no message asked for.
    package private(set) var strangers: [String] = []
    private let traffic: NumberedTraffic
    private var firstCalls: [Int: Int] = [:]
    private var attributes: [String: [String: Int]] = [:]
    private var highest: [String: Int] = [:]

    /// Reads the log.
    ///
    /// - Parameters:
    ///   - log: all applied operations.
    ///   - traffic: what was produced.
    ///   - allowsRepeats: judges the order by first arrivals, as after a crash.
    package init(_ log: [SimulatorProcess.Applied], of traffic: NumberedTraffic, allowsRepeats: Bool = false) {
        self.traffic = traffic
        for operation in log { read(operation, allowsRepeats) }
        for number in 0..<traffic.count where traffic.isEvent(number) && firstCalls[number] == nil {
            lost.append(number)
        }
        for (user, expected) in traffic.fold() {
            for (name, number) in expected.attributes where attributes[user]?[name] != number { lost.append(number) }
        }
    }

    private mutating func read(_ operation: SimulatorProcess.Applied, _ allowsRepeats: Bool) {
        let user = operation.customId
        var numbers: [Int] = []
        for (name, value) in operation.attributes {
            guard let number = value.integer, isOurs(number, user, isEvent: false), traffic.attribute(number) == name
            else {
                strangers.append("\(user): \(name) = \(value)")
                continue
            }
            attributes[user, default: [:]][name] = number
            numbers.append(number)
        }
        var lastEvent = -1
        for event in operation.events {
            guard event.name == "step_done", let number = event.attributes?["n"]?.integer,
                isOurs(number, user, isEvent: true)
            else {
                strangers.append("\(user): event \(event.name)")
                continue
            }
            if let first = firstCalls[number] {
                repeated.append((number, first))
            } else {
                firstCalls[number] = operation.call
                numbers.append(number)
            }
            if number <= lastEvent {
                orderBreaks.append("\(user): \(number) after \(lastEvent) in call \(operation.call)")
            }
            lastEvent = number
        }
        // All effects of an operation come after all effects of the user's operations before it. After a crash attributes
        // are set again to what they were, and only events tell first arrivals apart.
        if allowsRepeats { numbers.removeAll { !traffic.isEvent($0) } }
        let before = highest[user] ?? -1
        for number in numbers where number <= before {
            orderBreaks.append("\(user): \(number) in call \(operation.call), after \(before)")
        }
        highest[user] = max(before, numbers.max() ?? -1)
    }

    private func isOurs(_ number: Int, _ user: String, isEvent: Bool) -> Bool {
        (0..<traffic.count).contains(number) && traffic.isEvent(number) == isEvent && traffic.user(number) == user
    }

    /// The differences between profiles as they stand and as they must be; empty if there is none.
    package static func differences(_ profiles: [String: SimulatorProcess.Profile], from traffic: NumberedTraffic)
        -> [String]
    {
        let expected = traffic.fold()
        var differences = profiles.keys.filter { expected[$0] == nil }.map { "\($0) should not exist" }
        for (user, wanted) in expected {
            guard let profile = profiles[user] else {
                differences.append("\(user) does not exist")
                continue
            }
            let present = profile.attributes.mapValues { $0.value.integer ?? -1 }
            if present != wanted.attributes {
                differences.append("\(user): \(present) instead of \(wanted.attributes)")
            }
            if profile.eventCount != wanted.eventCount {
                differences.append("\(user): \(profile.eventCount) events instead of \(wanted.eventCount)")
            }
        }
        return differences
    }
}
