/// What one reading has in common: the file, its faults, and values that replace some of the file's.
///
/// Not for use by two threads at once.
public final class Reading {
    /// The file's name as it stands in faults.
    public let fileName: String
    /// Values from the environment by path, which go before those of the file.
    public let overrides: [String: Override]
    /// What is wrong so far, in the order of reading.
    public private(set) var faults: [Fault] = []

    /// A value from the environment.
    public struct Override: Sendable, Equatable {
        /// The variable's name.
        public let variable: String
        /// The variable's value.
        public let text: String

        /// Creates a value from the environment.
        public init(variable: String, text: String) {
            self.variable = variable
            self.text = text
        }
    }

    /// Starts a reading.
    ///
    /// - Parameters:
    ///   - fileName: the file's name as it shall stand in faults.
    ///   - overrides: values by path (`micro_batch.linger`) that go before those of the file.
    public init(fileName: String, overrides: [String: Override] = [:]) {
        self.fileName = fileName
        self.overrides = overrides
    }

    /// Records a fault; reading goes on.
    public func add(_ fault: Fault) { faults.append(fault) }

    /// The root of a file.
    public func cursor(at root: YAMLNode) -> NodeCursor {
        NodeCursor(node: root, place: .file(fileName, root.mark), path: "", reading: self)
    }
}

/// A value was refused, and the fault that says why is recorded.
public struct Refused: Error, Sendable {
    /// Creates the error; record a fault first.
    public init() {}
}

/// One value of a file with its place and path, while the file is read into values of its own.
public struct NodeCursor {
    /// The value.
    public let node: YAMLNode
    /// Where faults about it are reported: its key for a member of a map, itself for an element of a list.
    public let place: Fault.Place
    /// The way to it from the root, such as `mappings[2].trigger`.
    public let path: String
    /// The reading that it belongs to.
    public let reading: Reading

    /// Whether the value comes from the environment, where a list is one text with commas.
    public var isFromEnvironment: Bool { if case .environment = place { true } else { false } }

    /// The value as a fault shows it: `'-5'`, `a list`, `an empty value`.
    public var shown: String {
        guard let text = node.scalarText else { return node.kindInWords }
        if text.isEmpty { return "an empty value" }
        if case .null = node.value { return "null" }
        let short = String(text.unicodeScalars.prefix(60).map { $0.value < 32 ? " " : Character($0) })
        return short.unicodeScalars.count < text.unicodeScalars.count ? "'\(short)…'" : "'\(short)'"
    }

    /// Records a fault about this value.
    public func fault(_ message: String) { reading.add(Fault(at: place, path: path, message)) }

    /// Records a fault about this value and gives the error to throw.
    public func refusal(_ message: String) -> Refused {
        fault(message)
        return Refused()
    }

    /// Records that this value is not what was expected: `'-5' is not a duration of 0 ms or more, such as 100ms`.
    public func refusal(expected: String) -> Refused { refusal("\(shown) is not \(expected)") }

    /// Reads the value by a rule; nil after a fault.
    public func read<Value>(_ rule: ValueRule<Value>) -> Value? { try? rule.read(self) }

    /// The elements of a list; a text from the environment is divided at its commas.
    ///
    /// - Throws: ``Refused`` if this is no list.
    public func elements(expected: String = "a list") throws(Refused) -> [NodeCursor] {
        if isFromEnvironment, let text = node.scalarText {
            let trimmed = text.trimmingSpaces()
            if trimmed.hasPrefix("["), trimmed.hasSuffix("]") {
                let plain = trimmed.dropFirst().dropLast().filter { $0 != "\"" && $0 != "'" }
                throw refusal("\(shown) has the brackets of a file; in the environment write \(plain)")
            }
            let parts = text.split(separator: ",").map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
            return parts.enumerated().map { index, part in
                NodeCursor(node: .fromEnvironment(part), place: place, path: "\(path)[\(index)]", reading: reading)
            }
        }
        guard case .list(let nodes) = node.value else { throw refusal(expected: expected) }
        return nodes.enumerated().map { index, node in
            NodeCursor(
                node: node,
                place: .file(reading.fileName, node.mark),
                path: "\(path)[\(index)]",
                reading: reading
            )
        }
    }

    /// The members of a map whose keys are not known beforehand, such as names of attributes; none for null.
    ///
    /// - Throws: ``Refused`` if this is no map.
    public func members(expected: String = "a map") throws(Refused) -> [(key: String, value: NodeCursor)] {
        if case .null = node.value { return [] }
        guard case .map(let members) = node.value else { throw refusal(expected: expected) }
        return members.map { ($0.key, child($0)) }
    }

    func child(_ member: YAMLNode.Member) -> NodeCursor {
        NodeCursor(
            node: member.value,
            place: .file(reading.fileName, member.keyMark),
            path: path(to: member.key),
            reading: reading
        )
    }

    func path(to key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}

extension YAMLNode {
    /// A value of an environment variable, typed like a plain scalar; the place says nothing.
    static func fromEnvironment(_ text: String) -> YAMLNode {
        let value = try? CoreSchema.value(ofPlain: text)
        return YAMLNode(value ?? .text(text), mark: Mark(line: 1, column: 1), scalarText: text)
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    func trimmingSpaces() -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = drop(while: isSpace)
        return String(start.reversed().drop(while: isSpace).reversed())
    }
}
