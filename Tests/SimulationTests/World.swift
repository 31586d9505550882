import Delivery
import TestSupport

/// A broker, an API, two instances of the product and time, all from one seed. Nothing here waits or runs in parallel: what
/// happens next is taken from a queue.
final class World {
    let scenario: Scenario
    let plantedBug: PlantedBug?
    let oracle: Oracle
    var random: SeededRandom
    private(set) var now: Int64 = 0
    private(set) var stepCount = 0
    private var queue = EventQueue()
    private var producer: Producer
    let isTracing: Bool
    private(set) lazy var broker = SimulatedBroker(world: self)
    private(set) lazy var api = SimulatedAPI(world: self)
    private var instances: [SimulatedInstance?]
    /// Faults that wait for an accepted call.
    private var armed: [Scenario.ProcessFault] = []
    private(set) var traceLines: [String] = []
    /// What the engines were doing when which event came.
    private(set) var census = Census()
    /// The most that was pending in one instance, records and bytes.
    private(set) var mostPending = 0
    private var startedCount = 0
    private var epochCount: UInt64 = 0
    private var producedCount = 0
    private var hasEnded = false
    /// How often the world has waited in vain for its rest.
    private var restCount = 0
    /// The crashes that happened.
    private(set) var crashCount = 0
    /// The rebalances in which a member had to give something back.
    var rebalanceCount = 0

    /// What a world lacks that every one must have; nil when it has all of it.
    var shortcoming: String? {
        let classes = census.failureClasses
        if oracle.records.count < 200 { return "only \(oracle.records.count) records" }
        if crashCount == 0 { return "no crash" }
        if rebalanceCount == 0 { return "no rebalance" }
        return classes.count < 3 ? "only \(classes.count) failure classes: \(classes.sorted())" : nil
    }

    /// - Parameters:
    ///   - seed: decides everything.
    ///   - plantedBug: a bug at work in every instance.
    ///   - isTracing: whether what happens is kept, and printed by the caller.
    ///   - change: what is to be different from what the seed says.
    init(
        seed: UInt64,
        plantedBug: PlantedBug? = nil,
        isTracing: Bool = false,
        change: (inout Scenario) -> Void = { _ in }
    ) {
        random = SeededRandom(seed: seed)
        var scenario = Scenario(seed: seed, random: &random)
        change(&scenario)
        self.scenario = scenario
        instances = Array(repeating: nil, count: scenario.instanceCount)
        self.plantedBug = plantedBug
        self.isTracing = isTracing
        oracle = Oracle(scenario: scenario)
        producer = Producer(scenario: scenario, random: &random)
    }

    /// Runs the world to its end, or to the first breach of a promise.
    ///
    /// - Returns: the breach, nil when every promise was kept.
    func run() -> String? {
        // The log begins where the first record will stand.
        _ = broker
        planFaults()
        planProduction()
        at(scenario.faultEnd) { [unowned self] in endFaults() }
        let limit = scenario.faultEnd + .seconds(6_000)
        while oracle.violation == nil, !hasEnded, let next = queue.removeFirst() {
            now = next.time
            oracle.now = now
            stepCount += 1
            next.action()
            if now > limit {
                oracle.fail(
                    "the world has not come to rest \((limit - scenario.faultEnd).asSeconds) after the last fault"
                )
            }
            if stepCount > scenario.stepLimit { oracle.fail("\(stepCount) steps: something goes round in circles") }
        }
        if oracle.violation == nil, !hasEnded {
            oracle.fail("the world stands still: nothing is planned, and not all is settled")
        }
        queue.removeAll()
        return oracle.violation.map { "\($0), at \(now.asSeconds)" }
    }

    // MARK: Time and chance

    var areFaultsOver: Bool { now >= scenario.faultEnd }

    func at(_ time: Int64, _ action: @escaping () -> Void) { queue.add(at: max(time, now), action) }

    func after(_ delay: Int64, _ action: @escaping () -> Void) { queue.add(at: now + delay, action) }

    /// A time in milliseconds from a range.
    func milliseconds(_ range: ClosedRange<Int>) -> Int64 {
        .milliseconds(range.lowerBound)
            + Int64(random.number(below: (range.upperBound - range.lowerBound) * 1_000_000 + 1))
    }

    func isTrue(_ probability: Double) -> Bool { random.isTrue(probability: probability) }

    func nextEpoch() -> UInt64 {
        epochCount += 1
        return epochCount
    }

    func trace(_ text: @autoclosure () -> String) {
        if isTracing { traceLines.append("\(now.asSeconds)  \(text())") }
    }

    // MARK: Production

    private func planProduction() {
        var left = scenario.recordCount
        while left > 0 {
            let count = min(left, random.number(in: 1...40))
            left -= count
            at(Int64(random.number(below: Int(scenario.productionEnd)))) { [unowned self] in produce(count) }
        }
        // The first instance starts with a backlog.
        produce(30)
    }

    private func produce(_ count: Int) {
        for _ in 0..<count { produce(in: random.number(below: broker.activeCount), isHealthy: false) }
        for instance in instances { instance?.wakeReader() }
    }

    private func produce(in partition: Int, isHealthy: Bool) {
        do {
            let record = try producer.record(in: partition, isHealthy: isHealthy, at: now, &random)
            producedCount += 1
            broker.append(record)
            oracle.produced(record)
            trace("produced \(record.partition)/\(record.offset): \(record.content)")
            api.refusedMarks = producer.refusedMarks
            api.partialMarks = producer.partialMarks
        } catch {
            oracle.fail("the simulation made a record that the reader refuses: \(error)")
        }
    }

