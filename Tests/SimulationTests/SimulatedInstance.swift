import BatchAPI
import Delivery
import TestSupport

/// One process: an engine and its driver, which reads partitions, keeps the engine's clock, and passes events and actions on.
final class SimulatedInstance {
    /// What the driver knows of a partition that it reads.
    private struct Reading {
        let epoch: UInt64
        var position: Int64
        var isPaused = false
        /// When the last batch of it reaches the engine: batches of a partition never overtake one another.
        var lastDelivery: Int64 = 0
        var toldPosition: Int64 = -1
    }

    /// Records between the reader and the engine.
    private final class Batch {
        var event: DeliveryEvent?
        init(_ event: DeliveryEvent) { self.event = event }
    }

    unowned let world: World
    let slot: Int
    let number: Int
    private(set) var engine: DeliveryEngine
    private(set) var isDead = false
    private(set) var isFrozen = false
    private(set) var isCutOff = false
    private(set) var isStopping = false
    private var member = 0
    private var reading: [Int: Reading] = [:]
    private var planted: PlantedBug.State
    /// What the engine has been told to hold: partition and epoch.
    private var held: [Int: UInt64] = [:]
    /// When the last message of the group reaches the engine: they never overtake one another.
    private var lastGroupMessage: Int64 = 0
    private var backlog: [DeliveryEvent] = []
    private var afterThaw: [() -> Void] = []
    private var wakeupNumber = 0
    private var pollIsPlanned = false
    private var idleTicks = 0
    private var outageNumber = 0
    /// Batches on their way to the engine, by partition, in order.
    private var underWay: [Int: [Batch]] = [:]
    /// Whether the process has just gone on after it stood still.
    private(set) var stoodStill = false
    /// Partitions asked back and not given back yet.
    private var revoking: Set<Int> = []

    /// Whether a drain is under way.
    var isGivingBack: Bool { isStopping || !revoking.isEmpty }

    init(world: World, slot: Int, number: Int) {
        self.world = world
        self.slot = slot
        self.number = number
        engine = DeliveryEngine(
            settings: world.scenario.settings,
            now: EngineTime(nanoseconds: world.now, wallMilliseconds: 0)
        )
        planted = PlantedBug.State(bug: world.plantedBug)
        world.oracle.started(number)
    }

    var name: String { "instance \(slot).\(number)" }

    private var time: EngineTime {
        EngineTime(nanoseconds: world.now, wallMilliseconds: planted.wall(Scenario.wall(world.now)))
    }

    // MARK: Events in

    /// Hands an event to the engine, or keeps it while the process stands still.
    func deliver(_ event: DeliveryEvent) {
        guard !isDead else { return }
        if isFrozen { return backlog.append(event) }
        world.oracle.beginStep()
        world.oracle.handed(event, to: number, at: world.now)
        trace(event)
        world.note(event, engine)
        planted.spoil(&engine, before: event)
        var actions: [DeliveryAction] = []
        for altered in planted.altered(event, held: held) {
            engine.handle(altered, now: time, jitter: Double(world.random.next() >> 11) * 0x1p-53, actions: &actions)
        }
        planted.spoil(&engine, after: event)
        perform(actions)
        guard !isDead else { return }
        if case .answer(_, .answered(.accepted)) = event { world.accepted(by: self) }
        world.oracle.checkAccount(engine.account, of: number)
        planWakeup(afterTick: isTick(event) && actions.isEmpty)
    }

    private func isTick(_ event: DeliveryEvent) -> Bool {
        if case .tick = event { return true }
        return false
    }

    /// The only clock of the engine: when it asks for none, nothing wakes it.
    private func planWakeup(afterTick wasIdle: Bool) {
        wakeupNumber += 1
        guard let wakeup = engine.nextWakeup(now: time) else { return }
        if wasIdle, wakeup < world.now + 50_000 {
            idleTicks += 1
            if idleTicks > 20 {
                world.oracle.fail("\(name) asks to be woken at once, again and again, and does nothing")
            }
        } else if !wasIdle {
            idleTicks = 0
        }
        let number = wakeupNumber
        world.at(wakeup) { [weak self] in
            guard let self, number == wakeupNumber else { return }
            deliver(.tick)
        }
    }

    // MARK: Actions out

    private func perform(_ actions: [DeliveryAction]) {
        for wanted in actions {
            let (action, answer) = planted.altered(wanted)
            world.oracle.asked(action, by: number, at: world.now)
            trace(action)
            perform(action)
            if let answer { world.after(0) { [weak self] in self?.deliverToEngineOnly(answer) } }
        }
    }

    /// A planted bug tells the engine what has not happened.
    private func deliverToEngineOnly(_ event: DeliveryEvent) {
        guard !isDead, !isFrozen else { return }
        var actions: [DeliveryAction] = []
        engine.handle(event, now: time, jitter: 0.5, actions: &actions)
        perform(actions)
        if !isDead { planWakeup(afterTick: false) }
    }

