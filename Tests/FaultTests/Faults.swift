import Foundation
import RelayScenes
import TestSupport
import Testing

/// All suites that hurt real processes: Apache Kafka, `batchrelay run` and `batchrelay simulate`. One at a time: each wants
/// the machine for itself.
@Suite(
    "The service under faults",
    .serialized,
    .enabled(if: KafkaAvailability.canStart(), "\(KafkaAvailability.hint)")
)
enum Faults {
    /// A number from the environment, which overrides how large or how random a run is.
    static func number(_ name: String, else shipped: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? shipped
    }
}
