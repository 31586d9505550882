import CommandOptions
import Delivery
import Glibc
import Pipeline
import ServiceConfiguration
import Threads
import YAMLDocument

/// `batchrelay send`: a few messages, really sent.
enum SendCommand {
    private static let mapping = CommandOption<[String]>.repeated(
        "mapping",
        short: "m",
        .file(),
        help: "a mapping file; none: those of the configuration, or the one that is built in",
        example: "--mapping mappings/segment.yaml"
    )
    private static let yes = CommandOption<Bool>.flag("yes", short: "y", help: "send without asking")
    private static let json = CommandOption<Bool>.flag("json", help: "print what became of them as one JSON object")
    private static let file = CommandOption<String>.argument(
        .file(),
        help:
            "at most \(SendPlan.maximumMessageCount) messages in JSON, one a line or each over several indented lines; - for stdin",
        example: "events.jsonl"
    )

    static let command = Command(
        "send",
        summary:
            "Maps at most \(SendPlan.maximumMessageCount) messages, really sends them to Batch and explains the answer.",
        discussion:
            "Profiles are written. It asks first on a terminal; elsewhere it needs --yes. Messages of one user go as one "
            + "update, as the service would send them. Nothing is tried again. Of the configuration only batch, mappings and "
            + "events are used; without one BATCHRELAY_BATCH_PROJECT_KEY and BATCHRELAY_BATCH_REST_API_KEY are enough.",
        options: [mapping, CommonOptions.config, yes, json, file],
        examples: [
            "batchrelay send --config batchrelay.yaml events.jsonl",
            "head -n 3 events.jsonl | batchrelay send --config batchrelay.yaml --yes --json -",
        ],
        exitCodes: [
            .init(ExitCode.done, "every message was accepted whole, or is not for Batch"),
            .init(ExitCode.failed, "a message or a field was not taken, or nothing could be sent"),
            .init(ExitCode.usage, "there is no terminal to ask on, and no --yes; nothing was sent"),
            .init(ExitCode.abandoned, "a call had no usable answer: Batch may have applied it or not"),
            .init(ExitCode.held, "Batch answered 401 or 403"),
            .init(ExitCode.configuration, "the configuration or a mapping is wrong"),
        ]
    )

    static func run(_ invocation: Invocation) -> Int32 {
        guard invocation[yes] || invocation[file] != "-" && isatty(STDIN_FILENO) == 1 else {
            Terminal.error(
                "send writes profiles and there is no terminal to ask on: add --yes to send without a question"
            )
            return ExitCode.usage
        }
        guard let (options, mappings) = prepare(invocation) else { return ExitCode.configuration }
        do {
            let plan = try SendPlan(
                text: try InputFile.read(invocation[file], limit: 1 << 28),
                mappings: mappings,
                lateEvents: options.delivery.lateEvents,
                nowMilliseconds: Clocks.wallMilliseconds
            )
            if let line = plan.cutLine { Terminal.error("line \(line): \(MessageLines.advice)") }
            guard invocation[yes] || plan.updateCount == 0 || isWanted(plan, options.endpoint) else {
                Terminal.error("nothing was sent")
                return ExitCode.failed
            }
            let report = try SendReport(sending: plan, to: options.endpoint)
            if invocation[json] {
                Terminal.output(bytes: report.json + [UInt8(ascii: "\n")])
            } else {
                Terminal.output(report.text)
            }
            return report.exitCode
        } catch {
            Terminal.error("\(error)")
            return ExitCode.failed
        }
    }

    /// - Returns: nil after the faults are printed.
    private static func prepare(_ invocation: Invocation) -> (RelayOptions, MappingSet)? {
        var configured: [String]?
        do {
            let settings = try settings(invocation)
            let named = invocation[mapping]
            if named.isEmpty { configured = settings.mappings }
            let mappings = try MappingSet(files: configured ?? named)
            for warning in mappings.warnings where warning.level == .warning { Terminal.error("\(warning)") }
            return (try RelayOptions(settings), mappings)
        } catch let error as FaultReport {
            if CommonOptions.file(invocation) == nil { Terminal.error(StandardFile.missing) }
            Terminal.error(error.description)
        } catch {
            // What the configuration names is a fault of a place in it.
            if configured == nil {
                Terminal.error("\(error)")
            } else {
                _ = CommonOptions.refuse(invocation, "\(error)")
            }
        }
        return nil
    }

    private static func settings(_ invocation: Invocation) throws(FaultReport) -> ServiceSettings {
        var environment = Environment.variables
        let file = CommonOptions.file(invocation)
        // A configuration needs topics, which this command does not read.
        let topics = "BATCHRELAY_KAFKA_TOPICS"
        if file == nil, environment[topics] == nil { environment[topics] = "none" }
        return try ServiceSettings.load(file: file, environment: environment)
    }

    private static func isWanted(_ plan: SendPlan, _ endpoint: BatchEndpoint) -> Bool {
        let updates = "\(plan.updateCount) \(plan.updateCount == 1 ? "update" : "updates")"
        let profiles = "\(plan.userCount) \(plan.userCount == 1 ? "profile" : "profiles")"
        Terminal.progress(
            "Send \(updates) of \(profiles) to the project '\(endpoint.projectKey)' at \(endpoint.baseURL)? [y/N] "
        )
        let answer = readLine() ?? ""
        return ["y", "yes"].contains(answer.lowercased())
    }
}
