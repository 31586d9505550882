internal import CMicroHTTPD
internal import Threads

/// A running HTTP/1.1 server on one address.
///
/// It listens when the initialiser returns and until ``stop(drainLimit:)``, which every owner should await; a listener
/// that is simply forgotten stops by itself in the background. Handlers run as tasks, immediate handlers on the server's
/// own threads, both possibly many at a time. libmicrohttpd does the protocol; see <doc:0001-libmicrohttpd>.
public final class HTTPListener: Sendable {
    /// The port in use, also when the settings left the choice to the system.
    public let port: UInt16
    let core: ListenerCore
    /// Nil once stopped.
    private let daemon: Lock<MHDDaemon?>

    /// Starts listening.
    ///
    /// - Parameters:
    ///   - settings: where to listen, and the limits.
    ///   - immediate: asked first, on the thread that serves the connection; it must not block. A server that answers without
    ///     waiting saves the price of a task a request with it.
    ///   - handler: answers what `immediate` leaves (nil), or everything.
    /// - Throws: ``HTTPServerError`` when a setting is out of its range, the address cannot be used, or the certificate is
    ///   not valid.
    public init(
        settings: HTTPServerSettings = HTTPServerSettings(),
        immediate: HTTPImmediateHandler? = nil,
        handler: @escaping HTTPServerHandler
    ) throws(HTTPServerError) {
        try settings.validate()
        let socket = try ListenSocket.open(host: settings.host, port: settings.port)
        core = ListenerCore(settings: settings, immediate: immediate, handler: handler)
        port = socket.port
        daemon = Lock(try MHDDaemon.start(socket, core))
    }

    deinit {
        // Stopping blocks, and the last owner may be anyone, so it happens elsewhere.
        let (core, daemon) = (core, daemon)
        guard daemon.withLock({ $0 != nil }) else { return }
        OwnThread.start(name: "http-stop") { Self.stop(core, daemon, .zero) }
    }

    /// Stops listening: new requests get 503, waiting ones too and then their tasks are cancelled, event streams end, and
    /// all connections are closed. Returns when the server's threads have ended; handlers that ignore their cancellation
    /// may still run. May be called several times and at the same time.
    ///
    /// - Parameter drainLimit: how long answers under way may take to be sent.
    public func stop(drainLimit: Duration = .milliseconds(250)) async {
        let (core, daemon) = (core, daemon)
        await OwnThread.run(name: "http-stop") { Self.stop(core, daemon, drainLimit) }
    }

    private static func stop(_ core: ListenerCore, _ daemon: Lock<MHDDaemon?>, _ drainLimit: Duration) {
        // A second caller waits at the lock until the first is done.
        daemon.withLock { daemon in
            guard let running = daemon else { return }
            core.drain(limit: drainLimit)
            running.stop()
            daemon = nil
        }
    }

    /// Keeps large freed blocks in the heap of this process instead of giving them back to the system one by one.
    ///
    /// With bodies of 200 KB a server was measured at 20 000 requests a second instead of 7 000, because each copy would else
    /// touch fresh pages. It sets `M_MMAP_THRESHOLD` to 32 MiB and `M_TRIM_THRESHOLD` to 256 MiB for the whole process, so it
    /// is the executable's decision; call it first thing in `main`.
    ///
    /// - Returns: whether the C library took both settings.
    @discardableResult
    public static func keepLargeBlocks() -> Bool { relay_keep_large_blocks() == 1 }
}
