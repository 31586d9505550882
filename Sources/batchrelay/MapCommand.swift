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
        help: "say on stderr what became of each message and why a field was left out"
    )
    private static let files = CommandOption<[String]>.arguments(
        .file(),
        help: "JSON Lines of messages; none, or -, for stdin",
        example: "events.jsonl"
    )

    static let command = Command(
        "map",
        summary: "Maps messages to operations as they would be sent, unmerged and without any age rule.",
        options: [mapping, explain, files],
        examples: ["batchrelay map --explain events.jsonl", "cat events.jsonl | batchrelay map"],
        exitCodes: [
            .init(ExitCode.done, "every line was mapped or filtered"),
            .init(ExitCode.failed, "a line would be a dead letter"),
            .init(ExitCode.configuration, "a mapping is wrong"),
        ]
    )

    static func run(_ invocation: Invocation) -> Int32 {
        var mapper: MessageMapper
        do throws(RelayError) {
            mapper = MessageMapper(mappings: try MappingSet(files: invocation[mapping]))
        } catch {
            Terminal.error(error.description)
            return ExitCode.configuration
        }
        var code = ExitCode.done
        do throws(InputError) {
            for path in invocation[files].isEmpty ? ["-"] : invocation[files] {
                let bytes = try InputFile.read(path, limit: 1 << 30)
                var number = 0
                for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
                    number += 1
                    guard line.contains(where: { $0 > 0x20 }) else { continue }
                    if !report(mapper.map(Array(line)), at: "\(path):\(number)", explains: invocation[explain]) {
                        code = ExitCode.failed
                    }
                }
            }
        } catch {
            Terminal.error(error.description)
            return ExitCode.failed
        }
        return code
    }

    /// - Returns: whether the message is not a dead letter.
    private static func report(_ result: MessageMapper.Result, at place: String, explains: Bool) -> Bool {
        for operation in result.operations { Terminal.output(bytes: operation + [UInt8(ascii: "\n")]) }
        if explains {
            if let reason = result.filteredReason { Terminal.error("\(place): filtered: \(reason)") }
            for field in result.leftOut { Terminal.error("\(place): left out \(field.path): \(field.reason)") }
        }
        guard let cause = result.deadLetter else { return true }
        let field = cause.attribute.map { " (\($0))" } ?? ""
        Terminal.error("\(place): dead letter: \(cause.reason)\(field): \(cause.detail)")
        return false
    }
}
