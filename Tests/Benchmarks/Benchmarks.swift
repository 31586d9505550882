import Glibc
import TestSupport

/// `swift run -c release Benchmarks [service|mapping|own-mapping|engine] [MESSAGES]` prints figures; `service`, the default,
/// needs `KAFKA_HOME`.
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
                files: ["Tests/Benchmarks/forty-fields.yaml"]
            )
        case "engine": try EngineBenchmark(messageCount: count).run()
        default: try await service(count)
        }
    }

    private static func service(_ count: Int) async throws {
        let executable =
            CommandLine.arguments[0].split(separator: "/").dropLast().joined(separator: "/") + "/batchrelay"
        let figures = try await ServiceBenchmark(
            messageCount: count,
            executable: CommandLine.arguments[0].hasPrefix("/") ? "/\(executable)" : executable
        ).run()
        print(figures.text)
    }
}
