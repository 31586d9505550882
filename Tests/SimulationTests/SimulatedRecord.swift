import BatchAPI
import Delivery
import TestSupport

/// One part of a record, as the producer made it: what the oracle later looks for at the API.
///
/// Its *marks* are effects that belong to this part alone: an attribute of its own, an item of an array, or an event, each with
/// a number that no other part has. Its *marker* is the attribute `m_P` of its partition P with its offset: later records of
/// the user overwrite it, so that its value at the API tells how far the user has come.
struct SimulatedPart {
    enum Mark { case attribute, item, event }

    let destination: Int
    let user: Int
    let firstMark: Int
    let marks: [Mark]
    let hasMarker: Bool
    /// A message that is sent twice to Kafka: its mark may arrive several times, from either of the two.
    let isRepeated: Bool
    /// Whether the API never takes it, so that it may end as a dead letter.
    let mayBeDeadLettered: Bool
    /// The time of its events, wall milliseconds, whole seconds; nil for none.
    var eventTime: Int64?

    var markRange: Range<Int> { firstMark..<(firstMark + marks.count) }

    /// The operation as a mapper writes it.
    func operation(partition: Int, offset: Int64) -> String {
        var attributes: [String] = []
        var events: [String] = []
        if hasMarker { attributes.append("\"m_\(partition)\":\(offset)") }
        for (index, mark) in marks.enumerated() {
            let number = firstMark + index
            switch mark {
            case .attribute: attributes.append("\"r_\(number)\":\(offset)")
            case .item: attributes.append("\"seen\":{\"$add\":[\"\(number)\"]}")
            case .event:
                let time = eventTime.map { "\"time\":\"\(WallText.text($0))\"," } ?? ""
                events.append("{\"name\":\"e\",\(time)\"attributes\":{\"n\":\(number)}}")
            }
        }
        return """
            {"identifiers":{"custom_id":"user-\(user)"},"attributes":{\(attributes.joined(separator: ","))},\
            "events":[\(events.joined(separator: ","))]}
            """
    }
}

/// A record in the simulated broker's log.
struct SimulatedRecord {
    enum Content {
        case filtered
        case unmappable
        case parts([SimulatedPart])
    }

    let partition: Int
    let offset: Int64
    let content: Content
    /// What the mapper makes of it; made once, since every reader makes the same.
    let verdict: MappingVerdict
    /// Fields that mapping left out.
    var lostFields: [String] = []
}

/// Makes records from the seed.
struct Producer {
    let scenario: Scenario
    /// Marks that make a call invalid.
    private(set) var refusedMarks: Set<Int> = []
    /// Marks that the API refuses inside a 202.
    private(set) var partialMarks: Set<Int> = []
    private var nextMark = 0
    private var nextOffsets: [Int64]
    private var repeated: [Int: SimulatedRecord.Content] = [:]

    init(scenario: Scenario, random: inout SeededRandom) {
        self.scenario = scenario
        nextOffsets = (0..<scenario.partitionCount).map { _ in
            random.isTrue(probability: 0.3) ? Int64(random.number(below: 5_000)) : 0
        }
    }

    /// Where reading starts in a group without offsets.
    func endOffset(of partition: Int) -> Int64 { nextOffsets[partition] }

    mutating func record(
        in partition: Int,
        isHealthy: Bool,
        at now: Int64,
        _ random: inout SeededRandom
    ) throws -> SimulatedRecord {
        // Compaction and the marks of transactions leave gaps.
        if random.isTrue(probability: 0.04) {
            nextOffsets[partition] += Int64(
                random.isTrue(probability: 0.2) ? random.number(in: 100...3_000) : random.number(in: 1...9)
            )
        }
        let offset = nextOffsets[partition]
        nextOffsets[partition] += 1
        var content = content(in: partition, isHealthy: isHealthy, &random)
        if !isHealthy { content = aged(content, at: now, &random) }
        var record = SimulatedRecord(
            partition: partition,
            offset: offset,
            content: content,
            verdict: try verdict(content, partition, offset)
        )
        if !isHealthy, case .parts(let parts) = content,
            !parts.contains(where: { $0.isRepeated || $0.mayBeDeadLettered }),
            random.isTrue(probability: scenario.lostFields)
        {
            record.lostFields = (0..<random.number(in: 1...2)).map { "lost_\(partition)_\(offset)_\($0)" }
        }
        return record
    }

    /// Some events are as old as Batch takes, some older, some become so while they wait.
    private func aged(
        _ content: SimulatedRecord.Content,
        at now: Int64,
        _ random: inout SeededRandom
    ) -> SimulatedRecord.Content {
        guard case .parts(var parts) = content, !parts.contains(where: { $0.isRepeated || $0.mayBeDeadLettered }) else {
            return content
        }
        for index in parts.indices
        where parts[index].marks.contains(.event) && random.isTrue(probability: scenario.oldEvents) {
            let age = random.isTrue(probability: 0.4) ? -random.number(in: 1...3_600) : random.number(in: 0...90)
            parts[index].eventTime = scenario.oldestEvent(now) / 1_000 * 1_000 + Int64(age) * 1_000
        }
        return .parts(parts)
    }

