/// One key of the configuration file, as it is declared where it is read.
public struct SettingDeclaration: Sendable, Equatable {
    /// The keys from the root, `micro_batch.linger`.
    public let path: String
    /// The variable that goes before the file, or nil where there is none.
    public let variable: String?
    /// What is expected, with its range.
    public let range: String
    /// The value where the file says nothing, as it would be written; nil where something must be said.
    public let standard: String?
    /// What it does, in one line.
    public let meaning: String
    /// A value as it stands in a file, or nil where the default shows it.
    public let example: String?
}
