import Foundation
import Observability
import Testing

@Suite("Metrics")
struct MetricsTests {
    @Test("writes counters, gauges and histograms in Prometheus' format, by name")
    func exposition() {
        let metrics = MetricsRegistry()
        metrics.gauge("window_bytes", unit: .bytes, help: "Bytes held.").set(1_234)
        let calls = metrics.counter("calls_total", help: "Calls.", labels: [MetricLabel("status", "202")])
        calls.increment()
        calls.increment(by: 41)
        metrics.counter("busy_seconds_total", unit: .seconds, help: "Time.").increment(by: 1_500_000_000)
        let wait = metrics.histogram("wait_seconds", unit: .seconds, help: "Waiting.", bounds: [0.1, 1])
        for duration in [Duration.milliseconds(100), .milliseconds(101), .seconds(7)] { wait.observe(duration) }
        let expected = """
            # HELP busy_seconds_total Time.
            # TYPE busy_seconds_total counter
            busy_seconds_total 1.5
            # HELP calls_total Calls.
            # TYPE calls_total counter
            calls_total{status="202"} 42
            # HELP wait_seconds Waiting.
            # TYPE wait_seconds histogram
            wait_seconds_bucket{le="0.1"} 1
            wait_seconds_bucket{le="1"} 2
            wait_seconds_bucket{le="+Inf"} 3
            wait_seconds_sum 7.201
            wait_seconds_count 3
            # HELP window_bytes Bytes held.
            # TYPE window_bytes gauge
            window_bytes 1234

            """
        #expect(metrics.prometheusText() == expected)
    }

    @Test("escapes help texts and label values")
    func escaping() {
        let metrics = MetricsRegistry()
        metrics.gauge("g", help: "a \\ b\nc \"d\"", labels: [MetricLabel("l", "x\\\"\ny é")]).set(1)
        #expect(
            metrics.prometheusText()
                == "# HELP g a \\\\ b\\nc \"d\"\n# TYPE g gauge\ng{l=\"x\\\\\\\"\\ny é\"} 1\n"
        )
    }

    @Test(
        "writes numbers as Prometheus reads them",
        arguments: [
            (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (0.5, "0.5"), (-3, "-3"), (1e300, "1e+300"),
        ]
    )
    func numbers(value: Double, text: String) {
        let metrics = MetricsRegistry()
        metrics.gauge("g", help: "h").set(value)
        #expect(metrics.prometheusText().hasSuffix("\ng \(text)\n"))
    }

    @Test("the same name and labels give the same handle, other labels another")
    func sameHandle() {
        let metrics = MetricsRegistry()
        func counter(_ value: String) -> Counter {
            metrics.counter("c_total", help: "h", labels: [MetricLabel("l", value)])
        }
        #expect(counter("a") === counter("a"))
        #expect(counter("a") !== counter("b"))
    }

    @Test("a removed series is no longer written, its handle goes on")
    func removal() {
        let metrics = MetricsRegistry()
        let labels = [MetricLabel("partition", "3")]
        let gauge = metrics.gauge("lag", help: "h", labels: labels)
        metrics.remove("lag", labels: labels)
        gauge.set(5)
        #expect(metrics.prometheusText().isEmpty)
        #expect(metrics.gauge("lag", help: "h", labels: labels).value == 0)
    }

    @Test("series beyond the limit are counted together")
    func cardinality() {
        let metrics = MetricsRegistry()
        for index in 0..<(MetricsRegistry.maximumSeriesCount + 500) {
            metrics.counter("c_total", help: "h", labels: [MetricLabel("id", "\(index)")]).increment()
        }
        let samples = metrics.samples()
        #expect(samples.count == MetricsRegistry.maximumSeriesCount + 1)
        #expect(samples.last == MetricSample(name: "c_total", labels: [MetricLabel("id", "other")], value: 500))
    }

    @Test("gives its numbers as samples too")
    func samples() {
        let metrics = MetricsRegistry()
        metrics.histogram("h", help: "h", bounds: Histogram.exponentialBounds(start: 1, factor: 2, count: 3)).observe(
            3.0
        )
        metrics.gauge("g", help: "h").add(2)
        #expect(
            metrics.samples() == [
                MetricSample(name: "g", labels: [], value: 2), MetricSample(name: "h_count", labels: [], value: 1),
                MetricSample(name: "h_sum", labels: [], value: 3),
            ]
        )
    }

    @Test("a bound belongs to its bucket, and not-a-number to none")
    func bucketBounds() {
        let histogram = MetricsRegistry().histogram("h", help: "h", bounds: [1, 2])
        for value in [1, 1.5, 2, 2.5, -.infinity, .nan] { histogram.observe(value) }
        #expect(histogram.bucketCounts == [2, 2, 1])
    }

    @Test("loses no increment of several threads")
    func concurrency() async {
        let metrics = MetricsRegistry()
        let counter = metrics.counter("c_total", help: "h")
        let gauge = metrics.gauge("g", help: "h")
        let histogram = metrics.histogram("h", help: "h", bounds: [0.5])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<10_000 {
                        counter.increment()
                        gauge.add(1)
                        histogram.observe(1.0)
                    }
                }
            }
        }
        #expect(counter.count == 40_000)
        #expect(gauge.value == 40_000)
        #expect(histogram.bucketCounts == [0, 40_000])
        #expect(histogram.sum == 40_000)
    }

    @Test("a name that breaks Prometheus' rules is a mistake in the program")
    func wrongNames() async {
        await #expect(processExitsWith: .failure) { _ = MetricsRegistry().counter("calls", help: "h") }
        await #expect(processExitsWith: .failure) { _ = MetricsRegistry().gauge("9g", help: "h") }
        await #expect(processExitsWith: .failure) { _ = MetricsRegistry().gauge("held", unit: .bytes, help: "h") }
        await #expect(processExitsWith: .failure) {
            let metrics = MetricsRegistry()
            _ = metrics.gauge("a_total", help: "h")
            _ = metrics.counter("a_total", help: "h")
        }
    }
}
