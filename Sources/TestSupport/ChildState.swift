internal import CSystem
internal import Dispatch
internal import Glibc
internal import Threads

/// A descriptor for a child and, where there is a pipe, the other end of it.
struct Ends {
    /// What the child gets; closed here once it has it.
    let child: Int32
    /// This process's end; -1 without a pipe.
    let parent: Int32
    /// Bytes that are kept of what comes out.
    let limit: Int

    init(_ input: ChildProcess.Input) throws(ProcessError) {
        switch input {
        case .null:
            self.init(child: try Self.openFile("/dev/null", O_RDONLY), parent: -1, limit: 0)
        case .pipe:
            let (reading, writing) = try Self.pipe()
            self.init(child: reading, parent: writing, limit: 0)
        }
    }

    init(_ output: ChildProcess.Output) throws(ProcessError) {
        switch output {
        case .null:
            self.init(child: try Self.openFile("/dev/null", O_WRONLY), parent: -1, limit: 0)
        case .file(let path):
            self.init(child: try Self.openFile(path, O_WRONLY | O_CREAT | O_APPEND), parent: -1, limit: 0)
        case .captured(let limit):
            let (reading, writing) = try Self.pipe()
            self.init(child: writing, parent: reading, limit: limit)
        }
    }

    private init(child: Int32, parent: Int32, limit: Int) {
        self.child = child
        self.parent = parent
        self.limit = limit
    }

    func closeChildEnd() { close(child) }

    private static func openFile(_ path: String, _ flags: Int32) throws(ProcessError) -> Int32 {
        let descriptor = open(path, flags | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw ProcessError(attempt: "open '\(path)'", reason: String(cString: strerror(errno)))
        }
        return descriptor
    }

    private static func pipe() throws(ProcessError) -> (reading: Int32, writing: Int32) {
        var reading: Int32 = -1
        var writing: Int32 = -1
        let result = open_pipe(&reading, &writing)
        guard result == 0 else {
            throw ProcessError(attempt: "open a pipe", reason: String(cString: strerror(result)))
        }
        return (reading, writing)
    }
}

/// What a child wrote.
final class CapturedText: Sendable {
    private let bytes = Lock<[UInt8]>([])

    var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

    /// Reads to the end, keeps the first `limit` bytes and drops the rest, so that the child is never held up.
    func readAll(from descriptor: Int32, limit: Int) {
        let size = 1 << 16
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, size)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            let part = Array(buffer[0..<count])
            bytes.withLock { $0.append(contentsOf: part.prefix(max(0, limit - $0.count))) }
        }
        close(descriptor)
    }
}

/// What the threads that watch a child share with its owner.
final class ChildState: Sendable {
    let output = CapturedText()
    let errors = CapturedText()
    private let pid: pid_t
    private let outputEnds: Ends
    private let errorEnds: Ends
    private let result = Lock<ChildProcess.ExitStatus?>(nil)
    private let end = DispatchGroup()
    private let texts = DispatchGroup()

    init(pid: pid_t, output: Ends, errors: Ends) {
        self.pid = pid
        outputEnds = output
        errorEnds = errors
    }

    var status: ChildProcess.ExitStatus? { result.withLock { $0 } }

    func start() {
        end.enter()
        OwnThread.start(name: "child-end") { self.reap() }
        for (ends, text) in [(outputEnds, output), (errorEnds, errors)] where ends.parent >= 0 {
            texts.enter()
            OwnThread.start(name: "child-text") {
                text.readAll(from: ends.parent, limit: ends.limit)
                self.texts.leave()
            }
        }
    }

    private func reap() {
        _ = wait_for_end(pid)
        result.withLock { result in
            // Still a zombie here, so its group's number cannot be another's.
            Glibc.kill(-pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7f
            result = signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
        }
        Watchdog.forget(group: pid)
        end.leave()
    }

    func kill(_ number: Int32, wholeGroup: Bool) {
        result.withLock { result in
            guard result == nil else { return }
            Glibc.kill(wholeGroup ? -pid : pid, number)
        }
    }

    func wait(_ limit: Duration) -> ChildProcess.ExitStatus? {
        let (seconds, attoseconds) = limit.components
        let nanoseconds = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        guard end.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success else { return nil }
        // A process that left the group may hold a pipe open for ever; two seconds are enough for the rest.
        _ = texts.wait(timeout: .now() + .seconds(2))
        return status
    }
}
