import KafkaClient
import TestSupport
import Testing

@Suite("Settings of brokers and topics", .enabled(if: KafkaAvailability.canStart(), "\(KafkaAvailability.hint)"))
struct SettingsQueryTests {
    @Test("a topic's and a broker's settings are read, and a topic that is not there is an error")
    func settings() async throws {
        let test = try await KafkaTest(partitions: 0)
        let servers = test.bootstrapServers
        let topic = test.topic
        try await KafkaTest.onOwnThread {
            let admin = try KafkaAdmin(properties: [("bootstrap.servers", servers)])
            let new = NewTopic(topic, partitions: 2, configuration: ["max.message.bytes": "2000"])
            try admin.createTopics([new], timeoutMilliseconds: 20_000)
            let settings = try admin.settings(ofTopic: topic, timeoutMilliseconds: 10_000)
            #expect(settings["max.message.bytes"] == "2000")
            #expect(settings["cleanup.policy"] == "delete")
            #expect(try admin.brokerSettings(timeoutMilliseconds: 10_000)["auto.create.topics.enable"] == "true")
            #expect {
                try admin.settings(ofTopic: "\(topic).gone", timeoutMilliseconds: 10_000)
            } throws: { error in
                (error as? KafkaError)?.code == .unknownTopicOrPartition
            }
        }
    }

    @Test("a producer's question for a topic has the brokers create it, and then tells its partitions")
    func creates() async throws {
        let test = try await KafkaTest(partitions: 0)
        let servers = test.bootstrapServers
        let topic = test.topic
        try await KafkaTest.onOwnThread {
            let producer = try KafkaProducer(
                properties: [("bootstrap.servers", servers), ("allow.auto.create.topics", "true")]
            )
            var count: Int32?
            let isThere = eventuallyBlocking {
                count = try? producer.partitionCount(topic, timeoutMilliseconds: 5_000)
                return count != nil
            }
            #expect(isThere)
            // What the test brokers give to a topic that is created by use.
            #expect(count == 6)
        }
    }
}
