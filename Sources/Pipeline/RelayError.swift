/// Why a service cannot start or go on, with what to change.
public struct RelayError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text for a person: what was attempted, on what, what came back, what to change.
    public let description: String
    /// Whether what the configuration names is not there, so that the configuration or the surroundings must be changed.
    public let isConfiguration: Bool

    /// Creates an error.
    public init(_ description: String, isConfiguration: Bool = false) {
        self.description = description
        self.isConfiguration = isConfiguration
    }
}
