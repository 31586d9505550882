import BatchAPI
import Delivery
import TestSupport

/// Everything about a world that its seed decides before it begins: sizes, settings, and what goes wrong when.
struct Scenario {
    /// What the API, or the way to it, does wrong while a window is open.
    enum APIFault: CaseIterable {
        case rateLimited, failsBefore, failsAfter, resetsBefore, resetsAfter, unauthorized, unreachable, slow
        case forbidden, unknownRoute, misconfigured, tooLarge
    }

    /// A fault that begins at its start and lasts until an engine has met it.
    struct SureFault {
        let fault: APIFault
        let destination: Int
        let start: Int64
        /// The name of the event by which an engine meets it.
        let event: String
    }

    struct FaultWindow {
        let fault: APIFault
        let destination: Int
        let start: Int64
        var end: Int64
        /// Of the calls in the window, how many meet the fault.
        let probability: Double
    }

    /// What befalls an instance, or the group.
    enum ProcessFault {
        case crash, terminate, rebalance
        /// The coordinator does not know the member any more; it joins anew and gets what it had.
        case regain
        case freeze(Int64)
        case cutOff(Int64)
    }

    struct PlannedFault {
        let time: Int64
        let fault: ProcessFault
        /// Whether it waits, from then on, for the next answer that accepts a call, and strikes before the commit of it.
        let followsAnswer: Bool
    }

    let seed: UInt64
    /// Instances of the product that are kept running.
    var instanceCount: Int
    /// With those that come later.
    var partitionCount: Int
    /// When the last partition comes; nil: all are there from the beginning.
    var lastPartitionComes: Int64?
    /// Whether members keep their partitions over a restart within the session timeout.
    var isStatic: Bool
    var userCount: Int
    /// With those that keep traffic going at the end.
    var allUserCount: Int { userCount + 100 }
    /// Events after which a world counts as going round in circles.
    var stepLimit = 400_000
    var recordCount: Int
    /// Records are produced, and faults happen, until then.
    var faultEnd: Int64
    var productionEnd: Int64
    let isCooperative: Bool
    var settings: DeliverySettings
    /// Of each lane at the API, updates.
    var bucketCapacity: Int
    var updatesPerSecond: Int
    /// What the broker takes of commit metadata; nil: more than the engine ever writes.
    let metadataLimit: Int?
    var windows: [FaultWindow]
    /// Three classes of failures that every world meets, whatever becomes of the windows.
    var sureFaults: [SureFault]
    var processFaults: [PlannedFault]
    /// Of the commits while faults last, how many are refused, and of how many only the answer is lost.
    var commitRefusals: Double
    var commitAnswerLosses: Double
    /// While one lasts the sink stores no dead letter.
    var sinkOutages: [Range<Int64>]
    /// When a person releases all holds.
    var releases: [Int64]
    /// Of the parts with events, how many have a time near the oldest that Batch takes.
    var oldEvents: Double
    /// Of the records, how many have lost fields in mapping.
    var lostFields: Double
    /// Users whose Custom ID the API refuses with 400, for the whole call.
    var refusedUsers: Set<Int>
    /// Users for whom the API fails with 500 whenever they are in a call.
    var failingUsers: Set<Int>
    /// Of the records, how many make any call that holds them invalid.
    var refusedRecords: Double
    /// Of the attribute marks, how many the API refuses inside a 202.
    var partialErrors: Double

    /// The session timeout of the group: members that are not heard of that long are put out.
    static let session: Int64 = .seconds(45)
    /// The wall clock when a world begins, milliseconds.
    static let wallStart: Int64 = 1_790_000_000_000

    static func wall(_ now: Int64) -> Int64 { wallStart + now / 1_000_000 }

    /// The oldest event time, wall milliseconds, that Batch takes.
    func oldestEvent(_ now: Int64) -> Int64 {
        Self.wall(now) - settings.eventMaximumAge.components.seconds * 1_000
    }

