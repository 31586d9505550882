/// What the seed has in store for one call.
struct FaultPlan: Sendable, Equatable {
    enum Outcome: Sendable, Equatable {
        case normal, tooManyRequests, serverError, serverErrorAfter, maintenance, forbidden, resetBefore, resetAfter
        case silence
    }

    let outcome: Outcome
    let latencyMilliseconds: Int
    private let faults: SimulatorFaults
    private let call: Int

    /// Draws everything for one call.
    ///
    /// - Parameters:
    ///   - call: the call's number; the same number and seed draw the same.
    ///   - faults: settings that passed ``SimulatorFaults/check()``.
    init(call: Int, faults: SimulatorFaults) {
        self.faults = faults
        self.call = call
        var random = SeededDraw(seed: faults.seed, stream: UInt64(call))
        // Both are drawn always, so that changing one rate does not change the others' drawings.
        let choice = random.unit()
        let span = faults.latencyMilliseconds.upperBound - faults.latencyMilliseconds.lowerBound + 1
        latencyMilliseconds = faults.latencyMilliseconds.lowerBound + min(span - 1, Int(random.unit() * Double(span)))
        outcome = Self.outcome(of: faults.outage) ?? Self.outcome(for: choice, faults)
    }

    /// Whether the operation at an index loses its first attribute.
    func refusesFirst(ofOperation index: Int) -> Bool {
        guard faults.partialErrorRate > 0 else { return false }
        var random = SeededDraw(seed: faults.seed ^ 0x5851_F42D_4C95_7F2D, stream: UInt64(call) << 20 | UInt64(index))
        return random.unit() < faults.partialErrorRate
    }

    private static func outcome(of outage: SimulatorOutage) -> Outcome? {
        switch outage {
        case .none: nil
        case .maintenance: .maintenance
        case .serverError: .serverError
        case .tooManyRequests: .tooManyRequests
        case .forbidden: .forbidden
        case .reset: .resetBefore
        case .silence: .silence
        }
    }

    private static func outcome(for choice: Double, _ faults: SimulatorFaults) -> Outcome {
        let outcomes: [(Double, Outcome)] = [
            (faults.tooManyRequestsRate, .tooManyRequests), (faults.serverErrorRate, .serverError),
            (faults.serverErrorAfterRate, .serverErrorAfter), (faults.maintenanceRate, .maintenance),
            (faults.resetBeforeRate, .resetBefore), (faults.resetAfterRate, .resetAfter),
            (faults.silenceRate, .silence),
        ]
        var bound = 0.0
        for (rate, outcome) in outcomes {
            bound += rate
            if choice < bound { return outcome }
        }
        return .normal
    }
}

/// Random numbers from a seed and a stream's number (SplitMix64): streams are independent of one another.
struct SeededDraw: Sendable {
    private var state: UInt64

    init(seed: UInt64, stream: UInt64) {
        state = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15) ^ Self.mix(stream &* 0xD134_2543_DE82_EF95 &+ 1)
    }

    /// The next number, at least 0 and less than 1.
    mutating func unit() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Double(Self.mix(state) >> 11) * 0x1p-53
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
