internal import Glibc

/// Where finished log lines go.
public protocol LogSink: Sendable {
    /// Takes one line. Called on the thread that logged, possibly on several at once; must not log itself.
    ///
    /// - Parameter line: UTF-8 that ends in the only line feed it has, at most ``LogLine/maximumBytes`` bytes.
    func write(line: [UInt8])
}

/// Writes to standard error, one `write(2)` a line.
///
/// A line is no longer than `PIPE_BUF`, so POSIX promises that lines of several threads and processes do not mix in a
/// pipe. A line that cannot be written is lost: a program must not stop because nobody reads its log. The program has
/// to ignore SIGPIPE, else a reader that goes away ends it.
public struct StandardErrorLogSink: LogSink {
    /// A sink for file descriptor 2.
    public init() {}

    /// Writes the line; waits while a pipe is full.
    public func write(line: [UInt8]) {
        line.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count, let start = bytes.baseAddress {
                let result = Glibc.write(2, start + written, bytes.count - written)
                if result > 0 {
                    written += result
                } else if result == 0 || errno != EINTR {
                    return
                }
            }
        }
    }
}

/// Hands every line to a closure, for tests and for programs that keep their last lines.
public struct ClosureLogSink: LogSink {
    private let body: @Sendable (String) -> Void

    /// - Parameter body: gets each line without its line feed, on the thread that logged.
    public init(_ body: @escaping @Sendable (_ line: String) -> Void) { self.body = body }

    /// Calls the closure.
    public func write(line: [UInt8]) { body(String(decoding: line.dropLast(), as: UTF8.self)) }
}
