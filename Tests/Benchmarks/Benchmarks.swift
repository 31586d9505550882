import TestSupport

/// `swift run -c release Benchmarks [MESSAGES]`: prints the figures of the whole service. Needs `KAFKA_HOME`.
@main
enum Benchmarks {
    static func main() async throws {
        let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200_000
        let executable =
            CommandLine.arguments[0].split(separator: "/").dropLast().joined(separator: "/") + "/batchrelay"
        let figures = try await ServiceBenchmark(
            messageCount: count,
            executable: CommandLine.arguments[0].hasPrefix("/") ? "/\(executable)" : executable
        ).run()
        print(figures.text)
    }
}
