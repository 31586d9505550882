import Foundation
import Testing

@Suite("Simulation")
struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment

    @Test("the promises hold in every world", .timeLimit(.minutes(60)))
    func promisesHold() async {
        if let seed = Self.environment["BATCHRELAY_SIMULATION_SEED"].flatMap({ UInt64($0) }) {
            return runAlone(seed)
        }
        let count = Self.environment["BATCHRELAY_SIMULATION_SEEDS"].flatMap { UInt64($0) } ?? 2_000
        let first = Self.environment["BATCHRELAY_SIMULATION_FIRST"].flatMap { UInt64($0) } ?? 0
        let found = await Self.run(first..<(first + count))
        if Self.environment["BATCHRELAY_SIMULATION_SEEDS"] != nil { found.printFigures() }
        let shortcomings = found.poorWorlds.prefix(20).map { "seed \($0.seed): \($0.shortcoming)" }
        #expect(shortcomings.isEmpty, "\(found.poorWorlds.count) worlds prove less than they should")
        #expect(found.census.eventsNeverMet.isEmpty || count < 500)
        for (seed, breach) in found.breaches {
            var smaller = Shrinking(seed: seed, breach: breach)
            smaller.run()
            Issue.record(
                """
                seed \(seed): \(breach).
                To see it: BATCHRELAY_SIMULATION_SEED=\(seed) swift test --filter SimulationTests.SimulationTests
                A smaller world that fails: \(smaller.report())
                """
            )
        }
    }

    /// Worlds beyond those of every day that once broke a promise.
    private static let remembered: [UInt64] = [2_280, 2_361, 2_706, 4_315, 9_592, 16_189, 21_955, 31_811]

    @Test("worlds that once broke a promise keep them", arguments: remembered)
    func rememberedSeed(_ seed: UInt64) {
        // They are kept as they were when they failed.
        let world = World(seed: seed, isTracing: true) { $0.sureFaults = [] }
        let breach = world.run()
        let trace = world.traceLines.suffix(120).map { String($0.prefix(400)) }.joined(separator: "\n")
        #expect(breach == nil, "seed \(seed), without the faults that are sure to come:\n\(trace)")
    }

    /// Worlds as they are now that once broke a promise.
    @Test("worlds that broke a promise lately keep them", arguments: [16_920, 105_929] as [UInt64])
    func rememberedWholeSeed(_ seed: UInt64) {
        let breach = World(seed: seed).run()
        #expect(breach == nil, "seed \(seed)")
    }

    private func runAlone(_ seed: UInt64) {
        let world = World(seed: seed, isTracing: true)
        let breach = world.run()
        for line in world.traceLines { print(line) }
        #expect(breach == nil, "seed \(seed)")
        guard let breach else { return }
        var smaller = Shrinking(seed: seed, breach: breach)
        smaller.run()
        print("A smaller world that fails:\n\(smaller.report())")
    }

    /// What many worlds have shown.
    struct Findings: Sendable {
        var breaches: [(seed: UInt64, breach: String)] = []
        /// Worlds that have less in them than every one must have.
        var poorWorlds: [(seed: UInt64, shortcoming: String)] = []
        var census = Census()
        var figures: [String: Int] = [:]

        mutating func add(_ world: World, _ seed: UInt64) {
            census.add(world.census)
            if let shortcoming = world.shortcoming { poorWorlds.append((seed, shortcoming)) }
            let counts = world.oracle.counts
            let new = [
                "worlds": 1, "calls": counts.calls, "commits": counts.commitsStored, "dead letters": counts.deadLetters,
                "dead letters of old events": counts.ageLetters, "dead letters of fields": counts.fieldLetters,
                "marks applied again": counts.repeatedMarks, "records given back": counts.releases,
                "already settled": counts.alreadySettled, "calls not written": counts.notWritten,
                "holds for dead letters": counts.shareHolds, "read-only calls": counts.probes,
                "crashes": world.crashCount, "rebalances": world.rebalanceCount, "steps": world.stepCount,
                "records": world.oracle.records.count,
            ]
            figures.merge(new, uniquingKeysWith: +)
        }

        mutating func add(_ other: Findings) {
            breaches += other.breaches
            poorWorlds += other.poorWorlds
            census.add(other.census)
            figures.merge(other.figures, uniquingKeysWith: +)
        }

        func printFigures() {
            for (name, count) in figures.sorted(by: { $0.key < $1.key }) { print("\(name): \(count)") }
            print("state | event | times")
            for line in census.lines { print(line) }
            print("\(census.counts.count) pairs of state and event were reached")
        }
    }

    /// Runs the worlds of these seeds, on as many threads as there are cores.
    static func run(_ seeds: Range<UInt64>) async -> Findings {
        let lanes = UInt64(max(2, ProcessInfo.processInfo.activeProcessorCount))
        let isVerbose = environment["BATCHRELAY_SIMULATION_VERBOSE"] != nil
        return await withTaskGroup(of: Findings.self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    var findings = Findings()
                    for seed in stride(from: seeds.lowerBound + lane, to: seeds.upperBound, by: Int(lanes))
                    where findings.breaches.count < 3 {
                        if isVerbose { print("seed \(seed)") }
                        let world = World(seed: seed)
                        if let breach = world.run() { findings.breaches.append((seed, breach)) }
                        findings.add(world, seed)
                    }
                    return findings
                }
            }
            var all = Findings()
            for await some in group { all.add(some) }
            return all
        }
    }

    @Test("a failing world is made smaller and still fails", .timeLimit(.minutes(5)))
    func shrinks() throws {
        var failing: (seed: UInt64, breach: String)?
        for seed in 0..<50 as Range<UInt64> where failing == nil {
            if let breach = World(seed: seed, plantedBug: .commitsOneTooFar).run() { failing = (seed, breach) }
        }
        let (seed, breach) = try #require(failing)
        let whole = World(seed: seed).scenario
        var smaller = Shrinking(seed: seed, breach: breach, plantedBug: .commitsOneTooFar)
        smaller.run()
        #expect(smaller.faultCount < whole.windows.count + whole.sureFaults.count + whole.processFaults.count)
        let report = smaller.report()
        #expect(report.contains(smaller.breach) && report.split(separator: "\n").count < 140)
    }
}
