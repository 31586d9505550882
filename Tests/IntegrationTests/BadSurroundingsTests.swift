import Foundation
import KafkaClient
import RelayScenes
import TestSupport
import Testing

/// What Batch refuses altogether.
struct HoldCase: Sendable, CustomTestStringConvertible {
    /// The README's row that says the same, the code among it.
    let row: String
    var testDescription: String { row }
    var key = SimulatorProcess.restKey
    var faults: String?
    var path = ""
    var baseURL: String?
    var projectKey: String?
    let messages: [String]
}

/// What is missing, unreachable or refused: the service says so, loses nothing, and goes on by itself once it is mended.
extension RealParts {
    @Suite("Bad surroundings")
    struct BadSurroundingsTests {
        private static let message = #"{"type":"identify","userId":"u","traits":{"plan":"free"}}"#

        @Test("brokers that cannot be reached are named, tried for ever, and hold up no stop", .timeLimit(.minutes(2)))
        func unreachableBroker() async throws {
            let scene = try await RelayScene(partitions: 1)
            var settings = scene.settings
            let address = "127.0.0.1:\(LoopbackPorts.choose(1)[0])"
            settings.bootstrapServers = address
            let relay = try scene.relay(settings)
            #expect(await relay.awaitLog("Connection refused"), "\(relay.log)")
            #expect(relay.log.contains(address))
            #expect(await relay.awaitLog("check bootstrap.servers"), "\(relay.log)")
            let ending = await relay.stop()
            try Readme.fault("no broker can be reached").expect(ending.status, relay.log)
            #expect(ending.seconds < 8)
            #expect(ending.account.consumed == 0)
            await scene.simulator.stop()
        }

        @Test("a topic that does not exist is named, and read once it is created", .timeLimit(.minutes(3)))
        func missingTopic() async throws {
            let scene = try await RelayScene(partitions: 1)
            var settings = scene.settings
            let later = "\(scene.topic).later"
            settings.topics = later
            settings.client["topic.metadata.refresh.interval.ms"] = "500"
            let relay = try scene.relay(settings)
            #expect(await relay.awaitLog("create the topic or correct its name"), "\(relay.log)")
            #expect(relay.log.contains(later))
            try await scene.create(later)
            try await TopicFiller.fill(later, count: 3, bootstrapServers: scene.kafka.bootstrapServers) { _ in
                .init(partition: 0, value: Array(Self.message.utf8))
            }
            let arrives = try await eventually(within: .seconds(60), every: .milliseconds(50)) {
                try await scene.simulator.statistics().updatesAccepted > 0
            }
            #expect(arrives, "\(relay.log)")
            let ending = await relay.stop()
            try Readme.fault("a topic is missing").expect(ending.status, relay.log)
            #expect(ending.account.delivered == 3)
            await scene.simulator.stop()
        }

        @Test("a topic that is deleted while it is read is named, and the service goes on", .timeLimit(.minutes(3)))
        func deletedTopic() async throws {
            let scene = try await RelayScene(partitions: 1)
            let doomed = "\(scene.topic).doomed"
            try await scene.create(doomed)
            var settings = scene.settings
            settings.topics = "\(scene.topic), \(doomed)"
            settings.client["topic.metadata.refresh.interval.ms"] = "500"
            try await TopicFiller.fill(doomed, count: 3, bootstrapServers: scene.kafka.bootstrapServers) { _ in
                .init(partition: 0, value: Array(Self.message.utf8))
            }
            let relay = try scene.relay(settings)
            let isRead = try await eventually(within: .seconds(60), every: .milliseconds(50)) {
                try await scene.simulator.statistics().updatesAccepted > 0
            }
            #expect(isRead, "\(relay.log)")
            let servers = scene.kafka.bootstrapServers
            try await RelayScene.onOwnThread {
                try KafkaAdmin(properties: [("bootstrap.servers", servers)])
                    .deleteTopics([doomed], timeoutMilliseconds: 20_000)
            }
            #expect(await relay.awaitLog("create the topic or correct its name"), "\(relay.log)")
            try await scene.fill([Self.message, Self.message])
            #expect(try await scene.awaitCommitted(2, by: [relay], within: .seconds(90)), "\(relay.log)")
            let ending = await relay.stop()
            try Readme.fault("a topic is deleted while it is read").expect(ending.status, relay.log)
            #expect(ending.account.delivered == 5)
            #expect(ending.account.addsUp, "\(ending.account)")
            await scene.simulator.stop()
        }

