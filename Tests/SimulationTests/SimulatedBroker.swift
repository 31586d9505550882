import Delivery

/// Kafka, as far as the product sees it: logs, committed offsets, and one consumer group.
final class SimulatedBroker {
    struct StoredOffset {
        var offset: Int64
        var metadata: [UInt8]
    }

    private unowned let world: World
    private(set) var log: [[SimulatedRecord]]
    private(set) var logStarts: [Int64]
    private(set) var stored: [StoredOffset?]

    // The group.
    private var members: [Int: SimulatedInstance] = [:]
    private var owners: [Int?]
    private var nextMember = 1
    private var isRebalancing = false
    private var isRebalanceWanted = false
    /// Partitions asked back and not given back yet.
    private var awaited: Set<Int> = []
    private var rotation = 0
    /// Partitions that are there.
    private(set) var activeCount: Int
    /// The member of each slot, where members are static.
    private var staticMembers: [Int: Int] = [:]

    init(world: World) {
        self.world = world
        let count = world.scenario.partitionCount
        log = Array(repeating: [], count: count)
        logStarts = (0..<count).map { world.logStart(of: $0) }
        stored = Array(repeating: nil, count: count)
        owners = Array(repeating: nil, count: count)
        activeCount = world.scenario.lastPartitionComes == nil ? count : count - 1
    }

    func append(_ record: SimulatedRecord) { log[record.partition].append(record) }

