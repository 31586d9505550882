import BatchAPI
import JSONDocument
import Testing

@Suite("Folding, for random records")
struct FoldPropertyTests {
    /// A record as the mapper would give it: a few attributes of few names, so that they meet, and some events.
    private static func record(_ numbers: inout SeededNumbers, _ number: Int) -> (attributes: String, events: [String])
    {
        var attributes: [String: String] = [:]
        for _ in 0..<Int.random(in: 0...4, using: &numbers) {
            let bare = "k\(Int.random(in: 0..<5, using: &numbers))"
            let (key, value) = attribute(bare, &numbers, number)
            for other in [bare, "date(\(bare))", "url(\(bare))"] { attributes[other] = nil }
            attributes[key] = value
        }
        let text = attributes.sorted { $0.key < $1.key }.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ",")
        let count = [0, 0, 1, 1, 2, 20].randomElement(using: &numbers) ?? 0
        return ("{\(text)}", (0..<count).map { #"{"name":"e\#($0)","attributes":{"record":\#(number)}}"# })
    }

    private static func attribute(
        _ bare: String,
        _ numbers: inout SeededNumbers,
        _ number: Int
    ) -> (key: String, value: String) {
        func list(_ count: Int) -> String {
            let items = (0..<8).shuffled(using: &numbers).prefix(count).map { #""i\#($0)""# }
            return "[" + items.joined(separator: ",") + "]"
        }
        switch Int.random(in: 0..<8, using: &numbers) {
        case 0: return (bare, "null")
        case 1: return ("date(\(bare))", #""2026-11-21T10:00:00.\#(number)Z""#)
        case 2: return (bare, "\(number)")
        case 3, 4: return (bare, list(Int.random(in: 1...5, using: &numbers)))
        default:
            let shuffled = (0..<8).shuffled(using: &numbers)
            let added = shuffled.prefix(Int.random(in: 0...3, using: &numbers))
            let removed = shuffled.dropFirst(3).prefix(Int.random(in: added.isEmpty ? 1...3 : 0...3, using: &numbers))
            var lists: [String] = []
            if !added.isEmpty { lists.append(#""$add":["# + added.map { #""i\#($0)""# }.joined(separator: ",") + "]") }
            if !removed.isEmpty {
                lists.append(#""$remove":["# + removed.map { #""i\#($0)""# }.joined(separator: ",") + "]")
            }
            return (bare, "{" + lists.joined(separator: ",") + "}")
        }
    }

    private static func records(_ seed: Int, count: Int) throws -> [Contribution] {
        var numbers = SeededNumbers(seed: seed)
        return try (0..<count).map { number in
            let record = record(&numbers, number)
            return try valid(attributes: record.attributes, events: record.events)
        }
    }

    /// A profile with values of each kind, so that patches meet what is there.
    private static func profile(_ seed: Int) throws -> ReferenceProfile {
        var profile = ReferenceProfile()
        for contribution in try records(seed &+ 1_000_000, count: 6) {
            for update in stretches([contribution]).joined() { try profile.apply(update) }
        }
        profile.events = []
        return profile
    }

    @Test("leaves the profile that sending record by record leaves", arguments: 0..<150)
    func sameProfile(_ seed: Int) throws {
        let contributions = try Self.records(seed, count: 1 + seed % 12)
        var single = try Self.profile(seed)
        var folded = single
        for contribution in contributions {
            for update in stretches([contribution]).joined() { try single.apply(update) }
        }
        for update in stretches(contributions).joined() { try folded.apply(update) }
        #expect(single == folded)
    }

    @Test("gives what a record alone gives without folding", arguments: 0..<150)
    func alone(_ seed: Int) throws {
        var plain = 0
        for contribution in try Self.records(seed, count: 20) {
            guard let byteCount = contribution.byteCountAlone(limits: FoldLimits(), ages: .none) else {
                #expect(contribution.isEmpty || contribution.eventCount > 15)
                continue
            }
            plain += 1
            var update: [UInt8] = []
            contribution.appendUpdate(to: &update)
            #expect(String(decoding: update, as: UTF8.self) == text(of: contribution))
            #expect(update.count == byteCount)
        }
        #expect(plain > 0)
    }

    @Test("is needed where an event may not go as it is, an id has an escape, or one update does not hold it all")
    func notAlone() throws {
        let timed = try valid(events: [#"{"name":"e","time":"2026-11-21T10:00:00Z"}"#])
        let time = try #require(timed.eventTime(at: 0))
        for (oldest, newest, isAlone) in [(time, time, true), (time + 1, .max, false), (.min, time - 1, false)] {
            let ages = EventAgeRule(oldestMilliseconds: oldest, newestMilliseconds: newest, late: .omit)
            #expect((timed.byteCountAlone(limits: FoldLimits(), ages: ages) != nil) == isAlone)
        }
        let escaped = try read(#"{"identifiers":{"custom_id":"a\"b"},"attributes":{"a":1}}"#).contribution
        #expect(escaped.byteCountAlone(limits: FoldLimits(), ages: .none) == nil)
        let many = (0...50).map { #""k\#($0)":1"# }.joined(separator: ",")
        #expect(try valid(attributes: "{\(many)}").byteCountAlone(limits: FoldLimits(), ages: .none) == nil)
    }

    @Test("is associative", arguments: 0..<150)
    func associative(_ seed: Int) throws {
        let records = try Self.records(seed, count: 3 + seed % 5)
        let cut = 1 + seed % (records.count - 1)
        let whole = stretches(records).flatMap { $0 }
        let left = stretches(try reread(Array(records[..<cut])) + Array(records[cut...])).flatMap { $0 }
        let right = stretches(Array(records[..<cut]) + (try reread(Array(records[cut...])))).flatMap { $0 }
        var profiles = [try Self.profile(seed), try Self.profile(seed), try Self.profile(seed)]
        for (index, updates) in [whole, left, right].enumerated() {
            for update in updates { try profiles[index].apply(update) }
        }
        #expect(profiles[0] == profiles[1])
        #expect(profiles[0] == profiles[2])
        // Where no stretch was cut, the updates themselves are the same.
        if whole.count == 1 { #expect(try left.map(canonical) == whole.map(canonical)) }
        if whole.count == 1 { #expect(try right.map(canonical) == whole.map(canonical)) }
    }

    @Test("never sends an event before an attribute that was set with it or before it", arguments: 0..<30)
    func eventsFollowAttributes(_ seed: Int) throws {
        var numbers = SeededNumbers(seed: seed)
        // Each record sets one of 70 attributes to its own number, so that stretches also have surplus updates.
        let contributions = try (0..<120).map { number in
            let count = [0, 0, 0, 0, 1].randomElement(using: &numbers) ?? 0
            return try valid(
                attributes: #"{"a\#(number % 70)":\#(number)}"#,
                events: (0..<count).map { _ in #"{"name":"e","attributes":{"record":\#(number)}}"# }
            )
        }
        let result = stretches(contributions)
        var profile = ReferenceProfile()
        for update in result.joined() {
            let seen = profile.events.count
            try profile.apply(update)
            for event in profile.events[seen...] {
                let number = try #require(Int(event.split(separator: ":").last?.prefix { $0.isNumber } ?? ""))
                // Every record up to the event's own has set its attribute, unless a later one has replaced it.
                for earlier in 0...number {
                    guard case .scalar(let text)? = profile.attributes["a\(earlier % 70)"] else {
                        Issue.record("event of record \(number) came before the attribute of record \(earlier)")
                        continue
                    }
                    #expect(try #require(Int(text.split(separator: "=").last ?? "")) >= earlier)
                }
            }
        }
        let eventCount = contributions.reduce(0) { $0 + $1.eventCount }
        #expect(profile.events.count == eventCount)
        #expect(result.count == max(1, (eventCount + 14) / 15), "one stretch for each 15 events, no more")
    }

    private func reread(_ contributions: [Contribution]) throws -> [Contribution] {
        try stretches(contributions).joined().map { update in
            let result = try read(update)
            #expect(result.refused.isEmpty, "what is sent is valid for the reader")
            return result.contribution
        }
    }

    /// The same text for updates that mean the same: names and items sorted.
    private func canonical(_ update: String) throws -> String {
        var tape = JSONTape()
        let bytes = Array(update.utf8)
        let text = bytes.span
        try tape.parse(text)
        return Self.canonical(tape.root, tape, text)
    }

    private static func canonical(_ node: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> String {
        var parts: [String] = []
        switch tape.kind(of: node) {
        case .object:
            var members = tape.members(of: node)
            while let member = tape.next(&members) {
                parts.append(tape.verbatim(member.name, in: text) + ":" + canonical(member.value, tape, text))
            }
        case .array:
            var elements = tape.elements(of: node)
            while let element = tape.next(&elements) { parts.append(canonical(element, tape, text)) }
        case .string, .number, .boolean, .null: return tape.verbatim(node, in: text)
        }
        return "(" + parts.sorted().joined(separator: ",") + ")"
    }
}
