/// How often and how an option or argument is given.
public enum OptionShape: Sendable, Equatable {
    /// `--name`, without a value.
    case flag
    /// `--name VALUE` or `--name=VALUE`.
    case named(isRepeated: Bool)
    /// A word by its position.
    case positional(minimumCount: Int, maximumCount: Int)
}

/// One declared option, flag or argument of a command, without its type: what help, parsing and completion need.
public protocol DeclaredOption: Sendable {
    /// The name without dashes, such as `config`; of an argument the word in the usage line.
    var name: String { get }
    /// A letter for `-x`, or nil.
    var short: Character? { get }
    /// How it is given.
    var shape: OptionShape { get }
    /// Whether a command fails without it.
    var isRequired: Bool { get }
    /// The word for the value, such as `FILE`; empty for a flag.
    var valueName: String { get }
    /// One line for help, without a full stop.
    var help: String { get }
    /// The value where it is not given, as it would be written, or nil.
    var writtenDefault: String? { get }
    /// A value as it could be written, or nil.
    var example: String? { get }
    /// What is expected, with its range, as it follows "is not"; empty for a flag.
    var expected: String { get }
    /// What a shell offers: nil for nothing, an empty list for files.
    var completionWords: [String]? { get }
    /// Whether this is an acceptable value.
    func accepts(_ text: String) -> Bool
}

/// One declared option, flag or argument of a command, and the key to its value in an ``Invocation``.
///
/// ```swift
/// let mapping: CommandOption<[String]> = .repeated("mapping", .file(), help: "mapping file", example: "orders.yaml")
/// let explain: CommandOption<Bool> = .flag("explain", help: "says where each field came from")
/// ```
public struct CommandOption<Value: Sendable>: DeclaredOption {
    /// The name without dashes; of an argument the word in the usage line.
    public let name: String
    /// A letter for `-x`, or nil.
    public let short: Character?
    /// How it is given.
    public let shape: OptionShape
    /// Whether a command fails without it.
    public let isRequired: Bool
    /// The word for the value; empty for a flag.
    public let valueName: String
    /// One line for help, without a full stop.
    public let help: String
    /// The value where it is not given, as it would be written, or nil.
    public let writtenDefault: String?
    /// A value as it could be written, or nil.
    public let example: String?
    /// What is expected, with its range, as it follows "is not"; empty for a flag.
    public let expected: String
    /// What a shell offers: nil for nothing, an empty list for files.
    public let completionWords: [String]?
    private let isAcceptable: @Sendable (String) -> Bool
    /// The value of what was given, in order; nil only for texts that are not acceptable, or too few.
    let value: @Sendable ([String]) -> Value?

    /// Whether this is an acceptable value.
    public func accepts(_ text: String) -> Bool { isAcceptable(text) }

    private init<Element>(
        _ name: String,
        short: Character?,
        shape: OptionShape,
        isRequired: Bool,
        kind: OptionValue<Element>?,
        help: String,
        writtenDefault: String?,
        example: String?,
        value: @escaping @Sendable ([String]) -> Value?
    ) {
        precondition(
            !name.isEmpty && !name.contains(" ") && !name.hasPrefix("-"),
            "an option is declared without dashes and spaces"
        )
        self.name = name
        self.short = short
        self.shape = shape
        self.isRequired = isRequired
        self.help = help
        self.writtenDefault = writtenDefault
        self.example = example
        self.value = value
        valueName = kind?.name ?? ""
        expected = kind?.expected ?? ""
        isAcceptable = { kind?.parse($0) != nil }
        switch kind?.completion {
        case .words(let words): completionWords = words
        case .files: completionWords = []
        case .nothing, nil: completionWords = nil
        }
    }
}

extension CommandOption {
    /// An option with a value where it is not given.
    public static func value(
        _ name: String,
        short: Character? = nil,
        _ kind: OptionValue<Value>,
        default standard: Value,
        help: String,
        example: String? = nil
    ) -> CommandOption {
        CommandOption(
            name,
            short: short,
            shape: .named(isRepeated: false),
            isRequired: false,
            kind: kind,
            help: help,
            writtenDefault: kind.write(standard),
            example: example,
            value: { texts in texts.last.map { kind.parse($0) } ?? standard }
        )
    }

    /// An option that must be given.
    public static func required(
        _ name: String,
        short: Character? = nil,
        _ kind: OptionValue<Value>,
        help: String,
        example: String
    ) -> CommandOption {
        CommandOption(
            name,
            short: short,
            shape: .named(isRepeated: false),
            isRequired: true,
            kind: kind,
            help: help,
            writtenDefault: nil,
            example: example,
            value: { texts in texts.last.flatMap { kind.parse($0) } }
        )
    }

    /// An option that is nil where it is not given.
    public static func optional<Wrapped>(
        _ name: String,
        short: Character? = nil,
        _ kind: OptionValue<Wrapped>,
        help: String,
        example: String? = nil
    ) -> CommandOption where Value == Wrapped? {
        CommandOption(
            name,
            short: short,
            shape: .named(isRepeated: false),
            isRequired: false,
            kind: kind,
            help: help,
            writtenDefault: nil,
            example: example,
            value: { texts in .some(texts.last.flatMap { kind.parse($0) }) }
        )
    }

    /// An option that may be given several times; empty where it is not given.
    public static func repeated<Element>(
        _ name: String,
        short: Character? = nil,
        _ kind: OptionValue<Element>,
        help: String,
        example: String? = nil
    ) -> CommandOption where Value == [Element] {
        CommandOption(
            name,
            short: short,
            shape: .named(isRepeated: true),
            isRequired: false,
            kind: kind,
            help: help,
            writtenDefault: nil,
            example: example,
            value: { texts in texts.compactMap { kind.parse($0) } }
        )
    }

    /// An option without a value: true where it is given.
    public static func flag(_ name: String, short: Character? = nil, help: String) -> CommandOption
    where Value == Bool {
        CommandOption(
            name,
            short: short,
            shape: .flag,
            isRequired: false,
            kind: nil as OptionValue<Bool>?,
            help: help,
            writtenDefault: nil,
            example: nil,
            value: { texts in !texts.isEmpty }
        )
    }

    /// A word that must be given, by its position.
    public static func argument(_ kind: OptionValue<Value>, help: String, example: String? = nil) -> CommandOption {
        CommandOption(
            kind.name,
            short: nil,
            shape: .positional(minimumCount: 1, maximumCount: 1),
            isRequired: true,
            kind: kind,
            help: help,
            writtenDefault: nil,
            example: example,
            value: { texts in texts.first.flatMap { kind.parse($0) } }
        )
    }

    /// Words by their position, the last ones of a command.
    public static func arguments<Element>(
        _ kind: OptionValue<Element>,
        minimumCount: Int = 0,
        maximumCount: Int = .max,
        help: String,
        example: String? = nil
    ) -> CommandOption where Value == [Element] {
        CommandOption(
            kind.name,
            short: nil,
            shape: .positional(minimumCount: minimumCount, maximumCount: maximumCount),
            isRequired: minimumCount > 0,
            kind: kind,
            help: help,
            writtenDefault: nil,
            example: example,
            value: { texts in texts.compactMap { kind.parse($0) } }
        )
    }
}
