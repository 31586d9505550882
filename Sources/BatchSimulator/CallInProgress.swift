/// What is known of a call while it is being decided.
struct CallInProgress: Sendable {
    let number: Int
    var route: String
    let now: SimulatorInstant
    let plan: FaultPlan
    var operationCount = 0
    var customIDs: [ByteText] = []
    var isApplied = false
    var rule: SimulatorRule?

    init(number: Int, route: String, now: SimulatorInstant, plan: FaultPlan) {
        self.number = number
        self.route = route
        self.now = now
        self.plan = plan
    }
}

/// Why a call ends before anything of it is applied.
struct CallRefusal: Error {
    let outcome: SimulatorDecision.Outcome
    /// The rule that it breaks; nil for a fault.
    let rule: SimulatorRule?
    let bulkIndex: Int?

    init(
        _ code: SimulatorErrorCode,
        _ rule: SimulatorRule,
        bulkIndex: Int? = nil,
        status: Int? = nil,
        retryAfterSeconds: Int? = nil
    ) {
        let place = bulkIndex.map { "operation \($0): " } ?? ""
        let message = "\(place)\(rule.reason) (\(rule.rawValue))"
        outcome = .answer(code.answer(message, status: status, retryAfterSeconds: retryAfterSeconds))
        self.rule = rule
        self.bulkIndex = bulkIndex
    }

    /// A fault that the test asked for.
    init(fault code: SimulatorErrorCode, retryAfterSeconds: Int? = nil) {
        self.init(outcome: .answer(code.answer("simulated", retryAfterSeconds: retryAfterSeconds)))
    }

    init(outcome: SimulatorDecision.Outcome) {
        self.outcome = outcome
        rule = nil
        bulkIndex = nil
    }
}

/// The users of calls that are not answered yet. The contract wants one call in flight for a Custom ID, and each once a call.
struct InFlightUsers: Sendable {
    private var calls: [ByteText: Int] = [:]
    private var users: [Int: [ByteText]] = [:]

    var callCount: Int { users.count }

    /// - Returns: how many of the users have another call in flight, and how many stand in this one before.
    mutating func enter(call: Int, _ customIDs: [ByteText]) -> (concurrent: Int, repeated: Int) {
        var concurrent = 0
        var repeated = 0
        for customID in customIDs {
            switch calls[customID] {
            case nil: calls[customID] = call
            case call: repeated += 1
            default: concurrent += 1
            }
        }
        users[call] = customIDs
        return (concurrent, repeated)
    }

    mutating func remove(call: Int) {
        guard let customIDs = users.removeValue(forKey: call) else { return }
        for customID in customIDs where calls[customID] == call { calls[customID] = nil }
    }
}
