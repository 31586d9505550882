import CommandOptions

/// The exit codes of every command.
enum ExitCode {
    /// All calls in flight were answered; what was not sent is given back.
    static let done: Int32 = 0
    /// Something failed.
    static let failed: Int32 = 1
    /// The command line is wrong.
    static let usage: Int32 = 64
    /// A call was abandoned because time ran out.
    static let abandoned: Int32 = 75
    /// Stopped while held for 401 or 403.
    static let held: Int32 = 77
    /// The configuration or a mapping is wrong.
    static let configuration: Int32 = 78
}
