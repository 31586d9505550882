internal import Glibc

/// One folder of an Apache Kafka download.
public struct KafkaInstallation: Hashable, Sendable {
    /// The folder.
    public let home: String
    /// The version, such as `4.1.1`, read from the name of the client library in `libs`.
    public let version: String

    /// The folders that the environment variable `KAFKA_HOME` names, separated by `:`, in order.
    public static let all: [KafkaInstallation] = {
        guard let homes = getenv("KAFKA_HOME").map({ String(cString: $0) }) else { return [] }
        return homes.split(separator: ":").compactMap { home in
            versions(in: String(home)).map { KafkaInstallation(home: String(home), version: $0) }
        }
    }()

    /// The first folder whose version begins so.
    ///
    /// - Parameter prefix: such as `4.` or `3.9`; empty for the first folder.
    /// - Returns: nil if there is none.
    public static func first(version prefix: String = "") -> KafkaInstallation? {
        all.first { $0.version.hasPrefix(prefix) }
    }

    private static func versions(in home: String) -> String? {
        guard let folder = opendir("\(home)/libs") else { return nil }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            let prefix = "kafka-clients-"
            let suffix = ".jar"
            guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { continue }
            return String(name.dropFirst(prefix.count).dropLast(suffix.count))
        }
        return nil
    }
}

/// Whether tests that need Apache Kafka can run, for `.enabled(if:)`.
public enum KafkaAvailability {
    /// Whether there is an Apache Kafka to start, or a running one to use.
    public static var isPresent: Bool { canStart() || runningBootstrapServers != nil }

    /// Whether an Apache Kafka of a version can be started; tests that kill brokers need one of their own.
    ///
    /// - Parameter version: the beginning of its version, such as `3.9`; empty for any.
    /// - Returns: whether `KAFKA_HOME` names one.
    public static func canStart(version: String = "") -> Bool {
        KafkaInstallation.first(version: version) != nil
    }

    /// A running service to use instead, from `BATCHRELAY_TEST_BOOTSTRAP_SERVERS`.
    public static let runningBootstrapServers: String? = getenv("BATCHRELAY_TEST_BOOTSTRAP_SERVERS").map {
        String(cString: $0)
    }

    /// How to get a skipped test to run.
    public static let hint =
        "set KAFKA_HOME to the folder of an Apache Kafka download (several separated by ':') and have Java 17 in PATH"
}
