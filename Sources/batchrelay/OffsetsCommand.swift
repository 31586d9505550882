import CommandOptions
import KafkaClient
import Pipeline
import ServiceConfiguration

/// `batchrelay offsets`: where a group stands.
enum OffsetsCommand {
    private static let group = CommandOption<String?>.optional(
        "group",
        short: "g",
        .text("GROUP"),
        help: "another group than that of the configuration",
        example: "--group batchrelay"
    )

    static let command = Command(
        "offsets",
        summary: "Shows how far the group has come.",
        subcommands: [
            Command(
                "show",
                summary: "Shows the lag of each partition and whether the group is active.",
                options: [CommonOptions.config, group, CommonOptions.json],
                examples: ["batchrelay offsets show --config batchrelay.yaml"],
                exitCodes: [
                    .init(ExitCode.done, "shown"),
                    .init(ExitCode.failed, "a broker does not answer, or a topic cannot be read"),
                    .init(ExitCode.configuration, "the configuration is wrong"),
                ]
            )
        ]
    )

    static func run(_ invocation: Invocation) -> Int32 {
        guard let settings = CommonOptions.settings(invocation) else { return ExitCode.configuration }
        let report: LagReport
        do throws(KafkaError) {
            report = try LagReport.read(
                properties: settings.kafka.properties,
                groupID: invocation[group] ?? settings.kafka.groupID,
                topics: settings.kafka.topics,
                start: settings.kafka.relayStart
            )
        } catch {
            Terminal.error(error.description)
            return ExitCode.failed
        }
        if invocation[CommonOptions.json] {
            Terminal.output(bytes: report.json + [UInt8(ascii: "\n")])
        } else {
            show(report)
        }
        for note in report.notes { Terminal.error(note) }
        return report.unreadable.isEmpty && !report.partitions.isEmpty ? ExitCode.done : ExitCode.failed
    }

    private static func show(_ report: LagReport) {
        let members = "\(report.memberCount) member\(report.memberCount == 1 ? "" : "s")"
        Terminal.output(
            "group \(report.groupID): \(report.isActive ? "active" : "not active") (\(report.state), \(members))"
        )
        var rows = [["topic", "partition", "committed", "start", "end", "lag"]]
        for partition in report.partitions {
            rows.append([
                partition.place.topic, "\(partition.place.partition)", partition.committed.map { "\($0)" } ?? "-",
                "\(partition.start)", "\(partition.end)", partition.lag.map { "\($0)" } ?? "-",
            ])
        }
        rows.append(["total", "\(report.partitions.count)", "", "", "", "\(report.total)"])
        for line in TextTable.lines(rows, numbers: [1, 2, 3, 4, 5]) { Terminal.output(line) }
    }
}