    private func perform(_ action: DeliveryAction) {
        switch action {
        case .send(let call): world.api.send(call, by: self)
        case .commit(let commit): world.broker.commit(commit, by: self, as: member)
        case .pause(let indices): setPaused(indices, true)
        case .resume(let indices): setPaused(indices, false)
        case .deadLetter(let letter):
            let isSlow = !world.areFaultsOver && world.isTrue(0.2)
            let delay = isSlow ? world.milliseconds(1_000...12_000) : world.milliseconds(1...50)
            let outage = world.scenario.sinkOutages.last { $0.contains(world.now + delay) }
            world.at((outage?.upperBound ?? world.now) + delay) { [weak self] in
                self?.deliver(.deadLetterAcknowledged(letter.id))
            }
        case .revokeFinished(let indices):
            for index in indices {
                held[index.number] = nil
                revoking.remove(index.number)
            }
            world.broker.finishedRevoke(member, indices.map(\.number))
        case .drained: end()
        case .probe(let id): world.api.probe(id, by: self)
        case .hold(_, let reason):
            // What no success ends, a person does, some time later: also where refused records fill the windows, so that no
            // operation is left which could be accepted and vouch for the route.
            let delay: ClosedRange<Int>
            switch reason.kind {
            case .deadLetterShare: delay = 2_000...60_000
            case .everythingInvalid: delay = 60_000...300_000
            default: return
            }
            world.after(world.milliseconds(delay)) { [weak self] in self?.deliver(.releaseHolds) }
        case .holdEnded, .refusedField: break
        }
    }

    private func setPaused(_ indices: [PartitionIndex], _ isPaused: Bool) {
        // The order crosses to the reader's thread; orders do not overtake one another, since the delay is always the same.
        let epochs = indices.map { reading[$0.number]?.epoch }
        world.after(.milliseconds(3)) { [weak self] in
            guard let self else { return }
            for (index, epoch) in zip(indices, epochs) where reading[index.number]?.epoch == epoch {
                reading[index.number]?.isPaused = isPaused
            }
            wakeReader()
        }
    }

    // MARK: The group

    func join() {
        guard !isDead, !isStopping else { return }
        if isFrozen || isCutOff { return onThaw { [weak self] in if self?.member == 0 { self?.join() } } }
        member = world.broker.join(self)
    }

    /// Calls a body when a message of the group reaches the driver: in order, not while the process stands still or is cut off.
    private func onGroupMessage(of member: Int, delay: Int64, _ body: @escaping (SimulatedInstance) -> Void) {
        lastGroupMessage = max(lastGroupMessage, world.now + delay)
        world.at(lastGroupMessage) { [weak self] in
            guard let self, !isDead, member == self.member else { return }
            if isFrozen { return onThaw { [weak self] in if let self, member == self.member { body(self) } } }
            if isCutOff { return onThaw { [weak self] in if let self, member == self.member { body(self) } } }
            body(self)
        }
    }

    func assign(_ partitions: [Int], of member: Int) {
        // Reading the committed offsets fails now and then, and is tried again.
        let isSlow = !world.areFaultsOver && world.isTrue(0.1)
        let delay = isSlow ? world.milliseconds(1_000...5_000) : world.milliseconds(1...200)
        onGroupMessage(of: member, delay: delay) { $0.beginReading(partitions) }
    }

    private func beginReading(_ partitions: [Int]) {
        let mine = partitions.filter { world.broker.owns(member, $0) }
        guard !mine.isEmpty, !isStopping else { return }
        var assignments: [PartitionAssignment] = []
        for partition in mine {
            let epoch = world.nextEpoch()
            let stored = world.broker.stored[partition]
            let start = stored?.offset ?? world.broker.logStarts[partition]
            reading[partition] = Reading(epoch: epoch, position: start)
            held[partition] = epoch
            assignments.append(
                PartitionAssignment(
                    partition: PartitionIndex(partition),
                    epoch: AssignmentEpoch(epoch),
                    startOffset: start,
                    committedOffset: stored?.offset,
                    metadata: stored?.metadata ?? []
                )
            )
        }
        let scope = AssignmentScope(
            allPartitionCount: world.broker.activeCount,
            groupHasOffsets: world.broker.groupHasOffsets,
            clusterID: [1, 2, 3]
        )
        deliver(.assigned(assignments, scope))
        // What was read under an earlier assignment may still be on its way, and comes in now.
        for partition in mine where world.isTrue(0.5) {
            for batch in underWay[partition] ?? [] { hand(batch, partition) }
        }
        wakeReader()
    }