    /// The first record of a partition at or after an offset, as an index into its log.
    func index(of offset: Int64, in partition: Int) -> Int {
        var low = 0
        var high = log[partition].count
        while low < high {
            let middle = (low + high) / 2
            if log[partition][middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    var groupHasOffsets: Bool { stored.contains { $0 != nil } }

    func owns(_ member: Int, _ partition: Int) -> Bool { owners[partition] == member }

    // MARK: Members

    func join(_ instance: SimulatedInstance) -> Int {
        let member = nextMember
        nextMember += 1
        let former = staticMembers[instance.slot]
        if world.scenario.isStatic { staticMembers[instance.slot] = member }
        if let former, members.removeValue(forKey: former) != nil {
            members[member] = instance
            replace(former, by: member)
        } else {
            members[member] = instance
            requestRebalance()
        }
        return member
    }

    /// A member is not known any more, and joins anew before anybody else can have its partitions.
    func regain(_ former: Int, _ instance: SimulatedInstance) -> Int {
        guard members.removeValue(forKey: former) != nil else { return former }
        let member = nextMember
        nextMember += 1
        members[member] = instance
        if world.scenario.isStatic { staticMembers[instance.slot] = member }
        replace(former, by: member)
        return member
    }

    /// A static member has come back in time: it gets what it had, but for what was asked back meanwhile.
    private func replace(_ former: Int, by member: Int) {
        var kept: [Int] = []
        for partition in owners.indices where owners[partition] == former {
            if awaited.remove(partition) != nil {
                owners[partition] = nil
            } else {
                owners[partition] = member
                kept.append(partition)
            }
        }
        world.trace("member \(member) takes the place of \(former) with \(kept)")
        if !kept.isEmpty {
            world.after(.milliseconds(1)) { [unowned self] in
                members[member]?.assign(kept.filter { owners[$0] == member }, of: member)
            }
        }
        completeIfReady()
    }

    func addPartition() { activeCount = min(activeCount + 1, log.count) }

    /// A member leaves, or is put out since nothing was heard of it for the session timeout.
    func remove(_ member: Int) {
        guard members.removeValue(forKey: member) != nil else { return }
        for partition in owners.indices where owners[partition] == member {
            owners[partition] = nil
            awaited.remove(partition)
        }
        requestRebalance()
        completeIfReady()
    }

    func isMember(_ member: Int) -> Bool { members[member] != nil }

    /// Puts a member out unless it is heard of again: heartbeats go every three seconds.
    func expire(_ member: Int, unless isHeard: @escaping () -> Bool) {
        world.after(Scenario.session - world.milliseconds(0...3_000)) { [unowned self] in
            guard !isHeard(), isMember(member) else { return }
            world.trace("member \(member) is put out")
            remove(member)
        }
    }

    /// Whether a member has been asked to give something back, heard of or not.
    func isAskedBack(from member: Int) -> Bool { awaited.contains { owners[$0] == member } }

    // MARK: Rebalances

    func requestRebalance(shufflesTarget: Bool = false) {
        if shufflesTarget { rotation += 1 }
        guard !isRebalanceWanted else { return }
        isRebalanceWanted = true
        if !isRebalancing { world.after(world.milliseconds(100...3_000)) { [unowned self] in begin() } }
    }

    /// Who is to have which partition.
    private func target() -> [Int?] {
        let present = members.keys.sorted()
        guard !present.isEmpty else { return owners.map { _ in nil } }
        return owners.indices.map { $0 < activeCount ? present[($0 + rotation) % present.count] : nil }
    }

    private func begin() {
        guard isRebalanceWanted, !isRebalancing else { return }
        isRebalanceWanted = false
        isRebalancing = true
        let target = target()
        world.trace("rebalance: \(owners) to \(target)")
        var asked: [Int: [Int]] = [:]
        for partition in owners.indices {
            guard let owner = owners[partition] else { continue }
            if world.scenario.isCooperative, target[partition] == owner { continue }
            awaited.insert(partition)
            asked[owner, default: []].append(partition)
        }
        if !asked.isEmpty { world.rebalanceCount += 1 }
        for (member, partitions) in asked.sorted(by: { $0.key < $1.key }) {
            members[member]?.revoke(partitions, of: member)
        }
        completeIfReady()
    }

    func finishedRevoke(_ member: Int, _ partitions: [Int]) {
        for partition in partitions where owners[partition] == member {
            owners[partition] = nil
            awaited.remove(partition)
        }
        completeIfReady()
    }

    private func completeIfReady() {
        guard isRebalancing, awaited.isEmpty else { return }
        isRebalancing = false
        let target = target()
        var given: [Int: [Int]] = [:]
        for partition in owners.indices where owners[partition] == nil {
            guard let member = target[partition] else { continue }
            owners[partition] = member
            given[member, default: []].append(partition)
        }
        world.trace("rebalanced: \(owners)")
        for (member, partitions) in given.sorted(by: { $0.key < $1.key }) {
            members[member]?.assign(partitions, of: member)
        }
        if isRebalanceWanted { world.after(world.milliseconds(100...3_000)) { [unowned self] in begin() } }
    }

    // MARK: Offsets

    func commit(_ commit: Commit, by instance: SimulatedInstance, as member: Int) {
        let step = world.oracle.step
        let isSlow = !world.areFaultsOver && world.isTrue(0.03)
        world.after(isSlow ? world.milliseconds(200...3_000) : world.milliseconds(1...30)) { [unowned self] in
            if instance.isCutOff || (instance.isFrozen && world.isTrue(0.5)) {
                // Lost on the way: the client gives up some time later.
                return answer(commit, by: instance, after: .seconds(5)) { _ in .refused }
            }
            var verdicts: [Int: CommitVerdict] = [:]
            let isRefused = !world.areFaultsOver && world.isTrue(world.scenario.commitRefusals)
            for partition in commit.partitions {
                verdicts[partition.partition.number] = isRefused ? .refused : store(partition, member, step)
            }
            let isAnswerLost = !world.areFaultsOver && world.isTrue(world.scenario.commitAnswerLosses)
            answer(commit, by: instance, after: world.milliseconds(1...30)) { partition in
                isAnswerLost ? .refused : verdicts[partition] ?? .refused
            }
        }
    }

    private func store(_ commit: PartitionCommit, _ member: Int, _ step: Int) -> CommitVerdict {
        let partition = commit.partition.number
        guard owners[partition] == member else { return .refused }
        if commit.metadata.count > world.scenario.metadataLimit ?? 4_096 { return .metadataTooLarge }
        stored[partition] = StoredOffset(offset: commit.offset, metadata: commit.metadata)
        world.trace("stored: partition \(partition) at \(commit.offset), \(commit.metadata.count) bytes")
        world.oracle.stored(commit, emittedIn: step)
        return .accepted
    }

    private func answer(
        _ commit: Commit,
        by instance: SimulatedInstance,
        after delay: Int64,
        _ verdict: @escaping (Int) -> CommitVerdict
    ) {
        let results = commit.partitions.map {
            PartitionCommitResult(partition: $0.partition, verdict: verdict($0.partition.number))
        }
        world.after(delay) { instance.deliver(.committed(commit.id, results)) }
    }
}
