internal import JSONDocument

/// The error codes of section 1.4 and their statuses.
enum SimulatorErrorCode: String, Sendable {
    case missingParameter = "MISSING_PARAMETER"
    case malformedParameter = "MALFORMED_PARAMETER"
    case malformedJSON = "MALFORMED_JSON_BODY"
    case authenticationInvalid = "AUTHENTICATION_INVALID"
    case misuse = "API_MISUSE"
    case routeNotFound = "ROUTE_NOT_FOUND"
    case tooManyRequests = "TOO_MANY_REQUESTS"
    case serverError = "SERVER_ERROR"
    case maintenance = "MAINTENANCE_ERROR"

    var status: Int {
        switch self {
        case .missingParameter, .malformedParameter, .malformedJSON: 400
        case .authenticationInvalid: 401
        case .misuse: 403
        case .routeNotFound: 404
        case .tooManyRequests: 429
        case .serverError: 500
        case .maintenance: 503
        }
    }

    /// The body of section 1.3 with a text for people; `status` is for what section 1.4 has no code.
    func answer(_ message: String, status: Int? = nil, retryAfterSeconds: Int? = nil) -> SimulatorAnswer {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("error_code")
        writer.string(rawValue)
        writer.name("error_message")
        writer.string(message)
        writer.endObject()
        return SimulatorAnswer(
            status: status ?? self.status,
            body: writer.bytes,
            retryAfterSeconds: retryAfterSeconds
        )
    }
}
