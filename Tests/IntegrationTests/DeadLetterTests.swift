import Foundation
import KafkaClient
import RelayScenes
import TestSupport
import Testing

extension RealParts {
    @Suite("Dead letters")
    struct DeadLetterTests {
        /// Ten good messages of one partition with a malformed one in the middle.
        private static let bad = #"{"type":"identify","userId":"#
        private static let messages = (0..<11).map { number in
            number == 5 ? bad : #"{"type":"identify","userId":"user-\#(number)","traits":{"n":\#(number)}}"#
        }

        @Test("malformed JSON goes to a file with its place and reason, and the offset passes", .timeLimit(.minutes(3)))
        func toFile() async throws {
            let scene = try await RelayScene(partitions: 1)
            try await scene.fill(Self.messages)
            let relay = try scene.relay()
            #expect(try await scene.awaitCommitted(11, by: [relay], within: .seconds(60)), "\(relay.log)")
            // Written before the commit, so there now.
            let text = try #require(scene.folder.read("dead-letters.jsonl"))
            let lines = text.split(separator: "\n")
            #expect(lines.count == 1)
            let letter = try JSONDecoder().decode(DeadLetterLine.self, from: Data(text.utf8))
            #expect(letter == DeadLetterLine(topic: scene.topic, value: Self.bad))
            #expect(try await SchemaValidation.faults(of: [.init("dead-letter", String(lines[0]))]) == [[]])
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.deadLettered == 1)
            #expect(ending.account.delivered == 10)
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(!relay.log.contains("userId"), "a message's content is in the log")
            await scene.simulator.stop()
        }

        @Test("a refused field's letter has the whole record as it was, headers and all", .timeLimit(.minutes(3)))
        func wholeRecord() async throws {
            let scene = try await RelayScene(partitions: 1)
            let values = (0..<3).map { number in
                #"{"type":"identify","userId":"user-\#(number)","traits":{"email":"none","n":\#(number)}}"#
            }
            let keys: [[UInt8]?] = [Array("key-0".utf8), [], nil]
            let headers: [(name: String, value: [UInt8]?)] = [
                ("trace", Array("abc".utf8)), ("empty", []), ("none", nil),
            ]
            try await scene.fill(3) { number in
                .init(
                    partition: 0,
                    key: keys[number],
                    value: Array(values[number].utf8),
                    headers: number == 0 ? headers : []
                )
            }
            var settings = scene.settings
            settings.refusedFields = "dead_letter"
            let relay = try scene.relay(settings)
            #expect(try await scene.awaitCommitted(3, by: [relay], within: .seconds(60)), "\(relay.log)")
            #expect(await relay.stop().account.delivered == 3)
            let text = try #require(scene.folder.read("dead-letters.jsonl"))
            let letters = try text.split(separator: "\n").map {
                try JSONDecoder().decode(FieldLetter.self, from: Data($0.utf8))
            }
            #expect(letters.map(\.offset) == [0, 1, 2])
            #expect(letters.map(\.value) == values)
            #expect(letters.map(\.key) == ["key-0", "", nil])
            #expect(letters.first?.headers?.map(\.name) == ["trace", "empty", "none"])
            #expect(letters.first?.headers?.map(\.value) == ["abc", "", nil])
            #expect(letters.dropFirst().allSatisfy { $0.headers?.isEmpty != false && $0.kind == "field" })
            await scene.simulator.stop()
        }

        private struct FieldLetter: Decodable {
            struct Header: Decodable {
                let name: String
                let value: String?
            }

            let kind: String
            let offset: Int
            let key: String?
            let value: String
            let headers: [Header]?
        }

        private struct DeadLetterLine: Codable, Equatable {
            var version = 1
            var kind = "record"
            var topic: String
            var partition = 0
            var offset = 5
            var reason = "malformed_json"
            var value: String
        }

