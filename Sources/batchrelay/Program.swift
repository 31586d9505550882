import CommandOptions

/// The program and its commands.
enum Program {
    static let version = "0.1.0"

    static let command = Command(
        "batchrelay",
        summary: "Streams Segment-style messages from Kafka into Batch profiles.",
        examples: ["batchrelay run --config batchrelay.yaml", "batchrelay map events.jsonl"],
        subcommands: [
            RunCommand.command, SimulateCommand.command, MapCommand.command, TestCommand.command, EvalCommand.command,
        ]
    )

    /// - Returns: the exit code.
    static func run(_ invocation: Invocation) -> Int32 {
        switch invocation.path.first {
        case "run": RunCommand.run(invocation)
        case "simulate": SimulateCommand.run(invocation)
        case "map": MapCommand.run(invocation)
        case "test": TestCommand.run(invocation)
        case "eval": EvalCommand.run(invocation)
        default: ExitCode.usage
        }
    }
}
