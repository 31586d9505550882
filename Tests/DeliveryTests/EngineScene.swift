import BatchAPI
import Testing

@testable import Delivery

/// An engine with a clock, a broker that takes every commit, and an API that a test writes. What happens next is taken from a
/// list; nothing waits.
struct EngineScene {
    private(set) var engine: DeliveryEngine
    private(set) var now: Int64 = 0
    private(set) var calls: [Call] = []
    private(set) var deadLetters: [DeadLetter] = []
    private(set) var holds: [HoldReason] = []
    private(set) var endedHolds = 0
    private(set) var revokesFinished = 0
    private(set) var isDrained = false
    private(set) var probes: [Int64] = []
    private(set) var paused: Set<Int> = []
    /// The most records that were ever pending.
    private(set) var mostPending = 0
    private(set) var committed: [Int: Int64] = [:]
    private(set) var metadata: [Int: [UInt8]] = [:]
    /// When each call was sent, and how many of its updates were accepted.
    private(set) var sentAt: [Int64] = []
    private(set) var accepted: [(user: String, time: Int64)] = []
    /// What the API says to a call; nil: nothing, ever.
    var api: (Call, Int64) -> CallOutcome? = { _, _ in EngineScene.accepted }
    /// What the read-only call says.
    var probe: (Int64) -> ProbeOutcome = { _ in .succeeded }
    /// How long an answer takes, nanoseconds.
    var latency: (CallOutcome) -> Int64 = { outcome in
        if case .noAnswer = outcome { 8_000_000_000 } else { 50_000_000 }
    }
    var isSinkDown = false
    /// Whether the broker stores what is committed.
    var storesCommits = true
    private var held: [DeadLetterID] = []
    private var planned: [(time: Int64, event: DeliveryEvent)] = []
    private var offsets: [Int64]
    private let start: Int64

    static let accepted = CallOutcome.answered(.accepted(partialErrors: [], unreadErrorCount: 0, isReadable: true))
    static let refused = CallOutcome.answered(
        .invalid(status: 400, code: "MALFORMED_PARAMETER", message: "something is wrong")
    )
    static let failed = CallOutcome.answered(.transient(status: 500, code: "SERVER_ERROR"))

    init(partitions: Int = 1, startSeconds: Int64 = 1, _ change: (inout DeliverySettings) -> Void = { _ in }) {
        var lane = DestinationSettings(name: "main")
        lane.linger = .zero
        var settings = DeliverySettings(destinations: [lane])
        change(&settings)
        start = startSeconds * 1_000_000_000
        now = start
        engine = DeliveryEngine(settings: settings, now: EngineTime(nanoseconds: now, wallMilliseconds: 0))
        offsets = Array(repeating: 0, count: partitions)
        let assignments = (0..<partitions).map {
            PartitionAssignment(
                partition: PartitionIndex($0),
                epoch: AssignmentEpoch(1),
                startOffset: 0,
                committedOffset: nil,
                metadata: []
            )
        }
        handle(.assigned(assignments, AssignmentScope(allPartitionCount: partitions, groupHasOffsets: false)))
    }

    /// Seconds since the scene began.
    var seconds: Double { Double(now - start) / 1e9 }

    static let wallStart: Int64 = 1_790_000_000_000

    private var time: EngineTime {
        EngineTime(nanoseconds: now, wallMilliseconds: Self.wallStart + (now - start) / 1_000_000)
    }

    mutating func handle(_ event: DeliveryEvent) {
        var actions: [DeliveryAction] = []
        engine.handle(event, now: time, jitter: 0.5, actions: &actions)
        mostPending = max(mostPending, engine.account.pending)
        for action in actions { perform(action) }
    }

    private mutating func perform(_ action: DeliveryAction) {
        switch action {
        case .send(let call):
            calls.append(call)
            sentAt.append(now)
            guard let outcome = api(call, now - start) else { return }
            if case .answered(.accepted) = outcome { accepted += Self.users(call).map { ($0, now - start) } }
            plan(.answer(call.id, outcome), after: latency(outcome))
        case .commit(let commit):
            for partition in commit.partitions where storesCommits {
                committed[partition.partition.number] = partition.offset
                metadata[partition.partition.number] = partition.metadata
            }
            let results = commit.partitions.map {
                PartitionCommitResult(partition: $0.partition, verdict: storesCommits ? .accepted : .refused)
            }
            plan(.committed(commit.id, results), after: 5_000_000)
        case .deadLetter(let letter):
            deadLetters.append(letter)
            if isSinkDown {
                held.append(letter.id)
            } else {
                plan(.deadLetterAcknowledged(letter.id), after: 5_000_000)
            }
        case .hold(_, let reason): holds.append(reason)
        case .holdEnded: endedHolds += 1
        case .probe(let id):
            probes.append(now)
            plan(.probeAnswered(id, probe(now - start)), after: 50_000_000)
        case .revokeFinished: revokesFinished += 1
        case .drained: isDrained = true
        case .pause(let indices): paused.formUnion(indices.map(\.number))
        case .resume(let indices): paused.subtract(indices.map(\.number))
        case .refusedField: break
        }
    }

