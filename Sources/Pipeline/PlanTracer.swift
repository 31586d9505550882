import JSONDocument
import MappingLanguage

/// Finds out which fields of a message an own mapping uses, and for what.
///
/// What `@path` copies is known from the trace. For any other field the message is resolved again with another value in its
/// place, and without it: what then differs in the result comes from it. So nothing has to be known about the directives.
struct PlanTracer: ~Copyable {
    /// Bytes of messages that are resolved to try out fields, each by two resolutions: some seconds. A field is tried only if
    /// the mapping can read it and nothing copies it, so that this is enough for one or two thousand such fields.
    static let maximumTriedByteCount = 128 << 20

    private let plan: MappingPlan
    private let trigger: [[String]]
    private let record: SampleRecord
    private var tape = JSONTape()
    private var scratch = MappingScratch()
    private var writer = JSONWriter()
    private var triedByteCount = 0

    init(plan: MappingPlan, trigger: Trigger, record: SampleRecord) {
        self.plan = plan
        self.trigger = trigger.readPaths
        self.record = record
    }

    /// What the mapping did with each field; a field that gives several parts of the result has several notes.
    mutating func trace(_ message: JSONTree, operation: JSONTree, trace: ResolutionTrace) -> [FieldNote] {
        let read = plan.readPaths
        let derived = plan.derivedPaths
        let original = result(of: message)
        return message.leaves.flatMap { leaf -> [FieldNote] in
            let path = JSONTree.path(leaf)
            let names = Self.names(leaf)
            var outputs: [String] = []
            for entry in trace.entries where !entry.isAbsent {
                guard let copied = entry.copied, names.starts(with: copied) else { continue }
                let place = entry.place + names.dropFirst(copied.count)
                if let output = Self.output(place, operation) { outputs.append(output) }
            }
            let copy = outputs.isEmpty ? [] : [FieldNote(path: path, fate: .arrived(outputs, directive: "@path"))]
            // What only copies read has no other effect; what nothing copies is tried if anything reads it.
            let readers = copy.isEmpty ? read : derived
            guard plan.readsAnyPath || readers.contains(where: { Self.canRead($0, names) }) else {
                return copy.isEmpty ? [unread(path, names)] : copy
            }
            guard triedByteCount < Self.maximumTriedByteCount else {
                return copy.isEmpty ? [Self.notFollowed(path)] : copy
            }
            let readerCount = readers.count { Self.canRead($0, names) }
            let effects = effects(of: leaf, readerCount, message, original, operation, trace, besides: Set(outputs))
            if copy.isEmpty, effects.isEmpty { return [withoutEffect(path, names)] }
            return copy + effects.map { FieldNote(path: path, fate: .arrived([$0.output], directive: $0.directive)) }
        }
    }

    /// The parts of the result that are others, or not there, where a field has another value or none.
    private mutating func effects(
        of leaf: [JSONTree.Step],
        _ readerCount: Int,
        _ message: JSONTree,
        _ original: JSONTree?,
        _ operation: JSONTree,
        _ trace: ResolutionTrace,
        besides known: Set<String>
    ) -> [(output: String, directive: String)] {
        // A text that no message holds, and then nothing: one of the two differs from what is there.
        var seen = known
        var found: [(output: String, directive: String)] = []
        for replacement in [JSONTree.text("\u{10FFFD}\u{10FFFC}"), nil] {
            let changed = result(of: message.replacing(leaf[...], with: replacement))
            guard changed != original else { continue }
            for place in Self.differences(original ?? .null, changed ?? .null, []) {
                guard let output = Self.output(place, operation), seen.insert(output).inserted else { continue }
                let entry = trace.entries.first { !$0.isAbsent && place.starts(with: $0.place) }
                found.append((output, entry?.directive ?? "@if"))
            }
            // Each part that was found accounts for one reader; another may be a condition, which only nothing changes.
            if !found.isEmpty, found.count >= readerCount { break }
        }
        return found
    }

    private static func notFollowed(_ path: String) -> FieldNote {
        FieldNote(
            path: path,
            fate: .unused(
                reason: "not_followed",
                detail:
                    "the mapping reads it, but the message is too large to try out each of its fields; explain it "
                    + "with fewer fields"
            )
        )
    }

    /// A field that changes nothing: one that is not read, although what is around it may be, or one whose value is the same.
    private func withoutEffect(_ path: String, _ names: [String]) -> FieldNote {
        guard plan.reads(names) else { return unread(path, names) }
        return FieldNote(
            path: path,
            fate: .unused(
                reason: "no_effect",
                detail: "the mapping reads it, but it changes nothing in this result"
            )
        )
    }

    private func unread(_ path: String, _ names: [String]) -> FieldNote {
        if trigger.contains(where: { names.starts(with: $0) }) {
            return FieldNote(path: path, fate: .unused(reason: "decides", detail: "only the trigger reads it"))
        }
        return FieldNote(path: path, fate: .unused(reason: "not_mapped", detail: "is not read by the mapping"))
    }

    /// Whether another value in a field can change what a path gives: the value there, what is inside it, or the length of a list.
    private static func canRead(_ path: [String], _ field: [String]) -> Bool {
        if field.starts(with: path) || path.starts(with: field) { return true }
        return path.last == "length" && field.starts(with: path.dropLast())
    }

    private mutating func result(of message: JSONTree) -> JSONTree? {
        let text = message.json
        triedByteCount += text.count
        guard (try? tape.parse(text.span)) != nil else { return nil }
        var fields = RecordFields()
        record.fill(&fields)
        writer.removeAll()
        let isPresent = try? plan.resolve(tape, text.span, fields: fields, scratch: &scratch, into: &writer)
        guard isPresent == true else { return nil }
        return try? JSONTree(parsing: writer.bytes, limits: MessageExplainer.limits)
    }

    private static func names(_ steps: [JSONTree.Step]) -> [String] {
        steps.map { step in
            switch step {
            case .name(let name): name
            case .index(let index): String(index)
            }
        }
    }

    /// The places at which two results differ.
    private static func differences(_ left: JSONTree, _ right: JSONTree, _ place: [String]) -> [[String]] {
        if left == right { return [] }
        switch (left, right) {
        case (.object(let members), .object(let others)):
            let names =
                members.map(\.name) + others.map(\.name).filter { name in !members.contains { $0.name == name } }
            return names.flatMap { name -> [[String]] in
                guard let first = left[name], let second = right[name] else { return [place + [name]] }
                return differences(first, second, place + [name])
            }
        case (.list(let elements), .list(let others)) where elements.count == others.count:
            return elements.indices.flatMap { differences(elements[$0], others[$0], place + [String($0)]) }
        default: return [place]
        }
    }

    /// The field of the operation that a place of the result became; nil for what is no part of it.
    static func output(_ place: [String], _ operation: JSONTree) -> String? {
        var place = place
        switch place.first {
        case "custom_id": place = ["identifiers", "custom_id"]
        case "events":
            // One event may stand without a list.
            if place.count > 1, Int(place[1]) == nil { place.insert("0", at: 1) }
        default: break
        }
        var steps: [JSONTree.Step] = []
        var current = operation
        for name in place {
            let step: JSONTree.Step
            if case .list = current, let index = Int(name) { step = .index(index) } else { step = .name(name) }
            guard let next = current[[step]] else { return nil }
            steps.append(step)
            current = next
        }
        return JSONTree.path(FieldLedger.field(steps, in: operation))
    }
}
