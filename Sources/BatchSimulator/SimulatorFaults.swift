/// What goes wrong on purpose. All rates are probabilities of a call, 0...1, and add up to 1 at most.
///
/// What happens to one call depends on the seed and the call's number only, so that a run can be repeated.
public struct SimulatorFaults: Sendable, Equatable {
    /// 429 `TOO_MANY_REQUESTS` although there are tokens; nothing is applied.
    public var tooManyRequestsRate = 0.0
    /// 500 `SERVER_ERROR`; nothing is applied.
    public var serverErrorRate = 0.0
    /// 500 `SERVER_ERROR` after everything was applied: the case in which a retry records events twice.
    public var serverErrorAfterRate = 0.0
    /// 503 `MAINTENANCE_ERROR`; nothing is applied.
    public var maintenanceRate = 0.0
    /// The connection is reset; nothing is applied.
    public var resetBeforeRate = 0.0
    /// The connection is reset after everything was applied.
    public var resetAfterRate = 0.0
    /// The call is never answered; nothing is applied.
    public var silenceRate = 0.0
    /// For each operation, the probability that its first attribute (or event, if it has no attributes) is refused.
    public var partialErrorRate = 0.0
    /// An attribute that is refused in every operation, by its name without `date()` and `url()`.
    public var partialErrorAttribute: String?
    /// From arrival to answer, drawn uniformly, 0...600 000 ms.
    public var latencyMilliseconds: ClosedRange<Int> = 0...0
    /// Custom IDs whose calls always fail, and how.
    public var failures: [String: SimulatorFailure] = [:]
    /// What happens to every call of Batch's routes, whatever else is set.
    public var outage = SimulatorOutage.none
    /// The seed of all drawings.
    public var seed: UInt64 = 1

    /// No faults.
    public init() {}

    /// Checks all ranges.
    ///
    /// - Throws: ``SimulatorSettingsError`` naming the first value out of range.
    public func check() throws(SimulatorSettingsError) {
        let rates = [
            ("too_many_requests_rate", tooManyRequestsRate), ("server_error_rate", serverErrorRate),
            ("server_error_after_rate", serverErrorAfterRate), ("maintenance_rate", maintenanceRate),
            ("reset_before_rate", resetBeforeRate), ("reset_after_rate", resetAfterRate),
            ("silence_rate", silenceRate), ("partial_error_rate", partialErrorRate),
        ]
        for (key, rate) in rates where !(0...1).contains(rate) {
            throw SimulatorSettingsError(key: key, value: "\(rate)", expected: "a number from 0 to 1")
        }
        let sum = rates.dropLast().reduce(0) { $0 + $1.1 }
        // A little more than 1, so that ten rates of 0.1 are not refused for their rounding.
        guard sum <= 1.000_001 else {
            throw SimulatorSettingsError(key: "…_rate", value: "\(sum)", expected: "a sum of rates of at most 1")
        }
        guard latencyMilliseconds.lowerBound >= 0, latencyMilliseconds.upperBound <= 600_000 else {
            throw SimulatorSettingsError(
                key: "latency_ms",
                value: "\(latencyMilliseconds)",
                expected: "a range within 0 and 600000"
            )
        }
    }
}

/// How the calls that contain a chosen Custom ID fail.
public enum SimulatorFailure: String, Sendable, CaseIterable {
    /// 400 `MALFORMED_PARAMETER`.
    case badRequest = "bad_request"
    /// 500 `SERVER_ERROR`.
    case serverError = "server_error"
    /// Never an answer.
    case silence
}

/// What happens to every call.
public enum SimulatorOutage: String, Sendable, CaseIterable {
    /// Nothing special.
    case none
    /// 503 `MAINTENANCE_ERROR`.
    case maintenance
    /// 500 `SERVER_ERROR`.
    case serverError = "server_error"
    /// 429 `TOO_MANY_REQUESTS`.
    case tooManyRequests = "too_many_requests"
    /// 403 `API_MISUSE`.
    case forbidden
    /// The connection is reset.
    case reset
    /// Never an answer.
    case silence
}
