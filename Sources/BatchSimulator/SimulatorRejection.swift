/// One breach of a rule, for the log. Carries no content of the request but the attribute's name.
public struct SimulatorRejection: Sendable, Equatable {
    /// The call's number, from 1.
    public let call: Int
    /// The rule; ``SimulatorRule/isWarning`` tells whether anything was refused.
    public let rule: SimulatorRule
    /// The operation's position in the call, from 0; nil when the whole call is meant.
    public let bulkIndex: Int?
    /// The attribute without `date()` and `url()`, nested ones as a dotted path.
    public let attribute: String?
}
