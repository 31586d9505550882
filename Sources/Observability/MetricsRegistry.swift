internal import Threads

/// One label of a metric: `topic="orders"`.
public struct MetricLabel: Sendable, Hashable {
    /// The name: ASCII letters, digits and underscores, not starting with a digit; fixed in the program.
    public let name: String
    /// The value; any text.
    public let value: String

    /// - Parameters:
    ///   - name: ASCII letters, digits and underscores, not starting with a digit.
    ///   - value: any text.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One number of a metric at one moment.
public struct MetricSample: Sendable, Equatable {
    /// The metric's name; of a histogram with `_count` or `_sum` behind it.
    public let name: String
    /// Its labels, in the order of registration.
    public let labels: [MetricLabel]
    /// The number, in the metric's unit.
    public let value: Double

    /// - Parameters:
    ///   - name: the metric's name.
    ///   - labels: its labels.
    ///   - value: the number, in the metric's unit.
    public init(name: String, labels: [MetricLabel], value: Double) {
        self.name = name
        self.labels = labels
        self.value = value
    }
}

/// Knows all metrics of a program, hands out their handles and writes them as text.
///
/// Keep the handle that a registration returns: using it takes no lock, registering does. Registering the same name and
/// labels again returns the same handle. Names, units and label names are part of the program, so a wrong one is a
/// mistake in it and stops it with a message; label values are data and may be anything.
public final class MetricsRegistry: Sendable {
    /// Series of one name that are kept. The labels of further ones are all replaced by `other`, so that labels made
    /// from foreign data cannot fill the memory of this program or of the one that reads it.
    public static let maximumSeriesCount = 2_000

    let families = Lock<[String: MetricFamily]>([:])

    /// An empty registry.
    public init() {}

    /// The counter of a name and labels, made if it is new.
    ///
    /// - Parameters:
    ///   - name: ends in `_total`; see ``MetricUnit`` for what comes before.
    ///   - unit: what is counted.
    ///   - help: one sentence for people.
    ///   - labels: the same names for all series of a metric.
    /// - Returns: the handle; the same one for the same name and labels.
    public func counter(
        _ name: String,
        unit: MetricUnit = .none,
        help: String,
        labels: [MetricLabel] = []
    ) -> Counter {
        precondition(name.hasSuffix("_total"), "counter '\(name)': the name must end in _total")
        let series = series(name, kind: .counter, unit: unit, help: help, labels: labels) {
            .counter(Counter(unit: unit))
        }
        guard case .counter(let counter) = series else { preconditionFailure("'\(name)' is not a counter") }
        return counter
    }

    /// The gauge of a name and labels, made if it is new.
    ///
    /// - Parameters:
    ///   - name: see ``MetricUnit`` for its end.
    ///   - unit: what is measured.
    ///   - help: one sentence for people.
    ///   - labels: the same names for all series of a metric.
    /// - Returns: the handle; the same one for the same name and labels.
    public func gauge(_ name: String, unit: MetricUnit = .none, help: String, labels: [MetricLabel] = []) -> Gauge {
        let series = series(name, kind: .gauge, unit: unit, help: help, labels: labels) { .gauge(Gauge()) }
        guard case .gauge(let gauge) = series else { preconditionFailure("'\(name)' is not a gauge") }
        return gauge
    }

    /// The histogram of a name and labels, made if it is new.
    ///
    /// - Parameters:
    ///   - name: see ``MetricUnit`` for its end.
    ///   - unit: what is measured.
    ///   - help: one sentence for people.
    ///   - bounds: upper bounds of the buckets, finite and ascending; the same for all series of a metric.
    ///   - labels: the same names for all series of a metric.
    /// - Returns: the handle; the same one for the same name and labels.
    public func histogram(
        _ name: String,
        unit: MetricUnit = .none,
        help: String,
        bounds: [Double],
        labels: [MetricLabel] = []
    ) -> Histogram {
        let ascends = zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
        precondition(
            !bounds.isEmpty && ascends && bounds.allSatisfy { $0.isFinite },
            "histogram '\(name)': bounds must be finite and ascending, and at least one"
        )
        precondition(!labels.contains { $0.name == "le" }, "histogram '\(name)': 'le' is the label of its buckets")
        let series = series(name, kind: .histogram, unit: unit, help: help, labels: labels) {
            .histogram(Histogram(bounds: bounds))
        }
        guard case .histogram(let histogram) = series else { preconditionFailure("'\(name)' is not a histogram") }
        precondition(histogram.bounds == bounds, "histogram '\(name)' is registered with other bounds")
        return histogram
    }

