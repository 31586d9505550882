import Delivery

/// Judges a simulated world by the promises of the product, and by nothing else.
///
/// It sees what is handed to each engine (events), what each engine asks for (actions), what the API applies and what the
/// broker stores. It knows nothing of how an engine decides. The number before each check is that of the promise in the
/// design, section 5. The first breach is kept and ends the world.
final class Oracle {
    // What was produced.
    struct Record {
        let partition: Int
        let offset: Int64
        let isFiltered: Bool
        let isUnmappable: Bool
        let parts: Range<Int>
        var isDeadLetterAcknowledged = false
        /// The same of a letter for events that were too old.
        var isAgeLetterAcknowledged = false
        /// Fields that must become dead letters, and those that have.
        var refusedFields: Set<String> = []
        var storedFields: Set<String> = []
        /// The assignment under which the acknowledgement of its dead letter came in.
        var deadLetterRun: UInt64 = 0
    }

    struct Part {
        let part: SimulatedPart
        let record: Int
        let stream: Int
        let offset: Int64
        let partition: Int
        /// Everything the record does in this destination: what is settled, and remembered, as one.
        let unit: Int
    }

    /// The parts of a record for one destination.
    struct Unit {
        let record: Int
        let parts: Range<Int>
        /// When everything in it was known to the engine that held the partition to be settled: the step, and the assignment.
        var completeStep = 0
        var completeRun: UInt64 = 0
        /// An accepted commit says, by its offset or its metadata, that it is settled: it must never be sent again.
        var isCovered = false
    }

    struct Mark {
        let part: Int
        var isApplied = false
        var isAcknowledged = false
        var acknowledgedRun: UInt64 = 0
    }

    /// The records of one user in one partition and one destination: what promise 3 is about.
    struct Stream {
        var parts: [Int] = []
        /// Parts before it were applied whole, or are bad.
        var appliedPrefix = 0
        /// The last marker applied, and the assignment under which the call was sent.
        var marker: Int64 = -1
        var markerRun: UInt64 = 0
        /// The marker before updates of surplus attributes: such a stretch may be taken apart and begun again.
        var markerBeforeSurplus: Int64?
        var acknowledgedMarker: Int64 = -1
        var markerInRun: Int64 = -1
        var acknowledgedRun: UInt64 = 0
    }

    /// One process, as seen from outside.
    struct View {
        /// The epoch under which each partition is held by the engine.
        var runs: [UInt64?]
        /// When the lease of each partition began.
        var leaseStarts: [Int64]
        var calls: [UInt64: SentCall] = [:]
        var busyUsers: [Set<Int>]
        var commits: [UInt64: (runs: [UInt64?], time: Int64)] = [:]
        /// When each partition was asked back.
        var revokeStarts: [Int64?]
        var drainStart: Int64?
        /// A commit failed since the partition was asked back, or the process stood still: it may have been impossible.
        var hadTrouble: [Bool]
        var deadLetters: [UInt64: Letter] = [:]
        /// What updates of surplus attributes brought, until the update that ends their stretch is acknowledged.
        var surplus: [Int: [Acknowledged]] = [:]
        var handedRecords = 0
        var isDrained = false
        /// Whether the engine said that it holds for its dead letters, and was not released since.
        var isHeldForShare = false
        var shareHolds = 0
    }

    /// A dead letter on its way to the sink.
    struct Letter {
        enum Kind: Equatable {
            /// A record, or a part of it, that was not delivered.
            case record
            /// Events that were too old.
            case age
            case field(String)
        }

        let record: Int
        let run: UInt64
        let kind: Kind
    }

    /// An operation that Batch has acknowledged, and the assignments under which it was sent.
    struct Acknowledged {
        let operation: SentOperation
        let destination: Int
        let runs: [Int: UInt64]
    }

    /// A call between the action and its answer.
    struct SentCall {
        let instance: Int
        let destination: Int
        let operations: [SentOperation]
        /// The epochs under which the partitions in it were held when it was sent.
        var runs: [Int: UInt64] = [:]
        /// Of the operation looked at, the events with a time.
        var timed: Set<Int> = []
    }

    let scenario: Scenario
    private(set) var violation: String?
    private(set) var step = 0
    /// Set by the world before each step.
    var now: Int64 = 0
    var records: [Record] = []
    var parts: [Part] = []
    var units: [Unit] = []
    var marks: [Int: Mark] = [:]
    var streams: [Stream]
    /// The records of each partition, by offset, and how many of them are settled without a hole.
    var logs: [[Int]]
    var settledPrefix: [Int]
    /// Units that are complete and not covered, by partition.
    var uncovered: [[Int]]
    var storedOffsets: [Int64]
    var views: [Int: View] = [:]
    /// Counters for a look at whether the worlds do what they are meant to.
    var counts = Counts()

    struct Counts {
        var calls = 0
        var mergedCalls = 0
        var commitsStored = 0
        var deadLetters = 0
        var repeatedMarks = 0
        var releases = 0
        var alreadySettled = 0
        var notWritten = 0
        var ageLetters = 0
        var fieldLetters = 0
        var shareHolds = 0
        var probes = 0
    }

