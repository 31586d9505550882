import BatchAPI
import JSONDocument

/// Adds the message's id to each event of an operation (`events.id_attribute`), since Batch does not tell repeated events apart.
///
/// An event that has an attribute of this name keeps its own; one that has as many attributes as Batch takes keeps those.
struct EventIDWriter: ~Copyable {
    private let attribute: String
    private let attributeName: JSONName
    private var tape = JSONTape()
    private var writer = JSONWriter()

    private static let events: JSONName = "events"
    private static let attributes: JSONName = "attributes"

    /// - Parameter attribute: the name of the event attribute, 1 to 30 of `a-z0-9_`.
    init(attribute: String) {
        self.attribute = attribute
        attributeName = JSONName(attribute)
    }

    /// The operation, as the mapping wrote it, with the id (UTF-8, without quotes and escapes) in its events; the same operation
    /// where it has none, or is not what an operation is.
    mutating func adding(_ id: Span<UInt8>, to operation: [UInt8]) -> [UInt8] {
        let text = operation.span
        do throws(JSONSyntaxError) { try tape.parse(text) } catch { return operation }
        guard tape.kind(of: tape.root) == .object, let events = tape.member(Self.events, of: tape.root, in: text),
            tape.kind(of: events) == .array, tape.count(of: events) > 0
        else { return operation }
        writer.removeAll()
        writer.beginObject()
        var members = tape.members(of: tape.root)
        while let (name, value) = tape.next(&members) {
            writer.rawName(text.extracting(tape.textRange(of: name)))
            guard value == events else {
                writer.raw(text, tape.textRange(of: value))
                continue
            }
            writer.beginArray()
            var elements = tape.elements(of: events)
            while let event = tape.next(&elements) { write(event, id, text) }
            writer.endArray()
        }
        writer.endObject()
        return writer.bytes
    }

    private mutating func write(_ event: JSONNode, _ id: Span<UInt8>, _ text: Span<UInt8>) {
        guard tape.kind(of: event) == .object else { return writer.raw(text, tape.textRange(of: event)) }
        let attributes = tape.member(Self.attributes, of: event, in: text)
        if let attributes {
            guard tape.kind(of: attributes) == .object, tape.count(of: attributes) < BatchLimits.eventAttributeCount,
                tape.member(attributeName, of: attributes, in: text) == nil
            else { return writer.raw(text, tape.textRange(of: event)) }
        }
        writer.beginObject()
        var members = tape.members(of: event)
        while let (name, value) = tape.next(&members) {
            if value == attributes { continue }
            writer.rawName(text.extracting(tape.textRange(of: name)))
            writer.raw(text, tape.textRange(of: value))
        }
        writer.name("attributes")
        writer.beginObject()
        if let attributes {
            var own = tape.members(of: attributes)
            while let (name, value) = tape.next(&own) {
                writer.rawName(text.extracting(tape.textRange(of: name)))
                writer.raw(text, tape.textRange(of: value))
            }
        }
        writer.name(attribute)
        writer.string(utf8: id)
        writer.endObject()
        writer.endObject()
    }
}
