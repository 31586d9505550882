import DefaultMapping
import Testing

/// A small generator, so that a seed names its message.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Messages made of the values and keys that the rules are about.
struct RandomMessage {
    private static let keys = [
        "a", "A", "b_c", "bC", "date(a)", "url(b)", "email", "phone", "$email_address", "$x", "$label", "$tags", "name",
        "Category", "é", "😀", "", "emailMarketing", "a very long key that is longer than thirty", "URLs", "$language",
        "$region", "$timezone", "$topic_preferences", "category", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9",
    ]
    private static let values = [
        "1", "-5", "2.50", "1e400", "99999999999999999999", "true", "false", "null", "\"\"", "\" \"", "\"x\"",
        "\"a@x.io\"", "\"+33612345678\"", "\"2026-11-21T10:00:00+02:00\"", "\"2026-11-21\"", "\"https://x.io/a\"",
        "\"http://\"", "\"two\\nlines\"", "\"fr-FR\"", "\"EN\"", "\"Europe/Paris\"", "\"\\u0022\\\\\"", "[]", "{}",
        "[\"news\"]", "{\"$add\":[\"a\"],\"$remove\":[\"b\"]}", "\"subscribed\"",
    ]
    private var numbers: SeededNumbers

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    mutating func json() -> String {
        let type = ["identify", "track", "page", "screen", "Track", "group"].randomElement(using: &numbers) ?? ""
        var members = ["\"type\":\"\(type)\""]
        for key in ["userId", "event", "name", "category", "timestamp", "integrations"] where chance(2) {
            members.append("\"\(key)\":\(value(depth: 3))")
        }
        if chance(8) { members[0] += ",\"userId\":\"u\",\"event\":\"Some Event\"" }
        for key in ["traits", "properties", "context"] where chance(8) {
            members.append("\"\(key)\":\(chance(9) ? object(depth: 0) : value(depth: 3))")
        }
        if chance(3) {
            members.append(
                "\"context\":{\"traits\":\(object(depth: 2)),\"locale\":\(value(depth: 3)),\"timezone\":\(value(depth: 3))}"
            )
        }
        return "{\(members.joined(separator: ","))}"
    }

    /// True in so many of ten.
    private mutating func chance(_ count: Int) -> Bool { Int.random(in: 0..<10, using: &numbers) < count }

    private mutating func object(depth: Int) -> String {
        var members: [String] = []
        for _ in 0..<Int.random(in: 0...(depth == 0 ? 40 : 6), using: &numbers) {
            members.append("\"\(Self.keys.randomElement(using: &numbers) ?? "")\":\(value(depth: depth + 1))")
        }
        return "{\(members.joined(separator: ","))}"
    }

    private mutating func value(depth: Int) -> String {
        guard depth < 6 else { return "1" }
        switch Int.random(in: 0..<10, using: &numbers) {
        case 0: return object(depth: depth)
        case 1:
            var items: [String] = []
            for _ in 0..<Int.random(in: 0...4, using: &numbers) { items.append(value(depth: depth + 1)) }
            return "[\(items.joined(separator: ","))]"
        default: return Self.values.randomElement(using: &numbers) ?? "null"
        }
    }
}

@Suite("Random messages")
struct RandomMessageTests {
    @Test(
        "every operation keeps Batch's rules, and a message gives the same every time",
        arguments: 0..<12 as Range<UInt64>
    )
    func properties(_ seed: UInt64) throws {
        for options in try HostileMessageTests.variousOptions() {
            var mapper = DefaultMapper(options: options)
            var operationCount = 0
            for number in 0..<100 as Range<UInt64> {
                var message = RandomMessage(seed: seed * 1_000 + number)
                let bytes = Array(message.json().utf8)
                let mapped = try MappedMessage(bytes, &mapper)
                var fresh = DefaultMapper(options: options)
                #expect(try MappedMessage(bytes, &fresh) == mapped)
                guard mapped.outcome == .operation else { continue }
                operationCount += 1
                try OperationRules.check(mapped.json)
                #expect(Set(mapped.leftOut.map(\.path)).count <= mapped.leftOut.count)
            }
            #expect(operationCount > 20)
        }
    }
}
