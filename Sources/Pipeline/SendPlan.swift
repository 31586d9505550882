import BatchAPI
public import Delivery
import JSONDocument

/// A few messages, mapped and folded into calls that are ready to be sent: what `send` is about to do.
public struct SendPlan: Sendable {
    /// The most messages that are taken: `send` is for trying things out, `run` for streams.
    public static let maximumMessageCount = 10

    /// A line of the input and what became of it.
    struct Message: Sendable {
        let line: Int
        var result: MessageMapper.Result
        /// What the age of its events has changed, in words.
        var note: String?
    }

    /// Contributions of one user that go together; see ``ProfileFold``.
    struct Stretch: Sendable {
        let fold: ProfileFold
        /// The messages that contributed, by their place in ``messages``, in the order of the fold.
        let messages: [Int]
    }

    /// One update: a stretch has one or more.
    struct Update: Sendable {
        let stretch: Int
        let number: Int
    }

    /// One call.
    struct Call: Sendable {
        let body: [UInt8]
        /// The updates in the order of the body, by their place in ``updates``.
        let updates: [Int]
    }

    private(set) var messages: [Message] = []
    private(set) var stretches: [Stretch] = []
    private(set) var updates: [Update] = []
    private(set) var calls: [Call] = []
    /// The first line of a message that has no end, which is then no message; nil where there is none.
    public let cutLine: Int?
    /// Profiles that the calls write to.
    public private(set) var userCount = 0

    /// Updates in all calls.
    public var updateCount: Int { updates.count }

    /// Maps and folds messages. Reads no clock and sends nothing.
    ///
    /// - Parameters:
    ///   - text: messages in JSON, one a line or over several indented lines; blank lines are passed over.
    ///   - mappings: what maps them.
    ///   - lateEvents: what becomes of events that Batch would refuse for their age.
    ///   - nowMilliseconds: the time of sending, milliseconds since 1970.
    /// - Throws: ``RelayError`` if there is no message, or more than ``maximumMessageCount``.
    public init(
        text: [UInt8],
        mappings: MappingSet,
        lateEvents: LateEventPolicy,
        nowMilliseconds: Int64
    ) throws(RelayError) {
        let (inputs, cutLine) = Self.divide(text)
        guard !inputs.isEmpty else { throw RelayError("there is no message: write one JSON object a line") }
        self.cutLine = cutLine
        guard inputs.count <= Self.maximumMessageCount else {
            let advice = cutLine.map { "; line \($0): \(MessageLines.advice)" } ?? ""
            throw RelayError(
                "there are \(inputs.count) messages, and send takes at most \(Self.maximumMessageCount): it is for trying "
                    + "things out; keep some lines, or let 'batchrelay run' read them from a topic\(advice)"
            )
        }
        var mapper = MessageMapper(mappings: mappings)
        for (line, message) in inputs { messages.append(Message(line: line, result: mapper.map(message))) }
        let settings = DeliverySettings(destinations: [])
        let ages = EventAgeRule(
            oldestMilliseconds: nowMilliseconds - settings.eventMaximumAge.inNanoseconds / 1_000_000,
            newestMilliseconds: nowMilliseconds + settings.eventFutureTolerance.inNanoseconds / 1_000_000,
            late: lateEvents == .sendWithoutTime ? .withoutTime : .omit
        )
        for place in messages.indices { judgeAge(place, ages, lateEvents) }
        fold(ages)
    }

    /// The messages with their first lines, and the line of the first one that has no end.
    private static func divide(_ text: [UInt8]) -> (messages: [(line: Int, text: [UInt8])], cutLine: Int?) {
        var messages: [(line: Int, text: [UInt8])] = []
        var lines = MessageLines()
        var cutLine: Int?
        let all = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        for (index, line) in all where line.contains(where: { $0 > 0x20 }) {
            if let last = messages.indices.last, lines.isContinued(by: line) {
                messages[last].text += [UInt8(ascii: "\n")] + line
                lines.add(line)
            } else {
                if lines.isOpen, cutLine == nil { cutLine = messages.last?.line }
                messages.append((index + 1, Array(line)))
                lines.begin(line)
            }
        }
        if lines.isOpen, cutLine == nil { cutLine = messages.last?.line }
        return (messages, cutLine)
    }

