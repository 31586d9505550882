import Foundation
import RelayScenes
import TestSupport
import Testing

/// Good messages among bad ones: the good ones arrive in order, each bad one has the end that its kind has, nothing stays behind.
extension RealParts {
    @Suite("Good and bad messages")
    struct MixedMessageTests {
        /// Kinds of bad messages, and what becomes of each: a reason of a dead letter, or `filtered`.
        private static let kinds: [(value: String?, outcome: String)] = [
            (nil, "filtered"),
            ("", "malformed_json"),
            (" ", "malformed_json"),
            ("not JSON", "malformed_json"),
            (#"{"type":"identify","userId":"u""#, "malformed_json"),
            (#"{"type":"identify","userId":"u",}"#, "malformed_json"),
            (#"{"type":"identify","userId":"\ud800"}"#, "malformed_json"),
            (#"{"type":"identify","userId":01}"#, "malformed_json"),
            (#"{"type":"identify"} {}"#, "malformed_json"),
            ("\u{0}\u{0}\u{0}\u{0}\u{1}Avro", "malformed_json"),
            (String(repeating: "[", count: 10_000), "malformed_json"),
            ("[1,2]", "not_an_object"),
            (#""text""#, "not_an_object"),
            ("null", "not_an_object"),
            ("17", "not_an_object"),
            (#"{}"#, "filtered"),
            (#"{"type":"screem","userId":"u"}"#, "filtered"),
            (#"{"type":null,"userId":"u"}"#, "filtered"),
            (#"{"type":"alias","userId":"u","previousId":"v"}"#, "filtered"),
            (#"{"type":"identify","traits":{"a":1}}"#, "filtered"),
            (#"{"type":"identify","userId":" "}"#, "filtered"),
            (#"{"type":"identify","userId":"null"}"#, "filtered"),
            (#"{"type":"identify","userId":true}"#, "bad_user_id"),
            (#"{"type":"identify","userId":["u"]}"#, "bad_user_id"),
            (#"{"type":"identify","userId":1.5}"#, "bad_user_id"),
            (#"{"type":"track","userId":"u"}"#, "bad_event_name"),
            (#"{"type":"track","userId":"u","event":7}"#, "bad_event_name"),
            (#"{"type":"track","userId":"u","event":" "}"#, "bad_event_name"),
        ]
        private static let badCount = 200

        @Test("2 000 good ones arrive in order among 200 bad ones of 28 kinds", .timeLimit(.minutes(3)))
        func mixed() async throws {
            let scene = try await RelayScene()
            let traffic = NumberedTraffic(2_000, users: 200)
            // Ten good ones, one bad one.
            let total = traffic.count + Self.badCount
            try await scene.fill(total) { place in
                guard place % 11 == 10 else { return traffic.record(place - place / 11) }
                let bad = Self.kinds[place / 11 % Self.kinds.count]
                return .init(partition: Int32(place / 11 % 4), value: bad.value.map { Array($0.utf8) })
            }
            let relay = try scene.relay()
            #expect(try await scene.awaitCommitted(total, by: [relay], within: .seconds(90)), "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.addsUp, "\(ending.account)")
            let outcomes = (0..<Self.badCount).map { Self.kinds[$0 % Self.kinds.count].outcome }
            #expect(ending.account.consumed == total)
            #expect(ending.account.delivered == traffic.count)
            #expect(ending.account.filtered == outcomes.count { $0 == "filtered" })

            let arrivals = Arrivals(try await scene.simulator.applied(), of: traffic)
            #expect(arrivals.lost.isEmpty)
            #expect(arrivals.repeated.isEmpty)
            #expect(arrivals.orderBreaks.isEmpty)
            #expect(arrivals.strangers.isEmpty)
            #expect(Arrivals.differences(try await scene.simulator.profiles(), from: traffic).isEmpty)
            #expect(try await scene.lag() == [0, 0, 0, 0])

            let letters = try await CommandRun([
                "dead-letters", "show", "--json", "--limit", "1000", "--config", scene.configuration(),
            ])
            #expect(letters.status == .exited(0), "\(letters.errors)")
            var found: [String: Int] = [:]
            for letter in try letters.json() {
                if case .text(let reason)? = letter["reason"] { found[reason, default: 0] += 1 }
            }
            #expect(found == Dictionary(grouping: outcomes.filter { $0 != "filtered" }) { $0 }.mapValues(\.count))
            await scene.simulator.stop()
        }
    }
}
