/// Why a service cannot start or go on, with what to change.
public struct RelayError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text for a person: what was attempted, on what, what came back, what to change.
    public let description: String

    /// Creates an error.
    public init(_ description: String) { self.description = description }
}
