import Foundation
import Testing

@Suite("Simulation")
struct SimulationTests {
    @Test("the promises hold in every world", .timeLimit(.minutes(20)))
    func promisesHold() async {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["BATCHRELAY_SIMULATION_SEED"].flatMap({ UInt64($0) }) {
            let world = World(seed: seed, isTracing: true)
            let breach = world.run()
            #expect(breach == nil, "seed \(seed)")
            return
        }
        let count = environment["BATCHRELAY_SIMULATION_SEEDS"].flatMap { UInt64($0) } ?? 2_000
        let isVerbose = environment["BATCHRELAY_SIMULATION_VERBOSE"] != nil
        let lanes = UInt64(max(2, ProcessInfo.processInfo.activeProcessorCount))
        let breaches = await withTaskGroup(of: [String].self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    var breaches: [String] = []
                    for seed in stride(from: lane, to: count, by: Int(lanes)) where breaches.count < 5 {
                        if isVerbose { print("seed \(seed)") }
                        if let breach = World(seed: seed).run() { breaches.append("seed \(seed): \(breach)") }
                    }
                    return breaches
                }
            }
            var all: [String] = []
            for await some in group { all += some }
            return all
        }
        for breach in breaches {
            let seed = breach.dropFirst(5).prefix { $0 != ":" }
            Issue.record(
                "\(breach). To see it: BATCHRELAY_SIMULATION_SEED=\(seed) swift test --filter SimulationTests.SimulationTests"
            )
        }
    }
}
