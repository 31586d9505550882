public import HTTPServer
internal import Glibc

/// Why the admin server could not be started.
public enum AdminError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The token file cannot be read; `code` is the error number.
    case tokenFile(path: String, code: Int32)
    /// The token file was read, and what it holds is not a token.
    case token(path: String, expected: String)
    /// The address cannot be listened on.
    case listener(HTTPServerError)

    /// What was attempted, what came back, and what to change. Never shows a token.
    public var description: String {
        switch self {
        case .tokenFile(let path, let code):
            "admin token: read '\(path)': \(String(cString: strerror(code))) (errno \(code)); check admin.token_file"
        case .token(let path, let expected):
            "admin token: '\(path)' does not hold \(expected)"
        case .listener(let error):
            "admin server: \(error); the address is admin.listen"
        }
    }
}
