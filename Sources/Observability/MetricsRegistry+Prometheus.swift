extension MetricsRegistry {
    /// The media type of ``prometheusText()``.
    public static let prometheusContentType = "text/plain; version=0.0.4; charset=utf-8"

    /// All metrics in Prometheus' text format 0.0.4, by name, series in the order of registration.
    ///
    /// Numbers are read one by one while other threads go on counting; the count of a histogram is always the sum of
    /// the buckets beside it, its sum may be one observation ahead or behind.
    public func prometheusText() -> String {
        var text = ""
        for family in snapshot() where !family.series.isEmpty {
            text += "# HELP \(family.name) \(Self.escaped(family.help, quotes: false))\n"
            text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
            for series in family.series { Self.append(series, of: family.name, to: &text) }
        }
        return text
    }

    private static func append(_ series: MetricFamily.Series, of name: String, to text: inout String) {
        let labels = series.labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
        func line(_ suffix: String, _ extra: [String], _ number: MetricNumber) {
            let all = labels + extra
            let braces = all.isEmpty ? "" : "{" + all.joined(separator: ",") + "}"
            text += "\(name)\(suffix)\(braces) \(format(number))\n"
        }
        switch series.handle {
        case .counter(let counter): line("", [], counter.exposed)
        case .gauge(let gauge): line("", [], .real(gauge.value))
        case .histogram(let histogram):
            var total: UInt64 = 0
            for (index, count) in histogram.bucketCounts.enumerated() {
                total += count
                let bound = index < histogram.bounds.count ? format(.real(histogram.bounds[index])) : "+Inf"
                line("_bucket", ["le=\"\(bound)\""], .integer(total))
            }
            line("_sum", [], .real(histogram.sum))
            line("_count", [], .integer(total))
        }
    }

    static func format(_ number: MetricNumber) -> String {
        switch number {
        case .integer(let value): "\(value)"
        case .real(let value) where value.isNaN: "NaN"
        case .real(let value) where value.isInfinite: value > 0 ? "+Inf" : "-Inf"
        case .real(let value) where value == value.rounded() && value.magnitude < 9e15: "\(Int64(value))"
        case .real(let value): "\(value)"
        }
    }

    /// Help texts escape the backslash and the line feed; label values the quote too.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
