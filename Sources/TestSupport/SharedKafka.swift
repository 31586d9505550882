/// Brokers that the suites of a test process share: each version is started once, when it is first wanted.
///
/// Tests use topics and groups of their own names. A test that hurts brokers starts a ``KafkaCluster`` of its own.
public actor SharedKafka {
    private static let shared = SharedKafka()
    private var clusters: [String: Task<Result<KafkaCluster, ProcessError>, Never>] = [:]

    /// A running cluster with one broker and a secure listener.
    ///
    /// - Parameter version: the beginning of the version, such as `3.9`; empty for the first of `KAFKA_HOME`.
    /// - Returns: the cluster, which stays until the process ends.
    /// - Throws: ``ProcessError`` if it does not start.
    public static func cluster(version: String = "") async throws(ProcessError) -> KafkaCluster {
        try await shared.cluster(version).get()
    }

    /// Where tests find Kafka: the service that `BATCHRELAY_TEST_BOOTSTRAP_SERVERS` names, or else the shared cluster.
    ///
    /// - Returns: the value for `bootstrap.servers`.
    /// - Throws: ``ProcessError`` if there is neither.
    public static func bootstrapServers() async throws(ProcessError) -> String {
        if let servers = KafkaAvailability.runningBootstrapServers { return servers }
        return try await cluster().bootstrapServers
    }

    private func cluster(_ version: String) async -> Result<KafkaCluster, ProcessError> {
        let key = KafkaInstallation.first(version: version)?.home ?? ""
        let start =
            clusters[key]
            ?? Task { () -> Result<KafkaCluster, ProcessError> in
                var options = KafkaCluster.Options()
                options.version = version
                options.isSecure = true
                do throws(ProcessError) {
                    return .success(try await KafkaCluster.start(options))
                } catch {
                    return .failure(error)
                }
            }
        clusters[key] = start
        return await start.value
    }
}
