internal import Synchronization

/// What a metric counts; its name has to say so too, as Prometheus asks.
public enum MetricUnit: String, Sendable, CaseIterable {
    /// A plain number; the name says of what.
    case none
    /// Bytes; the name ends in `_bytes` (counters: `_bytes_total`).
    case bytes
    /// Seconds; the name ends in `_seconds` (counters: `_seconds_total`).
    case seconds
    /// A share from 0 to 1; the name ends in `_ratio`.
    case ratio
}

/// A number that only grows. Incrementing takes no lock; any thread may.
public final class Counter: Sendable {
    private let value = Atomic<UInt64>(0)
    /// What one step is worth in the metric's unit: counters of seconds count nanoseconds.
    private let step: Double

    init(unit: MetricUnit) { step = unit == .seconds ? 1e-9 : 1 }

    /// Adds to the number.
    ///
    /// - Parameter amount: 0 or more; nanoseconds if the metric's unit is seconds.
    public func increment(by amount: Int = 1) {
        value.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// The number as counted: nanoseconds if the metric's unit is seconds.
    public var count: UInt64 { value.load(ordering: .relaxed) }

    var exposed: MetricNumber { step == 1 ? .integer(count) : .real(Double(count) * step) }
}

/// A number that goes up and down. Setting takes no lock; any thread may.
public final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    init() {}

    /// Replaces the number, in the metric's unit.
    public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    /// Replaces the number by an integer, exact up to 2^53.
    public func set(_ value: Int) { set(Double(value)) }

    /// Adds to the number, which may be negative.
    public func add(_ amount: Double) { bits.addReal(amount) }

    /// The number now.
    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

/// Counts observations in fixed buckets. Observing takes no lock; any thread may.
///
/// `@unchecked Sendable`: `counts` is set in `init` and freed in `deinit`, and what it points to are atomics.
public final class Histogram: @unchecked Sendable {
    /// Upper bounds of the buckets, ascending, each included in its bucket; a last bucket takes what is greater.
    public let bounds: [Double]
    private let counts: UnsafeMutablePointer<Atomic<UInt64>>
    private let sumBits = Atomic<UInt64>(0)

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = .allocate(capacity: bounds.count + 1)
        for index in 0...bounds.count { (counts + index).initialize(to: Atomic(0)) }
    }

    deinit {
        counts.deinitialize(count: bounds.count + 1)
        counts.deallocate()
    }

    /// Counts one observation, in the metric's unit. Not-a-number is left out.
    public func observe(_ value: Double) {
        guard !value.isNaN else { return }
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        counts[index].wrappingAdd(1, ordering: .relaxed)
        sumBits.addReal(value)
    }

    /// Counts a length of time, in seconds.
    public func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) * 1e-18)
    }

    /// Observations per bucket, not summed up; one more than ``bounds``.
    public var bucketCounts: [UInt64] { (0...bounds.count).map { counts[$0].load(ordering: .relaxed) } }

    /// All observations added up.
    public var sum: Double { Double(bitPattern: sumBits.load(ordering: .relaxed)) }

    /// `count` bounds from `start`, each `factor` times the one before.
    ///
    /// - Parameters:
    ///   - start: the first bound, greater than 0.
    ///   - factor: greater than 1.
    ///   - count: how many bounds, 1 or more.
    /// - Returns: the bounds, ascending.
    public static func exponentialBounds(start: Double, factor: Double, count: Int) -> [Double] {
        var bounds = [start]
        while bounds.count < count { bounds.append((bounds.last ?? start) * factor) }
        return bounds
    }
}

extension Atomic where Value == UInt64 {
    /// Adds to the number whose bit pattern this is. Lock-free: another thread's success is the only reason to repeat.
    fileprivate func addReal(_ amount: Double) {
        var seen = load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: seen) + amount).bitPattern
            let (exchanged, original) = weakCompareExchange(expected: seen, desired: sum, ordering: .relaxed)
            if exchanged { return }
            seen = original
        }
    }
}

/// A number as it is exposed: counts stay exact beyond 2^53.
enum MetricNumber: Sendable, Equatable {
    case integer(UInt64)
    case real(Double)

    var real: Double {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        }
    }
}
