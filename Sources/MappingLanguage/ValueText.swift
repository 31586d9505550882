internal import JSONDocument

/// Writes values of a tape, and their text forms.
enum ValueText {
    // MARK: As JSON, scalars as they are written

    /// Copies a value. Recursion is bounded by the depth of the tape.
    static func write(
        _ node: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ name: inout [UInt8],
        _ writer: inout JSONWriter
    ) {
        switch tape.kind(of: node) {
        case .string, .number, .boolean, .null:
            writer.raw(text, tape.textRange(of: node))
        case .array:
            writer.beginArray()
            var elements = tape.elements(of: node)
            while let element = tape.next(&elements) { write(element, tape, text, &name, &writer) }
            writer.endArray()
        case .object:
            writer.beginObject()
            var members = tape.members(of: node)
            while let member = tape.next(&members) {
                writeName(member.name, tape, text, &name, &writer)
                write(member.value, tape, text, &name, &writer)
            }
            writer.endObject()
        }
    }

    /// Writes the name of a member.
    static func writeName(
        _ node: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ name: inout [UInt8],
        _ writer: inout JSONWriter
    ) {
        let range = tape.textRange(of: node)
        if range.upperBound < text.count, text[range.upperBound] == UInt8(ascii: ":") {
            writer.rawName(text, range.lowerBound..<range.upperBound + 1)
        } else if tape.isEscaped(node) {
            name.removeAll(keepingCapacity: true)
            tape.appendContent(of: node, in: text, to: &name)
            writer.name(utf8: name.span)
        } else {
            writer.name(utf8: text.extracting(tape.contentRange(of: node)))
        }
    }

    // MARK: Text forms (mapping language, section 1.3)

    /// Appends the text form of what stands at a path.
    static func append(
        _ location: MappingPlan.Location,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        to buffer: inout [UInt8]
    ) {
        switch location {
        case .absent: break
        case .count(let count): buffer.append(contentsOf: String(count).utf8)
        case .value(let node): append(node, tape, text, to: &buffer)
        }
    }

    /// Appends the text form of a value.
    static func append(
        _ node: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        to buffer: inout [UInt8]
    ) {
        switch tape.kind(of: node) {
        case .null: break
        case .boolean: buffer.append(contentsOf: tape.boolean(of: node) == true ? "true".utf8 : "false".utf8)
        case .number: NumberText.append(text.extracting(tape.textRange(of: node)), to: &buffer)
        case .string: tape.appendContent(of: node, in: text, to: &buffer)
        case .array:
            var elements = tape.elements(of: node)
            var isFirst = true
            while let element = tape.next(&elements) {
                if !isFirst { buffer.append(UInt8(ascii: ",")) }
                isFirst = false
                append(element, tape, text, to: &buffer)
            }
        case .object: appendJSON(node, tape, text, to: &buffer)
        }
    }

    /// Appends the compact JSON text of a value: no spaces, only the escapes that JSON demands, numbers in their text form.
    static func appendJSON(
        _ node: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        to buffer: inout [UInt8]
    ) {
        switch tape.kind(of: node) {
        case .null: buffer.append(contentsOf: "null".utf8)
        case .boolean, .number: append(node, tape, text, to: &buffer)
        case .string: appendString(node, tape, text, to: &buffer)
        case .array:
            buffer.append(UInt8(ascii: "["))
            var elements = tape.elements(of: node)
            var isFirst = true
            while let element = tape.next(&elements) {
                if !isFirst { buffer.append(UInt8(ascii: ",")) }
                isFirst = false
                appendJSON(element, tape, text, to: &buffer)
            }
            buffer.append(UInt8(ascii: "]"))
        case .object:
            buffer.append(UInt8(ascii: "{"))
            var members = tape.members(of: node)
            var isFirst = true
            while let member = tape.next(&members) {
                if !isFirst { buffer.append(UInt8(ascii: ",")) }
                isFirst = false
                appendString(member.name, tape, text, to: &buffer)
                buffer.append(UInt8(ascii: ":"))
                appendJSON(member.value, tape, text, to: &buffer)
            }
            buffer.append(UInt8(ascii: "}"))
        }
    }

    private static func appendString(
        _ node: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        to buffer: inout [UInt8]
    ) {
        guard tape.isEscaped(node) else {
            for index in tape.textRange(of: node) { buffer.append(text[index]) }
            return
        }
        // The writer knows which escapes are needed.
        var content: [UInt8] = []
        tape.appendContent(of: node, in: text, to: &content)
        var writer = JSONWriter()
        writer.string(utf8: content.span)
        buffer.append(contentsOf: writer.bytes)
    }
}

extension JSONWriter {
    /// Copies a member's name that is JSON already, with its colon.
    mutating func rawName(_ text: Span<UInt8>, _ range: Range<Int>) {
        raw(text, range)
        // The writer takes the copy for a value; what follows a name has no comma before it.
        truncate(to: bytes.count, needsComma: false)
    }
}