    /// The topic has more partitions than before: the share of the rate is smaller.
    func hearOfPartitions() {
        let scope = AssignmentScope(
            allPartitionCount: world.broker.activeCount,
            groupHasOffsets: world.broker.groupHasOffsets,
            clusterID: [1, 2, 3]
        )
        deliver(.scopeChanged(scope))
    }

    func revoke(_ partitions: [Int], of member: Int) {
        onGroupMessage(of: member, delay: world.milliseconds(0...100)) { instance in
            let known = partitions.filter { instance.held[$0] != nil }
            for partition in partitions {
                // What the reader had in its hands comes in much later, perhaps under another assignment.
                _ = instance.read(partition, late: 1_000...20_000)
                instance.reading[partition] = nil
            }
            let unknown = partitions.filter { !known.contains($0) }
            if !unknown.isEmpty { instance.world.broker.finishedRevoke(member, unknown) }
            instance.revoking.formUnion(known)
            if !known.isEmpty { instance.deliver(.revoked(known.map { PartitionIndex($0) })) }
        }
    }

    /// The client notices that it is no member any more: nothing it holds is its own.
    private func noticeLoss() {
        // One that stands still, or is cut off, hears of it when it goes on.
        guard !isDead, !isFrozen, !isCutOff, !world.broker.isMember(member) else { return }
        let all = held.keys.sorted()
        for partition in all { _ = read(partition, late: 1_000...20_000) }
        world.trace("\(name) notices that it lost \(all)")
        held = [:]
        reading = [:]
        revoking = []
        if !all.isEmpty { deliver(.lost(all.map { PartitionIndex($0) })) }
        guard !isDead, !isStopping else { return }
        member = 0
        world.after(world.milliseconds(10...2_000)) { [weak self] in
            guard let self, member == 0 else { return }
            join()
        }
    }

    /// The client learns that its membership is gone, joins anew, and is given the same partitions.
    func loseAndRegain() {
        guard !isDead, !isFrozen, !isCutOff, !isGivingBack, !held.isEmpty, world.broker.isMember(member) else { return }
        // What was asked back would go to another member at once, while calls with it are still on their way to Batch: no client
        // can prevent that. The lease is for a member that is put out since nothing was heard of it.
        guard !world.broker.isAskedBack(from: member) else { return }
        let all = held.keys.sorted()
        for partition in all { _ = read(partition, late: 1_000...20_000) }
        world.trace("\(name) loses \(all) and gets them again")
        held = [:]
        reading = [:]
        deliver(.lost(all.map { PartitionIndex($0) }))
        member = world.broker.regain(member, self)
    }

    // MARK: Misfortune

    /// kill -9: what was written stays written.
    func crash() {
        guard !isDead else { return }
        world.trace("\(name) is killed")
        isDead = true
        world.oracle.ended(number)
        world.broker.expire(member) { false }
    }

    /// SIGTERM.
    func terminate() {
        guard !isDead, !isStopping else { return }
        isStopping = true
        reading = [:]
        deliver(.drain)
    }

    private func end() {
        world.trace("\(name) ends: \(engine.account)")
        isDead = true
        isStopping = false
        world.oracle.counts.releases += engine.account.released
        world.oracle.counts.alreadySettled += engine.account.alreadySettled
        if world.scenario.isStatic { world.broker.expire(member) { false } } else { world.broker.remove(member) }
        world.ended(self)
    }

    func freeze(for duration: Int64) {
        guard !isDead, !isFrozen, !isCutOff, duration > 0 else { return }
        world.trace("\(name) stands still for \(duration.asSeconds)")
        isFrozen = true
        let until = world.now + duration
        world.oracle.troubled(number)
        expireUnlessHeard()
        world.at(until) { [weak self] in self?.thaw() }
    }

    func cutOff(for duration: Int64) {
        guard !isDead, !isFrozen, !isCutOff, duration > 0 else { return }
        world.trace("\(name) is cut off from the broker for \(duration.asSeconds)")
        isCutOff = true
        world.oracle.troubled(number)
        expireUnlessHeard()
        world.at(world.now + duration) { [weak self] in self?.thaw() }
    }

    private func expireUnlessHeard() {
        outageNumber += 1
        let number = outageNumber
        world.broker.expire(member) { [weak self] in
            guard let self else { return false }
            return !isDead && (outageNumber != number || (!isFrozen && !isCutOff))
        }
    }

    private func thaw() {
        guard !isDead else { return }
        world.trace("\(name) goes on")
        world.oracle.troubled(number)
        isFrozen = false
        isCutOff = false
        let waiting = backlog
        backlog = []
        for event in waiting { deliver(event) }
        let bodies = afterThaw
        afterThaw = []
        stoodStill = true
        for body in bodies where !isDead { body() }
        stoodStill = false
        if !isDead { deliver(.tick) }
        wakeReader()
        // The broker's answer to the next heartbeat tells that the member is unknown.
        if !world.broker.isMember(member) {
            world.after(world.milliseconds(0...3_000)) { [weak self] in self?.noticeLoss() }
        }
    }

