/// A JSON value as a tree of its own memory, for what is shown to people and compared. Numbers keep their text.
///
/// Delivery works on ``JSONTape``, which allocates nothing; this is for commands and checks.
public indirect enum JSONTree: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case boolean(Bool)
    /// A number as it was written.
    case number(String)
    /// A text, escapes resolved.
    case text(String)
    /// The elements in order.
    case list([JSONTree])
    /// The members in order; of equal names the last, in the place that the tape gives it.
    case object([Member])

    /// A member of an object.
    public struct Member: Sendable, Hashable {
        /// The name, escapes resolved.
        public let name: String
        /// The value.
        public let value: JSONTree

        /// Creates a member.
        public init(name: String, value: JSONTree) {
            self.name = name
            self.value = value
        }
    }

    /// One step from a value to a part of it.
    public enum Step: Sendable, Hashable {
        /// Into a member of an object.
        case name(String)
        /// Into an element of a list.
        case index(Int)
    }

    /// Parses a text.
    ///
    /// - Throws: ``JSONSyntaxError`` if it is not JSON or exceeds the limits.
    public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONSyntaxError) {
        var tape = JSONTape(limits: limits)
        try tape.parse(bytes.span)
        self.init(tape.root, of: tape, in: bytes.span)
    }

    /// Copies a value of a parsed text. The recursion is bounded by the depth that the tape allows.
    public init(_ node: JSONNode, of tape: borrowing JSONTape, in text: Span<UInt8>) {
        switch tape.kind(of: node) {
        case .null: self = .null
        case .boolean: self = .boolean(tape.boolean(of: node) == true)
        case .number: self = .number(tape.verbatim(node, in: text))
        case .string: self = .text(tape.string(of: node, in: text) ?? "")
        case .array:
            var found: [JSONTree] = []
            var elements = tape.elements(of: node)
            while let element = tape.next(&elements) { found.append(JSONTree(element, of: tape, in: text)) }
            self = .list(found)
        case .object:
            var found: [Member] = []
            var members = tape.members(of: node)
            while let (name, value) = tape.next(&members) {
                let key = tape.string(of: name, in: text) ?? ""
                found.append(Member(name: key, value: JSONTree(value, of: tape, in: text)))
            }
            self = .object(found)
        }
    }

    /// The value of a member; nil where there is none or this is no object.
    public subscript(name: String) -> JSONTree? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    /// The part at the end of a way; nil where there is none.
    public subscript(steps: some Sequence<Step>) -> JSONTree? {
        var current = self
        for step in steps {
            switch (step, current) {
            case (.name(let name), _):
                guard let next = current[name] else { return nil }
                current = next
            case (.index(let index), .list(let elements)):
                guard elements.indices.contains(index) else { return nil }
                current = elements[index]
            default: return nil
            }
        }
        return current
    }

    /// The value with the part at the end of a way replaced, or, for nil, taken out (an element becomes null).
    public func replacing(_ steps: ArraySlice<Step>, with value: JSONTree?) -> JSONTree {
        guard let step = steps.first else { return value ?? .null }
        let rest = steps.dropFirst()
        switch (step, self) {
        case (.name(let name), .object(let members)):
            return .object(
                members.compactMap { member in
                    guard member.name == name else { return member }
                    if rest.isEmpty, value == nil { return nil }
                    return Member(name: name, value: member.value.replacing(rest, with: value))
                }
            )
        case (.index(let index), .list(var elements)):
            guard elements.indices.contains(index) else { return self }
            elements[index] = elements[index].replacing(rest, with: value)
            return .list(elements)
        default: return self
        }
    }

    /// The ways to all scalars, empty lists and empty objects, in document order.
    public var leaves: [[Step]] {
        var found: [[Step]] = []
        appendLeaves([], &found)
        return found
    }

    private func appendLeaves(_ way: [Step], _ found: inout [[Step]]) {
        switch self {
        case .list(let elements) where !elements.isEmpty:
            for (index, element) in elements.enumerated() { element.appendLeaves(way + [.index(index)], &found) }
        case .object(let members) where !members.isEmpty:
            for member in members { member.value.appendLeaves(way + [.name(member.name)], &found) }
        case .null, .boolean, .number, .text, .list, .object: found.append(way)
        }
    }

    /// A way as reports show it, behind the path of where it starts: names joined by `.`, elements as `[0]`.
    public static func path(_ steps: some Sequence<Step>, after start: String = "") -> String {
        var path = start
        for step in steps {
            switch step {
            case .name(let name): path += path.isEmpty ? name : ".\(name)"
            case .index(let index): path += "[\(index)]"
            }
        }
        return path
    }

    /// The value as compact JSON.
    public var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// Writes the value as compact JSON.
    public func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .boolean(let value): writer.boolean(value)
        case .number(let text): writer.raw(Array(text.utf8).span)
        case .text(let text): writer.string(text)
        case .list(let elements):
            writer.beginArray()
            for element in elements { element.write(to: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for member in members {
                writer.name(member.name)
                member.value.write(to: &writer)
            }
            writer.endObject()
        }
    }
}
