public import JSONDocument

extension YAMLNode {
    /// The value as compact JSON; numbers as they were written, maps in their order.
    public var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// Writes the value as compact JSON.
    public func write(to writer: inout JSONWriter) {
        switch value {
        case .null: writer.null()
        case .boolean(let boolean): writer.boolean(boolean)
        case .integer(let integer): writer.integer(integer)
        case .number(let text): writer.raw(Array(text.utf8).span)
        case .text(let text): writer.string(text)
        case .list(let nodes):
            writer.beginArray()
            for node in nodes { node.write(to: &writer) }
            writer.endArray()
        case .map(let members):
            writer.beginObject()
            for member in members {
                writer.name(member.key)
                member.value.write(to: &writer)
            }
            writer.endObject()
        }
    }
}
