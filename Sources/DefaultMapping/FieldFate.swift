/// What became of one field of a message that the default mapping has mapped.
public struct FieldFate: Sendable, Hashable {
    /// What became of it.
    public enum Fate: Sendable, Hashable {
        /// It gives these fields of the operation, such as `attributes.plan`.
        case arrived([String])
        /// It was left out.
        case leftOut(MappingReason)
        /// It is not data for Batch, or says nothing.
        case unused(UnusedReason)
    }

    /// The field's place, as in ``LeftOut``.
    public let path: String
    /// What became of it.
    public let fate: Fate
}

/// Why a field of a message gives nothing although nothing is wrong with it. Raw values are stable.
public enum UnusedReason: String, Sendable, CaseIterable {
    /// It decides whether and how the message is read.
    case decides = "decides"
    /// It tells repeats of a message apart.
    case identifiesMessage = "identifies_message"
    /// It is never used to find a profile.
    case neverAnIdentifier = "never_an_identifier"
    /// The mapping does not read it.
    case notMapped = "not_mapped"
    /// Another field gives the same.
    case overridden = "overridden"
    /// A part that is null counts as not there.
    case nullPart = "null_part"
    /// Items of lists that are null, blank or empty are removed.
    case emptyItem = "empty_item"
    /// Items that stand in a list twice are sent once.
    case repeatedItem = "repeated_item"
    /// The locale `C` or `POSIX` names no language.
    case noLanguage = "no_language"
    /// Where it went could not be found out; a fault of this program.
    case unexplained = "unexplained"

    /// What it means, for a person.
    public var explanation: String {
        switch self {
        case .decides: "decides whether and how the message is read"
        case .identifiesMessage: "tells repeats of a message apart"
        case .neverAnIdentifier: "is never used to find a profile"
        case .notMapped: "is not read by the mapping"
        case .overridden: "another field gives the same"
        case .nullPart: "null counts as not there"
        case .emptyItem: "null, blank and empty items are removed"
        case .repeatedItem: "stands in its list twice and is sent once"
        case .noLanguage: "names no language"
        case .unexplained: "could not be followed; please report this message"
        }
    }
}
