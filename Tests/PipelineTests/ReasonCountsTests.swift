import Observability
import Testing

@testable import Pipeline

@Suite("Counts by reason")
struct ReasonCountsTests {
    @Test("each reason is a series of one metric, made when it is first met")
    func series() {
        let metrics = RelayMetrics()
        #expect(!metrics.registry.prometheusText().contains("batchrelay_dead_letters_total{"))
        for reason in ["malformed_json", "late_event", "malformed_json"] { metrics.deadLetterReasons.increment(reason) }
        #expect(metrics.deadLetterReasons.counts == ["malformed_json": 2, "late_event": 1])
        let text = metrics.registry.prometheusText()
        #expect(text.contains(#"batchrelay_dead_letters_total{reason="malformed_json"} 2"#))
        #expect(text.contains(#"batchrelay_dead_letters_total{reason="late_event"} 1"#))
    }
}