    private mutating func content(
        in partition: Int,
        isHealthy: Bool,
        _ random: inout SeededRandom
    ) -> SimulatedRecord.Content {
        if isHealthy {
            let user = scenario.userCount + random.number(below: scenario.allUserCount - scenario.userCount)
            return .parts((0..<2).map { part(destination: $0, user: user, isHealthy: true, &random) })
        }
        switch random.number(below: 100) {
        case 0..<8: return .filtered
        case 8..<10: return .unmappable
        case 10..<14:
            if let earlier = repeated[partition] { return earlier }
            let mark = nextMark
            nextMark += 1
            let part = SimulatedPart(
                destination: 0,
                user: 0,
                firstMark: mark,
                marks: [.event],
                hasMarker: false,
                isRepeated: true,
                mayBeDeadLettered: false
            )
            repeated[partition] = .parts([part])
            return .parts([part])
        default: break
        }
        let user = user(&random)
        switch random.number(below: 20) {
        case 0..<12: return .parts([part(destination: 0, user: user, isHealthy: false, &random)])
        case 12..<16: return .parts([part(destination: 1, user: user, isHealthy: false, &random)])
        case 16..<19:
            // At most one part of a record is bad, so that a dead letter of the record says which.
            let first = part(destination: 0, user: user, isHealthy: false, &random)
            let second = first.mayBeDeadLettered ? 0 : user
            let isHealthy = first.mayBeDeadLettered
            return .parts([first, part(destination: 1, user: second, isHealthy: isHealthy, &random)])
        default:
            let first = part(destination: 0, user: user, isHealthy: false, &random)
            return .parts([first, part(destination: 0, user: user == 0 ? 1 : 0, isHealthy: true, &random)])
        }
    }

    private func user(_ random: inout SeededRandom) -> Int {
        switch random.number(below: 10) {
        case 0..<3: 0
        case 3..<6: random.number(below: min(4, scenario.userCount))
        case 6..<9: random.number(below: max(1, scenario.userCount - 2))
        default: random.number(below: scenario.userCount)
        }
    }

    private mutating func part(
        destination: Int,
        user: Int,
        isHealthy: Bool,
        _ random: inout SeededRandom
    ) -> SimulatedPart {
        let first = nextMark
        var marks: [SimulatedPart.Mark]
        switch random.number(below: 100) {
        case 0..<35: marks = [.attribute]
        case 35..<60: marks = Array(repeating: .event, count: random.number(in: 1...3))
        case 60..<65: marks = [.event, .attribute, .event]
        case 65..<80: marks = [.item]
        case 80..<95: marks = []
        case 95..<98: marks = Array(repeating: .event, count: random.number(in: 12...20))
        default: marks = Array(repeating: .attribute, count: random.number(in: 20...60))
        }
        var isBad = scenario.refusedUsers.contains(user) || scenario.failingUsers.contains(user)
        if !isHealthy, !isBad, random.isTrue(probability: scenario.refusedRecords) {
            if marks.isEmpty { marks = [.event] }
            refusedMarks.insert(first)
            isBad = true
        } else if marks.first == .attribute, random.isTrue(probability: scenario.partialErrors) {
            partialMarks.insert(first)
        }
        nextMark += marks.count
        return SimulatedPart(
            destination: destination,
            user: user,
            firstMark: first,
            marks: marks,
            hasMarker: true,
            isRepeated: false,
            mayBeDeadLettered: isBad
        )
    }

    private func verdict(
        _ content: SimulatedRecord.Content,
        _ partition: Int,
        _ offset: Int64
    ) throws -> MappingVerdict {
        switch content {
        case .filtered: return .filtered
        case .unmappable:
            return .deadLetter(
                DeadLetterCause(reason: "unmappable", detail: "the simulated mapper takes it for damaged")
            )
        case .parts(let parts):
            var reader = OperationReader()
            var made: [RecordPart] = []
            for part in parts {
                var refused: [RefusedField] = []
                let text = Array(part.operation(partition: partition, offset: offset).utf8)
                let identity = part.isRepeated ? RepeatIdentity(high: UInt64(part.firstMark), low: 1) : nil
                let contribution = try reader.read(text.span, identity: identity, refused: &refused)
                guard refused.isEmpty else { throw SimulationError.fieldRefused }
                made.append(RecordPart(destination: DestinationID(part.destination), contribution: contribution))
            }
            if made.count == 1, let only = made.first { return .part(only) }
            return .parts(made)
        }
    }
}

/// Wall milliseconds as RFC 3339, by the days-to-date algorithm of Howard Hinnant.
enum WallText {
    static func text(_ milliseconds: Int64) -> String {
        let seconds = milliseconds / 1_000
        let days = seconds / 86_400 + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let clock = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60].map { two($0) }.joined(separator: ":")
        return "\(year)-\(two(month))-\(two(day))T\(clock)Z"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// A mistake in the simulation itself.
enum SimulationError: Error { case fieldRefused }
