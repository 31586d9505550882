import CommandOptions
import Pipeline
import ServiceConfiguration

/// `batchrelay dead-letters`: what could not be delivered, and why.
enum DeadLettersCommand {
    private static let place = CommandOption<[String]>.arguments(
        .text("PLACE", expected: "the place of a dead letter, such as analytics.events.dead-letter/0@17"),
        maximumCount: 1,
        help: "where it lies: topic/partition@offset in the topic, path:line in a file",
        example: "analytics.events.dead-letter/0@17"
    )
    private static let source = CommandOption<RecordName?>.optional(
        "source",
        OptionValue(
            "RECORD",
            expected: "the name of a record, such as analytics.events/0@17",
            parse: { RecordName($0) },
            write: { $0.description }
        ),
        help: "show what became of this record, topic/partition@offset",
        example: "--source analytics.events/0@17"
    )
    private static let reason = CommandOption<String?>.optional(
        "reason",
        .text("REASON"),
        help: "show those of this reason",
        example: "--reason malformed_json"
    )
    private static let limit = CommandOption<Int>.value(
        "limit",
        .integer(in: 1...1_000_000),
        default: 10,
        help: "the most to show",
        example: "--limit 100"
    )
    private static let values = CommandOption<Bool>.flag(
        "values",
        help: "show keys, values and headers, which are personal data, and not only their length and hash"
    )

    private static let exitCodes = [
        Command.ExitCode(ExitCode.done, "shown"),
        Command.ExitCode(ExitCode.failed, "the brokers do not answer, or there is no such dead letter"),
        Command.ExitCode(ExitCode.configuration, "the configuration is wrong, or its topic or file is not there"),
    ]

    static let command = Command(
        "dead-letters",
        summary: "Shows what could not be delivered, and why.",
        subcommands: [
            Command(
                "list",
                summary: "Counts dead letters by reason, with the times of the first and the last and an example.",
                options: [CommonOptions.config, CommonOptions.json],
                examples: ["batchrelay dead-letters list --config batchrelay.yaml"],
                exitCodes: exitCodes
            ),
            Command(
                "show",
                summary: "Shows dead letters with reason, answer and source.",
                options: [CommonOptions.config, source, reason, limit, values, CommonOptions.json, place],
                groups: [.atMostOne(["source", "reason", "PLACE"])],
                examples: [
                    "batchrelay dead-letters show analytics.events.dead-letter/0@17",
                    "batchrelay dead-letters show --reason malformed_json --limit 3 --values",
                ],
                exitCodes: exitCodes
            ),
        ]
    )

    static func run(_ invocation: Invocation) -> Int32 {
        guard let settings = CommonOptions.settings(invocation) else { return ExitCode.configuration }
        let reader = DeadLetterReader(
            DeadLetterTarget(settings.deadLetter.sink),
            properties: settings.kafka.properties,
            groupID: settings.kafka.groupID
        )
        do throws(RelayError) {
            return invocation.path.last == "list" ? try list(reader, invocation) : try show(reader, invocation)
        } catch {
            Terminal.error(error.description)
            return error.isConfiguration ? ExitCode.configuration : ExitCode.failed
        }
    }

    private static func list(_ reader: DeadLetterReader, _ invocation: Invocation) throws(RelayError) -> Int32 {
        let (groups, foreign) = try reader.groups()
        if invocation[CommonOptions.json] {
            for group in groups { Terminal.output(bytes: group.json + [UInt8(ascii: "\n")]) }
        } else if groups.isEmpty {
            Terminal.error("there are no dead letters")
        } else {
            var rows = [["reason", "count", "first", "last", "example"]]
            for group in groups {
                rows.append([
                    group.reason, "\(group.count)", group.first ?? "-", group.last ?? "-", group.example,
                ])
            }
            for line in TextTable.lines(rows, numbers: [1]) { Terminal.output(line) }
        }
        if foreign > 0 { Terminal.error("\(foreign) records there are no dead letters of batchrelay") }
        return ExitCode.done
    }

    private static func show(_ reader: DeadLetterReader, _ invocation: Invocation) throws(RelayError) -> Int32 {
        let choice: DeadLetterReader.Choice
        if let place = invocation[place].first {
            choice = .place(place)
        } else if let source = invocation[source] {
            choice = .source(source)
        } else {
            choice = invocation[reason].map { .reason($0) } ?? .all
        }
        let letters = try reader.letters(choice, limit: invocation[place].isEmpty ? invocation[limit] : 1)
        guard !letters.isEmpty else {
            Terminal.error("there is no such dead letter; `batchrelay dead-letters list` shows what there is")
            return ExitCode.failed
        }
        for letter in letters {
            if invocation[CommonOptions.json] {
                Terminal.output(bytes: letter.json(showsContents: invocation[values]) + [UInt8(ascii: "\n")])
            } else {
                Terminal.output(text(of: letter, showsContents: invocation[values]))
            }
        }
        return ExitCode.done
    }

    private static func text(of letter: StoredDeadLetter, showsContents: Bool) -> String {
        var rows = [
            ("place", letter.place), ("source", letter.source?.description ?? "-"), ("time", letter.time ?? "-"),
            ("reason", letter.reason), ("detail", letter.detail),
        ]
        if let attribute = letter.attribute { rows.append(("attribute", attribute)) }
        if let mapping = letter.mapping { rows.append(("mapping", mapping)) }
        rows.append(("attempts", "\(letter.attempts)"))
        if let status = letter.answerStatus { rows.append(("answer", "\(status) \(letter.answerBody ?? "")")) }
        rows.append(("key", StoredDeadLetter.shown(letter.key, showsContents: showsContents)))
        let cut = letter.isTruncated ? " (truncated: the topic takes no larger one)" : ""
        rows.append(("value", StoredDeadLetter.shown(letter.value, showsContents: showsContents) + cut))
        for (name, value) in letter.headers {
            rows.append(("header", "\(name): \(StoredDeadLetter.shown(value, showsContents: showsContents))"))
        }
        return rows.map { "\(TextTable.padded($0.0, 11))\($0.1)" }.joined(separator: "\n") + "\n"
    }
}
