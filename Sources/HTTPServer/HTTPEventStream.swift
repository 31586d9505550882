internal import CMicroHTTPD
internal import Threads

/// A stream of server-sent events (`text/event-stream`), the answer to one request.
///
/// A handler creates it, keeps it where the events come from, and returns it as ``HTTPServerReply/events(_:)``. All functions
/// may be called from any thread; none blocks. Events sent before the reply are kept. What a client does not read in time
/// waits in a buffer of fixed size, and ``send(event:data:)`` refuses what does not fit: the sender decides whether to
/// drop the event or to end the stream.
public final class HTTPEventStream: Sendable {
    private struct State {
        var buffer: [UInt8] = []
        /// Bytes at the start of `buffer` that were sent already.
        var sentCount = 0
        var isAttached = false
        /// No more events come; what is buffered is still sent.
        var isFinished = false
        /// The answer is over: all sent, or the client has left.
        var isClosed = false
        /// Set while the connection sleeps because the buffer is empty.
        var sleeping: MHDConnection?
        var connection: MHDConnection?
        var waiters: [CheckedContinuation<Void, Never>] = []
        var onClose: (@Sendable () -> Void)?

        mutating func append(_ bytes: [UInt8]) {
            buffer.append(contentsOf: bytes)
            wake()
        }

        /// A sleeping connection cannot be freed, so under the lock it is safe to resume it, once.
        mutating func wake() {
            sleeping?.resume()
            sleeping = nil
        }
    }

    private let bufferLimitBytes: Int
    private let state = Lock(State())

    /// Creates an open stream.
    ///
    /// - Parameter bufferLimitBytes: how much may wait for a slow client, 1 KiB or more (smaller values count as 1 KiB).
    public init(bufferLimitBytes: Int = 256 << 10) { self.bufferLimitBytes = max(1 << 10, bufferLimitBytes) }

    /// Sends one event.
    ///
    /// - Parameters:
    ///   - event: the event's name; nil for the unnamed kind (`message` in browsers). Line breaks become spaces.
    ///   - data: the text; each of its lines becomes a `data:` line.
    /// - Returns: false when the event was not taken: the stream is over (see ``isOpen``) or its buffer is full.
    @discardableResult
    public func send(event: String? = nil, data: String) -> Bool {
        let bytes = Self.encode(event: event, data: data)
        return state.withLock { state in
            guard !state.isFinished, !state.isClosed,
                state.buffer.count - state.sentCount + bytes.count <= bufferLimitBytes
            else { return false }
            state.append(bytes)
            return true
        }
    }

    /// Ends the stream after what is buffered. Doing so again changes nothing.
    public func finish() {
        state.withLock { state in
            state.isFinished = true
            state.wake()
        }
    }

    /// Whether events are still taken: neither finished nor left by the client. A client that left is noticed by a
    /// heartbeat, so up to two of them late.
    public var isOpen: Bool { state.withLock { !$0.isFinished && !$0.isClosed } }

    /// Returns once the answer is over: everything was sent after ``finish()``, or the client has left, or the listener
    /// stopped.
    public func waitUntilClosed() async {
        await withCheckedContinuation { continuation in
            let isClosed = state.withLock { state in
                if !state.isClosed { state.waiters.append(continuation) }
                return state.isClosed
            }
            if isClosed { continuation.resume() }
        }
    }

    /// Sends a comment when nothing else is under way: only a write shows that the client has left.
    func heartbeat() {
        state.withLock { state in
            guard state.isAttached, !state.isFinished, !state.isClosed, state.buffer.isEmpty else { return }
            state.append(Array(":\n\n".utf8))
        }
    }

    /// Ties the stream to the connection that sends it.
    ///
    /// - Parameters:
    ///   - connection: its thread calls ``read(into:)`` from now on.
    ///   - onClose: called once, when the stream closes.
    /// - Returns: false when the stream has or had a connection already; then `onClose` is never called.
    func attach(to connection: MHDConnection, onClose: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard !state.isAttached, !state.isClosed else { return false }
            state.isAttached = true
            state.connection = connection
            state.onClose = onClose
            return true
        }
    }

    /// libmicrohttpd's thread wants bytes: gives some, or puts the connection to sleep, or says that it is over.
    func read(into target: UnsafeMutableRawBufferPointer) -> Int {
        state.withLock { state in
            let count = min(target.count, state.buffer.count - state.sentCount)
            if count > 0 {
                state.buffer.withUnsafeBytes { buffer in
                    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[state.sentCount...].prefix(count)))
                }
                state.sentCount += count
                if state.sentCount == state.buffer.count || state.sentCount > bufferLimitBytes {
                    state.buffer.removeFirst(state.sentCount)
                    state.sentCount = 0
                }
                return count
            }
            // Never asleep once finished: libmicrohttpd aborts when it is stopped with a sleeping connection.
            guard !state.isFinished, !state.isClosed, let connection = state.connection else {
                return relay_mhd_end_of_stream()
            }
            connection.suspend()
            state.sleeping = connection
            return 0
        }
    }

    /// The answer is over; the connection must not be touched from now on.
    func close() {
        let (waiters, onClose) = state.withLock { state in
            state.isClosed = true
            state.connection = nil
            state.sleeping = nil
            state.buffer = []
            state.sentCount = 0
            defer { (state.waiters, state.onClose) = ([], nil) }
            return (state.waiters, state.onClose)
        }
        onClose?()
        for waiter in waiters { waiter.resume() }
    }

    /// One event as text (HTML standard, "server-sent events"): a CR, LF or CRLF ends a line, a blank line ends the event.
    static func encode(event: String?, data: String) -> [UInt8] {
        var bytes: [UInt8] = []
        if let event {
            bytes += "event: ".utf8
            bytes += event.utf8.map { $0 == 10 || $0 == 13 ? 32 : $0 }
            bytes.append(10)
        }
        bytes += "data: ".utf8
        var previous: UInt8 = 0
        for byte in data.utf8 {
            if byte == 10 || byte == 13 {
                if !(previous == 13 && byte == 10) { bytes += "\ndata: ".utf8 }
            } else {
                bytes.append(byte)
            }
            previous = byte
        }
        bytes += "\n\n".utf8
        return bytes
    }
}
