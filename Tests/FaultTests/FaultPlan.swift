import TestSupport

/// How large a run is, and how much of what goes wrong in it.
struct FaultOptions: Sendable {
    var seed: UInt64 = 1
    var messages = 20_000
    var users = 5_000
    /// Whether all partitions get as many users; else one has most of them, and is behind most of the time.
    var isEven = false
    var instances = 3
    /// SIGKILLs of an instance.
    var kills = 0
    /// SIGTERMs of an instance, each followed by another start.
    var stops = 0
    /// SIGSTOPs of an instance that end long before its session does.
    var shortFreezes = 0
    /// SIGSTOPs of an instance that end after its session.
    var longFreezes = 0
    /// Brokers killed and frozen, in turn; the cluster must have three.
    var brokerFaults = 0
    /// The API stopped and started, and frozen, in turn.
    var interfaceFaults = 0
    /// How long answers take, as `batchrelay simulate` reads it.
    var latency = "20-200"
    /// Updates a second of the API.
    var rate = 300
    /// How partitions are shared out: by the seed, so that both ways of rebalancing are hurt.
    var strategy: String { seed.isMultiple(of: 2) ? "range" : "cooperative-sticky" }
    /// The test's name, for the command that repeats it.
    var test: String

    /// The session of the group's members, in milliseconds.
    static let session: Int64 = 6_000

    /// Repeats the run.
    func command(isLong: Bool) -> String {
        let long =
            isLong ? "BATCHRELAY_LONG=1 BATCHRELAY_FAULT_KILLS=\(kills) BATCHRELAY_FAULT_MESSAGES=\(messages) " : ""
        return "\(long)BATCHRELAY_FAULT_SEED=\(seed) swift test --filter FaultTests.\(test)"
    }
}

/// What happens to the processes of one run, drawn from a seed before it begins.
struct FaultPlan: Sendable {
    enum Fault: Sendable, Hashable {
        case kill(instance: Int)
        case stop(instance: Int)
        case freeze(instance: Int, milliseconds: Int)
        case killBroker(Int, milliseconds: Int)
        case freezeBroker(Int, milliseconds: Int)
        case stopInterface(milliseconds: Int)
        case freezeInterface(milliseconds: Int)
    }

    struct Step: Sendable {
        let fault: Fault
        /// It comes after so many updates, so that calls are in flight.
        let lead: Int
        /// Whether what ended begins again at once, else with the next step.
        let restartsAtOnce: Bool
        /// An instance that is killed while a broker is away.
        let victim: Int?
        /// The next step begins after so many updates more …
        let updates: Int
        /// … or so many milliseconds.
        let milliseconds: Int
    }

    let steps: [Step]

    init(_ options: FaultOptions) {
        var random = SeededRandom(seed: options.seed)
        var faults: [Fault] = []
        func instance() -> Int { random.number(below: options.instances) }
        for _ in 0..<options.kills { faults.append(.kill(instance: instance())) }
        for _ in 0..<options.stops { faults.append(.stop(instance: instance())) }
        for _ in 0..<options.shortFreezes {
            faults.append(.freeze(instance: instance(), milliseconds: random.number(in: 100...1_500)))
        }
        for _ in 0..<options.longFreezes {
            let time = Int(FaultOptions.session) + random.number(in: 1_000...3_000)
            faults.append(.freeze(instance: instance(), milliseconds: time))
        }
        for turn in 0..<options.brokerFaults {
            let broker = 1 + turn % 3
            let time = random.number(in: 2_000...14_000)
            faults.append(
                turn.isMultiple(of: 2)
                    ? .killBroker(broker, milliseconds: time) : .freezeBroker(broker, milliseconds: time)
            )
        }
        for turn in 0..<options.interfaceFaults {
            faults.append(
                turn.isMultiple(of: 2)
                    ? .stopInterface(milliseconds: random.number(in: 500...6_000))
                    : .freezeInterface(milliseconds: random.number(in: 200...1_500))
            )
        }
        // Not the standard library's shuffle, which may change from one version to the next.
        for place in faults.indices.reversed() { faults.swapAt(place, random.number(in: 0...place)) }
        steps = faults.map { fault in
            Step(
                fault: fault,
                lead: random.number(in: 1...200),
                restartsAtOnce: random.isTrue(probability: 0.6),
                victim: random.isTrue(probability: 0.5) ? random.number(below: options.instances) : nil,
                updates: random.number(in: 100...900),
                milliseconds: random.number(in: 300...3_000)
            )
        }
    }
}
