/// What an option or argument takes: how it is named, read, written and completed.
public struct OptionValue<Value: Sendable>: Sendable {
    /// The word that stands for the value in the usage line, in capitals: `FILE`, `N`.
    public let name: String
    /// What is expected, with range and example, as it follows "is not": `an integer from 1 to 200`.
    public let expected: String
    /// What a shell offers.
    public let completion: Completion
    /// Gives the value of a text, or nil for one that is not expected.
    public let parse: @Sendable (String) -> Value?
    /// Writes a value as it stands on a command line, to show a default.
    public let write: @Sendable (Value) -> String

    /// What a shell offers for a value.
    public enum Completion: Sendable, Equatable {
        /// Nothing.
        case nothing
        /// Names of files and folders.
        case files
        /// These words.
        case words([String])
    }

    /// Creates a kind of value.
    ///
    /// - Parameters:
    ///   - name: the word in the usage line, in capitals.
    ///   - expected: what is expected, as it follows "is not".
    ///   - completion: what a shell offers.
    ///   - parse: gives the value of a text, or nil.
    ///   - write: writes a value as it stands on a command line.
    public init(
        _ name: String,
        expected: String,
        completion: Completion = .nothing,
        parse: @escaping @Sendable (String) -> Value?,
        write: @escaping @Sendable (Value) -> String
    ) {
        self.name = name
        self.expected = expected
        self.completion = completion
        self.parse = parse
        self.write = write
    }
}

extension OptionValue where Value == String {
    /// Any text of at least one character.
    ///
    /// `name` is the word in the usage line, `expected` what stands in faults, such as "a topic, such as orders".
    public static func text(_ name: String, expected: String = "a text of at least one character") -> OptionValue {
        OptionValue(name, expected: expected, parse: { $0.isEmpty ? nil : $0 }, write: { $0 })
    }

    /// The path of a file, completed by the shell; whether it is there is not checked.
    public static func file(_ name: String = "FILE") -> OptionValue {
        OptionValue(
            name,
            expected: "the path of a file",
            completion: .files,
            parse: { $0.isEmpty ? nil : $0 },
            write: { $0 }
        )
    }
}

extension OptionValue where Value == Int {
    /// A whole number within bounds.
    public static func integer(_ name: String = "N", in range: ClosedRange<Int>) -> OptionValue {
        let bounds =
            switch (range.lowerBound, range.upperBound) {
            case (.min, .max): ""
            case (let low, .max): " of \(low) or more"
            case (let low, let high): " from \(low) to \(high)"
            }
        return OptionValue(
            name,
            expected: "an integer\(bounds)",
            parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } },
            write: { "\($0)" }
        )
    }
}

extension OptionValue where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the names of an enumeration.
    public static func choice(_ name: String) -> OptionValue {
        let words = Value.allCases.map(\.rawValue)
        return OptionValue(
            name,
            expected: "one of \(words.joined(separator: ", "))",
            completion: .words(words),
            parse: { Value(rawValue: $0) },
            write: { $0.rawValue }
        )
    }
}
