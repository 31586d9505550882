/// One request, independent of the HTTP server that received it.
public struct SimulatorRequest: Sendable {
    /// The method, in upper case.
    public var method: String
    /// The path without query, decoded.
    public var path: String
    /// The query's names and values, decoded, in order.
    public var query: [(name: String, value: String)]
    /// The `Authorization` header.
    public var authorization: String?
    /// The `X-Batch-Project` header.
    public var project: String?
    /// The `Content-Type` header.
    public var contentType: String?
    /// The `Content-Encoding` header.
    public var contentEncoding: String?
    /// The body.
    public var body: [UInt8]

    /// Creates a request without headers.
    public init(method: String, path: String, query: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
    }

    /// The first value of a query parameter.
    func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }
}

/// A complete answer.
public struct SimulatorAnswer: Sendable, Equatable {
    /// The HTTP status.
    public let status: Int
    /// The `Content-Type` header.
    public let contentType: String
    /// The value of a `Retry-After` header, in seconds; nil leaves it out.
    public let retryAfterSeconds: Int?
    /// The body.
    public let body: [UInt8]

    init(status: Int, body: [UInt8], contentType: String = "application/json", retryAfterSeconds: Int? = nil) {
        self.status = status
        self.body = body
        self.contentType = contentType
        self.retryAfterSeconds = retryAfterSeconds
    }
}

/// What becomes of a request.
public struct SimulatorDecision: Sendable, Equatable {
    /// What the connection sees after the latency.
    public enum Outcome: Sendable, Equatable {
        /// An answer.
        case answer(SimulatorAnswer)
        /// The connection is reset.
        case reset
        /// Nothing, until the client gives up.
        case silence
    }

    /// What the connection sees.
    public let outcome: Outcome
    /// How long after arrival, in milliseconds.
    public let latencyMilliseconds: Int
    /// The call's number, from 1; 0 for inspection. ``SimulatedBatch/finish(call:at:)`` takes it.
    public let call: Int
}
