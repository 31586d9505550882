/// How an ``HTTPListener`` listens and what it accepts. The ranges are checked when a listener is created.
public struct HTTPServerSettings: Sendable {
    /// The address to listen on: an IPv4 or IPv6 address or a name. The default reaches this machine only.
    public var host: String
    /// The port; 0 lets the system choose a free one, see ``HTTPListener/port``.
    public var port: UInt16
    /// Threads that read and write connections, 1...64. One serves about 60 000 small requests a second.
    public var threadCount: Int
    /// Open connections, `threadCount`...100 000. Further clients wait in the system's queue.
    public var connectionLimit: Int
    /// Longest request body in bytes, 0...1 GiB. A longer one is answered with 413.
    public var maximumBodyBytes: Int
    /// Longest sum of all header names and values of a request in bytes, 1 KiB...1 MiB. More is answered with 431.
    ///
    /// Each connection keeps a block of twice this size, at least 64 KiB; a block of 512 KiB was measured to slow small
    /// requests by 40 %, so raise this only when a client needs it.
    public var maximumHeaderBytes: Int
    /// How long a connection may be silent before it is closed, in whole seconds (rounded up); zero means for ever. A
    /// client that sends a byte now and then is not silent. A request whose answer is awaited is not silent either.
    public var idleTimeout: Duration
    /// How often an event stream without events sends a comment line, above zero. Only a write reveals that the client
    /// has left, so this is how long a vanished client goes unnoticed (twice this at worst).
    public var heartbeatInterval: Duration
    /// The certificate for HTTPS; without one the listener speaks plain HTTP.
    public var tls: TLSIdentity?

    /// Creates settings; see the properties for meaning, units and ranges.
    public init(
        host: String = "127.0.0.1",
        port: UInt16 = 0,
        threadCount: Int = 1,
        connectionLimit: Int = 256,
        maximumBodyBytes: Int = 16 << 20,
        maximumHeaderBytes: Int = 32 << 10,
        idleTimeout: Duration = .seconds(60),
        heartbeatInterval: Duration = .seconds(10),
        tls: TLSIdentity? = nil
    ) {
        self.host = host
        self.port = port
        self.threadCount = threadCount
        self.connectionLimit = connectionLimit
        self.maximumBodyBytes = maximumBodyBytes
        self.maximumHeaderBytes = maximumHeaderBytes
        self.idleTimeout = idleTimeout
        self.heartbeatInterval = heartbeatInterval
        self.tls = tls
    }

    /// Checks every range; the first setting out of its range is the error.
    func validate() throws(HTTPServerError) {
        try Self.require(!host.isEmpty, "host", host, "an address or a name, such as 127.0.0.1")
        try Self.require((1...64).contains(threadCount), "threadCount", "\(threadCount)", "a number from 1 to 64")
        try Self.require(
            (threadCount...100_000).contains(connectionLimit),
            "connectionLimit",
            "\(connectionLimit)",
            "a number from threadCount (\(threadCount)) to 100000"
        )
        try Self.require(
            (0...1 << 30).contains(maximumBodyBytes),
            "maximumBodyBytes",
            "\(maximumBodyBytes)",
            "a number of bytes from 0 to 1 GiB"
        )
        try Self.require(
            (1 << 10...1 << 20).contains(maximumHeaderBytes),
            "maximumHeaderBytes",
            "\(maximumHeaderBytes)",
            "a number of bytes from 1 KiB to 1 MiB"
        )
        try Self.require(
            (.zero ... .seconds(86_400)).contains(idleTimeout),
            "idleTimeout",
            "\(idleTimeout)",
            "zero to one day"
        )
        try Self.require(
            heartbeatInterval > .zero && heartbeatInterval <= .seconds(86_400),
            "heartbeatInterval",
            "\(heartbeatInterval)",
            "above zero, at most one day"
        )
    }

    private static func require(
        _ holds: Bool,
        _ key: String,
        _ value: String,
        _ expected: String
    ) throws(HTTPServerError) {
        guard holds else { throw .setting(key: key, value: value, expected: expected) }
    }

    /// The idle timeout as libmicrohttpd takes it: whole seconds, rounded up, so that 100 ms does not become "never".
    var idleTimeoutSeconds: UInt32 {
        let (seconds, attoseconds) = idleTimeout.components
        return UInt32(clamping: seconds + (attoseconds > 0 ? 1 : 0))
    }

    /// The memory of one connection: headers, their table and the answer's header share it.
    var connectionMemoryBytes: Int { max(64 << 10, 2 * maximumHeaderBytes) }
}

/// A server certificate with its key.
public struct TLSIdentity: Sendable, CustomStringConvertible {
    /// The certificate and its intermediate certificates, PEM text.
    public var certificate: String
    /// The private key, PEM text without a password.
    public var privateKey: String

    /// Creates an identity from PEM texts; they are checked when a listener starts.
    public init(certificate: String, privateKey: String) {
        self.certificate = certificate
        self.privateKey = privateKey
    }

    /// Names the type only: the key is a secret.
    public var description: String { "TLSIdentity" }
}
