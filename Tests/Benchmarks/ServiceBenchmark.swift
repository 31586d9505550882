import Foundation
import KafkaClient
import TestSupport
import Threads

/// Messages per second of processor time of the whole service: Apache Kafka, `batchrelay run` and what takes its calls, each a
/// process of its own; only `run` is counted, all its threads, from its start to the last answer.
struct ServiceBenchmark {
    let messageCount: Int
    /// A mapping file; nil for the mapping that is built in.
    let mapping: String?
    let sink: Sink
    /// The folder of `batchrelay` and of this benchmark.
    let executables: String

    /// What takes the calls.
    enum Sink {
        /// Accepts everything unread.
        case plain
        /// `batchrelay simulate`, which checks every rule of Batch; on two processors it is slower than what it checks.
        case simulator
    }

    struct Figures {
        let messages: Int
        let updates: Int
        let processorSeconds: Double
        let wallSeconds: Double
        let peakMegabytes: Int
        /// Processor time of one such message in Foundation's JSON parser, before and after: the unit in which figures of two
        /// machines, or of one whose neighbours are busy, can be compared.
        let yardstickMicroseconds: [Double]

        var text: String {
            """
            messages                       \(messages)
            updates accepted               \(updates)
            processor seconds              \(processorSeconds)
            messages per processor second  \(Int(Double(messages) / processorSeconds))
            microseconds per message       \(processorSeconds * 1e6 / Double(messages))
            wall seconds                   \(wallSeconds)
            peak resident megabytes        \(peakMegabytes)
            a message in JSONSerialization \(yardstickMicroseconds) microseconds, before and after
            """
        }
    }

    func run() async throws -> Figures {
        let cluster = try await KafkaCluster.start()
        defer { withExtendedLifetime(cluster) {} }
        let topic = "analytics"
        let admin = try KafkaAdmin(properties: [(name: "bootstrap.servers", value: cluster.bootstrapServers)])
        try admin.createTopics([NewTopic(topic, partitions: 4)], timeoutMilliseconds: 20_000)
        try fill(topic, cluster.bootstrapServers)
        let folder = try TemporaryFolder()
        let server = try startSink()
        guard await eventually(within: .seconds(10), { server.standardOutput.contains("listening on ") }),
            let url = server.standardOutput.split(separator: " ").last?.split(separator: "\n").first
        else { throw ProcessError(attempt: "start the sink", reason: server.standardError) }
        let key = try folder.write("simulator-rest-key", to: "key")
        let configuration = try folder.write(
            """
            version: 1
            kafka:
              bootstrap_servers: \(cluster.bootstrapServers)
              group_id: benchmark
              topics: [\(topic)]
            batch:
              base_url: \(url)
              project_key: project_simulator
              rest_api_key_file: \(key)
              update_rate: { per_second: 1000000, burst: 1000000 }
            \(mapping.map { "mappings: [\($0)]" } ?? "")
            dead_letter: { file: \(folder.path("dead-letters.jsonl")) }
            """,
            to: "batchrelay.yaml"
        )
        let yardstick = Self.yardstick()
        let start = ContinuousClock.now
        let relay = try ChildProcess("\(executables)/batchrelay", ["run", "--config", configuration])
        _ = await eventually(within: .seconds(600)) {
            relay.status != nil || lag(cluster, topic) == 0
        }
        let wall = ContinuousClock.now - start
        let usage = Self.usage(of: relay.processID)
        _ = await relay.terminate()
        guard relay.standardOutput.contains("delivered       \(messageCount)\n") else {
            throw ProcessError(
                attempt: "deliver \(messageCount) messages",
                reason: relay.standardOutput + relay.standardError
            )
        }
        return Figures(
            messages: messageCount,
            updates: Self.updates(relay.standardOutput),
            processorSeconds: usage.seconds,
            wallSeconds: Double(wall.components.seconds) + Double(wall.components.attoseconds) * 1e-18,
            peakMegabytes: usage.peakMegabytes,
            yardstickMicroseconds: [yardstick, Self.yardstick()]
        )
    }

    private func startSink() throws -> ChildProcess {
        switch sink {
        case .plain: try ChildProcess("\(executables)/Benchmarks", ["sink"])
        case .simulator:
            try ChildProcess(
                "\(executables)/batchrelay",
                ["simulate", "--listen", "127.0.0.1:0", "--no-limit", "--applied-log", "1"]
            )
        }
    }

    private func fill(_ topic: String, _ servers: String) throws {
        var messages = AnalyticsMessages(
            seed: 7,
            userCount: 50_000,
            time: ISO8601DateFormatter().string(from: Date())
        )
        try TopicFiller.fillBlocking(topic, count: messageCount, bootstrapServers: servers) { number in
            let (user, text) = messages.next(number)
            return TopicFiller.Record(partition: Int32(user % 4), key: Array("user-\(user)".utf8), value: text)
        }
    }

    private static func yardstick() -> Double {
        let messages = MappingBenchmark.messages(5_000).map { Data($0) }
        let start = Clocks.processNanoseconds
        for message in messages { _ = try? JSONSerialization.jsonObject(with: message) }
        return (Double(Clocks.processNanoseconds - start) / Double(messages.count) / 10).rounded() / 100
    }

    /// Records that the group has not committed, by the broker itself; nil while it has committed nothing.
    private func lag(_ cluster: KafkaCluster, _ topic: String) -> Int64? {
        guard
            let consumer = try? KafkaConsumer(
                ConsumerSettings(
                    properties: [(name: "bootstrap.servers", value: cluster.bootstrapServers)],
                    groupID: "benchmark",
                    autoOffsetReset: .earliest
                )
            )
        else { return nil }
        let partitions = (0..<4).map { TopicPartition(topic: topic, partition: Int32($0)) }
        guard let committed = try? consumer.committed(partitions, timeoutMilliseconds: 5_000) else { return nil }
        var total: Int64 = 0
        for place in committed {
            guard place.offset >= 0,
                let end = try? consumer.watermarks(place.topicPartition, timeoutMilliseconds: 5_000).high
            else { return nil }
            total += end - place.offset
        }
        return total
    }

    private static func updates(_ account: String) -> Int {
        guard let line = account.split(separator: "\n").first(where: { $0.hasPrefix("updates") }) else { return 0 }
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    /// User and system time of all threads, and the peak of resident memory, as the kernel counts them.
    private static func usage(of processID: Int32) -> (seconds: Double, peakMegabytes: Int) {
        let stat = (try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)) ?? ""
        let fields = stat.drop { $0 != ")" }.split(separator: " ")
        let ticks = fields.count > 14 ? (Double(fields[12]) ?? 0) + (Double(fields[13]) ?? 0) : 0
        let status = (try? String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)) ?? ""
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }
        let kilobytes = peak?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return (ticks / 100, kilobytes / 1_024)
    }
}
