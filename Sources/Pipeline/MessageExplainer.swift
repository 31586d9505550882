import BatchAPI
import DefaultMapping
import JSONDocument
import MappingLanguage

/// Maps messages as the service does, and says of every field where it went and why.
///
/// For people: it does the work of ``MessageMapper`` and a multiple of it. What it gives as operations is the same. One value
/// serves many messages. Not for use by two threads at once.
public struct MessageExplainer: ~Copyable {
    let mappings: MappingSet
    private var tape = JSONTape()
    private var writer = JSONWriter()
    private var reader = OperationReader()
    private let defaults: [StandardMapping]
    private var planned = PlannedOperation()
    private var scratch = MappingScratch()
    private var fields = RecordFields()

    /// Creates an explainer for these entries.
    public init(mappings: MappingSet) {
        self.mappings = mappings
        defaults = mappings.options.map { StandardMapping($0) }
    }

    /// What becomes of a message.
    ///
    /// - Parameters:
    ///   - message: the record's value.
    ///   - record: the rest of the record, and the time.
    /// - Returns: the operations, and the fate of every field.
    public mutating func explain(_ message: [UInt8], record: SampleRecord = SampleRecord()) -> MessageExplanation {
        var explanation = MessageExplanation()
        let text = message.span
        do throws(JSONSyntaxError) {
            try tape.parse(text)
        } catch {
            explanation.unreadable = UnreadableValue.malformed(error, text)
            return explanation
        }
        guard tape.kind(of: tape.root) == .object else {
            explanation.unreadable = UnreadableValue.notAnObject
            return explanation
        }
        record.fill(&fields)
        var ledger = FieldLedger(message: JSONTree(tape.root, of: tape, in: text))
        var isOver = false
        for index in mappings.entries.indices {
            let entry = mappings.entries[index].entry
            var fate = MessageExplanation.EntryFate.notTriggered
            if isOver {
                fate = .afterFinal
            } else if let topic = record.topic, !entry.applies(toTopic: topic) {
                fate = .otherTopic
            } else if entry.trigger.matches(tape, text, fields: fields, scratch: &scratch) {
                fate = apply(index, text, record, &explanation, &ledger)
                isOver = entry.isFinal
            }
            let unmet = fate == .notTriggered ? Self.unmet(entry.trigger, ledger.message) : nil
            explanation.entries.append(MessageExplanation.Entry(name: entry.name, fate: fate, unmet: unmet))
            if case .deadLetter = fate { break }
        }
        if explanation.deadLetter != nil {
            explanation.operations = []
        } else if !explanation.operations.isEmpty {
            (explanation.outputs, explanation.losses) = ledger.balance()
        }
        return explanation
    }

