internal import Glibc
internal import KafkaClient
internal import Threads

/// Apache Kafka brokers of a test's own, on loopback ports and in a temporary folder; gone when this object is released
/// or the test process dies.
///
/// Every broker is a controller too (KRaft). Groups join without delay, records with old timestamps stay, topics that
/// are created by use have 6 partitions. All functions may be called from any thread.
public final class KafkaCluster: Sendable {
    /// What to start.
    public struct Options: Sendable {
        /// The beginning of the version to take from `KAFKA_HOME`, such as `3.9`; empty for the first folder.
        public var version = ""
        /// Brokers, 1 to 3.
        public var brokers = 1
        /// Whether to add a listener with SASL (PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512; see ``KafkaCluster/user``).
        public var isSecure = false
        /// Settings of the brokers, over those that every test wants.
        public var settings: [String: String] = [:]

        /// One broker of the first version.
        public init() {}
    }

    /// A user of the secure listener.
    public static let user = "relay"
    /// The user's password.
    public static let password = "relay-secret"

    /// The version that runs.
    public var version: String { installation.version }
    /// For `bootstrap.servers`, without authentication.
    public let bootstrapServers: String
    /// For `bootstrap.servers` with SASL (`security.protocol=SASL_PLAINTEXT`); nil without such a listener.
    public let secureBootstrapServers: String?

    private let installation: KafkaInstallation
    private let folder: TemporaryFolder
    private let brokers: [KafkaBroker]

