import CommandOptions
import Glibc
import Threads

// Before any thread exists, so that all inherit it.
Signals.block()

do throws(UsageError) {
    switch try CommandParser.parse(
        Array(CommandLine.arguments.dropFirst()),
        for: Program.command,
        version: Program.version
    ) {
    case .help(let text), .version(let text):
        Terminal.output(text)
        exit(0)
    case .run(let invocation):
        exit(Program.run(invocation))
    }
} catch {
    Terminal.error(error.description)
    exit(ExitCode.usage)
}
