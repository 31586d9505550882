import Foundation
import RelayScenes
import TestSupport

/// Carries out a plan on real processes while messages are produced, and then lets everything arrive.
final class FaultRun {
    let options: FaultOptions
    let scene: RelayScene
    let traffic: NumberedTraffic
    private let plan: FaultPlan
    /// Nil where an instance has ended and is not started again yet.
    private var instances: [RelayProcess?]
    /// All that were ever started.
    private var relays: [RelayProcess] = []
    private var simulator: SimulatorProcess
    private var journal = DeliveryJournal()
    private var moments: [DeliveryOracle.Moment] = []
    /// What a process did that it should not.
    private(set) var problems: [String] = []
    /// What was done, with the times, for messages.
    private(set) var trace: [String] = []
    /// How long each orderly exit took, in seconds.
    private(set) var exits: [Double] = []
    /// Records that were settled as delivered by those that ended in good order.
    private(set) var delivered = 0

    private init(_ options: FaultOptions, kafka: KafkaCluster) async throws {
        self.options = options
        plan = FaultPlan(options)
        simulator = try await SimulatorProcess(Self.simulatorOptions(options))
        scene = try await RelayScene(partitions: 6, on: kafka, simulator: simulator)
        traffic = NumberedTraffic(
            options.messages,
            users: options.users,
            partitions: 6,
            isEven: options.isEven,
            seed: options.seed
        )
        instances = Array(repeating: nil, count: options.instances)
    }

    /// Does all of it.
    ///
    /// - Returns: the run and the oracle's judgement.
    static func carryOut(
        _ options: FaultOptions,
        on kafka: KafkaCluster
    ) async throws -> (run: FaultRun, oracle: DeliveryOracle) {
        let run = try await FaultRun(options, kafka: kafka)
        try await run.hurt()
        try await run.finish()
        run.noteLosses()
        let oracle = DeliveryOracle(run.journal, of: run.traffic, moments: run.moments)
        return (run, oracle)
    }

    /// Calls that the API refused for the rate, and users that stood in two calls at once.
    var refusals: (rate: Int, users: Int) { (journal.rateLimitedCalls, journal.userViolations) }

    /// How many calls and updates the API received.
    var volume: String { "\(journal.calls.count) calls, \(journal.operations.count) updates" }

    // MARK: The run

    private func hurt() async throws {
        for index in instances.indices { try start(index) }
        let share = options.messages / (plan.steps.count + 1)
        var produced = 0
        for step in plan.steps {
            let numbers = produced..<(produced + share)
            produced = numbers.upperBound
            let (scene, traffic) = (scene, traffic)
            async let production: Void = scene.produce(traffic, numbers)
            try startMissing()
            try await awaitUpdates(step.lead, within: 1_500)
            try await perform(step)
            if step.restartsAtOnce { try startMissing() }
            try await production
            try await awaitUpdates(step.updates, within: step.milliseconds)
            try await journal.collect(simulator)
            checkRunning()
        }
        try await scene.produce(traffic, produced..<options.messages)
        try startMissing()
    }

    private func finish() async throws {
        let running = instances.compactMap { $0 }
        let limit = Duration.seconds(120 + options.messages / 100)
        if try await !scene.awaitCommitted(options.messages, by: running, within: limit) {
            problems.append("not everything is committed in the end")
            for relay in running { problems.append("log of a running instance:\n\(relay.log.suffix(3_000))") }
        }
        for index in instances.indices { await stop(index) }
        try await journal.close(simulator)
        await simulator.stop()
    }

    /// Waits until the API has accepted so many updates more, or a time has passed.
    private func awaitUpdates(_ count: Int, within milliseconds: Int) async throws {
        let current = simulator
        let before = try await current.statistics().updatesAccepted
        _ = try await eventually(within: .milliseconds(milliseconds), every: .milliseconds(20)) {
            try await current.statistics().updatesAccepted - before >= count
        }
    }

    private func perform(_ step: FaultPlan.Step) async throws {
        note("\(step.fault)")
        switch step.fault {
        case .kill(let instance): await kill(instance)
        case .stop(let instance): await stop(instance)
        case .freeze(let instance, let time): await freeze(instance, time)
        case .killBroker(let broker, let time):
            await scene.kafka.kill(broker: broker)
            if let victim = step.victim { await kill(victim) }
            await pass(time)
            try await scene.kafka.restart(broker: broker)
        case .freezeBroker(let broker, let time):
            scene.kafka.freeze(broker: broker)
            if let victim = step.victim { await kill(victim) }
            await pass(time)
            scene.kafka.thaw(broker: broker)
        case .stopInterface(let time): try await restartSimulator(after: time)
        case .freezeInterface(let time):
            simulator.child.signal(SIGSTOP)
            await pass(time)
            simulator.child.signal(SIGCONT)
        }
    }

