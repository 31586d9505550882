import Dispatch
import Glibc
import TestSupport

/// `swift run -c release Benchmarks [KIND] [MESSAGES]` prints figures, from the top of the repository.
///
/// Kinds: `service` (the default), `service-strict` (the simulator checks every call) and `service-own` (a mapping of 40 fields) run
/// the whole service and need `KAFKA_HOME`; `mapping`, `own-mapping` and `engine` compute on one thread.
@main
enum Benchmarks {
    static func main() {
        do {
            let arguments = CommandLine.arguments.dropFirst()
            let count = arguments.last.flatMap { Int($0) } ?? 200_000
            switch arguments.first {
            case "mapping": try MappingBenchmark(messageCount: count).run("default mapping", files: [])
            case "own-mapping":
                try MappingBenchmark(messageCount: count).run("own mapping, 40 fields", files: [fortyFields])
            case "engine": try EngineBenchmark(messageCount: count).run()
            case "sink": try PlainSink.run()
            case "service-own": runService(count, mapping: fortyFields, sink: .plain)
            case "service-strict": runService(count, mapping: nil, sink: .simulator)
            default: runService(count, mapping: nil, sink: .plain)
            }
        } catch {
            fail(error)
        }
    }

    private static let fortyFields = "Tests/Benchmarks/forty-fields.yaml"

    private static func runService(_ count: Int, mapping: String?, sink: ServiceBenchmark.Sink) -> Never {
        Task {
            do {
                let folder = CommandLine.arguments[0].split(separator: "/").dropLast().joined(separator: "/")
                let figures = try await ServiceBenchmark(
                    messageCount: count,
                    mapping: mapping,
                    sink: sink,
                    executables: CommandLine.arguments[0].hasPrefix("/") ? "/\(folder)" : folder
                ).run()
                print(figures.text)
                exit(0)
            } catch {
                fail(error)
            }
        }
        dispatchMain()
    }

    private static func fail(_ error: any Error) -> Never {
        let text = Array("the benchmark could not be run: \(error)\n".utf8)
        _ = write(STDERR_FILENO, text, text.count)
        exit(1)
    }
}