    /// Formats, starts and waits until every broker can be used: about 3 s.
    ///
    /// - Parameter options: what to start.
    /// - Returns: the running cluster.
    /// - Throws: ``ProcessError`` with the end of the log of a broker that does not start.
    public static func start(_ options: Options = Options()) async throws(ProcessError) -> KafkaCluster {
        guard let installation = KafkaInstallation.first(version: options.version) else {
            let name = options.version.isEmpty ? "Apache Kafka" : "Apache Kafka \(options.version)"
            throw ProcessError(attempt: "start \(name)", reason: KafkaAvailability.hint)
        }
        var failure = ProcessError(attempt: "start a cluster", reason: "no attempt was made")
        // Somebody else may take a port between its choice and the broker's start; then others are chosen.
        for _ in 0..<3 {
            do {
                let cluster = try KafkaCluster(installation, options)
                try await cluster.startAll()
                return cluster
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private init(_ installation: KafkaInstallation, _ options: Options) throws(ProcessError) {
        self.installation = installation
        folder = try TemporaryFolder("kafka")
        let count = min(max(options.brokers, 1), 3)
        let ports = LoopbackPorts.choose(count * 3)
        let controllers = (0..<count).map { "\($0 + 1)@127.0.0.1:\(ports[count + $0])" }.joined(separator: ",")
        var brokers: [KafkaBroker] = []
        for index in 0..<count {
            let broker = KafkaBroker(
                id: index + 1,
                port: ports[index],
                controllerPort: ports[count + index],
                securePort: options.isSecure ? ports[2 * count + index] : nil,
                folder: folder.path("\(index + 1)"),
                installation: installation
            )
            try broker.configure(controllers: controllers, brokers: count, settings: options.settings)
            brokers.append(broker)
        }
        self.brokers = brokers
        bootstrapServers = brokers.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        let secure = brokers.compactMap(\.securePort).map { "127.0.0.1:\($0)" }
        secureBootstrapServers = secure.isEmpty ? nil : secure.joined(separator: ",")
    }

    private func startAll() async throws(ProcessError) {
        try await Self.all(brokers) { broker throws(ProcessError) in
            try broker.format()
            try broker.launch()
        }
        try await Self.all(brokers) { broker throws(ProcessError) in try broker.awaitPort() }
        try await awaitMembers()
    }

    /// Waits until the cluster itself counts all its running brokers.
    private func awaitMembers() async throws(ProcessError) {
        let expected = brokers.count { $0.isRunning }
        let servers = bootstrapServers
        let isComplete = await OwnThread.run(name: "kafka-members") {
            guard let admin = try? KafkaAdmin(properties: [("bootstrap.servers", servers)]) else { return false }
            return eventuallyBlocking(within: .seconds(30)) {
                (try? admin.brokerCount(timeoutMilliseconds: 2_000)) == expected
            }
        }
        guard isComplete else {
            throw ProcessError(attempt: "start \(expected) brokers", reason: "not all joined within 30 s")
        }
    }

    // MARK: Faults

    /// Ends all brokers in good order; a controller without a majority is killed after 10 s.
    public func stop() async {
        for broker in brokers { broker.signal(SIGTERM) }
        for broker in brokers { await broker.end(within: .seconds(10)) }
    }

    /// Ends one broker in good order. Brokers count from 1.
    public func stop(broker id: Int) async {
        broker(id).signal(SIGTERM)
        await broker(id).end(within: .seconds(15))
    }

    /// Kills one broker by SIGKILL; what it wrote stays.
    public func kill(broker id: Int) async {
        broker(id).signal(SIGKILL)
        await broker(id).end(within: .seconds(10))
    }

    /// Stops one broker by SIGSTOP: it is there and says nothing.
    public func freeze(broker id: Int) { broker(id).signal(SIGSTOP) }

    /// Lets a frozen broker go on.
    public func thaw(broker id: Int) { broker(id).signal(SIGCONT) }

    /// Starts a stopped or killed broker on its old data and port, and waits until it can be used.
    ///
    /// - Throws: ``ProcessError`` with the end of its log if it does not start.
    public func restart(broker id: Int) async throws(ProcessError) {
        try await Self.all([broker(id)]) { broker throws(ProcessError) in
            try broker.launch()
            try broker.awaitPort()
        }
        try await awaitMembers()
    }

    /// What a broker has written to its log, for messages.
    public func log(broker id: Int) -> String { broker(id).log }

    // MARK: Tools

    /// Runs one of Kafka's own tools with `--bootstrap-server` of this cluster.
    ///
    /// - Parameters:
    ///   - name: the file in `bin`, such as `kafka-consumer-groups.sh`.
    ///   - arguments: without `--bootstrap-server`.
    ///   - limit: how long it may take.
    /// - Returns: its standard output.
    /// - Throws: ``ProcessError`` with its output if it fails.
    @discardableResult
    public func tool(
        _ name: String,
        _ arguments: [String],
        within limit: Duration = .seconds(60)
    ) async throws(ProcessError) -> String {
        let child = try ChildProcess(
            "\(installation.home)/bin/\(name)",
            ["--bootstrap-server", bootstrapServers] + arguments,
            environment: ["KAFKA_HEAP_OPTS": "-Xmx128m", "LOG_DIR": folder.path]
        )
        let status = await child.wait(within: limit)
        guard status == .exited(0) else {
            let how = status.map { "\($0)" } ?? "no end within \(limit)"
            throw ProcessError(
                attempt: "run \(child.commandLine)",
                reason: "\(how)\n\(child.standardOutput)\(child.standardError)"
            )
        }
        return child.standardOutput
    }

    private func broker(_ id: Int) -> KafkaBroker {
        precondition(brokers.indices.contains(id - 1), "there is no broker \(id): brokers count from 1")
        return brokers[id - 1]
    }

    /// Does something to all brokers at once, on threads of their own; throws the first failure.
    private static func all(
        _ brokers: [KafkaBroker],
        _ body: @escaping @Sendable (KafkaBroker) throws(ProcessError) -> Void
    ) async throws(ProcessError) {
        let failure = await withTaskGroup(of: ProcessError?.self) { group in
            for broker in brokers {
                group.addTask {
                    await OwnThread.run(name: "kafka-broker") { () -> ProcessError? in
                        do throws(ProcessError) {
                            try body(broker)
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
            }
            var failure: ProcessError?
            for await result in group { failure = failure ?? result }
            return failure
        }
        if let failure { throw failure }
    }
}