    /// No answer after that long is no answer; what the API has not applied by then it never applies.
    static let callTimeout: Int64 = .seconds(8)

    init(seed: UInt64, random: inout SeededRandom) {
        self.seed = seed
        instanceCount = random.isTrue(probability: 0.3) ? 3 : 2
        partitionCount = random.number(in: 2...4)
        isStatic = random.isTrue(probability: 0.2)
        userCount = random.number(in: 5...40)
        recordCount = random.number(in: 200...320)
        productionEnd = .seconds(random.number(in: 20...90))
        // Now and then an outage of hours.
        let outage: Int64? = random.isTrue(probability: 0.01) ? .seconds(random.number(in: 600...7_200)) : nil
        faultEnd = productionEnd + (outage ?? .seconds(random.number(in: 5...60)))
        lastPartitionComes = random.isTrue(probability: 0.2) ? Int64(random.number(below: Int(productionEnd / 2))) : nil
        isCooperative = random.isTrue(probability: 0.5)
        updatesPerSecond = random.element(of: [2, 3, 5, 10, 60]) ?? 10
        bucketCapacity = updatesPerSecond * 10 / 3 + 1
        metadataLimit = random.isTrue(probability: 0.15) ? random.number(in: 30...200) : nil
        windows = Self.faultWindows(until: productionEnd + .seconds(60), &random)
        sureFaults = Self.sureFaults(until: productionEnd, seed: seed)
        if outage != nil {
            let fault = random.element(of: [APIFault.failsBefore, .unreachable, .resetsBefore, .unauthorized]) ?? .slow
            let start = Int64(random.number(below: Int(productionEnd)))
            for destination in 0..<2 {
                windows.append(
                    FaultWindow(fault: fault, destination: destination, start: start, end: faultEnd, probability: 1)
                )
            }
        }
        sinkOutages = Self.sinkOutages(until: faultEnd, &random)
        let end = Int(faultEnd)
        releases = (0..<random.number(below: 4)).map { _ in Int64(random.number(below: end)) }
        oldEvents = random.isTrue(probability: 0.4) ? 0.15 : 0
        lostFields = random.isTrue(probability: 0.3) ? 0.05 : 0
        processFaults = Self.processFaults(until: min(faultEnd, productionEnd + .seconds(60)), &random)
        commitRefusals = random.isTrue(probability: 0.4) ? 0.2 : 0
        commitAnswerLosses = random.isTrue(probability: 0.3) ? 0.1 : 0
        // The last users: records are dealt with a preference for the first ones, so that few records are bad.
        refusedUsers = random.isTrue(probability: 0.5) ? [userCount - 1] : []
        failingUsers = random.isTrue(probability: 0.2) ? [userCount - 2] : []
        refusedRecords = random.isTrue(probability: 0.5) ? 0.01 : 0
        partialErrors = random.isTrue(probability: 0.3) ? 0.05 : 0
        var settings = Self.settings(rate: updatesPerSecond, &random)
        // A call that fails for one of its users is told from an outage by others that succeed: there must be room for others.
        if !failingUsers.isEmpty { (settings.windowRecords, settings.windowBytes) = (1_000, 64_000_000) }
        self.settings = settings
    }

