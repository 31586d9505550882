import CommandOptions
import Threads

/// The program and its commands.
enum Program {
    /// The one place that says it.
    static let version = "0.1.0"

    static let command = Command(
        "batchrelay",
        summary: "Streams Segment-style messages from Kafka into Batch profiles.",
        discussion: "'batchrelay --version' prints the version.",
        examples: [
            "batchrelay demo", "batchrelay map --explain events.jsonl", "batchrelay run --config batchrelay.yaml",
        ],
        subcommands: [
            DemoCommand.command, MapCommand.command, TestCommand.command, EvalCommand.command, SendCommand.command,
            CheckCommand.command, RunCommand.command,
            OffsetsCommand.command, DeadLettersCommand.command, SimulateCommand.command,
        ]
    )

    /// - Returns: the exit code.
    static func run(_ invocation: Invocation) -> Int32 {
        let command = invocation.path.first ?? ""
        // The others have nothing to finish: a signal ends them at once, also while they wait for input.
        if !["run", "simulate", "demo"].contains(command) { Signals.unblock() }
        return switch command {
        case "demo": DemoCommand.run(invocation)
        case "send": SendCommand.run(invocation)
        case "run": RunCommand.run(invocation)
        case "simulate": SimulateCommand.run(invocation)
        case "map": MapCommand.run(invocation)
        case "test": TestCommand.run(invocation)
        case "eval": EvalCommand.run(invocation)
        case "check": CheckCommand.run(invocation)
        case "offsets": OffsetsCommand.run(invocation)
        case "dead-letters": DeadLettersCommand.run(invocation)
        default: ExitCode.usage
        }
    }
}
