import BatchAPI
import Delivery
import HTTPTransport

extension BatchEndpoint {
    /// The address of a route.
    func url(of route: BatchRoute) -> String { baseURL + route.path(version: version) }

    /// A client for calls to Batch.
    ///
    /// - Parameter connections: calls that may be in flight at once.
    /// - Returns: the client, for one thread.
    /// - Throws: ``RelayError`` if it cannot be set up.
    func makeClient(connections: Int) throws(RelayError) -> HTTPClient {
        var settings = HTTPClientSettings()
        settings.timeout = timeout
        settings.caFile = authorityFile
        settings.userAgent = "batchrelay"
        settings.maximumConnections = connections
        do {
            return try HTTPClient(settings: settings)
        } catch {
            throw RelayError("cannot set up the HTTP client: \(error)")
        }
    }
}

extension BatchAnswer {
    /// Sorts an answer as it came over the network.
    static func read(_ response: HTTPResponse, nowWallMilliseconds: Int64) -> BatchAnswer {
        read(
            status: response.status,
            retryAfter: response.header(BatchRoute.retryAfterHeader),
            body: response.body,
            nowWallMilliseconds: nowWallMilliseconds
        )
    }
}

extension CallOutcome {
    /// What a call without an answer means for what it carried.
    init(_ error: HTTPTransportError) {
        switch error.reason {
        case .notWritten: self = .notWritten
        case .couldNotResolve, .tlsVerification, .tlsHandshake, .tlsAuthorities, .invalidRequest, .invalidSettings:
            self = .misconfigured(error.description)
        case .couldNotConnect: self = .notConnected(error.description)
        case .timeout, .connectionClosed, .responseTooLarge, .cancelled, .other: self = .noAnswer(error.description)
        }
    }
}
