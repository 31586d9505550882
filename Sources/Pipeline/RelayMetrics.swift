public import Observability

/// The service's metrics, all named here.
public struct RelayMetrics: Sendable {
    /// The registry that holds them.
    public let registry: MetricsRegistry

    let offsetGaps: Counter
    let repeatedOffsets: Counter
    let recordsGone: Counter
    let kafkaErrors: Counter
    let leftOutFields: ReasonCounts
    let filteredByMapping: ReasonCounts
    let deadLetterReasons: ReasonCounts
    let refusedByBatch: Counter
    let calls: Counter
    let callSeconds: Histogram
    let consumed: Gauge
    let delivered: Gauge
    let filtered: Gauge
    let deadLettered: Gauge
    let pending: Gauge
    let updates: Gauge
    let held: Gauge

    /// Registers the metrics.
    public init(registry: MetricsRegistry = MetricsRegistry()) {
        self.registry = registry
        offsetGaps = registry.counter(
            "batchrelay_offset_gaps_total",
            help: "Offsets that were skipped: compaction, transactions, or lost records."
        )
        repeatedOffsets = registry.counter(
            "batchrelay_repeated_offsets_total",
            help: "Records that Kafka handed over twice in one assignment; dropped."
        )
        recordsGone = registry.counter(
            "batchrelay_records_lost_total",
            help: "Records that were gone from their topic (retention) before they were read, at most."
        )
        kafkaErrors = registry.counter("batchrelay_kafka_errors_total", help: "Errors that the Kafka client reported.")
        leftOutFields = ReasonCounts(
            registry,
            "batchrelay_left_out_fields_total",
            help: "Fields of messages that were left out, by us, before sending."
        )
        filteredByMapping = ReasonCounts(
            registry,
            "batchrelay_filtered_by_mapping_total",
            help: "Records that the mapping has filtered: they are not for Batch."
        )
        deadLetterReasons = ReasonCounts(
            registry,
            "batchrelay_dead_letters_total",
            help: "Records and parts of records that were handed to the dead-letter sink."
        )
        refusedByBatch = registry.counter(
            "batchrelay_refused_fields_total",
            help: "Fields of delivered records that Batch refused."
        )
        calls = registry.counter("batchrelay_calls_total", help: "Calls to Batch that have ended.")
        callSeconds = registry.histogram(
            "batchrelay_call_seconds",
            unit: .seconds,
            help: "Duration of calls to Batch.",
            bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
        )
        consumed = registry.gauge("batchrelay_records_consumed", help: "Records taken in since the start.")
        delivered = registry.gauge("batchrelay_records_delivered", help: "Records that Batch has acknowledged.")
        filtered = registry.gauge("batchrelay_records_filtered", help: "Records that are not for Batch.")
        deadLettered = registry.gauge("batchrelay_records_dead_lettered", help: "Records stored as dead letters.")
        pending = registry.gauge("batchrelay_records_pending", help: "Records read and not settled yet.")
        updates = registry.gauge("batchrelay_updates_accepted", help: "Profile updates that Batch has accepted.")
        held = registry.gauge("batchrelay_held", help: "1 while nothing is sent until something is mended.")
    }
}
