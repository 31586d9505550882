/// A setting of the simulator that is out of its range.
public struct SimulatorSettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The setting's name.
    public let key: String
    /// What was given. Never a credential.
    public let value: String
    /// What would be right.
    public let expected: String

    /// Creates an error about one setting.
    public init(key: String, value: String, expected: String) {
        self.key = key
        self.value = value
        self.expected = expected
    }

    /// What is wrong and what to write instead.
    public var description: String { "simulator: \(key): '\(value)' is not \(expected)" }
}
