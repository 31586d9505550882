import TestSupport

/// Numbered messages of many users: most are events that carry their number, every fifth is an identify whose number becomes
/// an attribute. What must arrive follows from the numbers alone.
struct NumberedTraffic: Sendable {
    let count: Int
    let partitions: Int
    /// The user of each number.
    private let users: [Int]

    /// Draws the users.
    ///
    /// - Parameters:
    ///   - count: how many messages.
    ///   - userCount: of how many users, one of whom has every fiftieth message.
    ///   - partitions: of the topic; the first gets 6 of 10 users.
    ///   - seed: the same seed gives the same traffic.
    init(_ count: Int, users userCount: Int = 5_000, partitions: Int = 4, seed: UInt64 = 1) {
        self.count = count
        self.partitions = partitions
        var random = SeededRandom(seed: seed)
        users = (0..<count).map { $0 % 50 == 0 ? 0 : random.number(below: userCount) }
    }

    func user(_ number: Int) -> String { "user-\(users[number])" }

    func partition(_ number: Int) -> Int32 {
        let user = users[number]
        return user % 10 < 6 ? 0 : Int32(1 + user % max(1, partitions - 1)) % Int32(partitions)
    }

    func isEvent(_ number: Int) -> Bool { number % 5 != 4 }

    /// The attribute that an identify sets: few names, so that later ones replace earlier ones.
    func attribute(_ number: Int) -> String { "seen\(number / 5 % 3)" }

    var eventCount: Int { (0..<count).count(where: isEvent) }

    func record(_ number: Int) -> TopicFiller.Record {
        let body =
            isEvent(number)
            ? #""type":"track","event":"Step Done","properties":{"n":\#(number)}"#
            : #""type":"identify","traits":{"\#(attribute(number))":\#(number)}"#
        let message = #"{"messageId":"m-\#(number)","userId":"\#(user(number))",\#(body)}"#
        return TopicFiller.Record(
            partition: partition(number),
            key: Array(user(number).utf8),
            value: Array(message.utf8)
        )
    }

    /// What a profile must be in the end.
    struct Expected: Equatable {
        var attributes: [String: Int] = [:]
        var eventCount = 0
    }

    /// All profiles, folded from the messages and nothing else.
    func fold() -> [String: Expected] {
        var profiles: [String: Expected] = [:]
        for number in 0..<count {
            if isEvent(number) {
                profiles[user(number), default: Expected()].eventCount += 1
            } else {
                profiles[user(number), default: Expected()].attributes[attribute(number)] = number
            }
        }
        return profiles
    }
}