    /// Time passes, and nothing is handed over.
    mutating func standStill(seconds: Int64) { now += seconds * 1_000_000_000 }

    mutating func mendSink() {
        isSinkDown = false
        for id in held { plan(.deadLetterAcknowledged(id), after: 5_000_000) }
        held = []
    }

    private mutating func plan(_ event: DeliveryEvent, after delay: Int64) {
        let index = planned.firstIndex { $0.time > now + delay } ?? planned.count
        planned.insert((now + delay, event), at: index)
    }

    /// Lets time pass up to a moment, in seconds since the scene began.
    mutating func run(to seconds: Double) {
        let end = start + Int64(seconds * 1e9)
        while true {
            let wakeup = engine.nextWakeup(now: time).map { max($0, now) } ?? Int64.max
            let next = min(planned.first?.time ?? Int64.max, wakeup)
            guard next <= end else { break }
            let isIdle = next == now && planned.first?.time != next
            now = max(now, next)
            if planned.first?.time == next {
                handle(planned.removeFirst().event)
            } else {
                handle(.tick)
                // What a tick leaves due at once is due for ever: time must pass in any case.
                if isIdle { now += 1_000 }
            }
        }
        now = max(now, end)
    }

    /// Hands over one record of each user, in order.
    mutating func produce(_ users: [String], in partition: Int = 0, eventTime: Int64? = nil) throws {
        var batch: [MappedRecord] = []
        for user in users {
            batch.append(try record(user, in: partition, eventTime: eventTime))
        }
        handle(.records(batch))
    }

    /// Hands over records that cannot be mapped.
    mutating func produceUnmappable(_ count: Int, in partition: Int = 0) {
        let batch = (0..<count).map { _ in
            mapped(.deadLetter(DeadLetterCause(reason: "not_json", detail: "the value is not JSON")), in: partition)
        }
        handle(.records(batch))
    }

    mutating func mapped(_ verdict: MappingVerdict, in partition: Int = 0) -> MappedRecord {
        offsets[partition] += 1
        return MappedRecord(
            partition: PartitionIndex(partition),
            epoch: AssignmentEpoch(1),
            offset: offsets[partition] - 1,
            timestampMilliseconds: time.wallMilliseconds,
            verdict: verdict,
            image: RecordImage()
        )
    }

    /// The next record of a partition is this one.
    mutating func skip(to offset: Int64, in partition: Int = 0) { offsets[partition] = max(offsets[partition], offset) }

    mutating func record(_ user: String, in partition: Int = 0, eventTime: Int64? = nil) throws -> MappedRecord {
        let event = eventTime.map { ",\"events\":[{\"name\":\"e\",\"time\":\"\(Self.text($0))\"}]" } ?? ""
        let text =
            "{\"identifiers\":{\"custom_id\":\"\(user)\"},\"attributes\":{\"o\":\(offsets[partition])}\(event)}"
        return mapped(.part(try Self.part(text)), in: partition)
    }

    static func part(_ operation: String) throws -> RecordPart {
        var reader = OperationReader()
        var refused: [RefusedField] = []
        let bytes = Array(operation.utf8)
        let contribution = try reader.read(bytes.span, identity: nil, refused: &refused)
        return RecordPart(destination: DestinationID(0), contribution: contribution)
    }

    /// A wall time within the day that begins with the scene's first second, or before it, as RFC 3339.
    static func text(_ wallMilliseconds: Int64) -> String {
        let days = wallMilliseconds / 86_400_000
        let second = wallMilliseconds / 1_000 % 86_400
        // 20 717 days after 1970 is 2026-09-21, the day of the scene's start; two days around it are enough.
        let day = 21 + days - 20_717
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "2026-09-\(two(day))T\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))Z"
    }

    /// The users of a call, in order.
    static func users(_ call: Call) -> [String] {
        let body = String(decoding: call.body, as: UTF8.self)
        let mark = "\"custom_id\":\""
        var users: [String] = []
        var rest = body[...]
        while let start = rest.firstRange(of: mark) {
            rest = rest[start.upperBound...]
            users.append(String(rest.prefix { $0 != "\"" }))
        }
        return users
    }
}
