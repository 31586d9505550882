import Foundation
import Glibc
import Threads

/// One request as a server read it.
struct ReceivedRequest: Sendable {
    let head: String
    let body: [UInt8]

    /// The lines of the head without the first, by lower-case name.
    var fields: [String: String] {
        var fields: [String: String] = [:]
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            let value = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            fields[parts[0].lowercased()] = value
        }
        return fields
    }
}

/// A server on a raw socket that does exactly what a test says, byte by byte.
///
/// `@unchecked Sendable`: the counters are guarded by `condition`; the rest is constant.
final class ScriptedServer: @unchecked Sendable {
    let port: UInt16
    private let listener: Int32
    private let condition = NSCondition()
    private var storedAcceptCount = 0
    private var storedRequests: [ReceivedRequest] = []
    private var storedEndedCount = 0
    private var storedByteCount = 0
    private var isOpen = true
    private var isGateOpen = false

    /// Listens on a free port of 127.0.0.1 and runs `script` on a thread for each connection.
    ///
    /// - Parameters:
    ///   - receiveBufferBytes: the kernel's buffer for what was not read, or nil for the usual.
    ///   - script: what to do with a connection; it is closed afterwards.
    init(receiveBufferBytes: Int32? = nil, script: @escaping @Sendable (ServerConnection) -> Void) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var bytes = receiveBufferBytes {
            setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        port = LocalSocket.bind(listener)
        precondition(listen(listener, 64) == 0)
        self.listener = listener
        OwnThread.start(name: "scripted") { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                change { $0.storedAcceptCount += 1 }
                OwnThread.start(name: "scripted-conn") { [self] in
                    let connection = ServerConnection(descriptor: descriptor, server: self)
                    script(connection)
                    connection.close()
                    change { $0.storedEndedCount += 1 }
                }
            }
        }
    }

    func stop() {
        let wasOpen = condition.withLock {
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen {
            shutdown(listener, Int32(SHUT_RDWR))
            Glibc.close(listener)
        }
    }

    var url: String { "http://127.0.0.1:\(port)/in" }
    var acceptCount: Int { condition.withLock { storedAcceptCount } }
    var endedCount: Int { condition.withLock { storedEndedCount } }
    var byteCount: Int { condition.withLock { storedByteCount } }
    var requests: [ReceivedRequest] { condition.withLock { storedRequests } }

    /// Remembers a request; of many thousands only the first, so that a test about memory measures the client.
    func note(_ request: ReceivedRequest) {
        change { if $0.storedRequests.count < 100 { $0.storedRequests.append(request) } }
    }

    func note(byteCount: Int) { change { $0.storedByteCount += byteCount } }

    private func change(_ body: (ScriptedServer) -> Void) {
        condition.withLock {
            body(self)
            condition.broadcast()
        }
    }

    /// Blocks until the counters are as wanted, at most ten seconds.
    @discardableResult
    func wait(until isReached: (_ accepted: Int, _ requests: Int, _ ended: Int) -> Bool) -> Bool {
        let limit = Date(timeIntervalSinceNow: 10)
        return condition.withLock {
            while !isReached(storedAcceptCount, storedRequests.count, storedEndedCount) {
                if !condition.wait(until: limit) { return false }
            }
            return true
        }
    }

    /// Lets the connections that wait at the gate go on.
    func openGate() { change { $0.isGateOpen = true } }

    /// Blocks until the gate is open.
    func waitAtGate() {
        condition.withLock {
            while !isGateOpen { condition.wait() }
        }
    }

    /// Blocks until this many bytes have been read, at most ten seconds.
    func wait(untilReadByteCount count: Int) {
        let limit = Date(timeIntervalSinceNow: 10)
        condition.withLock {
            while storedByteCount < count { if !condition.wait(until: limit) { return } }
        }
    }

    /// Blocks until the boot clock has passed a moment: the test is about what happens after it.
    func wait(untilBoot moment: Int64) {
        condition.withLock {
            while Clocks.bootNanoseconds <= moment {
                let seconds = Double(moment - Clocks.bootNanoseconds) / 1e9 + 0.001
                _ = condition.wait(until: Date(timeIntervalSinceNow: seconds))
            }
        }
    }
}

/// One accepted connection, used by one thread.
final class ServerConnection {
    private let descriptor: Int32
    let server: ScriptedServer
    private var buffer: [UInt8] = []
    private var isClosed = false

    init(descriptor: Int32, server: ScriptedServer) {
        self.descriptor = descriptor
        self.server = server
    }

    /// Reads a request of which `Content-Length` tells the length; nil if the connection ends before it is whole.
    func readRequest() -> ReceivedRequest? {
        let separator = Array("\r\n\r\n".utf8)
        var headEnd = buffer.firstRange(of: separator)
        while headEnd == nil {
            guard receive() else { return nil }
            headEnd = buffer.firstRange(of: separator)
        }
        guard let headEnd else { return nil }
        let head = String(decoding: buffer[..<headEnd.lowerBound], as: UTF8.self)
        let length = Int(ReceivedRequest(head: head, body: []).fields["content-length"] ?? "0") ?? 0
        while buffer.count < headEnd.upperBound + length {
            guard receive() else { return nil }
        }
        let request = ReceivedRequest(
            head: head,
            body: Array(buffer[headEnd.upperBound..<headEnd.upperBound + length])
        )
        buffer.removeFirst(headEnd.upperBound + length)
        server.note(request)
        return request
    }

    /// The head of the request that is being received, without its body, once it is there.
    func readHead() -> ReceivedRequest? {
        guard let end = buffer.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        return ReceivedRequest(head: String(decoding: buffer[..<end.lowerBound], as: UTF8.self), body: [])
    }

    /// Reads once; false at the end of the connection.
    func receive() -> Bool {
        var part = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &part, part.count, 0)
        guard count > 0 else { return false }
        server.note(byteCount: count)
        buffer += part[..<count]
        return true
    }

    func write(_ text: String) { write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Answers with a status, header lines and a body.
    func answer(_ status: Int = 200, _ fields: [String] = [], _ body: String = "") {
        let lines = ["HTTP/1.1 \(status) Fine", "Content-Length: \(body.utf8.count)"] + fields
        write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Answers every request with 200 until the client goes.
    func answerAll() {
        while readRequest() != nil { answer() }
    }

    /// Ends the connection with a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close()
    }

    func close() {
        if !isClosed { Glibc.close(descriptor) }
        isClosed = true
    }
}

enum LocalSocket {
    /// Binds to a free port of 127.0.0.1 and returns it.
    static func bind(_ descriptor: Int32) -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(Glibc.bind(descriptor, address, length) == 0)
                getsockname(descriptor, address, &length)
            }
            return UInt16(bigEndian: $0.pointee.sin_port)
        }
    }

    /// A port on which nobody listens.
    static func closedPort() -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return bind(descriptor)
    }
}

extension ServerConnection {
    /// Blocks until the server has read this many requests over all its connections.
    func waitForRequests(_ count: Int) { server.wait { _, requests, _ in requests >= count } }
}
