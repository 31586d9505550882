/// Everything about the simulated API that does not change while it runs; faults and credentials do and only start here.
public struct SimulatorSettings: Sendable, Equatable {
    /// Versions of the API that exist, as `2.<minor>`.
    public var versions: Set<String> = ["2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9", "2.11", "2.13"]
    /// The REST API key that is accepted; a secret of tests only.
    public var restKey = "simulator-rest-key"
    /// The project that the key opens.
    public var projectKey = "project_simulator"
    /// Which rules are on.
    public var rules = SimulatorRuleSet()
    /// Limits of `profiles/update`.
    public var update = SimulatorRouteLimits(operationsPerCall: 200, ratePerSecond: 300, burst: 1_000)
    /// Limits of `profiles/mass-update`.
    public var massUpdate = SimulatorRouteLimits(operationsPerCall: 10_000, ratePerSecond: 10_000, burst: 10_000)
    /// Limits of every other route; a call costs one.
    public var otherRoutes = SimulatorRouteLimits(operationsPerCall: 1, ratePerSecond: 1, burst: 1)
    /// Whether calls over the rate are refused.
    public var isRateLimited = true
    /// The value of a `Retry-After` header on 429, 0...3 600 seconds; nil leaves it out, as Batch documents none.
    public var retryAfterSeconds: Int?
    /// The longest body in bytes, 1 024...268 435 456; above, 413.
    public var maximumBodyBytes = 16 << 20
    /// The oldest event in milliseconds.
    public var eventMaximumAgeMilliseconds: Int64 = 24 * 3_600_000
    /// How far an event may lie in the future, in milliseconds.
    public var eventFutureToleranceMilliseconds: Int64 = 60_000
    /// Where the system keeps its time zones. Without it every well-formed name is taken.
    public var timeZoneFolder = "/usr/share/zoneinfo"
    /// App installs that are known, and the Custom ID of each.
    public var installations: [String: String] = [:]
    /// Operations the log of applied operations keeps, 0...10 000 000; older ones are dropped.
    public var appliedLogCapacity = 250_000
    /// Calls the request log keeps, 0...1 000 000.
    public var requestLogCapacity = 20_000
    /// Refusals and warnings that are kept with their rule, 0...1 000 000. All are counted.
    public var rejectionLogCapacity = 10_000
    /// Events a profile keeps, 1...1 000 000; the oldest are dropped.
    public var eventsPerProfile = 10_000
    /// How long a call that is never answered is held before its connection is closed, 1...3 600 000 ms.
    public var silenceMilliseconds = 600_000
    /// What goes wrong on purpose at the start.
    public var faults = SimulatorFaults()

    /// Settings as the documentation of Batch has them, without faults.
    public init() {}

    /// Checks all ranges.
    ///
    /// - Throws: ``SimulatorSettingsError`` naming the first value out of range.
    public func check() throws(SimulatorSettingsError) {
        try update.check("update")
        try massUpdate.check("mass_update")
        try otherRoutes.check("other_routes")
        try faults.check()
        try Self.check("body_bytes", maximumBodyBytes, 1_024...268_435_456)
        try Self.check("retry_after", retryAfterSeconds ?? 0, 0...3_600)
        try Self.check("applied_log", appliedLogCapacity, 0...10_000_000)
        try Self.check("request_log", requestLogCapacity, 0...1_000_000)
        try Self.check("rejection_log", rejectionLogCapacity, 0...1_000_000)
        try Self.check("events_per_profile", eventsPerProfile, 1...1_000_000)
        try Self.check("silence_ms", silenceMilliseconds, 1...3_600_000)
        guard !restKey.isEmpty, !projectKey.isEmpty else {
            throw SimulatorSettingsError(key: "credentials", value: "", expected: "a REST key and a project key")
        }
    }

    static func check(_ key: String, _ value: Int, _ range: ClosedRange<Int>) throws(SimulatorSettingsError) {
        guard range.contains(value) else {
            throw SimulatorSettingsError(
                key: key,
                value: "\(value)",
                expected: "a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
    }
}

/// The limits of one route.
public struct SimulatorRouteLimits: Sendable, Equatable {
    /// Operations one call may carry, 1...1 000 000.
    public var operationsPerCall: Int
    /// Operations a second, 1...1 000 000 000.
    public var ratePerSecond: Int
    /// Tokens that a full bucket holds, 1...1 000 000 000.
    public var burst: Int

    /// Creates limits; ``SimulatorSettings/check()`` checks the ranges.
    public init(operationsPerCall: Int, ratePerSecond: Int, burst: Int) {
        self.operationsPerCall = operationsPerCall
        self.ratePerSecond = ratePerSecond
        self.burst = burst
    }

    func check(_ route: String) throws(SimulatorSettingsError) {
        try SimulatorSettings.check("\(route).operations_per_call", operationsPerCall, 1...1_000_000)
        try SimulatorSettings.check("\(route).rate", ratePerSecond, 1...1_000_000_000)
        try SimulatorSettings.check("\(route).burst", burst, 1...1_000_000_000)
    }
}
