import DefaultMapping
import Delivery
import JSONDocument
import SegmentSpec

extension MessageExplanation {
    /// The explanation for a person: what each entry did, where each field of the operations comes from, and why each other
    /// field of the message did not arrive.
    ///
    /// - Parameter place: where the message stands, such as `events.jsonl:3`.
    /// - Returns: several lines, without a line break at the end.
    public func text(at place: String) -> String {
        var lines: [String] = []
        if let unreadable {
            return "\(place): dead letter: \(unreadable.reason): \(unreadable.detail)"
        }
        if let filteredReason {
            // Said once: the entry whose reason it is has no line of its own.
            let owner = entries.firstIndex { $0.fate == .filtered(filteredReason) }
            let name = owner.map { " (entry '\(entries[$0].name)')" } ?? ""
            lines.append("\(place): filtered: \(filteredReason): \(Self.words(filtered: filteredReason))\(name)")
            for (index, entry) in entries.enumerated() where index != owner {
                lines.append("  entry '\(entry.name)': \(Self.words(entry))")
            }
        } else {
            for entry in entries { lines.append("\(place): entry '\(entry.name)': \(Self.words(entry))") }
        }
        let isOfOne = Set(outputs.map(\.entry)).count < 2
        let width = min(40, outputs.map(\.path.count).max() ?? 0)
        for output in outputs {
            let padded = output.path + String(repeating: " ", count: max(0, width - output.path.count))
            let source = output.sources.isEmpty ? "" : " \(Self.shortened(output.sources))"
            let entry = isOfOne ? "" : ", entry '\(output.entry)'"
            lines.append("  \(padded) <-\(source) (\(output.directive)\(entry))")
        }
        for blank in blanks {
            lines.append("  \(blank.path)\(Self.words(blank))\(isOfOne ? "" : ", entry '\(blank.entry)'")")
        }
        lines += leftOut(at: place)
        var reasons: [String] = []
        for loss in losses where loss.isUnused && !reasons.contains(loss.reason) { reasons.append(loss.reason) }
        for reason in reasons {
            let meant = losses.filter { $0.isUnused && $0.reason == reason }
            lines.append("  not used \(Self.shortened(meant.map(\.path))): \(meant[0].detail) (\(reason))")
        }
        return lines.joined(separator: "\n")
    }

    /// What was left out, a line for each cause: what was left out as a whole is named once, with the fields that it was of.
    private func leftOut(at place: String) -> [String] {
        var lines: [String] = []
        var told: Set<[String]> = []
        for loss in losses where !loss.isUnused {
            let end = ": \(loss.detail) (\(loss.reason))"
            if loss.parts.isEmpty { lines.append("\(place): left out \(loss.path)\(end)") }
            for part in loss.parts where told.insert([part, loss.reason, loss.detail]).inserted {
                let sources = losses.filter {
                    $0.parts.contains(part) && $0.reason == loss.reason && $0.detail == loss.detail
                }
                let from = Self.shortened(sources.map(\.path))
                lines.append("\(place): left out \(part) (from \(from))\(end)")
            }
        }
        return lines
    }

    /// What is missing, behind the path of the field.
    private static func words(_ blank: Blank) -> String {
        let nothing = blank.source.map { "the message has nothing at \($0)" } ?? "\(blank.directive) gave nothing"
        switch blank.part {
        case nil: return " is not written: \(nothing)"
        case .hole(let hole): return ": the hole {{\(hole)}} is empty: \(nothing)"
        case .member(let member, let hole):
            let owner = member.isEmpty ? "the shape" : "the member \(member) of its shape"
            let found = hole.map { "the hole {{\($0)}} of \(owner) is empty in every item" }
            return ": \(found ?? "\(owner) found nothing in any item"): no item has anything at \(blank.source ?? ""); "
                + "paths there start at the item, not at the message"
        }
    }