    // MARK: Instances

    private func startMissing() throws {
        for index in instances.indices where instances[index] == nil { try start(index) }
    }

    private func start(_ index: Int) throws {
        var settings = scene.settings
        settings.rate = options.rate
        settings.burst = options.rate
        settings.client = [
            "session.timeout.ms": "\(FaultOptions.session)", "heartbeat.interval.ms": "500",
            "partition.assignment.strategy": options.strategy,
            // A broker that was away is asked again soon.
            "reconnect.backoff.max.ms": "1000",
        ]
        let relay = try scene.relay(settings)
        instances[index] = relay
        relays.append(relay)
    }

    private func kill(_ index: Int) async {
        guard let relay = instances[index] else { return }
        moments.append(.init(what: "kill", time: await relay.kill()))
        instances[index] = nil
    }

    private func stop(_ index: Int) async {
        guard let relay = instances[index] else { return }
        let ending = await relay.stop()
        instances[index] = nil
        exits.append(ending.seconds)
        switch ending.status {
        case .exited(0):
            delivered += ending.account.delivered
            if !ending.account.addsUp { problems.append("an account does not add up:\n\(ending.account)") }
        case .signalled(SIGTERM) where relay.log.isEmpty && relay.child.standardOutput.isEmpty:
            // The signal came before the program's first instruction.
            break
        default:
            let status = ending.status.map { "\($0)" } ?? "no end within 30 s"
            problems.append("an orderly stop ended with \(status), \(ending.account)\n\(relay.log.suffix(3_000))")
        }
        // A coordinator that is away may leave the final commit without an answer.
        if options.brokerFaults > 0, relay.log.contains("a commit was not accepted") {
            moments.append(.init(what: "stop without a commit", time: Self.now - Int64(ending.seconds * 1_000)))
        }
    }

    private func freeze(_ index: Int, _ milliseconds: Int) async {
        guard let relay = instances[index] else { return }
        let time = Self.now
        relay.child.signal(SIGSTOP)
        await pass(milliseconds)
        relay.child.signal(SIGCONT)
        // Its last heartbeat was sent half a second before at most, and looked at later on a busy machine.
        if Self.now - time > FaultOptions.session / 2 { moments.append(.init(what: "freeze", time: time)) }
    }

    private func checkRunning() {
        for (index, relay) in instances.enumerated() {
            guard let relay, let status = relay.child.status else { continue }
            problems.append("an instance ended by itself, \(status):\n\(relay.log.suffix(3_000))")
            instances[index] = nil
        }
    }

    /// Members that the group gave up while brokers were away or they were frozen: they say so, with the time.
    private func noteLosses() {
        let mayLose = options.brokerFaults > 0 || options.longFreezes > 0
        for relay in relays {
            for line in relay.log.split(separator: "\n") where line.contains("partitions lost") {
                guard mayLose, let time = Self.time(of: line) else {
                    problems.append("partitions were lost without a reason: \(line)")
                    continue
                }
                moments.append(.init(what: "lost", time: time))
            }
        }
    }

    /// The time that a line of the log begins with or has in it.
    private static func time(of line: Substring) -> Int64? {
        guard let match = line.firstMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) else { return nil }
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return (try? style.parse(String(match.output))).map { Int64($0.timeIntervalSince1970 * 1_000) }
    }

    // MARK: The API

    private static func simulatorOptions(_ options: FaultOptions) -> [String] {
        ["--rate", "\(options.rate)", "--burst", "\(options.rate + 100)", "--latency", options.latency]
    }

    /// Ends the API when all calls that it took are answered, and starts it on the same port.
    private func restartSimulator(after milliseconds: Int) async throws {
        try await simulator.setFaults(#"{"outage": "reset"}"#)
        try await journal.collect(simulator)
        let last = journal.lastAnswer
        _ = await eventually(within: .seconds(10), every: .milliseconds(50)) { Self.now > last + 300 }
        try await journal.close(simulator)
        await simulator.stop()
        await pass(milliseconds)
        let address = simulator.url.split(separator: "/").last.map(String.init) ?? ""
        simulator = try await SimulatorProcess(Self.simulatorOptions(options), listen: address)
    }

    // MARK: Time

    private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }

    private func note(_ text: String) { trace.append("\(Self.now) \(text)") }

    /// Lets a fault last: there is nothing to wait for but time.
    private func pass(_ milliseconds: Int) async {
        _ = await eventually(within: .milliseconds(milliseconds), every: .milliseconds(20)) { false }
    }
}
