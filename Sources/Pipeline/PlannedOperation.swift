import JSONDocument
import MappingLanguage

/// Turns the result of an own mapping, `{custom_id, attributes, events}`, into an operation of Batch's.
struct PlannedOperation: ~Copyable {
    private var result = JSONWriter()
    private var tape = JSONTape()

    private static let customID: JSONName = "custom_id"
    private static let attributes: JSONName = "attributes"
    private static let events: JSONName = "events"

    /// - Returns: whether an operation was written; not so if the mapping gives nothing, or no Custom ID.
    mutating func write(
        _ plan: MappingPlan,
        _ message: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ fields: borrowing RecordFields,
        _ scratch: inout MappingScratch,
        into writer: inout JSONWriter
    ) throws(MappingFailure) -> Bool {
        result.removeAll()
        guard try plan.resolve(message, text, fields: fields, scratch: &scratch, into: &result) else { return false }
        let bytes = result.bytes
        let span = bytes.span
        // What a plan writes is always valid JSON, within the bounds of a message.
        guard (try? tape.parse(span)) != nil, let id = tape.member(Self.customID, of: tape.root, in: span),
            tape.kind(of: id) != .null
        else { return false }
        writer.beginObject()
        writer.name("identifiers")
        writer.beginObject()
        writer.name("custom_id")
        if tape.isInteger(id) {
            // Batch takes texts only (batch-api 2.2).
            writer.string(utf8: span.extracting(tape.textRange(of: id)))
        } else {
            writer.raw(span, tape.textRange(of: id))
        }
        writer.endObject()
        if let attributes = tape.member(Self.attributes, of: tape.root, in: span), tape.kind(of: attributes) != .null {
            writer.name("attributes")
            writer.raw(span, tape.textRange(of: attributes))
        }
        if let events = tape.member(Self.events, of: tape.root, in: span), tape.kind(of: events) != .null {
            writer.name("events")
            let isSingle = tape.kind(of: events) == .object
            if isSingle { writer.beginArray() }
            writer.raw(span, tape.textRange(of: events))
            if isSingle { writer.endArray() }
        }
        writer.endObject()
        return true
    }
}
