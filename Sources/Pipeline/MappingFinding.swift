public import YAMLDocument

/// What somebody should know about a mapping file before any message is mapped by it.
public struct MappingFinding: Sendable, Hashable, CustomStringConvertible {
    /// How bad it is.
    public enum Level: String, Sendable, Hashable {
        /// A part that Batch can never accept: the file is refused.
        case fault
        /// A part that Batch will probably not accept, or not always.
        case warning
        /// A part that does something else than the same mapping in Segment.
        case difference
    }

    /// How bad it is.
    public let level: Level
    /// The name of the entry.
    public let entry: String
    /// The place, the part that it is about, and what is wrong with it.
    public let fault: Fault

    /// `file:line:column: attributes.Plan Name: …`; with the level and the entry's name unless it is a fault.
    public var description: String {
        level == .fault ? fault.description : "\(fault.description) (\(level.rawValue), entry '\(entry)')"
    }
}
