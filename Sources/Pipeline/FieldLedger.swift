import BatchAPI
import DefaultMapping
import JSONDocument

/// What one entry did with a field of the message, whichever way it maps.
struct FieldNote: Sendable, Equatable {
    enum Fate: Sendable, Equatable {
        /// It gives these fields of the operation, by this directive.
        case arrived([String], directive: String)
        case leftOut(reason: String, detail: String)
        case unused(reason: String, detail: String)
    }

    let path: String
    let fate: Fate
}

/// Brings together what each entry did with each field of a message: what arrived by one entry is not lost by another.
struct FieldLedger {
    let message: JSONTree
    private var outputs: [MessageExplanation.Output] = []
    private var arrivals: [String: Set<Int>] = [:]
    private var losses: [String: [MessageExplanation.Loss]] = [:]
    /// Losses of fields of an operation that come from no single field of the message.
    private var others: [MessageExplanation.Loss] = []
    private var entry = ""
    private var operation = JSONTree.null
    /// The outputs of the entry by their paths.
    private var places: [String: Int] = [:]
    /// Where the outputs of the entry start.
    private var firstOutput = 0
    private var shown: [String] = []
    /// Objects without members, which are no fields unless the message holds them.
    private var empty: Set<Int> = []

    init(message: JSONTree) { self.message = message }

    /// Starts an entry; all fields of its operation count as constants until a note says otherwise.
    mutating func begin(_ entry: String, _ operation: JSONTree) {
        self.entry = entry
        self.operation = operation
        firstOutput = outputs.count
        places = [:]
        for leaf in Self.outputLeaves(operation) {
            outputs.append(
                MessageExplanation.Output(path: JSONTree.path(leaf), sources: [], directive: "constant", entry: entry)
            )
            places[outputs[outputs.count - 1].path] = outputs.count - 1
            shown.append(Self.shownPath(leaf))
            if operation[leaf] == .object([]) { empty.insert(outputs.count - 1) }
        }
    }

    /// The leaves of an operation; a list of scalars is one.
    private static func outputLeaves(_ operation: JSONTree) -> [[JSONTree.Step]] {
        var found: [[JSONTree.Step]] = []
        for leaf in operation.leaves {
            let way = field(leaf, in: operation)
            if found.last != way { found.append(way) }
        }
        return found
    }

    /// The way to the field that a value of an operation belongs to: an item of a list of scalars belongs to the list.
    static func field(_ way: [JSONTree.Step], in operation: JSONTree) -> [JSONTree.Step] {
        guard case .index = way.last, case .list(let siblings)? = operation[way.dropLast()],
            siblings.allSatisfy({ $0.leaves == [[]] })
        else { return way }
        return Array(way.dropLast())
    }

    /// A path as the reader of operations reports it.
    private static func shownPath(_ steps: [JSONTree.Step]) -> String {
        JSONTree.path(
            steps.map { step in
                guard case .name(let name) = step else { return step }
                var writer = JSONWriter()
                writer.string(name)
                return .name(RefusedField.shown(Array(writer.bytes.dropFirst().dropLast())))
            }
        )
    }

    mutating func note(_ field: FieldFate) {
        switch field.fate {
        case .arrived(let outputs):
            note(FieldNote(path: field.path, fate: .arrived(outputs, directive: "default")))
        case .leftOut(let reason):
            note(FieldNote(path: field.path, fate: .leftOut(reason: reason.rawValue, detail: reason.explanation)))
        case .unused(let reason):
            note(FieldNote(path: field.path, fate: .unused(reason: reason.rawValue, detail: reason.explanation)))
        }
    }

    mutating func note(_ field: FieldNote) {
        switch field.fate {
        case .arrived(let paths, let directive):
            for path in paths {
                if let index = places[path] {
                    arrive(field.path, index, directive)
                    continue
                }
                // The field has parts, such as the list of topics of an array patch.
                let parts = outputs.indices[firstOutput...].filter { Self.isPart(outputs[$0].path, of: path) }
                for part in parts { arrive(field.path, part, directive) }
                if parts.isEmpty {
                    lose(field.path, "not_in_result", "the mapping reads it, but it is not in the result", true)
                }
            }
        case .leftOut(let reason, let detail): lose(field.path, reason, detail, false)
        case .unused(let reason, let detail): lose(field.path, reason, detail, true)
        }
    }

    /// Notes which directive gave a field that no field of the message gives, such as one of the record's key.
    mutating func note(directive: String, source: String?, at path: String) {
        for index in outputs.indices[firstOutput...]
        where outputs[index].sources.isEmpty && Self.isPart(outputs[index].path, of: path) {
            let isOfRecord = source?.hasPrefix("$kafka") == true || source?.hasPrefix("$.$kafka") == true
            outputs[index] = MessageExplanation.Output(
                path: outputs[index].path,
                sources: isOfRecord ? [source ?? ""] : [],
                directive: directive,
                entry: outputs[index].entry
            )
        }
    }

