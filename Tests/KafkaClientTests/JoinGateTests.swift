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

    /// As a frozen process does when it goes on: it commits what it has done before it knows that another has its partitions.
    @Test("a commit handed over after the loss of the partitions does not set back what was committed meanwhile")
    func refusesCommitsOfLostPartitions() async throws {
        let test = try await KafkaTest(partitions: 1)
        try await KafkaTest.onOwnThread {
            let timeouts = [
                (name: "max.poll.interval.ms", value: "1500"), ("session.timeout.ms", "1500"),
                ("heartbeat.interval.ms", "300"),
            ]
            let consumer = try test.consumer(timeouts)
            let handler = NotingHandler()
            consumer.rebalanceHandler = handler
            try consumer.subscribe([test.topic])
            let reading = Reading()
            #expect(reading.poll(consumer) { _ in !handler.owned.isEmpty })
            // Nobody polls until the group has no member any more.
            let admin = try KafkaAdmin(properties: [("bootstrap.servers", test.bootstrapServers)])
            let isOut = try eventuallyBlocking(within: .seconds(20)) {
                try admin.listGroups(test.group, timeoutMilliseconds: 5_000).first?.members.isEmpty == true
            }
            #expect(isOut)
            let outsider = try test.consumer()
            let newer = outsider.commit([PartitionOffset(test.partition(0), offset: 5)], timeoutMilliseconds: 5_000)
            #expect(newer.first?.error == nil)
            // At every moment between the loss and the assignment that follows.
            var token: UInt64 = 0
            let isBack = try eventuallyBlocking(within: .seconds(20)) {
                for _ in 0..<10 {
                    reading.pollOnce(consumer, timeoutMilliseconds: 1)
                    guard handler.events.contains(.lost([test.partition(0)])) else { continue }
                    if !handler.owned.isEmpty { return true }
                    token += 1
                    try consumer.committer.commitAsync([PartitionOffset(test.partition(0), offset: 1)], token: token)
                }
                return false
            }
            #expect(isBack)
            #expect(token > 0, "the join was over before anything could be committed")
            var results: [CommitResult] = []
            let isAnswered = eventuallyBlocking(within: .seconds(20)) {
                reading.pollOnce(consumer, timeoutMilliseconds: 1)
                results += consumer.committer.takeCommitResults()
                return results.count == Int(token)
            }
            #expect(isAnswered, "\(results.count) answers to \(token) commits")
            #expect(results.allSatisfy { !$0.isAccepted })
            let committed = try outsider.committed([test.partition(0)], timeoutMilliseconds: 5_000)
            #expect(committed.map(\.offset) == [5])
            consumer.close()
            withExtendedLifetime(handler) {}
        }
    }
}
