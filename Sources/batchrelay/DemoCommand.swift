import CommandOptions
import Glibc
import Pipeline
import Threads

/// `batchrelay demo`: everything in one process, with nothing to set up.
enum DemoCommand {
    private static let messages = CommandOption<Int>.value(
        "messages",
        .integer(in: 100...10_000),
        default: 4_000,
        help: "how many sample messages to send",
        example: "--messages 10000"
    )
    private static let seed = CommandOption<Int>.value(
        "seed",
        .integer(in: 0...1_000_000),
        default: 1,
        help: "other seeds make other messages",
        example: "--seed 7"
    )
    private static let json = CommandOption<Bool>.flag("json", help: "print the summary as one JSON object")

    static let command = Command(
        "demo",
        summary: "Runs broker, Batch API and service in this process on sample messages and sums up.",
        discussion:
            "Needs no account, no broker, no file and no network, and leaves nothing behind. It takes some six seconds, of "
            + "which the embedded broker takes three to form the consumer group. Ctrl-C ends it early.",
        options: [messages, seed, json],
        examples: ["batchrelay demo", "batchrelay demo --messages 10000 --json"],
        exitCodes: [
            .init(
                ExitCode.done,
                "every message was delivered, filtered or kept as a dead letter; or it was interrupted"
            ),
            .init(ExitCode.failed, "it could not be run to its end"),
        ]
    )

    static func run(_ invocation: Invocation) -> Int32 {
        // All calls go to this process, which no proxy can reach.
        setenv("no_proxy", "*", 1)
        let interruption = Gate()
        OwnThread.start(name: "signals") { obeySignals(interruption) }
        let traffic = SampleTraffic(
            count: invocation[messages],
            seed: invocation[seed],
            nowMilliseconds: Clocks.wallMilliseconds
        )
        var line = LiveLine()
        let result: Demo.Result
        do throws(RelayError) {
            result = try Demo.run(traffic, until: interruption) { account, milliseconds in
                line.show(DemoProgress.line(account, of: traffic.count, milliseconds: milliseconds))
            }
        } catch {
            line.clear()
            Terminal.error(error.description)
            return ExitCode.failed
        }
        line.clear()
        if invocation[json] {
            Terminal.output(bytes: result.summary.json + [UInt8(ascii: "\n")])
        } else {
            Terminal.output(result.summary.text)
        }
        if let trouble = result.trouble { Terminal.error(trouble) }
        if result.wasInterrupted {
            Terminal.error("interrupted: calls in flight were answered and committed, the rest was given back")
            return result.outcome.exitCode
        }
        guard result.trouble == nil else { return ExitCode.failed }
        guard result.summary.isComplete else {
            Terminal.error("the figures do not agree with one another: please report this")
            return ExitCode.failed
        }
        return result.outcome.exitCode
    }

    private static func obeySignals(_ interruption: Gate) {
        while Signals.wait() != .stop {}
        interruption.open()
        while Signals.wait() != .stop {}
        _exit(ExitCode.failed)
    }
}
