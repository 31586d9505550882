import Foundation
import RelayScenes
import TestSupport
import Testing

extension RealParts {
    @Suite("offsets show")
    struct OffsetsCommandTests {
        @Test("tells of a group before it has run, while it runs and after it", .timeLimit(.minutes(3)))
        func lag() async throws {
            let scene = try await RelayScene(partitions: 2)
            let messages = (0..<30).map { #"{"type":"identify","userId":"u\#($0)","traits":{"n":1}}"# }
            try await scene.fill(messages)
            let configuration = try scene.configuration()
            let before = try await CommandRun(["offsets", "show", "--config", configuration])
            #expect(before.status == .exited(0))
            #expect(before.lines.first == "group \(scene.group): not active (Dead, 0 members)")
            #expect(before.lines.last?.split(separator: " ") == ["total", "2", "30"])
            #expect(before.errors.contains("has no committed offsets: it has never run on these topics"))
            #expect(before.errors.contains("`run` would begin at the earliest record (kafka.start)"))

            let relay = try scene.relay()
            #expect(try await scene.awaitCommitted(30, by: [relay]), "\(relay.log)")
            let during = try await CommandRun(["offsets", "show", "--json", "--config", configuration])
            let report = try #require(try during.json().first)
            #expect(report["members"] == 1)
            #expect(report["state"] == "Stable")
            #expect(report["lag"] == 0)
            guard case .list(let partitions)? = report["partitions"], case .object(let first)? = partitions.first else {
                throw IntegrationError("no partitions: \(during.output)")
            }
            #expect(partitions.count == 2)
            #expect(first["committed"] == 30)
            #expect(first["end"] == 30)
            #expect(await relay.stop().status == .exited(0))

            try await scene.fill(Array(messages.prefix(5)))
            let after = try await CommandRun(["offsets", "show", "--config", configuration])
            #expect(after.lines.first == "group \(scene.group): not active (Empty, 0 members)")
            #expect(after.lines.last?.split(separator: " ") == ["total", "2", "5"])
            let other = try await CommandRun(["offsets", "show", "--config", configuration, "--group", "nobody"])
            #expect(other.errors.contains("group 'nobody' has no committed offsets"))
            await scene.simulator.stop()
        }

        @Test("a topic that is not there, or no broker, ends with 1 and says what to change", .timeLimit(.minutes(2)))
        func failures() async throws {
            let scene = try await RelayScene(partitions: 1)
            var settings = scene.settings
            settings.topics = "no.such.topic"
            let topic = try await CommandRun(["offsets", "show", "--config", scene.configuration(settings)])
            #expect(topic.status == .exited(1))
            #expect(topic.errors.contains("create the topic or correct its name"), "\(topic.errors)")
            settings.bootstrapServers = "127.0.0.1:\(LoopbackPorts.choose(1)[0])"
            let broker = try await CommandRun(["offsets", "show", "--config", scene.configuration(settings)])
            #expect(broker.status == .exited(1))
            #expect(broker.errors.contains("check bootstrap.servers"), "\(broker.errors)")
            await scene.simulator.stop()
        }
    }
}
