import CommandOptions
import MappingLanguage
import Pipeline

/// `batchrelay eval`: mappings and triggers tried on messages, a line each.
enum EvalCommand {
    private static let files = CommandOption<[String]>.arguments(
        .file(),
        help: "JSON Lines; none, or -, for stdin",
        example: "attempts.jsonl"
    )

    static let command = Command(
        "eval",
        summary: "Tries mappings and triggers on messages, and says what they give.",
        discussion:
            "In: one {\"mapping\":…,\"message\":…} or {\"trigger\":\"…\",\"message\":…} a line. Out, line by line: {\"value\":…}, "
            + "{\"absent\":true}, {\"refused\":[…]} where the mapping or trigger is not accepted, or {\"failed\":\"…\"} where this "
            + "message cannot be mapped.",
        options: [files],
        examples: [
            #"echo '{"mapping":{"id":{"@path":"$.userId"}},"message":{"userId":"u1"}}' | batchrelay eval"#
        ],
        exitCodes: [
            .init(ExitCode.done, "every line was answered"),
            .init(ExitCode.failed, "a line had none of the two forms, or a file could not be read"),
        ]
    )

    static func run(_ invocation: Invocation) -> Int32 {
        var evaluator = LineEvaluator()
        var code = ExitCode.done
        do throws(InputError) {
            for path in invocation[files].isEmpty ? ["-"] : invocation[files] {
                var lines = try InputLines(path)
                var shape = MessageLines()
                var isAdvised = false
                while let line = try lines.next() {
                    let answer = evaluator.answer(line)
                    Terminal.output(bytes: answer.json + [UInt8(ascii: "\n")])
                    for remark in answer.remarks { Terminal.error("\(path):\(lines.number): \(remark) (warning)") }
                    if !answer.isUnderstood {
                        Terminal.error("\(path):\(lines.number): the line has none of the two forms")
                        code = ExitCode.failed
                        // Programs ask and are answered line by line, so that lines are not put together here.
                        shape.begin(line)
                        if shape.isOpen, !isAdvised {
                            Terminal.error("\(path):\(lines.number): \(MessageLines.advice)")
                        }
                        isAdvised = isAdvised || shape.isOpen
                    }
                }
            }
        } catch {
            Terminal.error(error.description)
            return ExitCode.failed
        }
        return code
    }
}