        @Test(
            "a file that cannot be written holds the offset, visibly; a good one lets it pass",
            .timeLimit(.minutes(3))
        )
        func fullDisk() async throws {
            let scene = try await RelayScene(partitions: 1)
            try await scene.fill(Self.messages)
            var settings = scene.settings
            settings.deadLetter = "{ file: /dev/full }"
            settings.callTimeout = "2s"
            settings.shutdownTimeout = "3s"
            let stuck = try scene.relay(settings)
            #expect(await stuck.awaitLog("dead letters cannot be stored"))
            #expect(stuck.log.contains("No space left on device"), "\(stuck.log)")
            let isSent = try await eventually(within: .seconds(60), every: .milliseconds(50)) {
                try await scene.simulator.statistics().updatesAccepted == 10
            }
            #expect(isSent, "the good messages wait for the bad one: \(stuck.log)")
            let ending = await stuck.stop()
            try Readme.fault("the dead-letter file's disk is full").expect(ending.status, stuck.log)
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(ending.account.deadLettered == 0)
            #expect(try await scene.committed() == 5)

            let relay = try scene.relay()
            #expect(try await scene.awaitCommitted(11, by: [relay], within: .seconds(60)), "\(relay.log)")
            #expect(await relay.stop().account.deadLettered == 1)
            #expect(try await scene.simulator.statistics().updatesAccepted == 10, "the good messages were sent again")
            await scene.simulator.stop()
        }

        @Test(
            "a topic that refuses every letter holds the offset, visibly; once it takes them the letter is there and the offset passes",
            .timeLimit(.minutes(3))
        )
        func toTopic() async throws {
            let scene = try await RelayScene(partitions: 1)
            let letters = "\(scene.topic).dead"
            // However much a letter is cut. (A `min.insync.replicas` of 2 on one broker is no refusal since Kafka 4.)
            try await scene.create(letters, configuration: ["max.message.bytes": "0"])
            try await scene.fill(Self.messages)
            var settings = scene.settings
            settings.deadLetter = "{ topic: \(letters) }"
            let relay = try scene.relay(settings)
            let isSent = try await eventually(within: .seconds(60), every: .milliseconds(50)) {
                try await scene.simulator.statistics().updatesAccepted == 10
            }
            #expect(isSent, "the good messages wait for the bad one: \(relay.log)")
            #expect(try await scene.awaitCommitted(5, by: [relay]))
            #expect(await relay.awaitLog("cannot write to the dead-letter topic '\(letters)'"), "\(relay.log)")
            #expect(try await scene.committed() == 5, "\(relay.log)")
            try await scene.kafka.tool(
                "kafka-configs.sh",
                [
                    "--alter", "--entity-type", "topics", "--entity-name", letters, "--add-config",
                    "max.message.bytes=1000000",
                ]
            )
            #expect(try await scene.awaitCommitted(11, by: [relay], within: .seconds(60)), "\(relay.log)")
            let stored = try await Self.read(letters, on: scene)
            #expect(stored.headers["batchrelay.truncated"] == "true")
            #expect(stored.headers["batchrelay.topic"] == scene.topic)
            #expect(stored.headers["batchrelay.offset"] == "5")
            #expect(stored.headers["batchrelay.reason"] == "malformed_json")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.deadLettered == 1)
            #expect(ending.account.addsUp, "\(ending.account)")
            await scene.simulator.stop()
        }

        private struct StoredLetter: Sendable {
            var headers: [String: String] = [:]
        }

        /// The first record of a topic.
        private static func read(_ topic: String, on scene: RelayScene) async throws -> StoredLetter {
            let settings = ConsumerSettings(
                properties: [("bootstrap.servers", scene.kafka.bootstrapServers)],
                groupID: "reader-of-\(topic)"
            )
            return try await RelayScene.onOwnThread {
                let consumer = try KafkaConsumer(settings)
                try consumer.subscribe([topic])
                var letter: StoredLetter?
                _ = eventuallyBlocking(within: .seconds(30)) {
                    _ = consumer.poll(timeoutMilliseconds: 100) { record in
                        var found = StoredLetter()
                        record.forEachHeader { name, value in
                            found.headers[String(decoding: name, as: UTF8.self)] =
                                value.map { String(decoding: $0, as: UTF8.self) }
                        }
                        letter = found
                    }
                    return letter != nil
                }
                consumer.close()
                guard let letter else { throw IntegrationError("topic '\(topic)' has no record") }
                return letter
            }
        }
    }
}
