import Delivery
import Foundation
import Testing

/// Several instances share the limit of one project without talking to one another.
@Suite("Rate of a group")
struct GroupRateTests {
    @Test(
        "instances in one group at 300 a second never draw a 429, through restarts, kills and rebalances",
        .timeLimit(.minutes(10)),
        arguments: [2, 4, 12]
    )
    func neverOverruns(instanceCount: Int) {
        let isLong = ProcessInfo.processInfo.environment["BATCHRELAY_SIMULATION_SEEDS"] != nil
        var records = 0
        var crashes = 0
        for seed in 0..<(isLong ? 20 : 1) as Range<UInt64> {
            let world = World(seed: seed) { scenario in
                Self.load(&scenario, instanceCount: instanceCount, recordCount: isLong ? 12_000 : 1_500)
            }
            let breach = world.run()
            #expect(breach == nil, "\(instanceCount) instances, seed \(seed)")
            records += world.oracle.records.count
            crashes += world.crashCount
        }
        #expect(crashes > 0)
        print("\(instanceCount) instances: \(records) records, \(crashes) kills, no 429")
    }

    /// The product's own limits under load, with an API that is well and processes that are not.
    private static func load(_ scenario: inout Scenario, instanceCount: Int, recordCount: Int) {
        scenario.instanceCount = instanceCount
        scenario.partitionCount = 24
        scenario.lastPartitionComes = nil
        scenario.userCount = 2_000
        scenario.recordCount = recordCount
        scenario.stepLimit = 5_000_000
        scenario.updatesPerSecond = 300
        scenario.bucketCapacity = 1_000
        scenario.productionEnd = .seconds(20)
        scenario.faultEnd = .seconds(90)
        scenario.windows = []
        scenario.sureFaults = []
        scenario.sinkOutages = []
        (scenario.commitRefusals, scenario.commitAnswerLosses) = (0, 0)
        (scenario.refusedUsers, scenario.failingUsers) = ([], [])
        (scenario.refusedRecords, scenario.partialErrors, scenario.oldEvents) = (0, 0, 0)
        for lane in scenario.settings.destinations.indices {
            scenario.settings.destinations[lane].maximumUpdates = 200
            scenario.settings.destinations[lane].linger = .milliseconds(100)
            scenario.settings.destinations[lane].callsInFlight = 4
            scenario.settings.destinations[lane].updatesPerSecond = 300
            scenario.settings.destinations[lane].burst = 900
        }
        (scenario.settings.windowRecords, scenario.settings.windowBytes) = (50_000, 64_000_000)
        scenario.settings.deadLetterMaximumShare = 1
        let faults: [Scenario.ProcessFault] = [
            .crash, .terminate, .rebalance, .terminate, .crash, .freeze(.seconds(20)), .rebalance, .crash, .regain,
            .terminate,
        ]
        scenario.processFaults = faults.enumerated().map { index, fault in
            Scenario.PlannedFault(time: .seconds(3 + 6 * index), fault: fault, followsAnswer: index % 2 == 0)
        }
    }
}
