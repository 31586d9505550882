import CommandOptions

enum Format: String, CaseIterable, Sendable { case text, json }

/// A program with every kind of declaration.
enum Sample {
    static let config: CommandOption<String> = .value(
        "config",
        short: "c",
        .file(),
        default: "relay.yaml",
        help: "configuration file",
        example: "other.yaml"
    )
    static let mapping: CommandOption<[String]> = .repeated("mapping", .file(), help: "mapping file")
    static let explain: CommandOption<Bool> = .flag("explain", short: "e", help: "says where each field came from")
    static let format: CommandOption<Format?> = .optional("format", .choice("FORMAT"), help: "form of the output")
    static let files: CommandOption<[String]> = .arguments(.file(), help: "JSON Lines; standard input where missing")
    static let group: CommandOption<String> = .required(
        "group",
        .text("GROUP", expected: "a consumer group"),
        help: "consumer group",
        example: "relay"
    )
    static let offset: CommandOption<Int?> = .optional("to-offset", .integer(in: 0...(.max)), help: "this offset")
    static let earliest: CommandOption<Bool> = .flag("to-earliest", help: "the earliest offset")
    static let shift: CommandOption<Int?> = .optional(
        "shift-by",
        .integer(in: -1000...1000),
        help: "by this much",
        example: "-5"
    )
    static let topic: CommandOption<String> = .argument(.text("TOPIC", expected: "a topic"), help: "the topic")
    static let partitions: CommandOption<[Int]> = .arguments(
        .integer("PARTITION", in: 0...99),
        minimumCount: 0,
        maximumCount: 2,
        help: "partitions"
    )

    static let program = Command(
        "relay",
        summary: "moves messages",
        exitCodes: [.init(0, "done"), .init(64, "usage")],
        subcommands: [
            Command(
                "map",
                summary: "messages in, operations out",
                discussion: "Nothing is sent. What comes out is what would be sent.",
                options: [config, mapping, explain, format, files],
                examples: ["relay map --explain messages.jsonl"],
                exitCodes: [.init(0, "done"), .init(1, "a message failed")]
            ),
            Command(
                "offsets",
                summary: "positions of a group",
                subcommands: [
                    Command("show", summary: "prints them", options: [group]),
                    Command(
                        "reset",
                        summary: "changes them",
                        options: [group, offset, earliest, shift, topic, partitions],
                        groups: [.exactlyOne(["to-offset", "to-earliest", "shift-by"])]
                    ),
                ]
            ),
        ]
    )
}
