import KafkaClient
import Threads

/// Tries everything that the service will need from outside, without changing anything there.
///
/// Nothing is joined, created, committed or sent: of the group, the topics and the API only what reading shows.
public struct ConnectionCheck {
    let options: RelayOptions
    let timeoutMilliseconds: Int32

    /// Prepares a check.
    ///
    /// - Parameters:
    ///   - options: what the service would run with.
    ///   - timeout: how long each question to the brokers may take.
    public init(_ options: RelayOptions, timeout: Duration = .seconds(10)) {
        self.options = options
        timeoutMilliseconds = Int32(clamping: timeout.inNanoseconds / 1_000_000)
    }

    /// Checks everything; blocks for as long as the answers take.
    ///
    /// - Parameter report: gets each result as soon as it is known.
    public func run(_ report: (CheckResult) -> Void) {
        checkKafka(report)
        checkAPI(report)
    }

    // MARK: Kafka

    private struct Cluster {
        let consumer: KafkaConsumer
        let admin: KafkaAdmin
    }

    private func checkKafka(_ report: (CheckResult) -> Void) {
        let cluster: Cluster
        do throws(KafkaError) {
            cluster = try connect(report)
        } catch {
            report(Self.failure("broker", error))
            for subject in ["topic", "group"] { report(CheckResult(subject, .skipped, Self.skipped)) }
            switch options.deadLetters {
            case .topic: report(CheckResult("dead_letter", .skipped, Self.skipped))
            case .file(let path): report(Self.checkFile(path))
            }
            return
        }
        let topics = checkTopics(cluster, report)
        checkGroup(cluster, topics, report)
        switch options.deadLetters {
        case .topic(let name): checkDeadLetterTopic(name, topics, cluster.consumer, cluster.admin, report)
        case .file(let path): report(Self.checkFile(path))
        }
    }

    private static let skipped = "not looked at, since no broker can be reached"

    private func connect(_ report: (CheckResult) -> Void) throws(KafkaError) -> Cluster {
        let admin = try KafkaAdmin(properties: options.kafkaProperties)
        let count = try admin.brokerCount(timeoutMilliseconds: timeoutMilliseconds)
        let consumer = try KafkaConsumer(
            ConsumerSettings(properties: options.kafkaProperties, groupID: options.groupID)
        )
        let id = consumer.clusterID(timeoutMilliseconds: timeoutMilliseconds) ?? "(unknown)"
        report(
            CheckResult("broker", .passed, "\(count) broker\(count == 1 ? "" : "s") of cluster \(id)")
        )
        return Cluster(consumer: consumer, admin: admin)
    }

    static func failure(_ subject: String, _ error: KafkaError) -> CheckResult {
        CheckResult(subject, .failed, error.summary, advice: error.advice)
    }

    /// - Returns: the topics that can be read.
    private func checkTopics(_ cluster: Cluster, _ report: (CheckResult) -> Void) -> [TopicMetadata] {
        var readable: [TopicMetadata] = []
        for name in options.topics {
            let found: [TopicMetadata]
            do throws(KafkaError) {
                found = try cluster.consumer.topics(matching: [name], timeoutMilliseconds: timeoutMilliseconds)
            } catch {
                report(Self.failure("topic", error))
                continue
            }
            if found.isEmpty {
                let text = "the pattern '\(name)' matches no topic"
                report(
                    CheckResult("topic", .warned, text, advice: "correct it, or create a topic: it is found by itself")
                )
            }
            for topic in found {
                if let error = topic.error {
                    report(Self.failure("topic", error))
                } else {
                    readable.append(topic)
                    let count = topic.partitionCount
                    report(
                        CheckResult("topic", .passed, "'\(topic.name)' has \(count) partition\(count == 1 ? "" : "s")")
                    )
                }
            }
        }
        return readable
    }

    private func checkGroup(_ cluster: Cluster, _ topics: [TopicMetadata], _ report: (CheckResult) -> Void) {
        do throws(KafkaError) {
            let lag = try LagReport.read(
                groupID: options.groupID,
                topics: topics.map(\.name),
                start: options.start,
                consumer: cluster.consumer,
                admin: cluster.admin,
                timeoutMilliseconds: timeoutMilliseconds
            )
            report(Self.result(lag))
        } catch {
            report(Self.failure("group", error))
        }
    }

    static func result(_ lag: LagReport) -> CheckResult {
        let members =
            switch lag.memberCount {
            case 0: "no active member"
            case 1: "1 active member (\(lag.state))"
            case let count: "\(count) active members (\(lag.state))"
            }
        let lost = lag.partitions.reduce(0) { $0 + $1.lost }
        if lost > 0 {
            return CheckResult(
                "group",
                .warned,
                "'\(lag.groupID)': \(lost) committed records are gone from the topics (retention), \(members)",
                advice: "it goes on from the beginning; raise retention.ms of the topics if that was too soon"
            )
        }
        let committed = lag.partitions.count { $0.committed != nil }
        let progress =
            committed == 0
            ? "no committed offset: it would begin at \(lag.startWords) (kafka.start)"
            : "committed in \(committed) of \(lag.partitions.count) partitions, lag \(lag.total)"
        return CheckResult("group", .passed, "'\(lag.groupID)': \(progress), \(members)")
    }
}
