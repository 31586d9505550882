import Foundation
import RelayScenes
import TestSupport
import Testing

extension RealParts {
    @Suite("dead-letters list and show")
    struct DeadLettersCommandTests {
        private static let messages = [
            #"{"type":"identify","userId":"secret-user""#, "[1]", #"{"type":"identify","userId":"good","traits":{}}"#,
            #"{"secret-field":"#, "7",
        ]

        @Test(
            "group by reason and show one letter, of a topic and of a file alike; contents only where they are asked for",
            .timeLimit(.minutes(3)),
            arguments: [true, false]
        )
        func lists(fromTopic: Bool) async throws {
            let scene = try await RelayScene(partitions: 1)
            let sink = fromTopic ? "\(scene.topic).dead" : scene.folder.path("dead-letters.jsonl")
            if fromTopic { try await scene.create(sink, partitions: 3) }
            var settings = scene.settings
            settings.deadLetter = fromTopic ? "{ topic: \(sink) }" : "{ file: \(sink) }"
            let configuration = try scene.configuration(settings)
            let early = try await CommandRun(["dead-letters", "list", "--config", configuration])
            #expect(early.status == .exited(fromTopic ? 0 : 78))
            #expect(early.errors.contains(fromTopic ? "there are no dead letters" : "it is created when `run` starts"))

            if fromTopic {
                settings.deadLetter = "{ topic: \(sink).gone }"
                let gone = try await CommandRun(["dead-letters", "list", "--config", scene.configuration(settings)])
                #expect(gone.status == .exited(78), "\(gone.errors)")
                #expect(gone.errors.contains("else create it, or correct dead_letter.topic"), "\(gone.errors)")
                settings.deadLetter = "{ topic: \(sink) }"
                settings.bootstrapServers = "127.0.0.1:\(LoopbackPorts.choose(1)[0])"
                let away = try await CommandRun(["dead-letters", "list", "--config", scene.configuration(settings)])
                #expect(away.status == .exited(1), "\(away.errors)")
                #expect(away.errors.contains("check bootstrap.servers"), "\(away.errors)")
                settings.bootstrapServers = nil
            }

            let time: Int64 = 1_700_000_000_000
            let messages = Self.messages
            try await scene.fill(messages.count) { number in
                .init(
                    partition: 0,
                    key: Array("secret-key".utf8),
                    value: Array(messages[number].utf8),
                    headers: [("trace", Array("secret-header".utf8))],
                    timestampMilliseconds: time + Int64(number) * 1_000
                )
            }
            let relay = try scene.relay(settings)
            #expect(try await scene.awaitCommitted(messages.count, by: [relay], within: .seconds(60)), "\(relay.log)")
            #expect(await relay.stop().status == .exited(0))

            let list = try await CommandRun(["dead-letters", "list", "--json", "--config", configuration])
            let groups = try list.json()
            #expect(groups.map { $0["reason"] } == ["malformed_json", "not_an_object"], "\(list.output)\(list.errors)")
            #expect(groups.map { $0["count"] } == [2, 2])
            #expect(groups.first?["first"] == "2023-11-14T22:13:20.000Z")
            #expect(groups.first?["last"] == "2023-11-14T22:13:23.000Z")
            let table = try await CommandRun(["dead-letters", "list", "--config", configuration])
            #expect(table.lines.first?.split(separator: " ") == ["reason", "count", "first", "last", "example"])
            #expect(table.lines.count == 3)

            guard case .text(let place)? = groups.last?["example"] else {
                throw IntegrationError("no example: \(groups)")
            }
            #expect(place.hasPrefix(fromTopic ? "\(sink)/" : "\(sink):"))
            let one = try await CommandRun(["dead-letters", "show", place, "--json", "--config", configuration])
            let letters = try one.json()
            #expect(letters.map { $0["reason"] } == ["not_an_object"], "\(one.output)\(one.errors)")
            let source = try #require(letters.first?["source"])
            #expect([.text("\(scene.topic)/0@1"), .text("\(scene.topic)/0@4")].contains(source))

            let bySource = try await CommandRun([
                "dead-letters", "show", "--source", "\(scene.topic)/0@3", "--json", "--config", configuration,
            ])
            #expect(try bySource.json().count == 1)
            #expect(!bySource.output.contains("secret"), "\(bySource.output)")
            let byReason = try await CommandRun([
                "dead-letters", "show", "--reason", "malformed_json", "--limit", "1", "--values", "--config",
                configuration,
            ])
            for content in ["secret-key", "secret-header", "secret-"] {
                #expect(byReason.output.contains(content), "\(byReason.output)")
            }
            #expect(byReason.output.contains("malformed_json"))
            let none = try await CommandRun(["dead-letters", "show", "--reason", "no_such", "--config", configuration])
            #expect(none.status == .exited(1))
            #expect(none.errors.contains("there is no such dead letter"))
            await scene.simulator.stop()
        }
    }
}