    init(scenario: Scenario) {
        self.scenario = scenario
        streams = Array(repeating: Stream(), count: 2 * scenario.allUserCount * scenario.partitionCount)
        logs = Array(repeating: [], count: scenario.partitionCount)
        settledPrefix = Array(repeating: 0, count: scenario.partitionCount)
        uncovered = Array(repeating: [], count: scenario.partitionCount)
        storedOffsets = Array(repeating: -1, count: scenario.partitionCount)
    }

    func fail(_ text: String) { if violation == nil { violation = text } }

    func require(_ claim: Bool, _ text: @autoclosure () -> String) { if !claim { fail(text()) } }

    func streamIndex(_ destination: Int, _ user: Int, _ partition: Int) -> Int {
        userIndex(destination, user) * scenario.partitionCount + partition
    }

    func userIndex(_ destination: Int, _ user: Int) -> Int { destination * scenario.allUserCount + user }

    // MARK: What is produced

    func produced(_ record: SimulatedRecord) {
        let index = records.count
        let firstPart = parts.count
        var isFiltered = false
        var isUnmappable = false
        switch record.content {
        case .filtered: isFiltered = true
        case .unmappable: isUnmappable = true
        case .parts(let made):
            for destination in 0..<2 {
                let mine = made.filter { $0.destination == destination }
                guard !mine.isEmpty else { continue }
                let first = parts.count
                for part in mine {
                    let stream = streamIndex(destination, part.user, record.partition)
                    streams[stream].parts.append(parts.count)
                    for mark in part.markRange where marks[mark] == nil { marks[mark] = Mark(part: parts.count) }
                    parts.append(
                        Part(
                            part: part,
                            record: index,
                            stream: stream,
                            offset: record.offset,
                            partition: record.partition,
                            unit: units.count
                        )
                    )
                }
                units.append(Unit(record: index, parts: first..<parts.count))
            }
        }
        records.append(
            Record(
                partition: record.partition,
                offset: record.offset,
                isFiltered: isFiltered,
                isUnmappable: isUnmappable,
                parts: firstPart..<parts.count,
                refusedFields: scenario.settings.refusedFields == .deadLetter ? Set(record.lostFields) : []
            )
        )
        logs[record.partition].append(index)
    }

    // MARK: What is settled, in truth

    /// Whether Batch has acknowledged a part with 202, or the sink the dead letter of its record.
    func isSettled(_ index: Int) -> Bool {
        let part = parts[index]
        if part.part.mayBeDeadLettered, records[part.record].isDeadLetterAcknowledged { return true }
        if part.part.hasMarker, streams[part.stream].acknowledgedMarker < part.offset { return false }
        return part.part.markRange.allSatisfy { marks[$0]?.isAcknowledged == true || mayBeMissing($0, of: part) }
    }

    /// Whether a mark is an event that has grown too old and was, or may have been, dealt with as the settings say.
    func mayBeMissing(_ mark: Int, of part: Part) -> Bool {
        guard let time = part.part.eventTime, part.part.marks[mark - part.part.firstMark] == .event,
            time < scenario.oldestEvent(now)
        else { return false }
        let policies = [scenario.settings.lateEvents, scenario.settings.expiredEvents]
        if policies.contains(.drop) { return true }
        return policies.contains(.deadLetter) && records[part.record].isAgeLetterAcknowledged
    }

    func isSettled(record index: Int) -> Bool {
        let record = records[index]
        if record.isFiltered { return true }
        if record.isUnmappable { return record.isDeadLetterAcknowledged }
        guard record.refusedFields.isSubset(of: record.storedFields) else { return false }
        return record.parts.allSatisfy { isSettled($0) }
    }

    /// The first record of a partition that is not settled; nil when all are.
    func firstUnsettled(in partition: Int) -> Record? {
        while settledPrefix[partition] < logs[partition].count {
            let index = logs[partition][settledPrefix[partition]]
            guard isSettled(record: index) else { return records[index] }
            settledPrefix[partition] += 1
        }
        return nil
    }

    // MARK: What an engine knows to be settled

    /// Whether all of a unit was settled under one assignment, so that the engine which holds it knows.
    func isComplete(_ unit: Int, in run: UInt64) -> Bool {
        let record = records[units[unit].record]
        // The letters of fields belong to it too; when exactly the engine knew of them is not looked at.
        guard record.refusedFields.isEmpty else { return false }
        return units[unit].parts.allSatisfy { index in
            let part = parts[index]
            if part.part.mayBeDeadLettered, record.isDeadLetterAcknowledged, record.deadLetterRun == run { return true }
            let stream = streams[part.stream]
            if part.part.hasMarker, stream.acknowledgedRun != run || stream.markerInRun < part.offset { return false }
            return part.part.markRange.allSatisfy { marks[$0]?.acknowledgedRun == run }
        }
    }

    func noteIfComplete(_ unit: Int, in run: UInt64) {
        guard !units[unit].isCovered, units[unit].completeRun != run, isComplete(unit, in: run) else { return }
        let record = records[units[unit].record]
        units[unit].completeRun = run
        units[unit].completeStep = step
        uncovered[record.partition].append(unit)
    }

    /// One step is one event with all its actions.
    func beginStep() { step += 1 }
}
