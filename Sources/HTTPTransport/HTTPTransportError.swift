/// Why a request has no answer.
public struct HTTPTransportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What happened.
    public enum Reason: Sendable, Hashable {
        /// The name of the server, or of the proxy, is unknown or the name service does not answer.
        case couldNotResolve
        /// No TCP connection: refused, unreachable.
        case couldNotConnect
        /// The server's certificate is not signed by a trusted authority, has expired, or is for another name.
        case tlsVerification
        /// The TLS handshake failed otherwise, such as no common version.
        case tlsHandshake
        /// The file of trusted authorities cannot be used.
        case tlsAuthorities
        /// The time for connecting or for the whole request ran out.
        case timeout
        /// The connection was reset or ended before the answer was complete.
        case connectionClosed
        /// The answer is larger than the client's limit.
        case responseTooLarge(maximumBytes: Int)
        /// `notAfter` passed before the request was completely written; the server has no complete request.
        case notWritten
        /// `cancel` was called.
        case cancelled
        /// The request breaks a rule of HTTP or of this module.
        case invalidRequest(String)
        /// The client's settings cannot be used.
        case invalidSettings(String)
        /// Another error of curl's, by its number.
        case other(code: Int)
    }

    /// What happened.
    public let reason: Reason
    /// What was attempted: the method, the scheme, the host and the port, and nothing of path, headers or body.
    public let request: String
    /// Whether the whole request was handed to the kernel at least once, so that the server may have acted on it.
    public let requestWritten: Bool
    /// curl's own words about a connection, for people; may be empty.
    public let detail: String

    init(
        _ reason: Reason,
        request: String = "prepare an HTTP request",
        requestWritten: Bool = false,
        detail: String = ""
    ) {
        self.reason = reason
        self.request = request
        self.requestWritten = requestWritten
        self.detail = detail
    }

    /// Whether the server may have acted on the request; if not, sending it again cannot repeat anything.
    public var serverMayHaveActed: Bool { requestWritten }

    /// Whether the same request may succeed later without a change of configuration.
    public var isTransient: Bool {
        switch reason {
        case .couldNotConnect, .timeout, .connectionClosed, .notWritten, .cancelled, .other: true
        case .couldNotResolve, .tlsVerification, .tlsHandshake, .tlsAuthorities: false
        case .responseTooLarge, .invalidRequest, .invalidSettings: false
        }
    }

    /// What was attempted, what came back, whether the server may have acted, and what to change.
    public var description: String {
        let (problem, advice) = explanation
        var text = "\(request): \(problem)"
        if !detail.isEmpty { text += " (\(detail))" }
        switch reason {
        case .invalidRequest, .invalidSettings: break
        default:
            text += requestWritten ? "; the server may have acted on the request" : "; the server had no whole request"
        }
        return "\(text); \(advice)"
    }

    private var explanation: (problem: String, advice: String) {
        switch reason {
        case .couldNotResolve: ("the name cannot be resolved", "check the host name and this machine's DNS")
        case .couldNotConnect: ("no connection", "check host, port, firewall and proxy")
        case .tlsVerification:
            ("the certificate is not trusted", "check the host name, this machine's clock and the file of authorities")
        case .tlsHandshake: ("the TLS handshake failed", "check that the port speaks TLS 1.2 or 1.3")
        case .tlsAuthorities: ("the file of authorities cannot be used", "give a readable PEM file of certificates")
        case .timeout: ("no answer in time", "try again, or allow more time")
        case .connectionClosed: ("the connection ended before the answer was complete", "try again")
        case .responseTooLarge(let bytes):
            ("the answer is larger than \(bytes) bytes", "check the address, or raise the limit")
        case .notWritten: ("its time to be written had passed", "start it again if it is still wanted")
        case .cancelled: ("cancelled", "start it again if it is still wanted")
        case .invalidRequest(let what): (what, "correct the request")
        case .invalidSettings(let what): (what, "correct the setting")
        case .other(let code): ("curl error \(code)", "try again; see libcurl-errors(3) for the number")
        }
    }
}
