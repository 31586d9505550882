import KafkaClient
import TestSupport
import Testing
import Threads

@Suite("Commits during a cooperative rebalance", .enabled(if: KafkaAvailability.isPresent, "\(KafkaAvailability.hint)"))
struct JoinGateTests {
    /// Its partitions are kept over the join of another member, and so must the commits be. librdkafka before 2.10.0 alone
    /// gives up everything for one commit that waited behind a JoinGroup request.
    @Test("a member that commits all the time keeps what stays its own when another member joins")
    func keepsPartitions() async throws {
        let test = try await KafkaTest(partitions: 4)
        try await KafkaTest.onOwnThread {
            let properties = [(name: "partition.assignment.strategy", value: "cooperative-sticky")]
            let first = try test.consumer(properties)
            let handler = NotingHandler()
            first.rebalanceHandler = handler
            try first.subscribe([test.topic])
            let reading = Reading()
            #expect(reading.poll(first) { _ in handler.owned.count == 4 })

            let second = try test.consumer(properties)
            let other = NotingHandler()
            second.rebalanceHandler = other
            try second.subscribe([test.topic])
            let otherReading = Reading()
            var token: UInt64 = 0
            var answers: [UInt64] = []
            var errors: [KafkaError] = []
            var isBalanced = false
            // Another hundred commits after the rebalance show that it is over for good.
            var left = 100
            let isDone = eventuallyBlocking(within: .seconds(60)) {
                if !handler.owned.isEmpty, answers.count == Int(token) {
                    token += 1
                    let places = handler.owned.map { PartitionOffset($0, offset: 0) }
                    do throws(KafkaError) { try first.committer.commitAsync(places, token: token) } catch {
                        errors.append(error)
                    }
                }
                reading.pollOnce(first, timeoutMilliseconds: 1)
                otherReading.pollOnce(second, timeoutMilliseconds: 1)
                for result in first.committer.takeCommitResults() {
                    answers.append(result.token)
                    errors += result.outcomes.compactMap(\.error).filter { !$0.isRetriable }
                }
                isBalanced = isBalanced || (handler.owned.count == 2 && other.owned.count == 2)
                if isBalanced { left -= 1 }
                return left <= 0
            }
            #expect(isDone, "\(handler.events) \(other.events)")
            #expect(errors.isEmpty)
            #expect(answers == Array(1...UInt64(answers.count)), "each commit is answered once, in order")
            let lost = handler.events.filter { if case .lost = $0 { true } else { false } }
            #expect(lost.isEmpty)
            #expect(handler.owned.isDisjoint(with: other.owned))
            second.close()
            first.close()
            withExtendedLifetime((handler, other)) {}
        }
    }
}
