import RelayScenes

/// What has arrived of numbered traffic that nobody crashed under, kept in a few bytes a message: millions of them fit.
///
/// Every number arrives once, and the effects of one user come in the order of their numbers.
struct ArrivalBook {
    private let traffic: NumberedTraffic
    /// Whether each event has arrived.
    private var arrived: [Bool]
    /// By user, the highest number so far.
    private var highest: [Int32]
    /// By user and name, the value that each attribute has.
    private var attributes: [[Int32]]
    private(set) var repeats = 0
    private(set) var orderBreaks = 0
    private(set) var strangers = 0
    /// Of the log, the operation read last.
    private(set) var sequence = 0
    /// Operations that the API's log had dropped before they were read: then nothing can be said of what is missing.
    private(set) var unread = 0

    init(_ traffic: NumberedTraffic, users: Int) {
        self.traffic = traffic
        arrived = Array(repeating: false, count: traffic.count)
        highest = Array(repeating: -1, count: users)
        attributes = Array(repeating: Array(repeating: -1, count: users), count: NumberedTraffic.attributeCount)
    }

    /// Reads operations in the order of the log.
    mutating func read(_ log: [SimulatorProcess.Applied]) {
        for operation in log {
            unread += operation.sequence - sequence - 1
            sequence = operation.sequence
            guard let user = Int(operation.customId.dropFirst("user-".count)), highest.indices.contains(user) else {
                strangers += 1
                continue
            }
            var numbers: [Int] = []
            for (name, value) in operation.attributes { read(name, value, of: user, &numbers) }
            var last = -1
            for event in operation.events {
                guard let number = event.attributes?["n"]?.integer, arrived.indices.contains(number),
                    traffic.isEvent(number), traffic.userNumber(number) == user
                else {
                    strangers += 1
                    continue
                }
                if arrived[number] { repeats += 1 }
                arrived[number] = true
                if number <= last { orderBreaks += 1 }
                last = number
                numbers.append(number)
            }
            for number in numbers where number <= Int(highest[user]) { orderBreaks += 1 }
            highest[user] = max(highest[user], Int32(numbers.max() ?? -1))
        }
    }

    private mutating func read(_ name: String, _ value: JSONText, of user: Int, _ numbers: inout [Int]) {
        guard let number = value.integer, arrived.indices.contains(number), !traffic.isEvent(number),
            traffic.userNumber(number) == user, traffic.attribute(number) == name
        else {
            strangers += 1
            return
        }
        attributes[NumberedTraffic.attributeIndex(number)][user] = Int32(number)
        numbers.append(number)
    }

    /// Events that have not arrived, and attributes that do not have their last value.
    var missing: Int {
        var missing = 0
        var expected = attributes.map { Array(repeating: Int32(-1), count: $0.count) }
        for number in 0..<traffic.count {
            if traffic.isEvent(number) {
                if !arrived[number] { missing += 1 }
            } else {
                expected[NumberedTraffic.attributeIndex(number)][traffic.userNumber(number)] = Int32(number)
            }
        }
        for (present, wanted) in zip(attributes, expected) {
            missing += zip(present, wanted).count { $0 != $1 }
        }
        return missing
    }
}