    private static func shortened(_ paths: [String]) -> String {
        let shown = paths.prefix(8).joined(separator: ", ")
        return paths.count > 8 ? "\(shown) and \(paths.count - 8) more" : shown
    }

    /// Why a message as a whole gives nothing, in words.
    static func words(filtered reason: String) -> String {
        switch reason {
        case "no_trigger": "no entry takes it"
        case "no_custom_id": "the mapping gives no custom_id for it"
        case "no_result": "the mapping gives nothing for it"
        case "late_event": "it has nothing but events that are too old"
        default: MappingReason(rawValue: reason)?.explanation ?? "it is not for Batch"
        }
    }

    private static func words(_ entry: Entry) -> String {
        switch entry.fate {
        case .otherTopic: "not for this topic"
        case .notTriggered: "its trigger does not hold\(entry.unmet.map { ": \($0)" } ?? "")"
        case .afterFinal: "not asked, a final entry took the message"
        case .mapped: "maps it"
        case .filtered(let reason): "filtered: \(reason)"
        case .deadLetter(let reason, let detail): "dead letter: \(reason): \(detail)"
        }
    }

    /// The explanation for a program, one JSON object: `version` 1, `place`, `operations`, `entries`, `outputs`,
    /// `blanks`, `losses`.
    public func json(at place: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("version", 1)
        writer.member("place", place)
        writer.name("operations")
        writer.beginArray()
        for operation in operations { writer.raw(operation.span) }
        writer.endArray()
        if let filteredReason { writer.member("filtered", filteredReason) }
        if let deadLetter {
            writer.member("dead_letter", deadLetter.reason)
            writer.member("detail", deadLetter.detail)
        }
        writer.name("entries")
        writer.beginArray()
        for entry in entries { Self.write(entry, &writer) }
        writer.endArray()
        writer.name("outputs")
        writer.beginArray()
        for output in outputs {
            writer.beginObject()
            writer.member("path", output.path)
            writer.name("sources")
            writer.beginArray()
            for source in output.sources { writer.string(source) }
            writer.endArray()
            writer.member("directive", output.directive)
            writer.member("entry", output.entry)
            writer.endObject()
        }
        writer.endArray()
        writer.name("blanks")
        writer.beginArray()
        for blank in blanks {
            writer.beginObject()
            writer.member("path", blank.path)
            writer.member("directive", blank.directive)
            if let source = blank.source { writer.member("source", source) }
            writer.member("entry", blank.entry)
            switch blank.part {
            case nil: break
            case .hole(let hole): writer.member("hole", hole)
            case .member(let member, let hole):
                writer.member("member", member)
                if let hole { writer.member("hole", hole) }
            }
            writer.endObject()
        }
        writer.endArray()
        writer.name("losses")
        writer.beginArray()
        for loss in losses {
            writer.beginObject()
            writer.member("path", loss.path)
            writer.member("reason", loss.reason)
            writer.member("detail", loss.detail)
            writer.name("unused")
            writer.boolean(loss.isUnused)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ entry: Entry, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", entry.name)
        switch entry.fate {
        case .otherTopic: writer.member("fate", "other_topic")
        case .notTriggered: writer.member("fate", "not_triggered")
        case .afterFinal: writer.member("fate", "after_final")
        case .mapped: writer.member("fate", "mapped")
        case .filtered(let reason):
            writer.member("fate", "filtered")
            writer.member("reason", reason)
        case .deadLetter(let reason, let detail):
            writer.member("fate", "dead_letter")
            writer.member("reason", reason)
            writer.member("detail", detail)
        }
        writer.endObject()
    }
}

extension SampleRecord {
    /// The milliseconds since 1970 of an RFC 3339 date-time with zone, such as `2026-11-21T12:00:00Z`; nil for another text.
    public static func milliseconds(of text: String) -> Int64? {
        Timestamp.parse(Array(text.utf8).span)?.milliseconds
    }
}
