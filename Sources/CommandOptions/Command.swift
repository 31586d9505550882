/// One command of a program: its options and arguments, or its subcommands.
public struct Command: Sendable {
    /// Options of which some exclude each other.
    public enum Group: Sendable, Equatable {
        /// One of these must be given, and only one.
        case exactlyOne([String])
        /// At most one of these may be given.
        case atMostOne([String])

        var names: [String] {
            switch self {
            case .exactlyOne(let names), .atMostOne(let names): names
            }
        }
    }

    /// A code with which the process ends, and when.
    public struct ExitCode: Sendable, Equatable {
        /// The code, 0 to 255.
        public let code: Int32
        /// When the process ends with it, without a full stop.
        public let meaning: String

        /// Creates a line for help.
        public init(_ code: Int32, _ meaning: String) {
            self.code = code
            self.meaning = meaning
        }
    }

    /// The word on the command line.
    public let name: String
    /// What it does in one line, without a full stop.
    public let summary: String
    /// More sentences for help, or empty.
    public let discussion: String
    /// Options and flags, then arguments in order.
    public let options: [any DeclaredOption]
    /// Options that exclude each other.
    public let groups: [Group]
    /// Whole command lines that work.
    public let examples: [String]
    /// The codes with which it ends.
    public let exitCodes: [ExitCode]
    /// The commands below this one; it then has no options of its own.
    public let subcommands: [Command]

    /// Creates a command that runs.
    ///
    /// - Parameters:
    ///   - name: the word on the command line.
    ///   - summary: what it does in one line, without a full stop.
    ///   - discussion: more sentences for help.
    ///   - options: options, flags, and arguments in order; each name once.
    ///   - groups: options that exclude each other, by name.
    ///   - examples: whole command lines that work.
    ///   - exitCodes: the codes with which it ends.
    public init(
        _ name: String,
        summary: String,
        discussion: String = "",
        options: [any DeclaredOption] = [],
        groups: [Group] = [],
        examples: [String] = [],
        exitCodes: [ExitCode] = []
    ) {
        let names = options.map(\.name)
        precondition(Set(names).count == names.count, "each option of a command has a name of its own")
        precondition(groups.flatMap(\.names).allSatisfy(names.contains), "a group names options of its command")
        precondition(!names.contains("help"), "--help is there by itself")
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.options = options
        self.groups = groups
        self.examples = examples
        self.exitCodes = exitCodes
        subcommands = []
    }

    /// Creates a command that only holds others; the root of a program is one too.
    ///
    /// - Parameters:
    ///   - name: the word on the command line; of the root, the program's name.
    ///   - summary: what it is for in one line, without a full stop.
    ///   - discussion: more sentences for help.
    ///   - examples: whole command lines that work.
    ///   - exitCodes: the codes with which it ends.
    ///   - subcommands: at least one, each with a name of its own.
    public init(
        _ name: String,
        summary: String,
        discussion: String = "",
        examples: [String] = [],
        exitCodes: [ExitCode] = [],
        subcommands: [Command]
    ) {
        precondition(!subcommands.isEmpty, "a command without options of its own has subcommands")
        precondition(
            Set(subcommands.map(\.name)).count == subcommands.count,
            "each subcommand has a name of its own"
        )
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.examples = examples
        self.exitCodes = exitCodes
        self.subcommands = subcommands
        options = []
        groups = []
    }

    var named: [any DeclaredOption] { options.filter { !$0.isPositional } }
    var positional: [any DeclaredOption] { options.filter(\.isPositional) }
}

extension DeclaredOption {
    var isPositional: Bool { if case .positional = shape { true } else { false } }
    var isFlag: Bool { shape == .flag }
    var isRepeated: Bool {
        switch shape {
        case .flag: false
        case .named(let isRepeated): isRepeated
        case .positional(_, let maximumCount): maximumCount > 1
        }
    }

    /// As it is written in the usage line, without brackets: `--config FILE`.
    var usage: String {
        switch shape {
        case .flag: "--\(name)"
        case .named: "--\(name) \(valueName)"
        case .positional: name
        }
    }
}
