package import TestSupport

/// Numbered messages of many users: most are events that carry their number, every fifth is an identify whose number becomes
/// an attribute. What must arrive follows from the numbers alone.
package struct NumberedTraffic: Sendable {
    package let count: Int
    package let partitions: Int
    /// Whether all partitions get as many users; else the first gets 6 of 10.
    private let isEven: Bool
    /// The text of each message's `timestamp`; nil for none.
    private let timestamp: String?
    /// The user of each number.
    private let users: [Int]

    /// Draws the users.
    ///
    /// - Parameters:
    ///   - count: how many messages.
    ///   - userCount: of how many users.
    ///   - hotInterval: one user has every so manieth message besides.
    ///   - partitions: of the topic; the first gets 6 of 10 users.
    ///   - isEven: whether all partitions get as many users instead.
    ///   - timestamp: the text of each message's `timestamp`; nil for none.
    ///   - seed: the same seed gives the same traffic.
    package init(
        _ count: Int,
        users userCount: Int = 5_000,
        hotInterval: Int = 50,
        partitions: Int = 4,
        isEven: Bool = false,
        timestamp: String? = nil,
        seed: UInt64 = 1
    ) {
        self.count = count
        self.partitions = partitions
        self.isEven = isEven
        self.timestamp = timestamp
        var random = SeededRandom(seed: seed)
        users = (0..<count).map { $0 % hotInterval == 0 ? 0 : random.number(below: userCount) }
    }

    package func user(_ number: Int) -> String { "user-\(users[number])" }

    package func userNumber(_ number: Int) -> Int { users[number] }

    package func partition(_ number: Int) -> Int32 {
        let user = users[number]
        if isEven { return Int32(user % partitions) }
        return user % 10 < 6 ? 0 : Int32(1 + user % max(1, partitions - 1)) % Int32(partitions)
    }

    package func isEvent(_ number: Int) -> Bool { number % 5 != 4 }

    /// The attribute that an identify sets: few names, so that later ones replace earlier ones.
    package func attribute(_ number: Int) -> String { "seen\(Self.attributeIndex(number))" }

    package static let attributeCount = 3

    package static func attributeIndex(_ number: Int) -> Int { number / 5 % attributeCount }

    package var eventCount: Int { (0..<count).count(where: isEvent) }

    package func record(_ number: Int) -> TopicFiller.Record {
        let body =
            isEvent(number)
            ? #""type":"track","event":"Step Done","properties":{"n":\#(number)}"#
            : #""type":"identify","traits":{"\#(attribute(number))":\#(number)}"#
        let time = timestamp.map { #""timestamp":"\#($0)","# } ?? ""
        let message = #"{"messageId":"m-\#(number)","userId":"\#(user(number))",\#(time)\#(body)}"#
        return TopicFiller.Record(
            partition: partition(number),
            key: Array(user(number).utf8),
            value: Array(message.utf8)
        )
    }

    /// What a profile must be in the end.
    package struct Expected: Equatable {
        package var attributes: [String: Int] = [:]
        package var eventCount = 0
    }

    /// All profiles, folded from the messages and nothing else.
    package func fold() -> [String: Expected] {
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
