import Foundation
import Glibc

/// One POST on a connection of its own, for what `URLSession` hides: it waits for its time-out after a reset.
enum RawCall {
    enum End: Equatable, Sendable { case answered(String), closed, reset, failed(Int32) }

    /// Sends a call with the simulator's default credentials and says how the connection ended, or the first line of the
    /// answer. Blocks a thread of its own.
    static func post(_ port: UInt16, _ path: String, _ body: String) async -> End {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: blocking(port, path, body)) }
        }
    }

    private static func blocking(_ port: UInt16, _ path: String, _ body: String) -> End {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        // A broken server must fail the test, not hang it.
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return .failed(errno) }
        let head =
            "POST \(path) HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer simulator-rest-key\r\nX-Batch-Project: project_simulator\r\n"
        let text = Array(
            "\(head)Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8
        )
        guard send(descriptor, text, text.count, Int32(MSG_NOSIGNAL)) == text.count else { return .failed(errno) }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 { return errno == ECONNRESET ? .reset : .failed(errno) }
        if count == 0 { return .closed }
        let line = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\r\n").first
        return .answered(String(line ?? ""))
    }
}
