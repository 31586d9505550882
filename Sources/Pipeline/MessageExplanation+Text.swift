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
        if let malformed {
            return "\(place): dead letter: malformed_json: \(malformed)"
        }
        for entry in entries { lines.append("\(place): entry '\(entry.name)': \(Self.words(entry.fate))") }
        if let filteredReason { lines.append("\(place): filtered: \(filteredReason)") }
        let isOfOne = Set(outputs.map(\.entry)).count < 2
        let width = min(40, outputs.map(\.path.count).max() ?? 0)
        for output in outputs {
            let padded = output.path + String(repeating: " ", count: max(0, width - output.path.count))
            let source = output.sources.isEmpty ? "" : " \(Self.shortened(output.sources))"
            let entry = isOfOne ? "" : ", entry '\(output.entry)'"
            lines.append("  \(padded) <-\(source) (\(output.directive)\(entry))")
        }
        for blank in blanks {
            let reason = blank.source.map { "the message has nothing at \($0)" } ?? "\(blank.directive) gave nothing"
            lines.append("  \(blank.path) is not written: \(reason)\(isOfOne ? "" : ", entry '\(blank.entry)'")")
        }
        for loss in losses where !loss.isUnused {
            lines.append("\(place): left out \(loss.path): \(loss.detail) (\(loss.reason))")
        }
        var reasons: [String] = []
        for loss in losses where loss.isUnused && !reasons.contains(loss.reason) { reasons.append(loss.reason) }
        for reason in reasons {
            let meant = losses.filter { $0.isUnused && $0.reason == reason }
            lines.append("  not used \(Self.shortened(meant.map(\.path))): \(meant[0].detail) (\(reason))")
        }
        return lines.joined(separator: "\n")
    }

    private static func shortened(_ paths: [String]) -> String {
        let shown = paths.prefix(8).joined(separator: ", ")
        return paths.count > 8 ? "\(shown) and \(paths.count - 8) more" : shown
    }

    private static func words(_ fate: EntryFate) -> String {
        switch fate {
        case .otherTopic: "not for this topic"
        case .notTriggered: "its trigger does not hold"
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
        writer.name("version")
        writer.integer(1)
        writer.name("place")
        writer.string(place)
        writer.name("operations")
        writer.beginArray()
        for operation in operations { writer.raw(operation.span) }
        writer.endArray()
        if let filteredReason { Self.write("filtered", filteredReason, &writer) }
        if let deadLetter {
            Self.write("dead_letter", deadLetter.reason, &writer)
            Self.write("detail", deadLetter.detail, &writer)
        }
        writer.name("entries")
        writer.beginArray()
        for entry in entries { Self.write(entry, &writer) }
        writer.endArray()
        writer.name("outputs")
        writer.beginArray()
        for output in outputs {
            writer.beginObject()
            Self.write("path", output.path, &writer)
            writer.name("sources")
            writer.beginArray()
            for source in output.sources { writer.string(source) }
            writer.endArray()
            Self.write("directive", output.directive, &writer)
            Self.write("entry", output.entry, &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.name("blanks")
        writer.beginArray()
        for blank in blanks {
            writer.beginObject()
            Self.write("path", blank.path, &writer)
            Self.write("directive", blank.directive, &writer)
            if let source = blank.source { Self.write("source", source, &writer) }
            Self.write("entry", blank.entry, &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.name("losses")
        writer.beginArray()
        for loss in losses {
            writer.beginObject()
            Self.write("path", loss.path, &writer)
            Self.write("reason", loss.reason, &writer)
            Self.write("detail", loss.detail, &writer)
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
        write("name", entry.name, &writer)
        switch entry.fate {
        case .otherTopic: write("fate", "other_topic", &writer)
        case .notTriggered: write("fate", "not_triggered", &writer)
        case .afterFinal: write("fate", "after_final", &writer)
        case .mapped: write("fate", "mapped", &writer)
        case .filtered(let reason):
            write("fate", "filtered", &writer)
            write("reason", reason, &writer)
        case .deadLetter(let reason, let detail):
            write("fate", "dead_letter", &writer)
            write("reason", reason, &writer)
            write("detail", detail, &writer)
        }
        writer.endObject()
    }

    private static func write(_ name: String, _ value: String, _ writer: inout JSONWriter) {
        writer.name(name)
        writer.string(value)
    }
}

extension SampleRecord {
    /// The milliseconds since 1970 of an RFC 3339 date-time with zone, such as `2026-11-21T12:00:00Z`; nil for another text.
    public static func milliseconds(of text: String) -> Int64? {
        Timestamp.parse(Array(text.utf8).span)?.milliseconds
    }
}
