import Glibc
import Threads

@testable import HTTPServer

/// A blocking HTTP client of a few lines that shows what happens on the wire. For one thread; use it in `OwnThread.run`.
final class RawClient {
    /// What a read came to.
    enum End: Equatable { case open, closed, failed(Int32) }

    struct Answer: Equatable {
        var status = 0
        var headers: [String: String] = [:]
        var body: [UInt8] = []

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let descriptor: Int32
    private(set) var buffer: [UInt8] = []
    private(set) var end = End.open

    init(port: UInt16, isIPv6: Bool = false) {
        descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // A broken server must fail the test, not hang it.
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var result: Int32
        if isIPv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = in6addr_loopback
            result = Self.connectSocket(descriptor, &address)
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            result = Self.connectSocket(descriptor, &address)
        }
        if result != 0 { end = .failed(errno) }
    }

    deinit { Glibc.close(descriptor) }

    private static func connectSocket<Address>(_ descriptor: Int32, _ address: inout Address) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    /// Sends all, or stops at the first failure (the server may close before it has read everything).
    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Says that nothing more will be sent.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Reads once.
    @discardableResult
    func read() -> Bool {
        guard end == .open else { return false }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count > 0 { buffer += chunk.prefix(count) }
        if count == 0 { end = .closed }
        if count < 0 { end = .failed(errno) }
        return count > 0
    }

    func readToEnd() {
        while read() {}
    }

    /// Reads until the last chunk of a chunked answer. Looks at the end only, so that much data costs little.
    func readToEndOfChunks() {
        while !buffer.suffix(7).elementsEqual("\r\n0\r\n\r\n".utf8), read() {}
    }

    func readUntil(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        while !contains(wanted) {
            guard read() else { return false }
        }
        return true
    }

    private func contains(_ wanted: [UInt8]) -> Bool {
        buffer.indices.contains { buffer[$0...].starts(with: wanted) }
    }

    /// Reads one answer with `Content-Length`, leaving what follows.
    func answer(toHead: Bool = false) -> Answer? {
        guard readUntil("\r\n\r\n") else { return nil }
        guard let headEnd = buffer.indices.first(where: { buffer[$0...].starts(with: Array("\r\n\r\n".utf8)) }) else {
            return nil
        }
        let lines = String(decoding: buffer[..<headEnd], as: UTF8.self).split(separator: "\r\n")
        var answer = Answer()
        answer.status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            answer.headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        let length = toHead ? 0 : answer.headers["content-length"].flatMap { Int($0) } ?? 0
        while buffer.count < headEnd + 4 + length {
            guard read() else { return nil }
        }
        answer.body = Array(buffer[(headEnd + 4)..<(headEnd + 4 + length)])
        buffer.removeFirst(headEnd + 4 + length)
        return answer
    }

    func request(_ text: String) -> Answer? {
        send(text)
        return answer()
    }

    /// One request on a connection of its own.
    static func request(_ port: UInt16, _ text: String) async -> Answer? {
        await OwnThread.run(name: "client") { RawClient(port: port).request(text) }
    }

    /// One request whose connection ends; how it ended and what came before.
    static func end(_ port: UInt16, _ text: String) async -> (end: End, bytes: [UInt8]) {
        await OwnThread.run(name: "client") {
            let client = RawClient(port: port)
            client.send(text)
            client.readToEnd()
            return (client.end, client.buffer)
        }
    }

    static func get(_ path: String, headers: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n"
    }

    static func post(_ path: String, _ body: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}

/// Lends a running listener and stops it afterwards, so that it outlives its use.
func withListener<Result: Sendable>(
    _ settings: HTTPServerSettings = HTTPServerSettings(),
    immediate: HTTPImmediateHandler? = nil,
    handler: @escaping HTTPServerHandler = { _ in .response(.text(200, "asynchronous")) },
    _ body: (HTTPListener) async throws -> Result
) async throws -> Result {
    let listener = try HTTPListener(settings: settings, immediate: immediate, handler: handler)
    do {
        let result = try await body(listener)
        await listener.stop()
        return result
    } catch {
        await listener.stop()
        throw error
    }
}

/// Lets the handlers of a test wait for the test, without a clock: everybody passes once it is open.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var arrivals = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
        var watchers: [(count: Int, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Lock(State())

    func pass() async {
        await withCheckedContinuation { continuation in
            let (isOpen, watchers) = state.withLock { state in
                state.arrivals += 1
                if !state.isOpen { state.waiters.append(continuation) }
                let arrivals = state.arrivals
                let reached = state.watchers.filter { $0.count <= arrivals }.map { $0.1 }
                state.watchers.removeAll { $0.count <= arrivals }
                return (state.isOpen, reached)
            }
            for watcher in watchers { watcher.resume() }
            if isOpen { continuation.resume() }
        }
    }

    /// Returns once `count` have come to the gate.
    func arrivals(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.arrivals < count { state.watchers.append((count, continuation)) }
                return state.arrivals >= count
            }
            if isReached { continuation.resume() }
        }
    }

    /// Counts as an arrival without waiting, from any thread.
    func signal() {
        let watchers = state.withLock { state in
            state.arrivals += 1
            let arrivals = state.arrivals
            let reached = state.watchers.filter { $0.count <= arrivals }.map { $0.1 }
            state.watchers.removeAll { $0.count <= arrivals }
            return reached
        }
        for watcher in watchers { watcher.resume() }
    }

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
