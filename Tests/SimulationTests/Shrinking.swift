import Delivery

/// Finds a smaller world that fails as well, so that a person has less to read.
struct Shrinking {
    /// One thing that may be left out.
    private struct Step {
        let name: String
        let change: (inout Scenario) -> Void
    }

    let seed: UInt64
    let plantedBug: PlantedBug?
    /// What was left out, in words.
    private(set) var leftOut: [String] = []
    private(set) var breach: String
    private var changes: [(inout Scenario) -> Void] = []

    init(seed: UInt64, breach: String, plantedBug: PlantedBug? = nil) {
        self.seed = seed
        self.breach = breach
        self.plantedBug = plantedBug
    }

    /// Tries each thing once, the large ones first, and again what still is there, until nothing more can go.
    mutating func run() {
        var scenario = self.scenario
        for step in Self.wholes(scenario) { attempt(step) }
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            scenario = self.scenario
            for index in scenario.windows.indices.reversed() {
                let window = scenario.windows[index]
                isSmaller = attempt(Step(name: "fault \(window.fault)") { $0.windows.remove(at: index) }) || isSmaller
            }
            scenario = self.scenario
            for index in scenario.sureFaults.indices.reversed() {
                let fault = scenario.sureFaults[index].fault
                isSmaller = attempt(Step(name: "sure fault \(fault)") { $0.sureFaults.remove(at: index) }) || isSmaller
            }
            scenario = self.scenario
            for index in scenario.processFaults.indices.reversed() {
                let fault = scenario.processFaults[index].fault
                isSmaller = attempt(Step(name: "\(fault)") { $0.processFaults.remove(at: index) }) || isSmaller
            }
            let half = self.scenario.recordCount / 2
            if half > 0 {
                isSmaller = attempt(Step(name: "half of the records") { $0.recordCount = half }) || isSmaller
            }
        }
    }

    private var scenario: Scenario { world(isTracing: false).scenario }

    private func world(isTracing: Bool) -> World {
        let changes = changes
        return World(seed: seed, plantedBug: plantedBug, isTracing: isTracing) { scenario in
            for change in changes { change(&scenario) }
        }
    }

    @discardableResult
    private mutating func attempt(_ step: Step) -> Bool {
        changes.append(step.change)
        guard let breach = world(isTracing: false).run() else {
            changes.removeLast()
            return false
        }
        self.breach = breach
        leftOut.append(step.name)
        return true
    }

    private static func wholes(_ scenario: Scenario) -> [Step] {
        [
            Step(name: "all faults of the API") { $0.windows = [] },
            Step(name: "faults that are sure to come") { $0.sureFaults = [] },
            Step(name: "all faults of processes") { $0.processFaults = [] },
            Step(name: "commits refused") { ($0.commitRefusals, $0.commitAnswerLosses) = (0, 0) },
            Step(name: "outages of the sink") { $0.sinkOutages = [] },
            Step(name: "releases") { $0.releases = [] },
            Step(name: "bad users") { ($0.refusedUsers, $0.failingUsers) = ([], []) },
            Step(name: "bad records") { ($0.refusedRecords, $0.partialErrors) = (0, 0) },
            Step(name: "old events") { $0.oldEvents = 0 },
            Step(name: "lost fields") { $0.lostFields = 0 },
            Step(name: "the partition that comes later") { $0.lastPartitionComes = nil },
            Step(name: "static membership") { $0.isStatic = false },
            Step(name: "instances beyond two") { $0.instanceCount = min(2, $0.instanceCount) },
        ]
    }

    /// What happened in the small world, at most this many lines of its end.
    func report(lines: Int = 120) -> String {
        let world = world(isTracing: true)
        let breach = world.run() ?? "no breach"
        let trace = world.traceLines.suffix(lines).map { String($0.prefix(400)) }.joined(separator: "\n")
        return """
            seed \(seed), left out: \(leftOut.isEmpty ? "nothing" : leftOut.joined(separator: ", "))
            \(trace)
            \(breach)
            """
    }

    /// The faults that are left.
    var faultCount: Int { scenario.windows.count + scenario.sureFaults.count + scenario.processFaults.count }
}
