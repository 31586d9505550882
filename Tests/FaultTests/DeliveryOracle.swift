import RelayScenes

/// Judges by the promises alone what arrived of numbered traffic while processes were killed, frozen and restarted.
///
/// Nothing is lost; the effects of one user come in the order of their offsets; only what was in flight, or was answered a
/// bounded time before a crash, comes again. An operation of a user stands for all the user's messages up to its last one, so
/// that an attribute that comes again after a later one was set is a repeat like an event that does.
struct DeliveryOracle {
    /// A moment at which an instance ceased to be the one that sends, without having committed what it knew.
    struct Moment: Sendable {
        let what: String
        /// Milliseconds since 1970.
        let time: Int64
    }

    /// Numbers of events that never arrived, and of attributes whose last value never did.
    private(set) var lost: [Int] = []
    private(set) var orderBreaks: [String] = []
    /// Operations that no message asked for.
    private(set) var strangers: [String] = []
    /// What came again without a crash that explains it.
    private(set) var unexplained: [String] = []
    /// Events that came again after a crash.
    private(set) var repeatedEvents = 0
    /// How long before a crash the oldest call was answered that was repeated after it, in milliseconds.
    private(set) var oldestRepeat: Int64 = 0

    private let traffic: NumberedTraffic
    private let moments: [Moment]
    private let allowance: Int64
    private let calls: [Int: DeliveryJournal.Call]
    /// When calls for a partition arrived, ascending.
    private var writes: [Int32: [Int64]] = [:]
    /// Of each user the operations so far: the call, and the last number that it stands for.
    private var steps: [String: [(call: Int, last: Int)]] = [:]
    /// The last call that carried each number; nil if none did.
    private var carriers: [Int?]
    private var attributes: [String: [String: Int]] = [:]

    /// Reads everything.
    ///
    /// - Parameters:
    ///   - journal: what the API received.
    ///   - traffic: what was produced.
    ///   - moments: the crashes.
    ///   - allowance: an instance commits at least so many milliseconds back from the last call that it wrote, or from its
    ///     end: half a session (the lease, beyond which it does not write without an accepted commit) and the time that a
    ///     commit takes.
    init(
        _ journal: DeliveryJournal,
        of traffic: NumberedTraffic,
        moments: [Moment],
        allowance: Int64 = FaultOptions.session / 2 + 1_000
    ) {
        self.traffic = traffic
        self.moments = moments
        self.allowance = allowance
        calls = journal.calls
        carriers = Array(repeating: nil, count: traffic.count)
        for operation in journal.operations { noteWrite(operation) }
        for partition in writes.keys { writes[partition]?.sort() }
        for operation in journal.operations { read(operation) }
        for number in 0..<traffic.count where traffic.isEvent(number) && carriers[number] == nil { lost.append(number) }
        for (user, expected) in traffic.fold() {
            for (name, number) in expected.attributes where attributes[user]?[name] != number { lost.append(number) }
        }
    }

    /// Whether all promises were kept.
    var isContent: Bool { lost.isEmpty && orderBreaks.isEmpty && strangers.isEmpty && unexplained.isEmpty }

    /// What is wrong; few of many, since one mistake makes thousands.
    var complaint: String {
        var lines: [String] = []
        if !lost.isEmpty { lines.append("\(lost.count) lost: \(lost.prefix(20))") }
        for (name, list) in [
            ("order breaks", orderBreaks), ("strangers", strangers), ("repeats without a crash", unexplained),
        ] where !list.isEmpty {
            lines.append("\(list.count) \(name):\n  \(list.prefix(20).joined(separator: "\n  "))")
        }
        return lines.joined(separator: "\n")
    }

    private mutating func noteWrite(_ operation: DeliveryJournal.Operation) {
        let numbers = operation.events + operation.attributes.values
        guard let number = numbers.first(where: { $0.map(isNumber) ?? false }) ?? nil,
            let call = calls[operation.call]
        else { return }
        writes[traffic.partition(number), default: []].append(call.arrival)
    }

    private func isNumber(_ number: Int) -> Bool { (0..<traffic.count).contains(number) }

    private mutating func read(_ operation: DeliveryJournal.Operation) {
        let user = operation.user
        var numbers: [Int] = []
        for (name, value) in operation.attributes {
            guard let number = value, isNumber(number), !traffic.isEvent(number), traffic.user(number) == user,
                traffic.attribute(number) == name
            else {
                strangers.append("\(user): attribute \(name)")
                continue
            }
            attributes[user, default: [:]][name] = number
            numbers.append(number)
        }
        var lastEvent = -1
        for event in operation.events {
            guard let number = event, isNumber(number), traffic.isEvent(number), traffic.user(number) == user else {
                strangers.append("\(user): event \(event.map { "\($0)" } ?? "without a number")")
                continue
            }
            if number <= lastEvent { orderBreaks.append("\(user): \(number) after \(lastEvent) in one operation") }
            lastEvent = number
            numbers.append(number)
        }
        let before = steps[user] ?? []
        for number in numbers { judge(number, of: user, in: operation.call, after: before) }
        for number in numbers { carriers[number] = operation.call }
        if let last = numbers.max() { steps[user, default: []].append((operation.call, last)) }
    }

    private mutating func judge(
        _ number: Int,
        of user: String,
        in call: Int,
        after before: [(call: Int, last: Int)]
    ) {
        guard let covering = before.last(where: { $0.last >= number }) else { return }
        if traffic.isEvent(number), carriers[number] == nil {
            orderBreaks.append("\(user): \(number) in call \(call), after \(covering.last) in call \(covering.call)")
            return
        }
        if traffic.isEvent(number) { repeatedEvents += 1 }
        // The call that carried it, and the one that stands for it since: an attribute may have been replaced before it was sent.
        for earlier in Set([covering.call, carriers[number] ?? covering.call]) {
            guard !explain(earlier, repeatedIn: call, partition: traffic.partition(number)) else { continue }
            unexplained.append(
                "\(user), partition \(traffic.partition(number)): \(number) in call \(call) \(time(call)), "
                    + "settled by call \(earlier) \(time(earlier))"
            )
        }
    }

    private func time(_ call: Int) -> String {
        guard let call = calls[call] else { return "(not logged)" }
        return "(\(call.arrival) to \(call.answered)\(call.isAccepted ? "" : ", not accepted"))"
    }

    /// Whether a call may be sent again: it had no answer that says that it was applied, or a crash came in time.
    private mutating func explain(_ earlier: Int, repeatedIn later: Int, partition: Int32) -> Bool {
        guard let first = calls[earlier], let again = calls[later] else { return false }
        guard first.isAccepted else { return true }
        var age: Int64?
        for moment in moments where again.arrival >= moment.time && first.arrival <= moment.time + Self.transit {
            let end = min(moment.time, lastWrite(partition, moment.time) ?? moment.time)
            guard first.answered >= end - allowance else { continue }
            age = min(age ?? .max, moment.time - first.answered)
        }
        oldestRepeat = max(oldestRepeat, age ?? 0)
        return age != nil
    }

    private func lastWrite(_ partition: Int32, _ time: Int64) -> Int64? {
        guard let arrivals = writes[partition] else { return nil }
        var low = 0
        var high = arrivals.count
        while low < high {
            let middle = (low + high) / 2
            if arrivals[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? arrivals[low - 1] : nil
    }

    /// What a killed process has written may be read a moment later: 1 037 ms once, on two cores that ran seven processes.
    private static let transit: Int64 = 2_000
}
