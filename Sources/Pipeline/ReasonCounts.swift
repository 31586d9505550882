import Observability
import Threads

/// Counts by reason: one metric, a series for each reason that was met.
///
/// Reasons are codes of this program, a closed list, never foreign text. May be used from any thread.
final class ReasonCounts: Sendable {
    private let registry: MetricsRegistry
    private let name: String
    private let help: String
    private let known = Lock<[String: Counter]>([:])

    init(_ registry: MetricsRegistry, _ name: String, help: String) {
        self.registry = registry
        self.name = name
        self.help = help
    }

    func increment(_ reason: String) {
        let counter = known.withLock { known in
            if let counter = known[reason] { return counter }
            let counter = registry.counter(name, help: help, labels: [MetricLabel("reason", reason)])
            known[reason] = counter
            return counter
        }
        counter.increment()
    }

    /// What was counted so far.
    var counts: [String: Int] { known.withLock { $0.mapValues { Int(clamping: $0.count) } } }
}
