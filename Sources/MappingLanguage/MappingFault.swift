/// One reason why a mapping is refused when it is loaded.
public struct MappingFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The place inside the mapping as a JSON Pointer, such as `/profile/email/@case`; empty for the whole mapping.
    public let path: String
    /// What is wrong and what to write instead.
    public let message: String
    /// The line in the file, from 1, if known.
    public let line: Int?
    /// The column in code points, from 1, if known.
    public let column: Int?

    /// Creates a fault.
    public init(path: String, message: String, line: Int? = nil, column: Int? = nil) {
        self.path = path
        self.message = message
        self.line = line
        self.column = column
    }

    /// `line:column: /path: message`, without what is not known.
    public var description: String {
        var text = ""
        if let line, let column { text += "\(line):\(column): " }
        if !path.isEmpty { text += "\(path): " }
        return text + message
    }
}

/// A mapping was refused; all its faults.
public struct MappingRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// The faults in the order of the mapping, at least one.
    public let faults: [MappingFault]

    init(_ faults: [MappingFault]) { self.faults = faults }

    /// One fault a line.
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// Why one message cannot be mapped. Carries no contents of the message.
public struct MappingFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong.
    public enum Reason: Sendable, Hashable {
        /// The message is a list, a text, a number, a boolean or null.
        case messageIsNotAnObject
        /// A `@path` or `@template` whose argument is a directive that gave something other than text.
        case notText
        /// A `@transform` where there is no object to work on.
        case transformWithoutObject
        /// The result has more bytes than ``MappingScratch`` allows.
        case outputTooLarge(limit: Int)
        /// A result between two directives has more objects and lists inside one another than allowed.
        case outputTooDeep(limit: Int)
    }

    /// What went wrong.
    public let reason: Reason
    /// The directive's place inside the mapping as a JSON Pointer; empty for the whole.
    public let path: String

    init(_ reason: Reason, at path: String = "") {
        self.reason = reason
        self.path = path
    }

    /// What went wrong, where, and what to change.
    public var description: String {
        let place = path.isEmpty ? "" : "\(path): "
        switch reason {
        case .messageIsNotAnObject: return place + "the message is not a JSON object"
        case .notText: return place + "the directive inside gave no text; only a text can be a path or a template"
        case .transformWithoutObject:
            return place + "there is no object to transform; guard it with @if, or give 'apply' an object"
        case .outputTooLarge(let limit): return place + "the result has more than \(limit) bytes"
        case .outputTooDeep(let limit):
            return place + "the result has more than \(limit) objects and lists inside one another"
        }
    }
}
