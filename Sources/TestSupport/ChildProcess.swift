internal import CSystem
internal import Dispatch
internal import Glibc
internal import Threads

/// A program that a test runs.
///
/// It gets a process group of its own, no blocked signals (Foundation's `Process` passes on the caller's, so that its
/// children may ignore SIGTERM) and no descriptors of this process. When it ends, when this object is released, or when
/// this process dies, everything in its group is killed. All functions may be called from any thread.
public final class ChildProcess: Sendable {
    /// Where the program's standard input comes from.
    public enum Input: Sendable {
        /// It has none.
        case null
        /// It gets what ``ChildProcess/write(_:)`` writes.
        case pipe
    }

    /// Where the program's output goes.
    public enum Output: Sendable {
        /// To nowhere.
        case null
        /// To the end of a file.
        case file(String)
        /// To memory; what comes after so many bytes is dropped.
        case captured(limit: Int = 4 << 20)
    }

    /// How a program ended.
    public enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
        /// By itself, with this code.
        case exited(Int32)
        /// By a signal.
        case signalled(Int32)

        /// `exit code 2` or `signal 9`.
        public var description: String {
            switch self {
            case .exited(let code): "exit code \(code)"
            case .signalled(let number): "signal \(number)"
            }
        }
    }

    /// The process's number, which is its group's too.
    public let processID: Int32
    /// The program and its arguments, for messages.
    public let commandLine: String
    private let state: ChildState
    private let inputPipe: Lock<Int32>

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - executable: a path, or a name that is looked for in `PATH`.
    ///   - arguments: without the program's name.
    ///   - environment: set in addition to this process's environment; nil values are taken out of it.
    ///   - folder: the working folder; nil for this process's.
    ///   - input: where standard input comes from.
    ///   - output: where standard output goes.
    ///   - errors: where standard error goes.
    /// - Throws: ``ProcessError`` if it cannot be started.
    public init(
        _ executable: String,
        _ arguments: [String] = [],
        environment: [String: String?] = [:],
        folder: String? = nil,
        input: Input = .null,
        output: Output = .captured(),
        errors: Output = .captured()
    ) throws(ProcessError) {
        commandLine = ([executable] + arguments).joined(separator: " ")
        let path = try Self.find(executable)
        let inputEnds = try Ends(input)
        defer { inputEnds.closeChildEnd() }
        let outputEnds = try Ends(output)
        defer { outputEnds.closeChildEnd() }
        let errorEnds = try Ends(errors)
        defer { errorEnds.closeChildEnd() }
        var pid: pid_t = 0
        let result = CArguments.withArguments([path] + arguments) { arguments in
            CArguments.withArguments(Self.merge(environment)) { environment in
                spawn_child(
                    &pid,
                    path,
                    arguments,
                    environment,
                    folder,
                    inputEnds.child,
                    outputEnds.child,
                    errorEnds.child
                )
            }
        }
        guard result == 0 else {
            for ends in [inputEnds, outputEnds, errorEnds] where ends.parent >= 0 { close(ends.parent) }
            throw ProcessError(attempt: "start '\(commandLine)'", reason: String(cString: strerror(result)))
        }
        processID = pid
        Watchdog.watch(group: pid)
        inputPipe = Lock(inputEnds.parent)
        state = ChildState(pid: pid, output: outputEnds, errors: errorEnds)
        state.start()
    }

    deinit {
        closeInput()
        state.kill(SIGKILL, wholeGroup: true)
    }

    /// What the program has written to standard output so far, if it is captured.
    public var standardOutput: String { state.output.text }

    /// What the program has written to standard error so far, if it is captured.
    public var standardError: String { state.errors.text }

    /// How the program ended; nil while it runs.
    public var status: ExitStatus? { state.status }

    /// Whether the program runs.
    public var isRunning: Bool { status == nil }

    /// Sends a signal to the program; nothing happens if it has ended.
    public func signal(_ number: Int32) { state.kill(number, wholeGroup: false) }

    /// Sends a signal to the program and all that it started.
    public func signalGroup(_ number: Int32) { state.kill(number, wholeGroup: true) }

    /// Waits until the program has ended and its captured output is complete. The task's thread stays free.
    ///
    /// - Parameter limit: how long.
    /// - Returns: how it ended, or nil if it still runs.
    public func wait(within limit: Duration) async -> ExitStatus? {
        await OwnThread.run(name: "child-wait") { self.waitBlocking(within: limit) }
    }

    /// Blocks the calling thread until the program has ended; otherwise as ``wait(within:)``.
    public func waitBlocking(within limit: Duration) -> ExitStatus? { state.wait(limit) }

    /// Asks the program to end by SIGTERM, and kills it and its group if it does not.
    ///
    /// - Parameter limit: how long to wait after SIGTERM.
    /// - Returns: how it ended.
    @discardableResult
    public func terminate(within limit: Duration = .seconds(10)) async -> ExitStatus? {
        signal(SIGTERM)
        if let status = await wait(within: limit) { return status }
        signalGroup(SIGKILL)
        return await wait(within: .seconds(10))
    }

    /// Writes to the program's standard input; blocks while its pipe is full.
    ///
    /// - Returns: whether all was written; false if the program has closed its input.
    @discardableResult
    public func write(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return inputPipe.withLock { descriptor in
            var written = 0
            while written < bytes.count {
                let count = bytes[written...].withUnsafeBytes { send(descriptor, $0) }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }

    /// Ends the program's standard input.
    public func closeInput() {
        inputPipe.withLock { descriptor in
            if descriptor >= 0 { close(descriptor) }
            descriptor = -1
        }
    }

    private static func find(_ executable: String) throws(ProcessError) -> String {
        guard !executable.contains("/") else { return executable }
        let folders = (getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin").split(separator: ":")
        for folder in folders where access("\(folder)/\(executable)", X_OK) == 0 { return "\(folder)/\(executable)" }
        throw ProcessError(attempt: "start '\(executable)'", reason: "it is in no folder of PATH; install it")
    }

    private static func merge(_ changes: [String: String?]) -> [String] {
        var merged: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { merged[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        for (name, value) in changes { merged[name] = value }
        return merged.map { "\($0.key)=\($0.value)" }
    }
}

/// Writes without the SIGPIPE that a closed pipe would send to the whole test process.
private func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    Signals.ignoreBrokenPipes()
    return write(descriptor, bytes.baseAddress, bytes.count)
}

/// Signals of the test process itself.
enum Signals {
    /// A child that ends while a test writes to it must not end the test.
    static func ignoreBrokenPipes() { isIgnored }
    private static let isIgnored: Void = { _ = signal(SIGPIPE, SIG_IGN) }()
}

/// A program that could not be run.
public struct ProcessError: Error, Sendable, CustomStringConvertible {
    /// What was attempted.
    public let attempt: String
    /// What came back.
    public let reason: String

    /// Names what was attempted and what came back.
    public init(attempt: String, reason: String) {
        self.attempt = attempt
        self.reason = reason
    }

    /// `cannot start 'x': why`.
    public var description: String { "cannot \(attempt): \(reason)" }
}
