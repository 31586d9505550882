import Glibc
import TestSupport

/// `swift run -c release Benchmarks [service|service-own|mapping|own-mapping|engine] [MESSAGES]` prints figures, from the top of the
/// repository; `service`, the default, and the same with an own mapping of 40 fields need `KAFKA_HOME`.
@main
enum Benchmarks {
    static func main() async {
        do {
            try await run()
        } catch {
            let text = Array("the benchmark could not be run: \(error)\n".utf8)
            _ = write(STDERR_FILENO, text, text.count)
            exit(1)
        }
    }

    private static func run() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let count = arguments.last.flatMap { Int($0) } ?? 200_000
        switch arguments.first {
        case "mapping": try MappingBenchmark(messageCount: count).run("default mapping", files: [])
        case "own-mapping":
            try MappingBenchmark(messageCount: count).run(
                "own mapping, 40 fields",
                files: [fortyFields]
            )
        case "engine": try EngineBenchmark(messageCount: count).run()
        case "service-own": try await service(count, mapping: fortyFields)
        default: try await service(count, mapping: nil)
        }
    }

    private static let fortyFields = "Tests/Benchmarks/forty-fields.yaml"

    private static func service(_ count: Int, mapping: String?) async throws {
        let executable =
            CommandLine.arguments[0].split(separator: "/").dropLast().joined(separator: "/") + "/batchrelay"
        let figures = try await ServiceBenchmark(
            messageCount: count,
            mapping: mapping,
            executable: CommandLine.arguments[0].hasPrefix("/") ? "/\(executable)" : executable
        ).run()
        print(figures.text)
    }
}
