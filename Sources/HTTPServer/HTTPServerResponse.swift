/// An answer with its whole body.
public struct HTTPServerResponse: Sendable {
    /// The status code, 200...599. Another one is a mistake of the handler and is sent as 500.
    public var status: Int
    /// The headers. `Content-Length` and `Transfer-Encoding` are set by the server and dropped here; a name or value with a
    /// line break is a mistake of the handler, and 500 is sent.
    public var headers: [(String, String)]
    /// The body. It is not sent for 204 and 304 nor to a `HEAD` request.
    public var body: [UInt8]

    /// Creates an answer.
    public init(status: Int, headers: [(String, String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer with encoded JSON as its body.
    public static func json(_ status: Int, _ body: [UInt8]) -> HTTPServerResponse {
        HTTPServerResponse(status: status, headers: [("Content-Type", "application/json")], body: body)
    }

    /// An answer with plain text as its body.
    public static func text(_ status: Int, _ text: String) -> HTTPServerResponse {
        let headers = [("Content-Type", "text/plain; charset=utf-8")]
        return HTTPServerResponse(status: status, headers: headers, body: Array(text.utf8))
    }
}

/// What a handler wants to happen to a request.
public enum HTTPServerReply: Sendable {
    /// An ordinary answer.
    case response(HTTPServerResponse)
    /// The connection is reset (TCP RST): the client sees `ECONNRESET`. For tests of clients.
    case reset
    /// The connection is closed without an answer: the client sees the end of the stream. For tests of clients.
    case close
    /// The answer is a stream of events that stays open until the stream finishes or the client leaves.
    case events(HTTPEventStream)
}

/// Answers one request. It may take its time: a waiting request holds no thread. Its task is cancelled when the listener
/// stops; the client has got 503 by then, and the result is dropped.
public typealias HTTPServerHandler = @Sendable (HTTPServerRequest) async -> HTTPServerReply

/// Answers one request at once, on the thread that serves connections, or returns nil to leave it to the asynchronous
/// handler. It must not block: other connections of the thread wait meanwhile.
public typealias HTTPImmediateHandler = @Sendable (HTTPServerRequest) -> HTTPServerReply?
