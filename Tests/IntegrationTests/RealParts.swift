import TestSupport
import Testing

/// All suites that run the service as people do: Apache Kafka, `batchrelay run` and `batchrelay simulate`, each a process.
///
/// One at a time: each wants the machine for itself.
@Suite(
    "The service on real parts",
    .serialized,
    .enabled(if: KafkaAvailability.canStart(), "\(KafkaAvailability.hint)")
)
enum RealParts {}
