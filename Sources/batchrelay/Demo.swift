import BatchSimulator
import Delivery
import KafkaClient
import Observability
import Pipeline
import ServiceConfiguration
import Threads
import YAMLDocument

/// The service between an embedded broker and a simulated Batch API, all in this process and in memory.
enum Demo {
    /// How it went.
    struct Result {
        let summary: DemoSummary
        let outcome: RelayOutcome
        let wasInterrupted: Bool
        /// Why not everything was settled, where that is so and nobody asked for it.
        let trouble: String?
    }

    private static let topic = "demo.events"
    /// The mock cluster keeps 5 MiB a partition and drops what is older: at the most messages that are allowed this is half full.
    private static let partitionCount: Int32 = 4
    /// Far longer than it takes; a demo that hangs must end.
    private static let limit: Int64 = 60_000_000_000

    /// Runs it. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - traffic: the messages.
    ///   - interruption: ends the demo early when it opens.
    ///   - progress: called ten times a second on this thread, with the account and the milliseconds since the start.
    /// - Returns: how it went.
    /// - Throws: ``RelayError`` if a part cannot begin.
    static func run(
        _ traffic: SampleTraffic,
        until interruption: Gate,
        progress: (Account, Int) -> Void
    ) throws(RelayError) -> Result {
        do {
            let simulator = try SimulatorServer(settings: simulatorSettings())
            defer { stop(simulator) }
            return try MockCluster.withCluster { cluster in
                try cluster.createTopic(topic, partitions: partitionCount)
                try cluster.createTopic("\(topic).dead-letter", partitions: 1)
                return try run(traffic, on: cluster, simulator, until: interruption, progress)
            }
        } catch {
            throw RelayError("the demo could not be run: \(error); free ports on 127.0.0.1 are all it needs")
        }
    }

    private static func run(
        _ traffic: SampleTraffic,
        on cluster: MockCluster,
        _ simulator: SimulatorServer,
        until interruption: Gate,
        _ progress: (Account, Int) -> Void
    ) throws -> Result {
        let mappings = try MappingSet(files: [])
        let metrics = RelayMetrics()
        let service = RelayService(
            options: try RelayOptions(try settings(cluster.bootstrapServers, port: simulator.port)),
            mappings: mappings,
            logger: Logger(label: "demo", level: .error, sink: StandardErrorLogSink(), format: .text),
            metrics: metrics
        )
        let start = Clocks.bootNanoseconds
        let ending = Ending()
        OwnThread.start(name: "service") { ending.finish(Swift.Result { try service.run() }) }
        try fill(traffic, cluster.bootstrapServers)
        var isSettled = false
        while !isSettled, Clocks.bootNanoseconds - start < limit, !ending.gate.wait(timeout: .zero) {
            if interruption.wait(timeout: .milliseconds(100)) { break }
            let account = service.status.account
            progress(account, Int((Clocks.bootNanoseconds - start) / 1_000_000))
            isSettled = account.consumed >= traffic.count && account.pending == 0
        }
        let hold = service.status.hold
        service.stop()
        ending.gate.wait(timeout: .seconds(30))
        let outcome = try ending.outcome()
        let wasInterrupted = !isSettled && interruption.wait(timeout: .zero)
        return Result(
            summary: DemoSummary(
                of: traffic,
                account: outcome.account,
                arrival: arrival(at: simulator),
                metrics: metrics,
                mappings: mappings,
                duration: .nanoseconds(Clocks.bootNanoseconds - start)
            ),
            outcome: outcome,
            wasInterrupted: wasInterrupted,
            trouble: isSettled || wasInterrupted ? nil : trouble(outcome, hold)
        )
    }

    private static func arrival(at simulator: SimulatorServer) -> DemoArrival {
        let decision = simulator.respond(to: SimulatorRequest(method: "GET", path: "/__sim/stats"))
        guard case .answer(let answer) = decision.outcome else { return DemoArrival(statistics: []) }
        return DemoArrival(statistics: answer.body)
    }

    private static func trouble(_ outcome: RelayOutcome, _ hold: HoldReason?) -> String {
        let why = outcome.failure ?? hold?.text ?? "the machine may be too busy: try again, or with fewer --messages"
        return "the demo did not settle all messages: \(why)"
    }

    // MARK: The parts

    /// Batch's limits as documented, and answers that take as long as over a network.
    private static func simulatorSettings() -> SimulatorSettings {
        var settings = SimulatorSettings()
        settings.faults.latencyMilliseconds = 20...60
        return settings
    }

    /// What a user would write into `batchrelay.yaml`; nothing of the environment changes it.
    private static func settings(_ servers: String, port: UInt16) throws(FaultReport) -> ServiceSettings {
        let simulator = SimulatorSettings()
        let text = """
            version: 1
            kafka:
              bootstrap_servers: "\(servers)"
              group_id: batchrelay-demo
              topics: [\(topic)]
              client: { fetch.wait.max.ms: 50, session.timeout.ms: 6000 }
            batch: { base_url: "http://127.0.0.1:\(port)", project_key: \(simulator.projectKey), timeout: 2s }
            """
        return try ServiceSettings.read(
            Array(text.utf8),
            fileName: "demo.yaml",
            environment: ["BATCHRELAY_BATCH_REST_API_KEY": simulator.restKey]
        )
    }

    private static func fill(_ traffic: SampleTraffic, _ servers: String) throws(KafkaError) {
        let producer = try KafkaProducer(properties: [("bootstrap.servers", servers)])
        for message in traffic {
            try producer.produce(topic: topic, key: message.key, value: message.value)
            producer.poll(timeoutMilliseconds: 0)
        }
        try producer.flush(timeoutMilliseconds: 20_000)
    }

    private static func stop(_ simulator: SimulatorServer) {
        let stopped = Gate()
        Task {
            await simulator.stop()
            stopped.open()
        }
        stopped.wait(timeout: .seconds(5))
    }
}

/// The end of the service's thread.
private final class Ending: Sendable {
    let gate = Gate()
    private let result = Lock<Result<RelayOutcome, any Error>?>(nil)

    func finish(_ end: Result<RelayOutcome, any Error>) {
        result.withLock { $0 = end }
        gate.open()
    }

    func outcome() throws -> RelayOutcome {
        guard let end = result.withLock({ $0 }) else { throw RelayError("the service did not stop in time") }
        return try end.get()
    }
}
