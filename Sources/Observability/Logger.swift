internal import Threads

/// Writes structured events: a constant text and named values, one line each.
///
/// A logger is cheap to copy, and any thread may use it. Values are evaluated only if the level is on.
///
/// ```swift
/// let logger = Logger(label: "shop", level: .info, sink: StandardErrorLogSink())
/// logger.info("order accepted", ["order": .integer(17), "customer": .personal("ada@example.com")])
/// ```
public struct Logger: Sendable {
    /// Which part of the program speaks; on each line.
    public let label: String
    /// The least important level that is written.
    public let level: LogLevel
    /// Values on every event of this logger.
    public let metadata: LogMetadata
    private let output: LogOutput

    /// Makes a logger. Loggers made from it by ``with(_:)`` and ``labelled(_:)`` share its sink and its rate limits.
    ///
    /// - Parameters:
    ///   - label: which part of the program speaks.
    ///   - level: the least important level that is written.
    ///   - sink: where lines go.
    ///   - format: how lines look.
    ///   - showsPersonalData: whether ``LogValue/personal(_:)`` values are printed as they are.
    ///   - clock: the clocks; tests give their own.
    public init(
        label: String,
        level: LogLevel,
        sink: any LogSink,
        format: LogFormat = .text,
        showsPersonalData: Bool = false,
        clock: LogClock = .system
    ) {
        self.label = label
        self.level = level
        metadata = LogMetadata()
        output = LogOutput(sink: sink, format: format, showsPersonalData: showsPersonalData, clock: clock)
    }

    private init(label: String, level: LogLevel, metadata: LogMetadata, output: LogOutput) {
        self.label = label
        self.level = level
        self.metadata = metadata
        self.output = output
    }

    /// The same logger with more values on every event.
    public func with(_ metadata: LogMetadata) -> Logger {
        Logger(label: label, level: level, metadata: self.metadata.merging(metadata), output: output)
    }

    /// The same logger under another label.
    public func labelled(_ label: String) -> Logger {
        Logger(label: label, level: level, metadata: metadata, output: output)
    }

    /// This logger if an event of `key` may be logged now, else nil: `logger.limited("gap", every: .seconds(60))?.warning(…)`.
    ///
    /// The event that follows a silence tells in `suppressed` how many were left out. Keys are shared by all loggers
    /// that come from the same one.
    ///
    /// - Parameters:
    ///   - key: what counts as the same event.
    ///   - interval: the shortest time between two events of the key.
    /// - Returns: the logger to use now, or nil while the key has to be silent.
    public func limited(_ key: String, every interval: Duration) -> Logger? {
        guard let suppressed = output.admit(key, every: interval) else { return nil }
        return suppressed == 0 ? self : with(["suppressed": .integer(suppressed)])
    }

    /// Whether events of a level are written.
    public func isEnabled(_ level: LogLevel) -> Bool { level >= self.level }

    /// Writes an event if its level is on.
    ///
    /// - Parameters:
    ///   - level: how important the event is.
    ///   - message: a constant text; everything that varies goes into `metadata`.
    ///   - metadata: named values; not evaluated when the level is off.
    public func log(
        _ level: LogLevel,
        _ message: StaticString,
        _ metadata: @autoclosure () -> LogMetadata = LogMetadata()
    ) {
        guard level >= self.level else { return }
        output.write(level: level, label: label, message: message, metadata: self.metadata.merging(metadata()))
    }

    /// Writes a trace event; see ``log(_:_:_:)``.
    public func trace(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = LogMetadata()) {
        log(.trace, message, metadata())
    }

    /// Writes a debug event; see ``log(_:_:_:)``.
    public func debug(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = LogMetadata()) {
        log(.debug, message, metadata())
    }

    /// Writes an info event; see ``log(_:_:_:)``.
    public func info(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = LogMetadata()) {
        log(.info, message, metadata())
    }

    /// Writes a notice event; see ``log(_:_:_:)``.
    public func notice(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = LogMetadata()) {
        log(.notice, message, metadata())
    }

    /// Writes a warning event; see ``log(_:_:_:)``.
    public func warning(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = LogMetadata()) {
        log(.warning, message, metadata())
    }

    /// Writes an error event; see ``log(_:_:_:)``.
    public func error(_ message: StaticString, _ metadata: @autoclosure () -> LogMetadata = LogMetadata()) {
        log(.error, message, metadata())
    }
}

/// What loggers that come from the same one share.
final class LogOutput: Sendable {
    private let sink: any LogSink
    private let format: LogFormat
    private let showsPersonalData: Bool
    private let clock: LogClock
    private let limiter = Lock(LogLimiter())

    init(sink: any LogSink, format: LogFormat, showsPersonalData: Bool, clock: LogClock) {
        self.sink = sink
        self.format = format
        self.showsPersonalData = showsPersonalData
        self.clock = clock
    }

    func admit(_ key: String, every interval: Duration) -> Int? {
        let now = clock.monotonicNanoseconds()
        return limiter.withLock { $0.admit(key, every: interval, now: now) }
    }

    func write(level: LogLevel, label: String, message: StaticString, metadata: LogMetadata) {
        var line = LogLine(format: format, showsPersonalData: showsPersonalData)
        line.begin(wallMilliseconds: clock.wallMilliseconds(), level: level, label: label, message: message)
        for entry in metadata.entries { line.append(entry) }
        sink.write(line: line.finished())
    }
}
