internal import HTTPServer

/// The running admin server.
public final class AdminListener: Sendable {
    private let listener: HTTPListener

    /// Starts listening.
    ///
    /// - Parameters:
    ///   - host: the address, usually `127.0.0.1`.
    ///   - port: the port; 0 lets the system choose.
    ///   - tokenFile: path of the file with the bearer token; nil for a server without. Read once, here.
    ///   - source: what is shown.
    /// - Throws: ``AdminError`` when the token or the address cannot be used.
    public init(
        host: String = "127.0.0.1",
        port: UInt16,
        tokenFile: String? = nil,
        source: any AdminSource
    ) throws(AdminError) {
        var token: AdminToken?
        if let tokenFile { token = try AdminToken(file: tokenFile) }
        // Requests have no bodies worth reading, and few clients come; silence is cut soon.
        let settings = HTTPServerSettings(
            host: host,
            port: port,
            connectionLimit: 64,
            maximumBodyBytes: 4_096,
            idleTimeout: .seconds(30)
        )
        let routes = AdminRoutes(source: source, token: token, isLoopback: Self.isLoopback(host))
        do throws(HTTPServerError) {
            listener = try HTTPListener(settings: settings, router: routes.router())
        } catch {
            throw .listener(error)
        }
    }

    /// The port in use.
    public var port: UInt16 { listener.port }

    /// Stops listening; see `HTTPListener.stop`.
    public func stop() async { await listener.stop() }

    /// Whether only this machine can reach a server on `host`. What is not surely so counts as reachable.
    static func isLoopback(_ host: String) -> Bool {
        if host == "::1" || host == "localhost" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