    func logStart(of partition: Int) -> Int64 { producer.endOffset(of: partition) }

    // MARK: Instances

    private func start(_ slot: Int) {
        guard instances[slot] == nil, !hasEnded else { return }
        startedCount += 1
        let instance = SimulatedInstance(world: self, slot: slot, number: startedCount)
        instances[slot] = instance
        trace("\(instance.name) starts")
        instance.join()
    }

    /// A process has ended, by its own will or not; another is started in its place.
    func ended(_ instance: SimulatedInstance) {
        guard instances[instance.slot] === instance else { return }
        instances[instance.slot] = nil
        let slot = instance.slot
        // A static member that comes back at once would meet calls of its former self that are still on their way to Batch: no
        // client can prevent that, so it comes when they have timed out.
        after(milliseconds(scenario.isStatic ? 8_500...20_000 : 100...8_000)) { [unowned self] in start(slot) }
    }

    private func planFaults() {
        at(0) { [unowned self] in start(0) }
        for slot in 1..<scenario.instanceCount {
            at(Int64(random.number(below: Int(scenario.productionEnd)))) { [unowned self] in start(slot) }
        }
        for planned in scenario.processFaults {
            at(planned.time) { [unowned self] in
                if planned.followsAnswer {
                    armed.append(planned.fault)
                } else {
                    befall(planned.fault, preferring: random.number(below: scenario.instanceCount))
                }
            }
        }
        for time in scenario.releases {
            at(time) { [unowned self] in
                for instance in instances { instance?.deliver(.releaseHolds) }
            }
        }
        if let time = scenario.lastPartitionComes { at(time) { [unowned self] in addPartition() } }
    }

    /// The moment between an answer and its commit is where most can go wrong.
    func accepted(by instance: SimulatedInstance) {
        guard !armed.isEmpty else { return }
        let fault = armed.removeFirst()
        after(milliseconds(0...250)) { [unowned self] in befall(fault, preferring: instance.slot) }
    }

    private func addPartition() {
        broker.addPartition()
        trace("partition \(broker.activeCount - 1) comes")
        // Members hear of it when they next ask for the topic's partitions; then one of them joins anew.
        for instance in instances {
            after(milliseconds(0...5_000)) { [weak instance] in instance?.hearOfPartitions() }
        }
        after(.seconds(10)) { [unowned self] in broker.requestRebalance() }
    }

    /// Counts what an engine is doing when an event comes.
    func note(_ event: DeliveryEvent, _ engine: DeliveryEngine) {
        census.note(event, engine)
        mostPending = max(mostPending, engine.account.pending)
    }

    private func befall(_ fault: Scenario.ProcessFault, preferring slot: Int) {
        if case .rebalance = fault { return broker.requestRebalance(shufflesTarget: true) }
        guard let instance = instances[slot] ?? instances.lazy.compactMap({ $0 }).first else {
            // Nobody is there to be killed; one crash there is in every world.
            if case .crash = fault, crashCount == 0 {
                after(.seconds(1)) { [unowned self] in befall(fault, preferring: slot) }
            }
            return
        }
        switch fault {
        case .crash:
            crashCount += 1
            instance.crash()
            ended(instance)
        case .terminate: instance.terminate()
        case .freeze(let duration): instance.freeze(for: min(duration, scenario.faultEnd - now))
        case .cutOff(let duration): instance.cutOff(for: min(duration, scenario.faultEnd - now))
        case .regain: instance.loseAndRegain()
        case .rebalance: break
        }
    }

    // MARK: The end

    private func endFaults() {
        trace("faults are over")
        keepTrafficGoing()
    }

    /// Some good records now and then: an API that accepts nothing else gives no proof that a refusal is a refusal, so that
    /// holding on for ever would be right.
    private func keepTrafficGoing() {
        let isPoor = !scenario.sureFaults.isEmpty && shortcoming != nil && now < scenario.faultEnd + .seconds(600)
        // The planned one may have met a group of one member.
        if isPoor, rebalanceCount == 0 { broker.requestRebalance(shufflesTarget: true) }
        guard !oracle.isEverythingSettled || isPoor || now < scenario.faultEnd + .seconds(60) else {
            return waitForRest(since: now)
        }
        sendTraffic()
    }

    private func sendTraffic() {
        for partition in 0..<broker.activeCount { produce(in: partition, isHealthy: true) }
        for instance in instances { instance?.wakeReader() }
        after(.seconds(10)) { [unowned self] in keepTrafficGoing() }
    }

    private func waitForRest(since start: Int64) {
        if oracle.isEverythingSettled, oracle.isEverythingCommitted { return stopAll() }
        guard now - start < .seconds(120) else {
            // One that was killed late has refused records before it again, of which its predecessor had made dead letters, and
            // needs others that are accepted as much as that one did.
            restCount += 1
            if restCount <= 3 { return sendTraffic() }
            return oracle.fail("all is settled but not committed after 120 s: \(oracle.storedOffsets)")
        }
        after(.seconds(1)) { [unowned self] in waitForRest(since: start) }
    }

    /// Both instances end in order; then nothing may be open.
    private func stopAll() {
        oracle.checkEnd()
        trace("the end: everything is settled and committed")
        for instance in instances { instance?.terminate() }
        after(.seconds(40)) { [unowned self] in
            hasEnded = true
            for instance in instances where instance?.isStopping == true {
                oracle.fail("\(instance?.name ?? "") does not stop")
            }
        }
    }
}
