internal import JSONDocument
internal import YAMLDocument

/// A mapping as it was written, before compilation: the same from JSON and from YAML.
///
/// Numbers keep their text. Of equal keys only the last is here.
struct SourceNode {
    indirect enum Value {
        case null
        case boolean(Bool)
        case number(String)
        case text(String)
        case list([SourceNode])
        case object([Member])
    }

    struct Member {
        let key: String
        let value: SourceNode
    }

    /// Line and column from 1, where known.
    struct Mark {
        let line: Int
        let column: Int
    }

    let value: Value
    let mark: Mark?

    /// Whether this is an object with at least one key that starts with `@`.
    var isDirective: Bool {
        guard case .object(let members) = value else { return false }
        return members.contains { $0.key.hasPrefix("@") }
    }

    /// What this is, in words for a fault.
    var kindInWords: String {
        switch value {
        case .null: "null"
        case .boolean: "a boolean"
        case .number: "a number"
        case .text: "text"
        case .list: "a list"
        case .object: "an object"
        }
    }

    /// The value of a key of an object.
    subscript(key: String) -> SourceNode? {
        guard case .object(let members) = value else { return nil }
        return members.last { $0.key == key }?.value
    }
}

extension SourceNode {
    /// Reads a node of a file that somebody wrote.
    init(_ node: YAMLNode) {
        mark = Mark(line: node.mark.line, column: node.mark.column)
        switch node.value {
        case .null: value = .null
        case .boolean(let boolean): value = .boolean(boolean)
        case .integer(let integer): value = .number(String(integer))
        case .number(let text): value = .number(text)
        case .text(let text): value = .text(text)
        case .list(let nodes): value = .list(nodes.map { SourceNode($0) })
        case .map(let members):
            value = .object(members.map { Member(key: $0.key, value: SourceNode($0.value)) })
        }
    }

    /// Reads a value of a JSON text, with line and column.
    init(_ node: JSONNode, of tape: borrowing JSONTape, in text: Span<UInt8>, lines: LineStarts) {
        mark = lines.mark(ofByte: tape.textRange(of: node).lowerBound, in: text)
        switch tape.kind(of: node) {
        case .null: value = .null
        case .boolean: value = .boolean(tape.boolean(of: node) ?? false)
        case .number: value = .number(tape.verbatim(node, in: text))
        case .string: value = .text(tape.string(of: node, in: text) ?? "")
        case .array:
            var nodes: [SourceNode] = []
            var elements = tape.elements(of: node)
            while let element = tape.next(&elements) {
                nodes.append(SourceNode(element, of: tape, in: text, lines: lines))
            }
            value = .list(nodes)
        case .object:
            var found: [Member] = []
            var members = tape.members(of: node)
            while let member = tape.next(&members) {
                let key = tape.string(of: member.name, in: text) ?? ""
                found.append(Member(key: key, value: SourceNode(member.value, of: tape, in: text, lines: lines)))
            }
            value = .object(found)
        }
    }

    /// How many bytes the value takes as compact JSON, about; bounds what an alias of YAML can multiply.
    var byteCount: Int {
        switch value {
        case .null: 4
        case .boolean: 5
        case .number(let text): text.utf8.count
        case .text(let text): text.utf8.count + 2
        case .list(let nodes): nodes.reduce(2) { $0 + $1.byteCount + 1 }
        case .object(let members): members.reduce(2) { $0 + $1.key.utf8.count + 4 + $1.value.byteCount }
        }
    }

    /// Writes the value as compact JSON.
    func write(to writer: inout JSONWriter) {
        switch value {
        case .null: writer.null()
        case .boolean(let boolean): writer.boolean(boolean)
        case .number(let text): writer.raw(Array(text.utf8).span)
        case .text(let text): writer.string(text)
        case .list(let nodes):
            writer.beginArray()
            for node in nodes { node.write(to: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for member in members {
                writer.name(member.key)
                member.value.write(to: &writer)
            }
            writer.endObject()
        }
    }
}

/// Where the lines of a text start, to tell line and column of a byte.
struct LineStarts {
    private var starts: [Int] = [0]

    init(of text: Span<UInt8>) {
        for index in text.indices where text[index] == UInt8(ascii: "\n") { starts.append(index + 1) }
    }

    /// The line, and the column in code points, both from 1.
    func mark(ofByte offset: Int, in text: Span<UInt8>) -> SourceNode.Mark {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        var column = 1
        for index in starts[low]..<min(offset, text.count) where text[index] & 0xC0 != 0x80 { column += 1 }
        return SourceNode.Mark(line: low + 1, column: column)
    }
}
