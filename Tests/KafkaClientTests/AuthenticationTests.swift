import KafkaClient
import TestSupport
import Testing
import Threads

@Suite("Authentication on Apache Kafka")
struct AuthenticationTests {
    private static func properties(
        _ cluster: KafkaCluster,
        _ mechanism: String,
        password: String = KafkaCluster.password
    ) throws -> [(name: String, value: String)] {
        [
            ("bootstrap.servers", try #require(cluster.secureBootstrapServers)),
            ("security.protocol", "SASL_PLAINTEXT"),
            ("sasl.mechanism", mechanism),
            ("sasl.username", KafkaCluster.user),
            ("sasl.password", password),
        ]
    }

    /// Asks for the broker count, which needs a login.
    private static func logIn(_ properties: [(name: String, value: String)]) async -> Result<Int, KafkaError> {
        await OwnThread.run(name: "log-in") {
            Result { () throws(KafkaError) in
                try KafkaAdmin(properties: properties).brokerCount(timeoutMilliseconds: 4_000)
            }
        }
    }

    @Test(
        "PLAIN logs in to every version",
        .enabled(if: KafkaAvailability.canStart(version: "4."), "\(KafkaAvailability.hint)")
    )
    func plain() async throws {
        let cluster = try await SharedKafka.cluster(version: "4.")
        let count = await Self.logIn(try Self.properties(cluster, "PLAIN"))
        #expect(try count.get() == 1)
    }

    @Test(
        "a wrong password is refused and the message says what to check, without the password",
        .enabled(if: KafkaAvailability.canStart(version: "4."), "\(KafkaAvailability.hint)")
    )
    func wrongPassword() async throws {
        let cluster = try await SharedKafka.cluster(version: "4.")
        let result = await Self.logIn(try Self.properties(cluster, "PLAIN", password: "wrong-word"))
        let error = #expect(throws: KafkaError.self) { try result.get() }
        #expect(error?.code == .authentication)
        #expect(error?.advice?.contains("sasl.password") == true)
        #expect(error.map { "\($0)" }?.contains("wrong-word") == false)
    }

    @Test(
        "SCRAM with a library before 2.6.1 is refused by Kafka 4, and the message says why and what to do",
        .enabled(if: KafkaAvailability.canStart(version: "4."), "\(KafkaAvailability.hint)"),
        arguments: ["SCRAM-SHA-256", "SCRAM-SHA-512"]
    )
    func scramOnFour(mechanism: String) async throws {
        let cluster = try await SharedKafka.cluster(version: "4.")
        let result = await Self.logIn(try Self.properties(cluster, mechanism))
        guard ClientLibrary.versionNumber < 0x0206_01ff else {
            #expect(try result.get() == 1)
            return
        }
        let error = #expect(throws: KafkaError.self) { try result.get() }
        #expect(error?.code == .authentication)
        let advice = error?.advice ?? ""
        for part in ["older than 2.6.1", "nonce", "Kafka from 4.0 on refuses", "PLAIN", "Kafka 3.9"] {
            #expect(advice.contains(part))
        }
    }

    @Test(
        "the error sink of a consumer that polls gets the same advice",
        .enabled(
            if: KafkaAvailability.canStart(version: "4.") && ClientLibrary.versionNumber < 0x0206_01ff,
            "\(KafkaAvailability.hint)"
        )
    )
    func scramInTheSink() async throws {
        let cluster = try await SharedKafka.cluster(version: "4.")
        let properties = try Self.properties(cluster, "SCRAM-SHA-256")
        try await KafkaTest.onOwnThread {
            let errors = Lock<[KafkaError]>([])
            let sinks = KafkaEventSinks(error: { error in errors.withLock { $0.append(error) } })
            let consumer = try KafkaConsumer(ConsumerSettings(properties: properties, groupID: "scram", sinks: sinks))
            try consumer.subscribe(["orders"])
            let reading = Reading()
            let isReported = reading.poll(consumer) { _ in
                errors.withLock { $0.contains { $0.code == .authentication } }
            }
            #expect(isReported)
            let advice = errors.withLock { $0.first { $0.code == .authentication }?.advice }
            #expect(advice?.contains("older than 2.6.1") == true)
            #expect(consumer.close() == .skipped)
        }
    }

    @Test(
        "SCRAM logs in to Kafka 3.9",
        .enabled(if: KafkaAvailability.canStart(version: "3.9"), "\(KafkaAvailability.hint)"),
        arguments: ["SCRAM-SHA-256", "SCRAM-SHA-512"]
    )
    func scramOnThree(mechanism: String) async throws {
        let cluster = try await SharedKafka.cluster(version: "3.9")
        let count = await Self.logIn(try Self.properties(cluster, mechanism))
        #expect(try count.get() == 1)
    }
}
