internal import Glibc

/// Why a listener could not be started. Nothing is left open afterwards, and trying again is allowed.
public enum HTTPServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A setting is out of its range.
    case setting(key: String, value: String, expected: String)
    /// `host` is neither an address nor a name that the system knows; `reason` is the resolver's text.
    case unknownHost(host: String, reason: String)
    /// The system refused to listen; `code` is the error number of the call named `operation`.
    case listen(host: String, port: UInt16, operation: String, code: Int32)
    /// The certificate or the key is not usable; `reason` is the TLS library's text.
    case tls(reason: String)
    /// libmicrohttpd did not start; `reason` is its text.
    case start(host: String, port: UInt16, reason: String)

    /// What was attempted, what came back, and what to change.
    public var description: String {
        switch self {
        case .setting(let key, let value, let expected):
            return "HTTP server: \(key): '\(value)' is not \(expected)"
        case .unknownHost(let host, let reason):
            return "listen on '\(host)': \(reason); give an address of this machine, such as 127.0.0.1 or ::1"
        case .listen(let host, let port, let operation, let code):
            let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            let failure = "listen on \(place): \(operation): \(String(cString: strerror(code))) (errno \(code))"
            return "\(failure); \(Self.advice(code, port: port))"
        case .tls(let reason):
            return "start HTTPS: \(reason); give a PEM certificate and its own PEM key without a password"
        case .start(let host, let port, let reason):
            return "start the HTTP server on \(host) port \(port): \(reason)"
        }
    }

    private static func advice(_ code: Int32, port: UInt16) -> String {
        switch code {
        case EADDRINUSE: "another process listens there; stop it or choose another port (0 takes a free one)"
        case EACCES: "port \(port) needs privileges; choose a port of 1024 or more"
        case EADDRNOTAVAIL: "this machine does not have the address; choose one of its own, 127.0.0.1 or 0.0.0.0"
        case EMFILE, ENFILE: "no file descriptors are left; raise the limit (ulimit -n)"
        default: "choose another address or port"
        }
    }
}