    /// Lets a message go whose events are all too old and that has nothing else, and notes the others.
    private mutating func judgeAge(_ place: Int, _ ages: EventAgeRule, _ policy: LateEventPolicy) {
        var parts: [RecordPart] = []
        var lateCount = 0
        for part in messages[place].result.parts {
            let contribution = part.contribution
            let late = (0..<contribution.eventCount).count {
                (contribution.eventTime(at: $0) ?? .max) < ages.oldestMilliseconds
            }
            lateCount += late
            let isNothingLeft = late > 0 && late == contribution.eventCount && contribution.attributeCount == 0
            if policy == .sendWithoutTime || !isNothingLeft { parts.append(part) }
        }
        guard lateCount > 0 else { return }
        messages[place].result.parts = parts
        let count = "\(lateCount) \(lateCount == 1 ? "event is" : "events are") older than Batch takes (24 hours)"
        let treatment = policy == .sendWithoutTime ? "sent without time" : "left out"
        messages[place].note = "\(count): \(treatment), as events.late says"
        guard parts.isEmpty else { return }
        if policy == .deadLetter {
            messages[place].result.deadLetter = DeadLetterCause(reason: "late_event", detail: count)
        } else {
            messages[place].result.filteredReason = "late_event"
        }
    }

    private mutating func fold(_ ages: EventAgeRule) {
        var users: [[UInt8]] = []
        var inputs: [[UInt8]: [(input: FoldInput, message: Int)]] = [:]
        for (place, message) in messages.enumerated() {
            for part in message.result.parts {
                let user = part.contribution.customID
                if inputs[user] == nil { users.append(user) }
                inputs[user, default: []].append((FoldInput(contribution: part.contribution), place))
            }
        }
        userCount = users.count
        var rounds: [[Int]] = []
        for user in users {
            let first = updates.count
            for stretch in Self.stretches(of: user, inputs[user] ?? [], ages) {
                for number in 0..<stretch.fold.updateCount {
                    updates.append(Update(stretch: stretches.count, number: number))
                }
                stretches.append(stretch)
            }
            // A user is in one call at a time: the second update of each goes after all first ones are answered.
            for (round, update) in (first..<updates.count).enumerated() {
                if round == rounds.count { rounds.append([]) }
                rounds[round].append(update)
            }
        }
        for round in rounds { calls += makeCalls(of: round) }
    }

    private static func stretches(
        of user: [UInt8],
        _ inputs: [(input: FoldInput, message: Int)],
        _ ages: EventAgeRule
    ) -> [Stretch] {
        var stretches: [Stretch] = []
        var left = inputs[...]
        while !left.isEmpty {
            var fold = ProfileFold()
            var members: [Int] = []
            fold.begin(customID: user, ages: ages)
            adding: while let (input, message) = left.first {
                switch fold.add(input) {
                case .whole:
                    members.append(message)
                    left.removeFirst()
                case .partly(let events):
                    members.append(message)
                    left[left.startIndex].input.firstEvent = events
                    left[left.startIndex].input.attributesDelivered = true
                    break adding
                case .full: break adding
                }
            }
            stretches.append(Stretch(fold: fold, messages: members))
        }
        return stretches
    }

    /// Calls of these updates, as few as the limits allow.
    private func makeCalls(of places: [Int]) -> [Call] {
        var calls: [Call] = []
        var encoder = CallEncoder(maximumOperationCount: BatchRoute.profilesUpdate.maximumOperationCount)
        var carried: [Int] = []
        encoder.begin()
        for place in places {
            let update = updates[place]
            if encoder.append(update: update.number, of: stretches[update.stretch].fold) == nil {
                calls.append(Call(body: encoder.finish(), updates: carried))
                carried = []
                encoder.begin()
                // Alone, an update always fits: the fold keeps to the same limit.
                _ = encoder.append(update: update.number, of: stretches[update.stretch].fold)
            }
            carried.append(place)
        }
        if !carried.isEmpty { calls.append(Call(body: encoder.finish(), updates: carried)) }
        return calls
    }

    /// A call for each update of a call, to find out which of them was refused.
    func apart(_ call: Call) -> [Call] { call.updates.flatMap { makeCalls(of: [$0]) } }

    /// The messages to which a partial error belongs, as far as it can be told.
    func messages(of error: PartialError, in call: Call) -> [Int] {
        guard call.updates.indices.contains(error.bulkIndex) else { return [] }
        let stretch = stretches[updates[call.updates[error.bulkIndex]].stretch]
        if stretch.messages.count > 1, let attribute = error.attribute,
            let setter = stretch.fold.setter(ofAttribute: attribute), stretch.messages.indices.contains(setter)
        {
            return [stretch.messages[setter]]
        }
        return stretch.messages
    }
}
