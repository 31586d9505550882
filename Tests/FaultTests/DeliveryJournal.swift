import RelayScenes

/// What the API received over a run, its restarts included, in the order of arrival.
struct DeliveryJournal: Sendable {
    /// One operation that was applied.
    struct Operation: Sendable {
        let call: Int
        let user: String
        /// What each attribute was set to, as far as it is a number.
        let attributes: [String: Int?]
        /// The numbers of the events; nil for one that no message asked for.
        let events: [Int?]
    }

    /// One call; times in milliseconds since 1970.
    struct Call: Sendable {
        let arrival: Int64
        let answered: Int64
        /// Whether the answer says that it was applied.
        let isAccepted: Bool
    }

    private(set) var operations: [Operation]
    private(set) var calls: [Int: Call]
    private(set) var rateLimitedCalls = 0
    private(set) var userViolations = 0
    private var lastSequence = 0
    private var lastCall = 0
    /// The calls of the API's earlier processes.
    private var earlierCalls = 0

    init(operations: [Operation] = [], calls: [Int: Call] = [:]) {
        self.operations = operations
        self.calls = calls
    }

    /// Adds what came since it was asked last.
    mutating func collect(_ simulator: SimulatorProcess) async throws {
        let applied = try await simulator.applied(after: lastSequence)
        let requests = try await simulator.requests(after: lastCall)
        for operation in applied {
            operations.append(
                Operation(
                    call: earlierCalls + operation.call,
                    user: operation.customId,
                    attributes: operation.attributes.mapValues { $0.integer },
                    events: operation.events.map { $0.name == "step_done" ? $0.attributes?["n"]?.integer : nil }
                )
            )
        }
        for request in requests {
            calls[earlierCalls + request.call] = Call(
                arrival: request.timeMs,
                answered: request.timeMs + request.latencyMs,
                isAccepted: (200..<300).contains(request.status)
            )
        }
        lastSequence = applied.last?.sequence ?? lastSequence
        lastCall = requests.last?.call ?? lastCall
    }

    /// When the last call so far is answered, in milliseconds since 1970.
    var lastAnswer: Int64 { calls[earlierCalls + lastCall]?.answered ?? 0 }

    /// Adds what the API counts, when its process is about to end or the run has ended.
    mutating func close(_ simulator: SimulatorProcess) async throws {
        try await collect(simulator)
        let statistics = try await simulator.statistics()
        rateLimitedCalls += statistics.rateLimitedCalls
        userViolations += statistics.concurrentUserViolations + statistics.repeatedUserViolations
        earlierCalls += lastCall
        lastCall = 0
        lastSequence = 0
    }
}