    private mutating func arrive(_ path: String, _ output: Int, _ directive: String) {
        arrivals[path, default: []].insert(output)
        let known = outputs[output]
        guard !known.sources.contains(path) else { return }
        outputs[output] = MessageExplanation.Output(
            path: known.path,
            sources: known.sources + [path],
            directive: directive,
            entry: known.entry
        )
    }

    private mutating func lose(
        _ path: String,
        _ reason: String,
        _ detail: String,
        _ isUnused: Bool,
        part: String? = nil
    ) {
        var loss = MessageExplanation.Loss(path: path, reason: reason, detail: detail, isUnused: isUnused)
        let known = losses[path]?.firstIndex { $0.reason == reason && $0.detail == detail && $0.isUnused == isUnused }
        if let known { loss = losses[path, default: []].remove(at: known) }
        if let part, !loss.parts.contains(part) { loss.parts.append(part) }
        losses[path, default: []].insert(loss, at: known ?? losses[path]?.count ?? 0)
    }

    private static func isPart(_ path: String, of whole: String) -> Bool {
        path.hasPrefix(whole)
            && (path.count == whole.count
                || [".", "["].contains(path[path.index(path.startIndex, offsetBy: whole.count)]))
    }

    // MARK: What does not arrive after all

    /// Takes back a field of the operation that Batch would refuse, with all that it was made of.
    mutating func refuse(_ field: RefusedField) {
        takeBack(field.code, field.explanation, at: field.path, named: field.path + name(of: field)) {
            // A report may be about an item of a list, which is one field here.
            Self.isPart($0, of: field.path) || Self.isPart(field.path, of: $0)
        }
    }

    /// The name of an event that is left out for it, as something to put behind its place.
    private func name(of field: RefusedField) -> String {
        guard field.reason == .invalidEventName || field.reason == .eventNameTooLong,
            case .list(let events)? = operation["events"],
            let event = events.indices.first(where: { field.path == "events[\($0)]" }), let name = events[event]["name"]
        else { return "" }
        let text = String(decoding: name.json, as: UTF8.self)
        return " \(text.count > 60 ? "\(text.prefix(60))…" : text)"
    }

    /// Takes back an event that is older than Batch takes.
    mutating func loseEvent(_ index: Int) {
        let detail = "the event is older than 23 h 50 min; see events.late"
        takeBack("late_event", detail, at: "events[\(index)]") { Self.isPart($0, of: "events[\(index)]") }
    }

    private mutating func takeBack(
        _ reason: String,
        _ detail: String,
        at path: String,
        named name: String? = nil,
        _ isMeant: (String) -> Bool
    ) {
        var isFound = false
        for index in outputs.indices[firstOutput...] where isMeant(shown[index]) {
            // What one field gives by itself is named as the message has it.
            let isOfOne = shown[index] == path && outputs[index].sources.count == 1
            for source in outputs[index].sources {
                isFound = true
                arrivals[source]?.remove(index)
                lose(source, reason, detail, false, part: isOfOne ? nil : name ?? path)
            }
            taken.insert(index)
        }
        if !isFound {
            others.append(MessageExplanation.Loss(path: path, reason: reason, detail: detail, isUnused: false))
        }
    }

    private var taken: Set<Int> = []

    /// The fields of all operations, and the fields of the message that arrived nowhere, in the order of the message.
    func balance() -> (outputs: [MessageExplanation.Output], losses: [MessageExplanation.Loss]) {
        var found: [MessageExplanation.Loss] = []
        var seen: Set<MessageExplanation.Loss> = []
        for leaf in message.leaves {
            let path = JSONTree.path(leaf)
            let hasArrived = arrivals[path]?.isEmpty == false
            let reasons = losses[path] ?? []
            // What arrived, or was left out by one entry, is not unused because another entry does not read it.
            let isUsed = hasArrived || reasons.contains { !$0.isUnused }
            // But a part of what arrived may have been left out, such as half a locale.
            for loss in reasons where !(isUsed && loss.isUnused) {
                // That one entry does not read it says less than what another does with it.
                if loss.reason == "not_mapped", reasons.contains(where: { $0.reason != "not_mapped" }) { continue }
                if seen.insert(loss).inserted { found.append(loss) }
            }
            if !hasArrived, reasons.isEmpty {
                let loss = MessageExplanation.Loss(
                    path: path,
                    reason: "not_mapped",
                    detail: UnusedReason.notMapped.explanation,
                    isUnused: true
                )
                if seen.insert(loss).inserted { found.append(loss) }
            }
        }
        let kept = outputs.indices.filter { index in
            !taken.contains(index) && !(empty.contains(index) && outputs[index].sources.isEmpty)
        }.map { outputs[$0] }
        return (kept, found.map(\.self) + others)
    }
}
