/// A command line that holds what its command declares: which command, and the values.
public struct Invocation: Sendable {
    /// The words from the first subcommand on: `["offsets", "reset"]`.
    public let path: [String]
    /// The command to run.
    public let command: Command
    let given: [String: [String]]

    /// The value of an option, flag or argument of this command.
    ///
    /// It is an error of the program to ask for an option that the command does not declare.
    public subscript<Value>(option: CommandOption<Value>) -> Value {
        guard command.options.contains(where: { $0.name == option.name }),
            let value = option.value(given[option.name] ?? [])
        else { preconditionFailure("'\(option.name)' is not declared by '\(path.joined(separator: " "))'") }
        return value
    }

    /// Whether the option stands on the command line.
    public func isGiven(_ option: some DeclaredOption) -> Bool { given[option.name] != nil }
}

/// What a command line asks for.
public enum ParsedCommandLine: Sendable {
    /// Run a command.
    case run(Invocation)
    /// Print this text and end with code 0.
    case help(String)
    /// Print this line, the program's name and version, and end with code 0.
    case version(String)
}

/// Everything that is wrong with a command line; the process should end with code 64 (`EX_USAGE`).
public struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The program and the subcommands that were recognised: `batchrelay map`.
    public let command: String
    /// What is wrong, one thing each, and what to write instead.
    public let faults: [String]

    /// A line for each fault, and one that points to the help.
    public var description: String {
        (faults.map { "\(command): \($0)" } + ["'\(command) --help' shows what there is"]).joined(separator: "\n")
    }
}
