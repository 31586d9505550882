import CommandOptions
import Delivery
import Pipeline

/// `batchrelay map`: messages in, operations out.
enum MapCommand {
    private static let mapping = CommandOption<[String]>.repeated(
        "mapping",
        short: "m",
        .file(),
        help: "a mapping file; none: the one that ships as segment.yaml",
        example: "--mapping mappings/segment.yaml"
    )
    private static let explain = CommandOption<Bool>.flag(
        "explain",
        help: "say on stderr where each field came from, and why each other field of the message did not arrive"
    )
    private static let json = CommandOption<Bool>.flag(
        "json",
        help: "write explanations to stdout instead, one JSON object a line, which holds the operations"
    )
    private static let topic = CommandOption<String?>.optional(
        "topic",
        .text("TOPIC"),
        help: "the topic that the messages come from; none: entries of all topics apply",
        example: "--topic analytics.events"
    )
    private static let now = CommandOption<String?>.optional(
        "now",
        .text("TIME", expected: "a date-time such as 2026-11-21T12:00:00Z"),
        help: "leave out events that are too old at this time",
        example: "--now 2026-11-21T12:00:00Z"
    )
    private static let files = CommandOption<[String]>.arguments(
        .file(),
        help: "messages in JSON, one a line or each over several indented lines; none, or -, for stdin",
        example: "events.jsonl"
    )

    static let command = Command(
        "map",
        summary:
            "Maps messages to operations as they would be sent, unmerged and, without --now, without any age rule.",
        options: [mapping, explain, json, topic, now, files],
        examples: ["batchrelay map --explain events.jsonl", "cat events.jsonl | batchrelay map"],
        exitCodes: [
            .init(ExitCode.done, "every line was mapped or filtered"),
            .init(ExitCode.failed, "a line would be a dead letter"),
            .init(ExitCode.configuration, "a mapping is wrong"),
        ]
    )

    static func run(_ invocation: Invocation) -> Int32 {
        var record = SampleRecord()
        record.topic = invocation[topic]
        if let text = invocation[now] {
            guard let milliseconds = SampleRecord.milliseconds(of: text) else {
                Terminal.error("--now: '\(text)' is not a date-time with zone such as 2026-11-21T12:00:00Z")
                return ExitCode.usage
            }
            record.nowMilliseconds = milliseconds
        }
        let mappings: MappingSet
        do throws(RelayError) {
            mappings = try MappingSet(files: invocation[mapping])
        } catch {
            Terminal.error(error.description)
            return ExitCode.configuration
        }
        do throws(InputError) {
            return try run(invocation, mappings, record)
        } catch {
            Terminal.error(error.description)
            return ExitCode.failed
        }
    }

    private static func run(
        _ invocation: Invocation,
        _ mappings: MappingSet,
        _ record: SampleRecord
    ) throws(InputError) -> Int32 {
        // Explaining costs a multiple of mapping, so that it is done only where something is to be said.
        let explains = invocation[explain] || invocation[json]
        let isPlain = !explains && record == SampleRecord()
        for warning in mappings.warnings where warning.level == .warning { Terminal.error("\(warning)") }
        var mapper = MessageMapper(mappings: mappings)
        var explainer = MessageExplainer(mappings: mappings)
        var code = ExitCode.done
        for path in invocation[files].isEmpty ? ["-"] : invocation[files] {
            var lines = try InputLines(path)
            var isAdvised = false
            var isEmpty = true
            while let (message, isCut) = try lines.nextMessage() {
                isEmpty = false
                let place = "\(path):\(lines.number)"
                let isSendable =
                    isPlain
                    ? report(mapper.map(message), at: place)
                    : report(explainer.explain(message, record: record), at: place, invocation)
                if !isSendable { code = ExitCode.failed }
                guard isCut, !isAdvised else { continue }
                isAdvised = true
                Terminal.error("\(place): \(MessageLines.advice)")
            }
            if isEmpty { Terminal.error("\(path): there is no message in it") }
        }
        return code
    }

    /// - Returns: whether the message is not a dead letter.
    private static func report(_ result: MessageMapper.Result, at place: String) -> Bool {
        for operation in result.operations { Terminal.output(bytes: operation + [UInt8(ascii: "\n")]) }
        guard let cause = result.deadLetter else { return true }
        let field = cause.attribute.map { " (\($0))" } ?? ""
        Terminal.error("\(place): dead letter: \(cause.reason)\(field): \(cause.detail)")
        return false
    }

    /// - Returns: whether the message is not a dead letter.
    private static func report(_ explanation: MessageExplanation, at place: String, _ invocation: Invocation) -> Bool {
        if invocation[json] {
            Terminal.output(bytes: explanation.json(at: place) + [UInt8(ascii: "\n")])
        } else {
            for operation in explanation.operations { Terminal.output(bytes: operation + [UInt8(ascii: "\n")]) }
            if invocation[explain] {
                Terminal.error(explanation.text(at: place))
            } else if let cause = explanation.deadLetter {
                Terminal.error("\(place): dead letter: \(cause.reason): \(cause.detail)")
            }
        }
        return explanation.deadLetter == nil
    }
}