    func onThaw(_ body: @escaping () -> Void) { afterThaw.append(body) }

    // MARK: Reading

    func wakeReader() {
        guard !pollIsPlanned, !isDead else { return }
        pollIsPlanned = true
        world.after(world.milliseconds(1...150)) { [weak self] in self?.poll() }
    }

    private func poll() {
        pollIsPlanned = false
        guard !isDead, !isFrozen, !isCutOff else { return }
        var hasMore = false
        for partition in reading.keys.sorted() where reading[partition]?.isPaused == false {
            let isLate = !world.areFaultsOver && world.isTrue(0.03)
            hasMore = read(partition, late: isLate ? 100...20_000 : 0...5) || hasMore
        }
        if hasMore { wakeReader() }
    }

    /// Reads a batch of a partition, which reaches the engine some milliseconds later.
    ///
    /// - Returns: whether there is more.
    private func read(_ partition: Int, late range: ClosedRange<Int>) -> Bool {
        guard var state = reading[partition] else { return false }
        let log = world.broker.log[partition]
        let first = world.broker.index(of: state.position, in: partition)
        let count = min(log.count - first, world.random.number(in: 1...50))
        guard count > 0 else { return false }
        let batch = log[first..<(first + count)]
        state.position = (batch.last?.offset ?? state.position) + 1
        state.lastDelivery = max(state.lastDelivery, world.now + world.milliseconds(range))
        let mapped = batch.map { record in
            var mapped = MappedRecord(
                partition: PartitionIndex(partition),
                epoch: AssignmentEpoch(state.epoch),
                offset: record.offset,
                timestampMilliseconds: time.wallMilliseconds,
                verdict: record.verdict,
                image: RecordImage(bytes: Array(repeating: 7, count: 100), keyCount: 0, valueCount: 100)
            )
            mapped.refusedFields = record.lostFields.map {
                DeadLetterCause(reason: "lost", detail: "the simulated mapper left it out", attribute: $0)
            }
            return mapped
        }
        let onItsWay = Batch(.records(mapped))
        underWay[partition, default: []].append(onItsWay)
        world.at(state.lastDelivery) { [weak self] in self?.hand(onItsWay, partition) }
        if first + count == log.count, world.isTrue(0.5) {
            let (index, epoch) = (PartitionIndex(partition), AssignmentEpoch(state.epoch))
            let end = DeliveryEvent.positionMoved(index, epoch, offset: state.position)
            world.at(state.lastDelivery) { [weak self] in self?.deliver(end) }
        }
        reading[partition] = state
        return first + count < log.count
    }

    private func hand(_ batch: Batch, _ partition: Int) {
        underWay[partition]?.removeAll { $0 === batch }
        guard let event = batch.event else { return }
        batch.event = nil
        deliver(event)
    }

    // MARK: Trace

    private func trace(_ event: DeliveryEvent) {
        guard world.isTracing else { return }
        world.trace("\(name) <- \(Self.text(of: event))")
    }

    private func trace(_ action: DeliveryAction) {
        guard world.isTracing else { return }
        world.trace("\(name) -> \(Self.text(of: action))")
    }

    private static func text(of event: DeliveryEvent) -> String {
        switch event {
        case .assigned(let list, let scope):
            "assigned \(list.map { "\($0.partition) from \($0.startOffset), \($0.metadata.count) bytes, epoch \($0.epoch.number)" }) \(scope)"
        case .records(let batch):
            "records \(batch.first?.partition.description ?? "") \(batch.first?.offset ?? -1)...\(batch.last?.offset ?? -1) epoch \(batch.first?.epoch.number ?? 0)"
        case .answer(let id, let outcome): "answer to call \(id.number): \(outcome)"
        case .committed(let id, let results):
            "committed \(id.number): \(results.map { "\($0.partition) \($0.verdict)" })"
        default: "\(event)"
        }
    }

    private static func text(of action: DeliveryAction) -> String {
        switch action {
        case .send(let call):
            "call \(call.id.number) to \(call.destination.index), until \(call.notAfter.asSeconds): \(String(decoding: call.body, as: UTF8.self))"
        case .commit(let commit):
            "commit \(commit.id.number)\(commit.isFinal ? ", final" : ""): \(commit.partitions.map { "\($0.partition) at \($0.offset), \($0.metadata.count) bytes" })"
        case .deadLetter(let letter):
            "dead letter \(letter.id.number): \(letter.partition) \(letter.offset) \(letter.cause.reason)"
        default: "\(action)"
        }
    }
}
