/// Help for a command, written from its declarations.
public enum HelpText {
    /// The help of one command, at most 100 characters a line where words allow, ending with a line feed.
    ///
    /// `name` is how the command is called: the program and its subcommands.
    public static func text(of command: Command, name: String) -> String {
        var sections = ["\(name): \(command.summary)", "Usage: \(usage(of: command, name: name))"]
        if !command.discussion.isEmpty { sections.append(wrapped(command.discussion, indentation: 0)) }
        if !command.subcommands.isEmpty {
            sections.append(table("Commands:", command.subcommands.map { ($0.name, $0.summary) }))
        }
        if !command.positional.isEmpty {
            sections.append(table("Arguments:", command.positional.map { ($0.name, line(of: $0)) }))
        }
        if command.subcommands.isEmpty {
            let help = ("-h, --help", "shows this")
            sections.append(table("Options:", command.named.map { (label(of: $0), line(of: $0)) } + [help]))
        } else {
            sections.append("'\(name) COMMAND --help' says more about a command.")
        }
        if !command.examples.isEmpty {
            let heading = command.examples.count == 1 ? "Example:" : "Examples:"
            sections.append(([heading] + command.examples.map { "  \($0)" }).joined(separator: "\n"))
        }
        if !command.exitCodes.isEmpty {
            sections.append(table("Exit codes:", command.exitCodes.map { ("\($0.code)", $0.meaning) }))
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    /// `batchrelay map [--mapping FILE]... [--explain] [FILE...]`.
    static func usage(of command: Command, name: String) -> String {
        guard command.subcommands.isEmpty else { return "\(name) COMMAND" }
        var words = [name]
        for option in command.named {
            let word = option.isRequired ? option.usage : "[\(option.usage)]"
            words.append(option.isRepeated ? "\(word)..." : word)
        }
        for option in command.positional {
            let word = option.isRepeated ? "\(option.usage)..." : option.usage
            words.append(option.isRequired ? word : "[\(word)]")
        }
        return words.joined(separator: " ")
    }

    private static func label(of option: any DeclaredOption) -> String {
        (option.short.map { "-\($0), " } ?? "") + option.usage
    }

    /// The help line with what else a person needs: range, default, example.
    private static func line(of option: any DeclaredOption) -> String {
        var notes: [String] = []
        if !option.expected.isEmpty { notes.append(option.expected) }
        if case .named(isRepeated: true) = option.shape { notes.append("may be repeated") }
        if let standard = option.writtenDefault { notes.append("default: \(standard)") }
        if let example = option.example { notes.append("such as \(example)") }
        return notes.isEmpty ? option.help : "\(option.help) (\(notes.joined(separator: "; ")))"
    }

    // MARK: Layout

    private static let width = 100

    private static func table(_ heading: String, _ rows: [(label: String, text: String)]) -> String {
        let column = min(26, rows.map(\.label.count).max() ?? 0) + 4
        var lines = [heading]
        for row in rows {
            let text = wrapped(row.text, indentation: column)
            if row.label.count + 4 > column {
                lines.append("  \(row.label)")
                lines.append(spaces(column) + text)
            } else {
                lines.append("  \(row.label)\(spaces(column - row.label.count - 2))\(text)")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Lines of at most ``width`` characters, all but the first indented.
    private static func wrapped(_ text: String, indentation: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { paragraph in
            var lines: [String] = []
            var line = ""
            for word in paragraph.split(separator: " ") {
                if !line.isEmpty, indentation + line.count + 1 + word.count > width {
                    lines.append(line)
                    line = ""
                }
                line += (line.isEmpty ? "" : " ") + word
            }
            return (lines + [line]).joined(separator: "\n" + spaces(indentation))
        }.joined(separator: "\n" + spaces(indentation))
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}
