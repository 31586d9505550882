import CommandOptions
import Pipeline

/// `batchrelay check`: everything that is wrong, at once.
enum CheckCommand {
    private static let connect = CommandOption<Bool>.flag(
        "connect",
        help: "also try broker, topics, group, dead-letter sink, key, project and clock; nothing is changed or sent"
    )

    static let command = Command(
        "check",
        summary: "Validates the configuration and the mapping files, and with --connect everything that they need.",
        discussion:
            "All faults are reported at once, with file, line and column. With --connect one read-only call is made to Batch "
            + "(GET /audiences/list?limit=1); Batch allows one a second.",
        options: [CommonOptions.config, connect, CommonOptions.json],
        examples: ["batchrelay check --config batchrelay.yaml --connect"],
        exitCodes: [
            .init(ExitCode.done, "all checks passed or warned"),
            .init(ExitCode.failed, "a check of --connect failed"),
            .init(ExitCode.configuration, "the configuration or a mapping is wrong"),
        ]
    )

    static func run(_ invocation: Invocation) -> Int32 {
        let isJSON = invocation[CommonOptions.json]
        let check = ConfigurationCheck(file: CommonOptions.file(invocation), environment: Environment.variables)
        for result in check.results { show(result, isJSON) }
        guard let options = check.options else { return ExitCode.configuration }
        guard invocation[connect] else { return ExitCode.done }
        var hasFailed = false
        ConnectionCheck(options).run { result in
            if result.verdict == .failed { hasFailed = true }
            show(result, isJSON)
        }
        return hasFailed ? ExitCode.failed : ExitCode.done
    }

    private static func show(_ result: CheckResult, _ isJSON: Bool) {
        guard !isJSON else { return Terminal.output(bytes: result.json + [UInt8(ascii: "\n")]) }
        let verdict = TextTable.padded(result.verdict.rawValue, 7)
        Terminal.output("\(verdict)  \(TextTable.padded(result.subject, 13))  \(result.text)")
        if let advice = result.advice { Terminal.output("\(TextTable.padded("", 24))to change: \(advice)") }
    }
}