        @Test(
            "an API that cannot be reached is named and tried again, and nothing is committed",
            .timeLimit(.minutes(2))
        )
        func unreachableAPI() async throws {
            let scene = try await RelayScene(partitions: 1)
            try await scene.fill([Self.message])
            var settings = scene.settings
            let address = "127.0.0.1:\(LoopbackPorts.choose(1)[0])"
            settings.baseURL = "http://\(address)"
            let stuck = try scene.relay(settings)
            #expect(await stuck.awaitLog("a call to Batch has no answer"), "\(stuck.log)")
            #expect(stuck.log.contains("POST http://\(address): no connection"), "\(stuck.log)")
            #expect(stuck.log.contains("check host, port, firewall and proxy"))
            let ending = await stuck.stop()
            try Readme.fault("nobody answers at the API's address").expect(ending.status, stuck.log)
            #expect(ending.account.released == 1)
            #expect(try await scene.committed() == 0)
            let relay = try scene.relay()
            #expect(try await scene.awaitCommitted(1, by: [relay], within: .seconds(60)), "\(relay.log)")
            #expect(await relay.stop().account.delivered == 1)
            await scene.simulator.stop()
        }

        @Test(
            "what Batch refuses altogether holds with its reason and remedy, and nothing is committed",
            .timeLimit(.minutes(2)),
            arguments: [
                HoldCase(
                    row: "a wrong key",
                    key: "not-the-key",
                    messages: ["correct the key file (it is read again by itself) or batch.project_key"]
                ),
                HoldCase(
                    row: "a key of another project",
                    projectKey: "project_other",
                    messages: ["correct the key file (it is read again by itself) or batch.project_key"]
                ),
                HoldCase(
                    row: "the Dev key of an app",
                    key: "DEV0123456789",
                    messages: [
                        "Batch answered 401 AUTHENTICATION_INVALID: the REST API key is wrong, or not for this project",
                        "the key begins with DEV, as the Dev API key of an app does: use the REST API key of the company",
                    ]
                ),
                HoldCase(
                    row: "the project may not use the API",
                    faults: #"{"outage": "forbidden"}"#,
                    messages: [
                        "Batch answered 403 API_MISUSE: this account or project may not make this call",
                        "correct batch.project_key, or ask Batch to allow the API for this project",
                    ]
                ),
                HoldCase(
                    row: "a wrong path or version",
                    path: "/v2",
                    messages: [
                        "Batch answered 404 ROUTE_NOT_FOUND: no such route: correct batch.base_url or batch.api_version"
                    ]
                ),
                HoldCase(
                    row: "the API's name cannot be resolved",
                    baseURL: "http://no-such-host.invalid",
                    messages: ["the name cannot be resolved", "check the host name and this machine's DNS"]
                ),
            ]
        )
        func holds(_ hold: HoldCase) async throws {
            let scene = try await RelayScene(partitions: 1)
            try await scene.fill([Self.message])
            try scene.folder.write(hold.key, to: "key")
            if let faults = hold.faults { try await scene.simulator.setFaults(faults) }
            var settings = scene.settings
            settings.baseURL = (hold.baseURL ?? settings.baseURL) + hold.path
            settings.projectKey = hold.projectKey
            let relay = try scene.relay(settings)
            #expect(await relay.awaitLog("holding: nothing is sent"), "\(relay.log)")
            for message in hold.messages { #expect(relay.log.contains(message), "\(relay.log)") }
            #expect(!relay.log.contains(hold.key), "a secret is in the log")
            let ending = await relay.stop()
            try Readme.fault(hold.row).expect(ending.status, relay.log)
            #expect(relay.log.contains("stopped while held"))
            #expect(ending.account.released == 1)
            #expect(try await scene.committed() == 0)
            await scene.simulator.stop()
        }

        @Test("429 slows the service down and is explained; it goes on by itself", .timeLimit(.minutes(2)))
        func rateLimited() async throws {
            let scene = try await RelayScene(partitions: 1)
            try await scene.fill([Self.message])
            try await scene.simulator.setFaults(#"{"outage": "too_many_requests"}"#)
            let relay = try scene.relay()
            #expect(
                await relay.awaitLog("429: more updates than Batch takes for this project; waiting"),
                "\(relay.log)"
            )
            #expect(relay.log.contains("Lower batch.update_rate if others write to it too"))
            #expect(try await scene.committed() == 0)
            try await scene.simulator.setFaults(#"{"outage": "none"}"#)
            #expect(try await scene.awaitCommitted(1, by: [relay], within: .seconds(60)), "\(relay.log)")
            try Readme.fault("the rate is used up").expect(await relay.stop().status, relay.log)
            await scene.simulator.stop()
        }

        @Test(
            "a field that Batch refuses is named with its record and reason; the record counts as delivered",
            .timeLimit(.minutes(2))
        )
        func refusedField() async throws {
            let scene = try await RelayScene(partitions: 1)
            try await scene.fill([Self.message])
            try await scene.simulator.setFaults(#"{"partial_error_attribute": "plan"}"#)
            let relay = try scene.relay()
            #expect(await relay.awaitLog("Batch refused a field of a delivered record"), "\(relay.log)")
            #expect(relay.log.contains("attribute=plan"), "\(relay.log)")
            #expect(relay.log.contains("\(scene.topic)[0] offset 0"), "\(relay.log)")
            #expect(try await scene.awaitCommitted(1, by: [relay], within: .seconds(60)))
            let ending = await relay.stop()
            try Readme.fault("Batch refuses a field").expect(ending.status, relay.log)
            #expect(ending.account.delivered == 1)
            await scene.simulator.stop()
        }

        @Test("a dead-letter topic that is missing is created by the brokers at start", .timeLimit(.minutes(2)))
        func createdSink() async throws {
            let scene = try await RelayScene(partitions: 1)
            let letters = "\(scene.topic).dead"
            var settings = scene.settings
            settings.deadLetter = "{ topic: \(letters) }"
            let relay = try scene.relay(settings)
            let topics = ConsumerSettings(
                properties: [("bootstrap.servers", scene.kafka.bootstrapServers)],
                groupID: "g"
            )
            let isThere = try await RelayScene.onOwnThread {
                let asker = try KafkaConsumer(topics)
                return try eventuallyBlocking(within: .seconds(30)) {
                    try asker.topics(matching: [letters], timeoutMilliseconds: 5_000).first?.error == nil
                }
            }
            #expect(isThere, "\(relay.log)")
            #expect(await relay.stop().status == .exited(0))
            #expect(!relay.log.contains("dead letters could not be stored"), "\(relay.log)")
            await scene.simulator.stop()
        }

        @Test(
            "a dead-letter topic that is missing and not created is named at start, holds the bad record, and takes it once created",
            .timeLimit(.minutes(4))
        )
        func missingSink() async throws {
            var options = KafkaCluster.Options()
            options.settings["auto.create.topics.enable"] = "false"
            let kafka = try await KafkaCluster.start(options)
            let scene = try await RelayScene(partitions: 1, on: kafka)
            try await scene.fill(["{", Self.message])
            let letters = "\(scene.topic).dead"
            var settings = scene.settings
            settings.deadLetter = "{ topic: \(letters) }"

            let check = try await CommandRun(["check", "--connect", "--config", scene.configuration(settings)])
            #expect(check.status == .exited(1), "\(check.output)")
            #expect(check.output.contains("topic '\(letters)' does not exist, and the brokers create none"))

            let relay = try scene.relay(settings)
            #expect(await relay.awaitLog("the dead-letter topic '\(letters)' does not exist"), "\(relay.log)")
            #expect(relay.log.contains("does not exist, and the brokers do not create it"))
            #expect(relay.log.contains("kafka-topics.sh --create --topic \(letters)"))
            let isSent = try await eventually(within: .seconds(30), every: .milliseconds(50)) {
                try await scene.simulator.statistics().updatesAccepted == 1
            }
            #expect(isSent, "the good message waits for the bad one")
            #expect(try await scene.committed() == 0)
            try await scene.create(letters)
            #expect(try await scene.awaitCommitted(2, by: [relay], within: .seconds(90)), "\(relay.log)")
            let ending = await relay.stop()
            try Readme.fault("the dead-letter topic is missing and not created by the brokers").expect(
                ending.status,
                relay.log
            )
            #expect(ending.account.deadLettered == 1)
            await scene.simulator.stop()
            await kafka.stop()
        }
    }
}