    private static func settings(rate: Int, _ random: inout SeededRandom) -> DeliverySettings {
        var lanes: [DestinationSettings] = []
        for name in ["main", "other"] {
            var lane = DestinationSettings(name: name)
            lane.maximumUpdates = random.element(of: [3, 10, 50, 200]) ?? 200
            lane.linger = .milliseconds(random.element(of: [0, 20, 100, 500]) ?? 100)
            lane.callsInFlight = random.number(in: 1...4)
            lane.updatesPerSecond = rate
            // What remains to the API's capacity is the margin of the product's own defaults, 900 of 1 000.
            lane.burst = rate * 3
            lanes.append(lane)
        }
        var settings = DeliverySettings(destinations: lanes)
        settings.windowRecords = random.element(of: [4, 20, 100, 1_000]) ?? 1_000
        settings.windowBytes = random.element(of: [4_000, 100_000, 64_000_000]) ?? 64_000_000
        settings.lease = .nanoseconds(session / 2)
        settings.poisonAfter = .seconds(120)
        let policies: [LateEventPolicy] = [.drop, .sendWithoutTime, .deadLetter]
        settings.lateEvents = random.element(of: policies) ?? .drop
        // The oracle cannot see which of the two was asked; where they are alike it can say more.
        settings.expiredEvents =
            random.isTrue(probability: 0.5) ? settings.lateEvents : random.element(of: policies) ?? .drop
        settings.refusedFields = random.isTrue(probability: 0.5) ? .deadLetter : .count
        settings.deadLetterMaximumShare = random.element(of: [1, 0.2, 0.03]) ?? 1
        return settings
    }

    /// At least three classes.
    private static func faultWindows(until end: Int64, _ random: inout SeededRandom) -> [FaultWindow] {
        var classes = APIFault.allCases
        classes.shuffle(using: &random)
        var windows: [FaultWindow] = []
        for fault in classes.prefix(random.number(in: 3...6)) {
            for _ in 0..<random.number(in: 1...2) {
                let start = Int64(random.number(below: Int(end)))
                let length: Int64 = .milliseconds(random.number(in: 200...15_000))
                windows.append(
                    FaultWindow(
                        fault: fault,
                        destination: random.number(below: 2),
                        start: start,
                        end: min(end, start + length),
                        probability: random.isTrue(probability: 0.5) ? 1 : 0.4
                    )
                )
            }
        }
        return windows
    }

    /// Drawn by themselves, so that a world without them is as it was before there were any.
    private static func sureFaults(until end: Int64, seed: UInt64) -> [SureFault] {
        var random = SeededRandom(seed: ~seed)
        var classes: [(event: String, faults: [APIFault])] = [
            ("answer 429", [.rateLimited]), ("answer 500", [.failsBefore, .failsAfter]),
            ("answer none", [.resetsBefore, .resetsAfter]), ("answer 401", [.unauthorized]),
            ("answer 403", [.forbidden]),
            ("answer 404", [.unknownRoute]), ("answer misconfigured", [.misconfigured]),
            ("answer notConnected", [.unreachable]),
        ]
        classes.shuffle(using: &random)
        return classes.prefix(3).compactMap { some in
            random.element(of: some.faults).map { fault in
                SureFault(
                    fault: fault,
                    destination: random.number(below: 2),
                    start: Int64(random.number(below: Int(end))),
                    event: some.event
                )
            }
        }
    }

    /// At least one crash and one rebalance that nothing else causes.
    private static func processFaults(
        until end: Int64,
        _ random: inout SeededRandom
    ) -> [PlannedFault] {
        var faults: [ProcessFault] = [.crash, .rebalance]
        for _ in 0..<random.number(in: 1...5) {
            switch random.number(below: 7) {
            case 6: faults.append(.regain)
            case 0: faults.append(.crash)
            case 1: faults.append(.terminate)
            case 2: faults.append(.rebalance)
            case 3, 4: faults.append(.freeze(.milliseconds(random.number(in: 500...90_000))))
            default: faults.append(.cutOff(.milliseconds(random.number(in: 500...90_000))))
            }
        }
        return faults.map { fault in
            PlannedFault(
                time: Int64(random.number(below: Int(end))),
                fault: fault,
                followsAnswer: random.isTrue(probability: 0.5)
            )
        }
    }

    private static func sinkOutages(until end: Int64, _ random: inout SeededRandom) -> [Range<Int64>] {
        guard random.isTrue(probability: 0.3) else { return [] }
        return (0..<random.number(in: 1...2)).map { _ in
            let start = Int64(random.number(below: Int(end)))
            return start..<min(end, start + .milliseconds(random.number(in: 1_000...60_000)))
        }
    }
}
