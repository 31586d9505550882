// The fuzzer compiles this file together with the module's own.
#if canImport(JSONDocument)
    import JSONDocument
#endif

/// How a tape and the reference differ on a text.
struct TapeDifference: Error, CustomStringConvertible {
    let description: String
}

extension ReferenceJSON {
    /// The tree of a value on a tape, read by the tape's public functions.
    static func read(_ node: JSONNode, of tape: borrowing JSONTape, in text: Span<UInt8>) -> ReferenceJSON {
        switch tape.kind(of: node) {
        case .object:
            var members: [Member] = []
            var cursor = tape.members(of: node)
            while let (name, value) = tape.next(&cursor) {
                members.append(Member(name: content(name, of: tape, in: text), value: read(value, of: tape, in: text)))
            }
            return .object(members)
        case .array:
            var elements: [ReferenceJSON] = []
            var cursor = tape.elements(of: node)
            while let element = tape.next(&cursor) { elements.append(read(element, of: tape, in: text)) }
            return .array(elements)
        case .string: return .string(content(node, of: tape, in: text))
        case .number: return .number(tape.textRange(of: node).map { text[$0] })
        case .boolean: return .boolean(tape.boolean(of: node) == true)
        case .null: return .null
        }
    }

    private static func content(_ node: JSONNode, of tape: borrowing JSONTape, in text: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        tape.appendContent(of: node, in: text, to: &bytes)
        return bytes
    }

    /// Writes the value with every function of the writer that has a part in it.
    func write(to writer: inout JSONWriter) {
        switch self {
        case .object(let members):
            writer.beginObject()
            for member in members {
                writer.name(utf8: member.name.span)
                member.value.write(to: &writer)
            }
            writer.endObject()
        case .array(let elements):
            writer.beginArray()
            for element in elements { element.write(to: &writer) }
            writer.endArray()
        case .string(let content): writer.string(utf8: content.span)
        case .number(let text): writer.raw(text.span)
        case .boolean(let value): writer.boolean(value)
        case .null: writer.null()
        }
    }
}

/// Parses a text with both and compares everything: acceptance, the offset of the error, each value, look-up by name, and
/// what the writer makes of it.
func compareWithReference(_ text: [UInt8], _ tape: inout JSONTape, maximumDepth: Int) throws(TapeDifference) {
    var refusedAt: Int?
    do throws(JSONSyntaxError) { try tape.parse(text.span) } catch { refusedAt = error.byteOffset }
    let expected: ReferenceJSON
    do throws(ReferenceParser.Refusal) {
        expected = try ReferenceParser.parse(text, maximumDepth: maximumDepth)
    } catch {
        guard refusedAt == error.byteOffset else {
            throw TapeDifference(
                description: "refused at \(error.byteOffset) by the reference, at \(refusedAt ?? -1) by the tape"
            )
        }
        return
    }
    if let refusedAt { throw TapeDifference(description: "refused at \(refusedAt), the reference accepts it") }
    guard ReferenceJSON.read(tape.root, of: tape, in: text.span) == expected else {
        throw TapeDifference(description: "other values than the reference")
    }
    if case .object(let members) = expected {
        for member in members {
            guard let found = tape.member(JSONName(bytes: member.name), of: tape.root, in: text.span),
                ReferenceJSON.read(found, of: tape, in: text.span) == member.value
            else { throw TapeDifference(description: "a member is not found by its name") }
        }
    }
    var writer = JSONWriter()
    expected.write(to: &writer)
    guard (try? ReferenceParser.parse(writer.bytes, maximumDepth: maximumDepth)) == expected else {
        throw TapeDifference(description: "another value after writing")
    }
}
