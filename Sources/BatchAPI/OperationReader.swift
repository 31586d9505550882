import JSONDocument

/// Reads the JSON text of would-be operations, keeps what Batch would accept and reports the rest.
///
/// Reusable, so that reading allocates the two arrays of the ``Contribution`` and nothing else. One for each thread.
public struct OperationReader: ~Copyable {
    var tape = JSONTape(limits: JSONLimits(maximumDepth: 160))
    let accepted: AcceptedRules
    var attributes: [AttributeEntry] = []
    var events: [EventEntry] = []
    /// The JSON text of the contribution that is being made.
    var text: [UInt8] = []
    /// The characters of an escaped string.
    var content: [UInt8] = []

    /// Creates a reader.
    ///
    /// - Parameter accepted: rules of Batch's SDKs that are not applied; see ``AcceptedRules``.
    public init(accepted: AcceptedRules = []) {
        self.accepted = accepted
    }

    /// Reads one operation, `{"identifiers": {"custom_id": …}, "attributes": {…}, "events": […]}`.
    ///
    /// - Parameters:
    ///   - operation: the JSON text, foreign.
    ///   - identity: what tells repeats of the message apart; nil when it has no id.
    ///   - ageTime: the time to judge the age of events without a time by, in milliseconds since 1970; it is not sent.
    ///   - refused: gets one entry for each field that is left out.
    /// - Returns: what is left, which may be nothing: see ``Contribution/isEmpty``.
    /// - Throws: ``OperationRefusal`` when there is no profile to change.
    public mutating func read(
        _ operation: Span<UInt8>,
        identity: RepeatIdentity?,
        ageTime: Int64? = nil,
        refused: inout [RefusedField]
    ) throws(OperationRefusal) -> Contribution {
        throw OperationRefusal(.notAnObject)
    }
}

/// Rules of level B that a user can switch off, should Batch turn out not to have them.
public struct AcceptedRules: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: UInt8
    /// Creates a set from bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Custom IDs such as `undefined` and `null` pass. B, 2.2.
    public static let placeholderCustomIDs = AcceptedRules(rawValue: 1)
    /// Strings of events may have line breaks. B, 2.7.
    public static let multilineEventStrings = AcceptedRules(rawValue: 2)
    /// An operation may have any number of array attributes. B, 2.3.
    public static let manyArrayAttributes = AcceptedRules(rawValue: 4)
}
