internal import Glibc
internal import Threads

/// One broker of a test's cluster.
final class KafkaBroker: Sendable {
    let port: UInt16
    let securePort: UInt16?
    private let id: Int
    private let controllerPort: UInt16
    private let folder: String
    private let installation: KafkaInstallation
    private let process = Lock<ChildProcess?>(nil)

    init(
        id: Int,
        port: UInt16,
        controllerPort: UInt16,
        securePort: UInt16?,
        folder: String,
        installation: KafkaInstallation
    ) {
        self.id = id
        self.port = port
        self.controllerPort = controllerPort
        self.securePort = securePort
        self.folder = folder
        self.installation = installation
    }

    var isRunning: Bool { process.withLock { $0 }?.isRunning ?? false }

    var log: String { TemporaryFolder.read("\(folder)/out.log") ?? "" }

    private var configurationFile: String { "\(folder)/server.properties" }

    /// Writes the broker's configuration.
    func configure(controllers: String, brokers: Int, settings: [String: String]) throws(ProcessError) {
        try TemporaryFolder.makeFolder(folder)
        var properties = [
            "process.roles": "broker,controller",
            "node.id": "\(id)",
            "controller.quorum.voters": controllers,
            "controller.listener.names": "CONTROLLER",
            "listeners": "PLAINTEXT://127.0.0.1:\(port),CONTROLLER://127.0.0.1:\(controllerPort)",
            "advertised.listeners": "PLAINTEXT://127.0.0.1:\(port)",
            "listener.security.protocol.map":
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": "\(folder)/data",
            "num.partitions": "6",
            "default.replication.factor": "\(brokers)",
            "min.insync.replicas": "\((brokers + 1) / 2)",
            "offsets.topic.replication.factor": "\(brokers)",
            "offsets.topic.num.partitions": "8",
            "transaction.state.log.replication.factor": "\(brokers)",
            "transaction.state.log.min.isr": "\((brokers + 1) / 2)",
            "transaction.state.log.num.partitions": "8",
            // A group is complete at once instead of after 3 s.
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            // Records with old timestamps, as replays have them, must stay.
            "log.retention.ms": "-1",
            "num.network.threads": "2",
            "num.io.threads": "4",
            "background.threads": "4",
        ]
        if let securePort {
            properties["listeners", default: ""] += ",SASL_PLAINTEXT://127.0.0.1:\(securePort)"
            properties["advertised.listeners", default: ""] += ",SASL_PLAINTEXT://127.0.0.1:\(securePort)"
            properties["sasl.enabled.mechanisms"] = "SCRAM-SHA-256,SCRAM-SHA-512,PLAIN"
            let modules = "org.apache.kafka.common.security"
            let prefix = "listener.name.sasl_plaintext"
            properties["\(prefix).plain.sasl.jaas.config"] =
                "\(modules).plain.PlainLoginModule required user_\(KafkaCluster.user)=\"\(KafkaCluster.password)\";"
            for bits in [256, 512] {
                properties["\(prefix).scram-sha-\(bits).sasl.jaas.config"] =
                    "\(modules).scram.ScramLoginModule required;"
            }
        }
        properties.merge(settings) { $1 }
        let text = properties.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
        try Self.write(text, to: configurationFile)
    }

    /// Prepares the data folder by Kafka's own tool; blocks for about a second.
    func format() throws(ProcessError) {
        var arguments = ["format", "-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c", configurationFile]
        if securePort != nil {
            for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-512"] {
                let user = "[name=\(KafkaCluster.user),password=\(KafkaCluster.password)]"
                arguments += ["--add-scram", "\(mechanism)=\(user)"]
            }
        }
        let child = try ChildProcess(
            "\(installation.home)/bin/kafka-storage.sh",
            arguments,
            environment: ["KAFKA_HEAP_OPTS": "-Xmx64m", "LOG_DIR": folder]
        )
        let status = child.waitBlocking(within: .seconds(60))
        guard status == .exited(0) else {
            throw ProcessError(
                attempt: "format broker \(id)",
                reason: "\(status.map { "\($0)" } ?? "no end")\n\(child.standardOutput)\(child.standardError)"
            )
        }
    }

    /// Starts the broker; ``awaitPort()`` waits until it answers.
    func launch() throws(ProcessError) {
        let child = try ChildProcess(
            "\(installation.home)/bin/kafka-server-start.sh",
            [configurationFile],
            environment: ["KAFKA_HEAP_OPTS": "-Xms128m -Xmx384m", "LOG_DIR": folder],
            output: .file("\(folder)/out.log"),
            errors: .file("\(folder)/out.log")
        )
        process.withLock { $0 = child }
    }

    /// Blocks until the broker accepts connections.
    func awaitPort() throws(ProcessError) {
        let isUp = eventuallyBlocking(within: .seconds(60)) { !isRunning || LoopbackPorts.isOpen(port) }
        guard isUp, isRunning else {
            let lines = log.split(separator: "\n").suffix(8).joined(separator: "\n")
            throw ProcessError(attempt: "start broker \(id) on port \(port)", reason: "the end of its log:\n\(lines)")
        }
    }

    func signal(_ number: Int32) { process.withLock { $0 }?.signal(number) }

    /// Waits for the end and kills if it does not come.
    func end(within limit: Duration) async {
        guard let child = process.withLock({ $0 }) else { return }
        if await child.wait(within: limit) == nil {
            child.signalGroup(SIGKILL)
            _ = await child.wait(within: .seconds(10))
        }
    }

    private static func write(_ text: String, to path: String) throws(ProcessError) {
        guard let file = fopen(path, "w") else {
            throw ProcessError(attempt: "write '\(path)'", reason: String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        fputs(text, file)
    }
}