    /// A trigger that does not hold, with what the message has in the fields that it reads, for a person.
    private static func unmet(_ trigger: Trigger, _ message: JSONTree) -> String {
        var seen: Set<[String]> = []
        let fields = trigger.readPaths.filter { seen.insert($0).inserted }.prefix(6).map { path in
            var value: JSONTree? = message
            for name in path {
                if case .list(let elements)? = value {
                    value = Int(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
                } else {
                    value = value?[name]
                }
            }
            let text = value.map { "is \(shortened(String(decoding: $0.json, as: UTF8.self), 40))" } ?? "is not there"
            return "\(path.joined(separator: ".")) \(text)"
        }
        let here = fields.isEmpty ? "" : "; here \(fields.joined(separator: ", "))"
        return shortened(trigger.text, 200) + here
    }

    private static func shortened(_ text: String, _ count: Int) -> String {
        text.count > count ? "\(text.prefix(count))…" : text
    }

    private mutating func apply(
        _ index: Int,
        _ text: Span<UInt8>,
        _ record: SampleRecord,
        _ explanation: inout MessageExplanation,
        _ ledger: inout FieldLedger
    ) -> MessageExplanation.EntryFate {
        let entry = mappings.entries[index].entry
        writer.removeAll()
        switch entry.method {
        case .standard:
            var leftOut: [LeftOut] = []
            switch defaults[mappings.entries[index].optionsIndex].mapper.map(
                tape,
                text,
                into: &writer,
                leftOut: &leftOut
            ) {
            case .filtered(let reason): return .filtered(reason.rawValue)
            case .deadLetter(let reason, let field):
                return .deadLetter(reason: reason.rawValue, detail: "\(field): \(reason.explanation)")
            case .operation: break
            }
            guard let operation = try? JSONTree(parsing: writer.bytes, limits: Self.limits) else {
                return .deadLetter(
                    reason: "not_json",
                    detail: "the default mapping wrote no JSON; please report this message"
                )
            }
            ledger.begin(entry.name, operation)
            var tracer = FieldTracer(options: mappings.options[mappings.entries[index].optionsIndex])
            for field in tracer.trace(ledger.message, operation: operation, leftOut: leftOut) {
                ledger.note(field)
            }
        case .plan(let plan):
            guard entry.action == .updateProfile else {
                return applyOther(plan, entry, text, record, &explanation, &ledger)
            }
            do throws(MappingFailure) {
                scratch.isTracing = true
                defer { scratch.isTracing = false }
                let isWritten = try planned.write(plan, tape, text, fields, &scratch, into: &writer)
                explanation.blanks += blanks(of: entry)
                guard isWritten else { return .filtered("no_user_id") }
            } catch {
                return .deadLetter(reason: "mapping_failed", detail: error.description)
            }
            guard let operation = try? JSONTree(parsing: writer.bytes, limits: Self.limits) else {
                return .deadLetter(reason: "not_json", detail: "the mapping wrote no JSON; please report this message")
            }
            follow(plan, entry, operation, record, &ledger)
        }
        return finish(record, &explanation, &ledger)
    }

    /// How deep an operation may be: a message's depth and a mapping's together.
    static let limits = JSONLimits(maximumDepth: 256)

    /// Notes what an own mapping did with each field, right after it was resolved.
    private func follow(
        _ plan: MappingPlan,
        _ entry: MappingEntry,
        _ operation: JSONTree,
        _ record: SampleRecord,
        _ ledger: inout FieldLedger
    ) {
        ledger.begin(entry.name, operation)
        var tracer = PlanTracer(plan: plan, trigger: entry.trigger, record: record)
        for field in tracer.trace(ledger.message, operation: operation, trace: scratch.trace) { ledger.note(field) }
        for part in scratch.trace.entries where !part.isAbsent {
            guard let path = PlanTracer.output(part.place, operation) else { continue }
            ledger.note(directive: part.directive, source: part.source, at: path)
        }
    }

    /// What the entry's directives gave nothing for, or looked for in vain, right after it was resolved.
    private func blanks(of entry: MappingEntry) -> [MessageExplanation.Blank] {
        scratch.trace.entries.flatMap { part -> [MessageExplanation.Blank] in
            var path = ""
            for step in part.place {
                let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
                let isIndex = !step.isEmpty && step.utf8.allSatisfy { digits.contains($0) }
                path += isIndex ? "[\(step)]" : path.isEmpty ? step : ".\(step)"
            }
            func blank(_ source: String?, _ blankPart: MessageExplanation.Blank.Part?) -> MessageExplanation.Blank {
                MessageExplanation.Blank(
                    path: path,
                    directive: part.directive,
                    source: source,
                    entry: entry.name,
                    part: blankPart
                )
            }
            if part.isAbsent { return [blank(part.source, nil)] }
            return part.gaps.map { gap in
                let rooted = gap.source.hasPrefix("$") ? gap.source : "$.\(gap.source)"
                switch gap.kind {
                case .hole: return blank(rooted, .hole(gap.source))
                case .itemPath: return blank(rooted, .member(gap.member ?? "", hole: nil))
                case .itemHole: return blank(rooted, .member(gap.member ?? "", hole: gap.source))
                }
            }
        }
    }

    /// The result of an action other than a profile update, as it is.
    private mutating func applyOther(
        _ plan: MappingPlan,
        _ entry: MappingEntry,
        _ text: Span<UInt8>,
        _ record: SampleRecord,
        _ explanation: inout MessageExplanation,
        _ ledger: inout FieldLedger
    ) -> MessageExplanation.EntryFate {
        do throws(MappingFailure) {
            scratch.isTracing = true
            defer { scratch.isTracing = false }
            guard try plan.resolve(tape, text, fields: fields, scratch: &scratch, into: &writer) else {
                return .filtered("no_result")
            }
            explanation.operations.append(writer.bytes)
            guard let result = try? JSONTree(parsing: writer.bytes, limits: Self.limits) else { return .mapped }
            follow(plan, entry, result, record, &ledger)
            return .mapped
        } catch {
            return .deadLetter(reason: "mapping_failed", detail: error.description)
        }
    }

    /// Reads the operation by Batch's rules, as the service does.
    private mutating func finish(
        _ record: SampleRecord,
        _ explanation: inout MessageExplanation,
        _ ledger: inout FieldLedger
    ) -> MessageExplanation.EntryFate {
        var refused: [RefusedField] = []
        let contribution: Contribution
        let operation = writer.bytes
        do throws(OperationRefusal) {
            contribution = try reader.read(
                operation.span,
                identity: nil,
                ageTime: record.timestampMilliseconds,
                refused: &refused
            )
        } catch {
            return .deadLetter(reason: error.code, detail: error.description)
        }
        for field in refused { ledger.refuse(field) }
        var ages = EventAgeRule.none
        if let now = record.nowMilliseconds {
            let oldest = now - BatchLimits.safeEventAgeMilliseconds
            ages = EventAgeRule(
                oldestMilliseconds: oldest,
                newestMilliseconds: now + BatchLimits.eventFutureMilliseconds,
                late: .omit
            )
            let late = (0..<contribution.eventCount).filter { (contribution.eventTime(at: $0) ?? now) < oldest }
            for event in late { ledger.loseEvent(event) }
            if !late.isEmpty, late.count == contribution.eventCount, contribution.attributeCount == 0 {
                return .filtered("late_event")
            }
        }
        explanation.operations += contribution.operations(ages: ages)
        return .mapped
    }
}
