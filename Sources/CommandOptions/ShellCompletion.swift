/// Completion scripts for shells, written from the declared commands.
public enum ShellCompletion {
    /// A script for bash 4 and later: `source` it, or put it into the folder of bash-completion under the program's name.
    public static func bash(_ program: Command) -> String {
        let function = "_" + identifier(program.name)
        var cases: [String] = []
        for (path, command) in leavesAndBranches(of: program) {
            cases.append(contentsOf: bashCases(path, command))
        }
        return """
            # bash completion for \(program.name), written from its declared options.
            \(function)() {
                local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" path="" word index
                # bash divides words at "=": "--name=val" arrives as three words.
                if [[ "$current" == "=" ]]; then current=""; \
            elif [[ "$previous" == "=" && $COMP_CWORD -gt 2 ]]; then previous="${COMP_WORDS[COMP_CWORD-2]}"; fi
                for ((index = 1; index < COMP_CWORD; index++)); do
                    word="${COMP_WORDS[index]}"
                    case "$path $word" in
            \(branchPatterns(of: program).map { "            \($0)) path=\"$path $word\" ;;" }.joined(separator: "\n"))
                    esac
                done
                COMPREPLY=()
                case "$path|$previous" in
            \(cases.filter { !$0.hasPrefix("*") }.joined(separator: "\n"))
                esac
                case "$path" in
            \(cases.filter { $0.hasPrefix("*") }.map { String($0.dropFirst()) }.joined(separator: "\n"))
                esac
            }
            complete -F \(function) \(program.name)

            """
    }

    /// A script for zsh: put it as `_program` into a folder of `$fpath`, or `source` it after `compinit`.
    public static func zsh(_ program: Command) -> String {
        let function = "_" + identifier(program.name)
        var functions: [String] = []
        for (path, command) in leavesAndBranches(of: program) {
            let name = ([function] + path.map(identifier)).joined(separator: "_")
            functions.append(command.subcommands.isEmpty ? zshLeaf(name, command) : zshBranch(name, command))
        }
        return """
            #compdef \(program.name)
            # zsh completion for \(program.name), written from its declared options.
            \(functions.joined(separator: "\n"))
            if [[ "$funcstack[1]" == "\(function)" ]]; then \(function) "$@"; else compdef \(function) \(program.name); fi

            """
    }

    // MARK: bash

    /// Lines for `case`: those that begin with `*` belong to the second `case`, which looks at the path only.
    private static func bashCases(_ path: [String], _ command: Command) -> [String] {
        let prefix = path.map { " \($0)" }.joined()
        guard command.subcommands.isEmpty else {
            let words = command.subcommands.map(\.name) + ["--help"]
            return [
                "*        \"\(prefix)\") COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\" -- \"$current\")) ;;"
            ]
        }
        var lines: [String] = []
        for option in command.named where !option.isFlag {
            let patterns = ([option.name].map { "--\($0)" } + (option.short.map { ["-\($0)"] } ?? []))
                .map { "\"\(prefix)|\($0)\"" }.joined(separator: " | ")
            lines.append("        \(patterns)) \(bashWords(option)); return ;;")
        }
        let names = command.named.map { "--\($0.name)" } + ["--help"]
        let offerNames = "COMPREPLY=($(compgen -W \"\(names.joined(separator: " "))\" -- \"$current\"))"
        guard let argument = command.positional.last, argument.completionWords != nil else {
            return lines + ["*        \"\(prefix)\") \(offerNames) ;;"]
        }
        let choice = "if [[ \"$current\" == -* ]]; then \(offerNames); else \(bashWords(argument)); fi"
        return lines + ["*        \"\(prefix)\") \(choice) ;;"]
    }

    private static func bashWords(_ option: any DeclaredOption) -> String {
        guard let words = option.completionWords else { return ":" }
        guard !words.isEmpty else { return "COMPREPLY=($(compgen -f -- \"$current\"))" }
        return "COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\" -- \"$current\"))"
    }

    private static func branchPatterns(of program: Command) -> [String] {
        leavesAndBranches(of: program).filter { !$0.path.isEmpty }.map { path, _ in
            "\"\(path.map { " \($0)" }.joined())\""
        }
    }

    // MARK: zsh

    private static func zshBranch(_ name: String, _ command: Command) -> String {
        let rows = command.subcommands.map { "        \(quoted("\(escapingColons($0.name)):\($0.summary)"))" }
        let calls = command.subcommands.map { "        \($0.name)) \(name)_\(identifier($0.name)) ;;" }
        return """
            \(name)() {
                local -a commands
                local line state
                commands=(
            \(rows.joined(separator: "\n"))
                )
                _arguments -C '(-h --help)'{-h,--help}'[shows help]' '1: :->command' '*:: :->rest'
                case "$state" in
                    command) _describe command commands ;;
                    rest) case "$line[1]" in
            \(calls.joined(separator: "\n"))
                    esac ;;
                esac
            }
            """
    }

    private static func zshLeaf(_ name: String, _ command: Command) -> String {
        var rows = command.named.map(zshSpecification)
        rows.append("'(-h --help)'{-h,--help}'[shows help]'")
        for option in command.positional {
            rows.append(
                quoted(
                    "\(option.isRepeated ? "*" : "")\(option.isRequired ? "" : ":"):\(option.name):\(zshAction(option))"
                )
            )
        }
        return "\(name)() {\n    _arguments -s \\\n        \(rows.joined(separator: " \\\n        "))\n}"
    }

    private static func zshSpecification(_ option: any DeclaredOption) -> String {
        let help = escapingColons(option.help.replacingBrackets)
        let value = option.isFlag ? "" : ":\(option.valueName):\(zshAction(option))"
        let name = option.isFlag ? "--\(option.name)" : "--\(option.name)="
        let long = quoted("\(option.isRepeated ? "*" : "")\(name)[\(help)]\(value)")
        guard let short = option.short else { return long }
        return "\(long) \(quoted("\(option.isRepeated ? "*" : "")-\(short)[\(help)]\(value)"))"
    }

    private static func zshAction(_ option: any DeclaredOption) -> String {
        guard let words = option.completionWords else { return " " }
        return words.isEmpty ? "_files" : "(\(words.joined(separator: " ")))"
    }

    // MARK: Both

    private static func leavesAndBranches(of command: Command, path: [String] = []) -> [(path: [String], Command)] {
        [(path, command)] + command.subcommands.flatMap { leavesAndBranches(of: $0, path: path + [$0.name]) }
    }

    /// Letters, digits and underscores: what a shell function's name may hold.
    private static func identifier(_ name: String) -> String {
        String(name.map { $0.isLetter || $0.isNumber ? $0 : "_" })
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
    }

    private static func escapingColons(_ text: String) -> String {
        text.map { $0 == ":" ? "\\:" : String($0) }.joined()
    }
}

extension String {
    /// Brackets end the help of an option in zsh.
    fileprivate var replacingBrackets: String {
        String(map { $0 == "[" ? "(" : $0 == "]" ? ")" : $0 })
    }
}
