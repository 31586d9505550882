import Spelling

/// Reads command lines by a program's declared commands.
public enum CommandParser {
    /// Reads the words behind the program's name.
    ///
    /// `--name VALUE`, `--name=VALUE`, `-x VALUE`; `--` ends the options; `-h`, `--help` and the word `help` in front of a
    /// command give help, whatever else is wrong. A value that begins with a dash and is no number is written with `=`.
    ///
    /// - Parameters:
    ///   - words: the words without the program's name.
    ///   - program: the root of the commands.
    ///   - version: what `--version` in the place of a command prints behind the program's name; nil: there is no such option.
    /// - Returns: what to do.
    /// - Throws: ``UsageError`` with all faults.
    public static func parse(
        _ words: [String],
        for program: Command,
        version: String? = nil
    ) throws(UsageError) -> ParsedCommandLine {
        if let version, words.first == "--version" { return .version("\(program.name) \(version)") }
        var words = words[...]
        let asksForHelp = words.first == "help" && !program.subcommands.contains { $0.name == "help" }
        if asksForHelp { words = words.dropFirst() }
        var command = program
        var path: [String] = []
        while !command.subcommands.isEmpty {
            let name = ([program.name] + path).joined(separator: " ")
            guard let word = words.first, !isHelp(word) else {
                if asksForHelp || words.first != nil { return .help(HelpText.text(of: command, name: name)) }
                throw UsageError(command: name, faults: ["a command is missing; \(known(command))"])
            }
            guard let next = command.subcommands.first(where: { $0.name == word }) else {
                throw UsageError(command: name, faults: [unknown(word, in: command)])
            }
            command = next
            path.append(word)
            words = words.dropFirst()
        }
        let name = ([program.name] + path).joined(separator: " ")
        var scan = CommandLineScan(command: command)
        scan.read(words)
        guard !asksForHelp, !scan.asksForHelp else { return .help(HelpText.text(of: command, name: name)) }
        scan.checkAll()
        guard scan.faults.isEmpty else { throw UsageError(command: name, faults: scan.faults) }
        return .run(Invocation(path: path, command: command, given: scan.given))
    }

    static func isHelp(_ word: String) -> Bool { word == "-h" || word == "--help" }

    private static func known(_ command: Command) -> String {
        "one of \(command.subcommands.map(\.name).joined(separator: ", "))"
    }

    private static func unknown(_ word: String, in command: Command) -> String {
        if word.hasPrefix("-") { return "'\(word)' stands before the command; write options behind it" }
        guard let nearest = Suggestion.nearest(to: word, among: command.subcommands.map(\.name)) else {
            return "unknown command '\(word)'; \(known(command))"
        }
        return "unknown command '\(word)'; did you mean '\(nearest)'?"
    }
}

/// One pass over the words of a command without subcommands. It goes on after a fault.
struct CommandLineScan {
    private(set) var given: [String: [String]] = [:]
    private(set) var faults: [String] = []
    private(set) var asksForHelp = false
    private let command: Command
    private var freeWords: [String] = []

    init(command: Command) { self.command = command }

    mutating func read(_ words: ArraySlice<String>) {
        var rest = words
        while let word = rest.popFirst() {
            if word == "--" {
                freeWords += rest
                return
            }
            if CommandParser.isHelp(word) {
                asksForHelp = true
            } else if word.hasPrefix("-"), word != "-", !Self.isNumber(word) {
                readOption(word, &rest)
            } else {
                freeWords.append(word)
            }
        }
    }

    private mutating func readOption(_ word: String, _ rest: inout ArraySlice<String>) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let written = parts[0]
        let attached = parts.count > 1 ? parts[1] : nil
        guard let option = command.named.first(where: { Self.matches($0, written) }) else {
            faults.append(unknown(written))
            return
        }
        if option.isFlag {
            if attached != nil { faults.append("'\(written)' takes no value") }
            give(option, "")
            return
        }
        if let attached {
            give(option, attached)
        } else if let next = rest.first, next == "-" || !next.hasPrefix("-") || Self.isNumber(next) {
            rest.removeFirst()
            give(option, next)
        } else {
            faults.append(
                "'\(written)' needs a value: \(option.expected)\(Self.dashHint(rest.first, written, command))"
            )
            given[option.name, default: []] += []
        }
    }

    private mutating func give(_ option: any DeclaredOption, _ text: String) {
        if !option.isRepeated, !option.isPositional, given[option.name] != nil {
            faults.append("'--\(option.name)' stands twice; write it once")
        }
        if !option.isFlag, !option.accepts(text) {
            let place = option.isPositional ? option.name : "--\(option.name)"
            let example = option.example.map { ", such as \($0)" } ?? ""
            faults.append("\(place): '\(text)' is not \(option.expected)\(example)")
        }
        given[option.name, default: []].append(text)
    }

    /// Distributes the free words, then looks for what is missing.
    mutating func checkAll() {
        var words = freeWords[...]
        let positional = command.positional
        for (index, option) in positional.enumerated() {
            guard case .positional(let minimum, let maximum) = option.shape else { continue }
            let needed = positional[(index + 1)...].reduce(0) { $0 + $1.minimumCount }
            let count = max(min(maximum, words.count - needed), min(minimum, words.count))
            if count < minimum {
                let what = minimum > 1 ? "\(minimum) of \(option.name) are needed" : "\(option.name) is missing"
                faults.append("\(what): \(option.help)")
            }
            for word in words.prefix(count) { give(option, word) }
            words = words.dropFirst(count)
        }
        for word in words { faults.append("'\(word)' is one word too many") }
        for option in command.named where option.isRequired && given[option.name] == nil {
            let example = option.example.map { ", such as --\(option.name) \($0)" } ?? ""
            faults.append("'--\(option.name)' is missing: \(option.help)\(example)")
        }
        for group in command.groups { check(group) }
    }

    private mutating func check(_ group: Command.Group) {
        let present = group.names.filter { given[$0] != nil }.map { "--\($0)" }
        let all = group.names.map { "--\($0)" }.joined(separator: ", ")
        switch group {
        case .exactlyOne where present.isEmpty: faults.append("one of \(all) is missing")
        case .exactlyOne where present.count > 1, .atMostOne where present.count > 1:
            faults.append("\(present.joined(separator: " and ")) exclude each other; write one of \(all)")
        case .exactlyOne, .atMostOne: break
        }
    }

    private func unknown(_ written: String) -> String {
        let names = command.named.map { "--\($0.name)" } + ["--help"]
        guard let nearest = Suggestion.nearest(to: written, among: names) else { return "unknown option '\(written)'" }
        return "unknown option '\(written)'; did you mean '\(nearest)'?"
    }

    private static func matches(_ option: any DeclaredOption, _ written: String) -> Bool {
        written == "--\(option.name)" || option.short.map { written == "-\($0)" } == true
    }

    /// A word such as `-5` is a value, not an option.
    private static func isNumber(_ word: String) -> Bool {
        let digits = word.dropFirst()
        return word.hasPrefix("-") && digits.utf8.first.map { (48...57).contains($0) } == true
    }

    /// Somebody may mean a value that begins with a dash, unless it is an option of the command.
    private static func dashHint(_ next: String?, _ written: String, _ command: Command) -> String {
        guard let next, next != "--", !CommandParser.isHelp(next) else { return "" }
        guard !command.named.contains(where: { matches($0, next) }), written.hasPrefix("--") else { return "" }
        return "; a value that begins with a dash is written '\(written)=\(next)'"
    }
}

extension DeclaredOption {
    var minimumCount: Int { if case .positional(let minimum, _) = shape { minimum } else { 0 } }
}