    /// Takes one series out, such as a partition's that this process no longer owns. Its handle goes on working, unseen.
    ///
    /// - Parameters:
    ///   - name: the metric's name.
    ///   - labels: the labels of its registration.
    public func remove(_ name: String, labels: [MetricLabel]) {
        families.withLock { families in
            guard let index = families[name]?.series.firstIndex(where: { $0.labels == labels }) else { return }
            families[name]?.series.remove(at: index)
        }
    }

    /// All numbers now, by name: of a histogram its count and its sum.
    public func samples() -> [MetricSample] {
        snapshot().flatMap { family in
            family.series.flatMap { series -> [MetricSample] in
                func sample(_ suffix: String, _ value: Double) -> MetricSample {
                    MetricSample(name: family.name + suffix, labels: series.labels, value: value)
                }
                switch series.handle {
                case .counter(let counter): return [sample("", counter.exposed.real)]
                case .gauge(let gauge): return [sample("", gauge.value)]
                case .histogram(let histogram):
                    let count = histogram.bucketCounts.reduce(0, +)
                    return [sample("_count", Double(count)), sample("_sum", histogram.sum)]
                }
            }
        }
    }

    func snapshot() -> [MetricFamily] {
        families.withLock { Array($0.values) }.sorted { $0.name < $1.name }
    }

    private func series(
        _ name: String,
        kind: MetricKind,
        unit: MetricUnit,
        help: String,
        labels: [MetricLabel],
        make: @Sendable () -> MetricHandle
    ) -> MetricHandle {
        MetricNaming.check(name, unit: unit, labels: labels)
        return families.withLock { families in
            var family =
                families[name] ?? MetricFamily(name: name, kind: kind, unit: unit, help: help, series: [])
            precondition(family.kind == kind, "metric '\(name)' is registered as a \(family.kind)")
            precondition(family.unit == unit, "metric '\(name)' is registered with unit \(family.unit)")
            var labels = labels
            if let first = family.series.first {
                precondition(
                    first.labels.map(\.name) == labels.map(\.name),
                    "metric '\(name)' is registered with other label names"
                )
            }
            if let known = family.series.first(where: { $0.labels == labels }) { return known.handle }
            if family.series.count >= Self.maximumSeriesCount {
                labels = labels.map { MetricLabel($0.name, "other") }
                if let known = family.series.first(where: { $0.labels == labels }) { return known.handle }
            }
            let handle = make()
            family.series.append(MetricFamily.Series(labels: labels, handle: handle))
            families[name] = family
            return handle
        }
    }
}

enum MetricKind: String { case counter, gauge, histogram }

enum MetricHandle {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)
}

/// All series of one name.
struct MetricFamily {
    struct Series {
        let labels: [MetricLabel]
        let handle: MetricHandle
    }

    let name: String
    let kind: MetricKind
    let unit: MetricUnit
    let help: String
    var series: [Series]
}

/// Prometheus' rules for names.
enum MetricNaming {
    static func check(_ name: String, unit: MetricUnit, labels: [MetricLabel]) {
        precondition(isName(name, allowsColon: true), "metric '\(name)': letters, digits, '_' and ':' only")
        if unit != .none {
            let base = name.hasSuffix("_total") ? String(name.dropLast("_total".count)) : name
            precondition(
                base.hasSuffix("_\(unit.rawValue)"),
                "metric '\(name)': the name must end in its unit, \(unit)"
            )
        }
        for label in labels {
            precondition(
                isName(label.name, allowsColon: false) && !label.name.hasPrefix("__"),
                "metric '\(name)', label '\(label.name)': letters, digits and '_' only, and no '__' in front"
            )
        }
        precondition(Set(labels.map(\.name)).count == labels.count, "metric '\(name)': a label is given twice")
    }

    private static func isName(_ name: String, allowsColon: Bool) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
            case 0x3A: allowsColon
            default: false
            }
        }
    }
}
