/// How an ``HTTPClient`` talks. Verification of TLS certificates is always on.
public struct HTTPClientSettings: Sendable, Equatable {
    /// The longest time from `start` to the end of the answer; 1 ms or more.
    public var timeout = Duration.seconds(8)
    /// The longest time for resolving the name, connecting and the TLS handshake; 1 ms or more.
    public var connectTimeout = Duration.seconds(5)
    /// The largest answer, headers included; a larger one is broken off while it arrives.
    public var maximumResponseBytes = 4 << 20
    /// Connections open at once, 1 or more; further requests wait, inside their timeout.
    public var maximumConnections = 4
    /// A PEM file of trusted authorities instead of the system's.
    public var caFile: String?
    /// The `User-Agent` header.
    public var userAgent = "HTTPTransport"
    /// Offers HTTP/2 in the TLS handshake. It costs half as much again as HTTP/1.1 where few connections suffice, and
    /// ``HTTPRequest/notAfter`` is weaker with it: frames that curl has queued are written without a check.
    public var http2 = false
    /// Whether `https_proxy`, `http_proxy` and `no_proxy` of the environment are obeyed, as curl's own program does.
    public var usesEnvironmentProxy = true

    /// The kernel's buffer for what was written and not yet acknowledged, or nil for the system's choice, which grows to
    /// megabytes. A small one slows large bodies, and leaves less that can still be sent while the process is stopped.
    public var sendBufferBytes: Int?

    /// The defaults.
    public init() {}

    func check() throws(HTTPTransportError) {
        func refuse(_ what: String) throws(HTTPTransportError) -> Never {
            throw HTTPTransportError(.invalidSettings(what), request: "make an HTTP client")
        }
        if timeout < .milliseconds(1) { try refuse("timeout must be 1 ms or more") }
        if connectTimeout < .milliseconds(1) { try refuse("connectTimeout must be 1 ms or more") }
        if maximumResponseBytes < 1 { try refuse("maximumResponseBytes must be 1 or more") }
        if maximumConnections < 1 { try refuse("maximumConnections must be 1 or more") }
        if let bytes = sendBufferBytes, !(1...1 << 30).contains(bytes) {
            try refuse("sendBufferBytes must be from 1 to 1073741824")
        }
        if !HTTPHeaderList.isFieldValue(userAgent) { try refuse("userAgent has a control character") }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, as far as 32 bits go: curl's unit.
    var clampedMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        return Int(seconds) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    /// Whole nanoseconds, at most some 63 years.
    var clampedNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds < 2_000_000_000 ? seconds * 1_000_000_000 + attoseconds / 1_000_000_000 : 1 << 61
    }
}
