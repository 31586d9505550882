internal import Glibc

/// A bound and listening TCP socket.
///
/// The server opens it itself instead of leaving that to libmicrohttpd, because only so the error number and the call that
/// failed are known.
struct ListenSocket {
    let descriptor: Int32
    /// The port in use, also when the system chose it.
    let port: UInt16

    /// Listens on the first address of `host` that works. A name that needs DNS blocks until it is resolved.
    static func open(host: String, port: UInt16) throws(HTTPServerError) -> ListenSocket {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, "\(port)", &hints, &list)
        guard result == 0 else { throw .unknownHost(host: host, reason: String(cString: gai_strerror(result))) }
        defer { freeaddrinfo(list) }
        var failure = HTTPServerError.unknownHost(host: host, reason: "it has no address")
        var next = list
        while let entry = next {
            do throws(HTTPServerError) {
                return try open(entry.pointee, host: host, port: port)
            } catch {
                failure = error
            }
            next = entry.pointee.ai_next
        }
        throw failure
    }

    private static func open(_ entry: addrinfo, host: String, port: UInt16) throws(HTTPServerError) -> ListenSocket {
        // libmicrohttpd accepts from several threads, so the socket must not block.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(entry.ai_family, kind, 0)
        guard descriptor >= 0 else { throw .listen(host: host, port: port, operation: "socket", code: errno) }
        do throws(HTTPServerError) {
            // Connections of a former process that linger in TIME_WAIT must not keep the port.
            var one: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
            try check(bind(descriptor, entry.ai_addr, entry.ai_addrlen), "bind", host, port)
            try check(listen(descriptor, 1024), "listen", host, port)
            return ListenSocket(descriptor: descriptor, port: try boundPort(descriptor, host, port))
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    private static func boundPort(
        _ descriptor: Int32,
        _ host: String,
        _ port: UInt16
    ) throws(HTTPServerError) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        try check(result, "getsockname", host, port)
        // sockaddr_in and sockaddr_in6 keep the port in the same two bytes after the family, most significant byte first.
        return withUnsafeBytes(of: storage) { UInt16($0[2]) << 8 | UInt16($0[3]) }
    }

    private static func check(
        _ result: Int32,
        _ operation: String,
        _ host: String,
        _ port: UInt16
    ) throws(HTTPServerError) {
        guard result == 0 else { throw .listen(host: host, port: port, operation: operation, code: errno) }
    }
}
