import Foundation
import KafkaClient
import RelayScenes
import TestSupport
import Testing

/// Messages that are nothing to map: each has its outcome, the good ones beside them are delivered, and no offset stays behind.
extension RealParts {
    @Suite("Bad messages")
    struct BadMessageTests {
        private static let good = #"{"type":"identify","userId":"good","traits":{"plan":"free"}}"#

        /// A value, and what becomes of it: a reason of a dead letter, `filtered` or `delivered`.
        private static let messages: [(value: String?, outcome: String)] = [
            (good, "delivered"),
            (nil, "filtered"),
            ("", "malformed_json"),
            ("\u{0}\u{0}\u{0}\u{0}\u{1}Avro", "malformed_json"),
            (String(repeating: "[", count: 10_000), "malformed_json"),
            (
                #"{"a":"# + String(repeating: #"{"a":"#, count: 9_999) + "1" + String(repeating: "}", count: 10_000),
                "malformed_json"
            ),
            ("[1,2]", "not_an_object"),
            (#""text""#, "not_an_object"),
            (#"{"type":"screem","userId":"u"}"#, "filtered"),
            (#"{"userId":"u"}"#, "filtered"),
            (#"{"type":7,"userId":"u"}"#, "filtered"),
            (#"{"type":"identify"}"#, "filtered"),
            (#"{"type":"identify","userId":""}"#, "filtered"),
            (#"{"type":"identify","userId":{"a":1}}"#, "bad_user_id"),
            (#"{"type":"track","userId":"u"}"#, "bad_event_name"),
            (good, "delivered"),
        ]

        @Test("each has its outcome, and good ones among them are delivered", .timeLimit(.minutes(3)))
        func outcomes() async throws {
            let scene = try await RelayScene(partitions: 1)
            let messages = Self.messages
            try await scene.fill(messages.count) { number in
                .init(partition: 0, value: messages[number].value.map { Array($0.utf8) })
            }
            let relay = try scene.relay()
            #expect(try await scene.awaitCommitted(messages.count, by: [relay], within: .seconds(60)), "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(ending.account.consumed == messages.count)
            let letters = try await CommandRun([
                "dead-letters", "show", "--json", "--limit", "100", "--config", scene.configuration(),
            ])
            #expect(letters.status == .exited(0), "\(letters.errors)")
            var reasons: [String: String] = [:]
            for (number, message) in messages.enumerated() where !["delivered", "filtered"].contains(message.outcome) {
                reasons["\(scene.topic)/0@\(number)"] = message.outcome
            }
            var found: [String: String] = [:]
            for letter in try letters.json() {
                guard case .text(let source)? = letter["source"], case .text(let reason)? = letter["reason"] else {
                    continue
                }
                found[source] = reason
            }
            #expect(found == reasons)
            let list = try await CommandRun(["dead-letters", "list", "--config", scene.configuration()])
            #expect(list.status == .exited(0), "\(list.errors)")
            let (status, shown) = (ending.status, list.output)
            try Readme.fault("a message that is no JSON, or too deep (10 000 levels)").expect(status, shown)
            try Readme.fault("a message that is no object, or an id that is none").expect(status, shown)
            try Readme.fault("null values, unknown types").expect(ending.status, "\(ending.account)")
            #expect(ending.account.delivered == messages.count { $0.outcome == "delivered" })
            #expect(ending.account.filtered == messages.count { $0.outcome == "filtered" })
            await scene.simulator.stop()
        }

        @Test("a message of 10 MB is read and delivered without what is too long for Batch", .timeLimit(.minutes(3)))
        func large() async throws {
            let scene = try await RelayScene(partitions: 1)
            let topic = "\(scene.topic).large"
            try await scene.create(topic, configuration: ["max.message.bytes": "20000000"])
            let text = String(repeating: "x", count: 10_000_000)
            let messages = [
                #"{"type":"identify","userId":"large","traits":{"plan":"free","novel":"\#(text)"}}"#, Self.good,
                #"{"type":"identify","userId":"cut short","traits":{"novel":"\#(text)"#,
            ]
            try await Self.write(messages, to: topic, scene.kafka.bootstrapServers)
            var settings = scene.settings
            settings.topics = topic
            settings.deadLetter = "{ topic: \(topic).dead }"
            let relay = try scene.relay(settings)
            let isDone = try await eventually(within: .seconds(90), every: .milliseconds(100)) {
                let lag = try await CommandRun(["offsets", "show", "--json", "--config", scene.configuration(settings)])
                return try lag.json().first?["lag"] == 0
            }
            #expect(isDone, "\(relay.log)")
            let ending = await relay.stop()
            try Readme.fault("a message of 10 MB").expect(ending.status, "\(ending.account)")
            #expect(ending.account.delivered == 2)
            #expect(ending.account.deadLettered == 1)
            let profiles = try await scene.simulator.profiles()
            #expect(Set(profiles.keys) == ["large", "good"])
            // The letter's topic takes a megabyte.
            let letters = try await CommandRun([
                "dead-letters", "show", "--json", "--config", scene.configuration(settings),
            ])
            #expect(try letters.json().first?["truncated"] == true, "\(letters.output)\(letters.errors)")
            await scene.simulator.stop()
        }

        /// Writes messages larger than librdkafka's own limit.
        private static func write(_ messages: [String], to topic: String, _ servers: String) async throws {
            try await RelayScene.onOwnThread {
                let producer = try KafkaProducer(
                    properties: [("bootstrap.servers", servers), ("message.max.bytes", "20000000")]
                )
                for message in messages {
                    try producer.produce(topic: topic, partition: 0, key: nil, value: Array(message.utf8))
                }
                try producer.flush(timeoutMilliseconds: 60_000)
                for report in producer.takeDeliveryReports() { _ = try report.result.get() }
            }
        }

        @Test("an empty topic is read, shown without lag, and holds up no stop", .timeLimit(.minutes(2)))
        func emptyTopic() async throws {
            let scene = try await RelayScene(partitions: 2)
            let relay = try scene.relay()
            #expect(await relay.awaitLog("partitions assigned"), "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.consumed == 0)
            let lag = try await CommandRun(["offsets", "show", "--json", "--config", scene.configuration()])
            #expect(try lag.json().first?["lag"] == 0)
            await scene.simulator.stop()
        }

        @Test(
            "a topic of Avro is held before it becomes dead letters; another one goes on, and a reload lets it pass",
            .timeLimit(.minutes(3))
        )
        func avro() async throws {
            let scene = try await RelayScene(partitions: 2)
            let other = "\(scene.topic).other"
            try await scene.create(other, partitions: 1)
            try await scene.fill(100) { number in
                .init(partition: Int32(number % 2), value: [0, 0, 0, 0, 7] + Array("record \(number)".utf8))
            }
            try await TopicFiller.fill(other, count: 2, bootstrapServers: scene.kafka.bootstrapServers) { _ in
                .init(partition: 0, value: Array(Self.good.utf8))
            }
            var settings = scene.settings
            settings.topics = "\(scene.topic), \(other)"
            let relay = try scene.relay(settings)
            #expect(await relay.awaitLog("looks like Avro or Protobuf of a schema registry"), "\(relay.log)")
            #expect(relay.log.contains("most of the first 20 values of topic '\(scene.topic)' begin with a zero byte"))
            #expect(relay.log.contains("write JSON to the topic, or take it out of kafka.topics"))
            let isSent = try await eventually(within: .seconds(30), every: .milliseconds(50)) {
                try await scene.simulator.statistics().updatesAccepted > 0
            }
            #expect(isSent, "the other topic is held too: \(relay.log)")
            let held = await relay.stop()
            try Readme.fault("Avro or Protobuf on a topic").expect(held.status, relay.log)
            #expect(relay.log.contains("stopped while held"))
            // The first few may have come one by one, before anybody could know.
            let early = held.account.deadLettered
            #expect(early <= 10)
            #expect(try await scene.committed() == early)

            let released = try scene.relay(settings)
            #expect(await released.awaitLog("looks like Avro"), "\(released.log)")
            released.child.signal(SIGHUP)
            #expect(try await scene.awaitCommitted(100, by: [released], within: .seconds(60)), "\(released.log)")
            let ending = await released.stop()
            #expect(ending.status == .exited(0), "\(released.log)")
            #expect(ending.account.deadLettered == 100 - early)
            #expect(ending.account.addsUp, "\(ending.account)")
            let letters = try #require(scene.folder.read("dead-letters.jsonl")).split(separator: "\n")
            #expect(letters.count == 100)
            await scene.simulator.stop()
        }

        @Test(
            "what of such a topic was handed on before it is held is not handed on again, and no record is left out",
            .timeLimit(.minutes(3))
        )
        func slowAvro() async throws {
            let scene = try await RelayScene(partitions: 1)
            let write: (Int) async throws -> Void = { count in
                try await scene.fill(count) { _ in .init(partition: 0, value: [0, 0, 0, 0, 7]) }
            }
            try await write(8)
            let relay = try scene.relay()
            #expect(try await scene.awaitCommitted(8, by: [relay], within: .seconds(60)), "\(relay.log)")
            try await write(30)
            #expect(await relay.awaitLog("looks like Avro"), "\(relay.log)")
            let held = try await scene.committed()
            #expect(held <= 10)
            relay.child.signal(SIGHUP)
            #expect(try await scene.awaitCommitted(38, by: [relay], within: .seconds(60)), "\(relay.log)")
            // It is not judged again.
            try await write(12)
            #expect(try await scene.awaitCommitted(50, by: [relay], within: .seconds(60)), "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.consumed == 50)
            #expect(ending.account.deadLettered == 50)
            let letters = try await CommandRun([
                "dead-letters", "show", "--json", "--limit", "1000", "--config", scene.configuration(),
            ])
            let sources = try letters.json().map { "\($0["source"] ?? .null)" }
            #expect(Set(sources).count == 50)
            #expect(sources.count == 50)
            await scene.simulator.stop()
        }

        @Test(
            "a dead-letter topic that takes 2000 bytes gets large letters shortened and marked, small ones whole",
            .timeLimit(.minutes(3))
        )
        func smallSink() async throws {
            let scene = try await RelayScene(partitions: 1)
            let letters = "\(scene.topic).dead"
            try await scene.create(letters, partitions: 1, configuration: ["max.message.bytes": "2000"])
            let sizes = [10, 100_000, 20, 3_000, 30, 500_000, 40] + Array(repeating: 200, count: 40)
            try await scene.fill(sizes.count) { number in
                .init(
                    partition: 0,
                    key: Array("key-\(number)".utf8),
                    value: Array(repeating: UInt8(ascii: "{"), count: sizes[number]),
                    headers: [("trace", Array("abc".utf8))]
                )
            }
            var settings = scene.settings
            settings.deadLetter = "{ topic: \(letters) }"
            let check = try await CommandRun(["check", "--connect", "--config", scene.configuration(settings)])
            try Readme.fault("the dead-letter topic takes only small records").expect(check.status, check.output)
            #expect(check.output.contains("max.message.bytes 2000 is less than"), "\(check.output)")

            let relay = try scene.relay(settings)
            #expect(try await scene.awaitCommitted(sizes.count, by: [relay], within: .seconds(60)), "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.deadLettered == sizes.count)
            let shown = try await CommandRun([
                "dead-letters", "show", "--values", "--json", "--limit", "100", "--config",
                scene.configuration(settings),
            ])
            let stored = try shown.json()
            #expect(stored.count == sizes.count, "\(shown.errors)")
            for letter in stored {
                guard case .text(let source)? = letter["source"], case .object(let value)? = letter["value"],
                    let number = source.split(separator: "@").last.flatMap({ Int($0) }),
                    let bytes = value["bytes"]?.integer
                else { throw IntegrationError("no source or value: \(letter)") }
                let isLarge = sizes[number] > 1_500
                #expect(letter["truncated"] == .boolean(isLarge), "\(source)")
                #expect(isLarge ? bytes == 1_024 : bytes == sizes[number], "\(source) has \(bytes)")
                #expect(letter["reason"] == "malformed_json")
                guard case .object(let key)? = letter["key"] else { throw IntegrationError("no key: \(letter)") }
                #expect(key["text"] == .text("key-\(number)"))
            }
            await scene.simulator.stop()
        }
    }
}
