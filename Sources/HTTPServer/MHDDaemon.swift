internal import CMicroHTTPD
internal import Glibc

/// Owns one running daemon of libmicrohttpd and its callbacks.
///
/// `@unchecked Sendable`: the pointer is constant, and ``stop()``, the only use, is called once (`HTTPListener` sees to it).
struct MHDDaemon: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let context: Unmanaged<ListenerCore>
    private let complaint: UnsafeMutablePointer<relay_mhd_complaint>

    /// Starts the threads that serve the socket, which belongs to the daemon from then on.
    ///
    /// The threads block all signals, so that the process's own signal thread gets them (libmicrohttpd blocks SIGPIPE only).
    static func start(_ socket: ListenSocket, _ core: ListenerCore) throws(HTTPServerError) -> MHDDaemon {
        let settings = core.settings
        let complaint = UnsafeMutablePointer<relay_mhd_complaint>.allocate(capacity: 1)
        complaint.initialize(to: relay_mhd_complaint())
        let context = Unmanaged.passRetained(core)
        var raw = relay_mhd_settings()
        raw.listen_socket = socket.descriptor
        raw.thread_count = UInt32(settings.threadCount)
        raw.connection_limit = UInt32(settings.connectionLimit)
        raw.idle_timeout_seconds = settings.idleTimeoutSeconds
        raw.connection_memory_bytes = settings.connectionMemoryBytes
        raw.handler = handleRequest
        raw.completed = completeRequest
        raw.context = context.toOpaque()
        raw.complaint = complaint
        let pointer = withSignalsBlocked { startPointer(&raw, settings.tls) }
        guard let pointer else {
            let reason = withUnsafeBytes(of: &complaint.pointee.text) { text in
                String(decoding: text.prefix { $0 != 0 }.map { $0 == 10 ? 32 : $0 }, as: UTF8.self)
            }
            complaint.deallocate()
            context.release()
            if settings.tls != nil { throw .tls(reason: reason) }
            throw .start(host: settings.host, port: socket.port, reason: reason)
        }
        return MHDDaemon(pointer: pointer, context: context, complaint: complaint)
    }

    /// Closes the socket and all connections and ends the threads. Blocks; no connection may be suspended.
    func stop() {
        MHD_stop_daemon(pointer)
        context.release()
        complaint.deallocate()
    }

    private static func startPointer(_ raw: inout relay_mhd_settings, _ tls: TLSIdentity?) -> OpaquePointer? {
        guard let tls else { return relay_mhd_start(&raw) }
        return tls.certificate.withCString { certificate in
            tls.privateKey.withCString { key in
                raw.certificate = certificate
                raw.key = key
                return relay_mhd_start(&raw)
            }
        }
    }

    private static func withSignalsBlocked<Result>(_ body: () -> Result) -> Result {
        var all = sigset_t()
        var former = sigset_t()
        sigfillset(&all)
        // A fault of the thread itself must still end the process with its own signal.
        for signal in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] { sigdelset(&all, signal) }
        pthread_sigmask(SIG_BLOCK, &all, &former)
        defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
        return body()
    }
}

/// libmicrohttpd calls this once after the headers, once for each piece of the body, once after the body, and once after
/// each resume.
private func handleRequest(
    context: UnsafeMutableRawPointer?,
    connection: OpaquePointer?,
    path: UnsafePointer<CChar>?,
    method: UnsafePointer<CChar>?,
    version: UnsafePointer<CChar>?,
    body: UnsafePointer<CChar>?,
    bodyLength: UnsafeMutablePointer<Int>?,
    slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let context, let pointer = connection, let path, let method, let bodyLength, let slot else { return .NO }
    let connection = MHDConnection(pointer: pointer)
    guard let existing = slot.pointee else {
        let core = Unmanaged<ListenerCore>.fromOpaque(context).takeUnretainedValue()
        let rawPath = [UInt8](UnsafeRawBufferPointer(start: path, count: strlen(path)))
        let exchange = Exchange(core: core, method: String(cString: method), rawPath: rawPath)
        slot.pointee = Unmanaged.passRetained(exchange).toOpaque()
        core.exchangeBegan()
        return exchange.begin(connection)
    }
    let exchange = Unmanaged<Exchange>.fromOpaque(existing).takeUnretainedValue()
    let count = bodyLength.pointee
    guard count > 0 else { return exchange.answer(connection) }
    bodyLength.pointee = 0
    return exchange.receive(UnsafeRawBufferPointer(start: body, count: body == nil ? 0 : count))
}

/// libmicrohttpd calls this once for each request that `handleRequest` has seen, however it ended.
private func completeRequest(
    context: UnsafeMutableRawPointer?,
    connection: OpaquePointer?,
    slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    reason: MHD_RequestTerminationCode
) {
    guard let context, let slot, let existing = slot.pointee else { return }
    slot.pointee = nil
    Unmanaged<Exchange>.fromOpaque(existing).takeRetainedValue().end()
    Unmanaged<ListenerCore>.fromOpaque(context).takeUnretainedValue().exchangeEnded()
}
