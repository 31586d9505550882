import Delivery
import Foundation
import Testing

@testable import Pipeline

@Suite("Sample traffic")
struct SampleTrafficTests {
    private static let now: Int64 = 1_795_000_000_000

    private func traffic(_ count: Int = 4_000, seed: Int = 1, now: Int64 = now) -> SampleTraffic {
        SampleTraffic(count: count, seed: seed, nowMilliseconds: now)
    }

    @Test("the same count, seed and time give the same messages; another seed gives others")
    func isRepeatable() {
        let messages = traffic().map(\.value)
        #expect(messages == traffic().map(\.value))
        #expect(messages != traffic(seed: 2).map(\.value))
        #expect(messages.count == 4_000)
    }

    @Test("a user's messages have the user as their key, so that they stay in order")
    func keys() throws {
        for message in traffic(2_000) {
            guard let json = try? JSONSerialization.jsonObject(with: Data(message.value)) as? [String: Any] else {
                continue
            }
            #expect((json["userId"] as? String).map { Array($0.utf8) } == message.key)
        }
    }

    @Test("of each thing that can become of a message there is some, at the smallest count too where it must show")
    func variety() throws {
        var mapper = MessageMapper(mappings: try MappingSet(files: []))
        var filtered: [String: Int] = [:]
        var deadLetters: [String: Int] = [:]
        var leftOut: [String: Int] = [:]
        var delivered = 0
        for message in traffic() {
            let result = mapper.map(message.value)
            delivered += result.operations.count
            if let reason = result.filteredReason { filtered[reason, default: 0] += 1 }
            if let cause = result.deadLetter { deadLetters[cause.reason, default: 0] += 1 }
            for field in result.leftOut { leftOut[field.reason, default: 0] += 1 }
        }
        #expect(Set(filtered.keys) == ["no_user_id", "type_not_mapped"])
        #expect(Set(deadLetters.keys) == ["malformed_json", "event_name_too_long"])
        #expect(
            Set(leftOut.keys) == [
                "bad_email", "bad_phone", "text_too_long", "bad_opt_in", "list_of_objects", "null_in_event",
                "bad_time_zone", "empty",
            ]
        )
        // Far from the share of dead letters at which the service holds.
        #expect(deadLetters.values.reduce(0, +) * 20 < delivered)
        let fewest = traffic(100).map { mapper.map($0.value) }
        #expect(fewest.contains { $0.deadLetter != nil })
        #expect(fewest.contains { $0.filteredReason != nil })
        #expect(fewest.contains { !$0.leftOut.isEmpty })
    }

    @Test("some messages come twice")
    func repeats() {
        let messages = traffic()
        #expect(messages[100].value == messages[99].value)
        #expect(messages[311].value == messages[310].value)
    }

    @Test("the most messages that the demo allows fit what the mock cluster keeps, even in one partition")
    func fitsMockCluster() {
        // 5 MiB a partition; a record costs some 70 bytes beside key and value.
        let bytes = traffic(10_000).reduce(0) { $0 + $1.value.count + ($1.key?.count ?? 0) + 70 }
        #expect(bytes < 5 << 20)
    }
}
