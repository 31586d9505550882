import Glibc
import KafkaClient

extension ConnectionCheck {
    /// The dead-letter topic: whether it is there or would be created, and whether it takes what the topics take.
    func checkDeadLetterTopic(
        _ name: String,
        _ topics: [TopicMetadata],
        _ consumer: KafkaConsumer,
        _ admin: KafkaAdmin,
        _ report: (CheckResult) -> Void
    ) {
        do throws(KafkaError) {
            let found = try consumer.topics(matching: [name], timeoutMilliseconds: timeoutMilliseconds).first
            if found?.error?.code == .unknownTopicOrPartition {
                report(missing(name, admin))
            } else if let error = found?.error {
                throw error
            } else {
                report(sizes(name, found?.partitionCount ?? 0, topics, admin))
            }
        } catch {
            report(Self.failure("dead_letter", error))
        }
    }

    private func missing(_ name: String, _ admin: KafkaAdmin) -> CheckResult {
        let setting = try? admin.brokerSettings(timeoutMilliseconds: timeoutMilliseconds)["auto.create.topics.enable"]
        let create = "create it: kafka-topics.sh --create --topic \(name); or write dead_letter.file"
        switch setting {
        case "true":
            return CheckResult(
                "dead_letter",
                .warned,
                "topic '\(name)' does not exist; `run` has the brokers create it (auto.create.topics.enable)",
                advice: "create it to choose its partitions and retention"
            )
        case "false":
            let text = "topic '\(name)' does not exist, and the brokers create none (auto.create.topics.enable)"
            return CheckResult("dead_letter", .failed, text, advice: create)
        default:
            let text = "topic '\(name)' does not exist, and it cannot be seen whether the brokers would create it"
            return CheckResult("dead_letter", .warned, text, advice: create)
        }
    }

    /// A dead letter carries its record and some headers, so that a topic with a smaller limit gets shortened ones.
    private func sizes(
        _ name: String,
        _ partitionCount: Int32,
        _ topics: [TopicMetadata],
        _ admin: KafkaAdmin
    ) -> CheckResult {
        let text = "topic '\(name)' has \(partitionCount) partition\(partitionCount == 1 ? "" : "s")"
        guard let own = maximumBytes(name, admin) else {
            return CheckResult("dead_letter", .passed, "\(text); its max.message.bytes cannot be read by this user")
        }
        let largest = topics.compactMap { maximumBytes($0.name, admin) }.max() ?? 0
        guard own < largest else { return CheckResult("dead_letter", .passed, "\(text), max.message.bytes \(own)") }
        return CheckResult(
            "dead_letter",
            .warned,
            "\(text), max.message.bytes \(own) is less than the \(largest) of the topics: larger dead letters are shortened",
            advice: "raise max.message.bytes of '\(name)' to at least \(largest + Self.headerBytes)"
        )
    }

    private func maximumBytes(_ topic: String, _ admin: KafkaAdmin) -> Int? {
        let settings = try? admin.settings(ofTopic: topic, timeoutMilliseconds: timeoutMilliseconds)
        return settings?["max.message.bytes"].flatMap { Int($0) }
    }

    /// Room for the headers that a dead letter adds.
    private static let headerBytes = 4_096

    /// Whether the file could be written; it is not created.
    static func checkFile(_ path: String) -> CheckResult {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let isThere = access(path, F_OK) == 0
        guard access(isThere ? path : folder, W_OK) == 0 else {
            let reason = String(cString: strerror(errno))
            let what = isThere ? "the file '\(path)'" : "the folder '\(folder)' of the file '\(path)'"
            return CheckResult(
                "dead_letter",
                .failed,
                "\(what) cannot be written: \(reason)",
                advice: "change dead_letter.file or the permissions"
            )
        }
        return CheckResult("dead_letter", .passed, "file '\(path)' can be \(isThere ? "appended to" : "created")")
    }
}
