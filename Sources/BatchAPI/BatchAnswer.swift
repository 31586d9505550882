import JSONDocument

/// What Batch said to a call, sorted by what to do about it (design, section 7).
public enum BatchAnswer: Sendable, Equatable {
    /// 202: the call is accepted, except for what the partial errors name.
    ///
    /// `isReadable` is false when the body was not the documented JSON, so that there may be partial errors nobody knows of.
    /// `unreadErrorCount` counts the ones without a usable `bulk_index` and those past ``BatchLimits/partialErrorCount``.
    case accepted(partialErrors: [PartialError], unreadErrorCount: Int, isReadable: Bool)
    /// 429: wait; nanoseconds from now, at most a day; nil when Batch names no time.
    case rateLimited(retryAfterNanoseconds: Int64?)
    /// 408, 425, 5xx, and what is no answer of Batch: try again with backoff.
    case transient(status: Int, code: String?)
    /// 401, 403, 404, 407 and redirections: hold, since every call would get it.
    case setup(status: Int, code: String?)
    /// 400, 413 and other 4xx: the call will not be accepted as it is.
    case invalid(status: Int, code: String?, message: String?)

    /// Sorts an answer. Never fails, whatever the body is.
    ///
    /// As Batch asks (batch-api 1.3), the `error_code` decides, and the status where there is none that is known.
    ///
    /// - Parameters:
    ///   - status: the HTTP status.
    ///   - retryAfter: the header `Retry-After`: seconds or an HTTP date; nil when absent.
    ///   - body: the body, foreign; more than 16 MiB are not read.
    ///   - nowWallMilliseconds: milliseconds since 1970, UTC, to compare an HTTP date with.
    /// - Returns: what to do.
    public static func read(
        status: Int,
        retryAfter: String?,
        body: [UInt8],
        nowWallMilliseconds: Int64
    ) -> BatchAnswer {
        let reader = AnswerReader(body)
        if (200...299).contains(status) {
            guard let accepted = reader.accepted(body.span) else {
                // Some proxies answer 200 with a page of their own; only Batch answers 202.
                return status == 202
                    ? .accepted(partialErrors: [], unreadErrorCount: 0, isReadable: false)
                    : .transient(status: status, code: nil)
            }
            return accepted
        }
        let code = reader.text("error_code", body.span)
        switch AnswerClass(code: code) ?? AnswerClass(status: status) {
        case .rateLimited:
            let wait = retryAfter.flatMap { RetryAfter.nanoseconds($0, nowWallMilliseconds: nowWallMilliseconds) }
            return .rateLimited(retryAfterNanoseconds: wait)
        case .transient: return .transient(status: status, code: code)
        case .setup: return .setup(status: status, code: code)
        case .invalid:
            return .invalid(status: status, code: code, message: reader.text("error_message", body.span))
        }
    }
}

/// One error inside a 202: a part of one operation was not applied. It is not sent again.
public struct PartialError: Sendable, Equatable {
    /// The place of the operation in the call, from 0. Not compared with the number of operations: Batch's word.
    public let bulkIndex: Int
    /// The attribute concerned, with or without its wrapper, at most 500 characters; nil when Batch names none.
    public let attribute: String?
    /// Batch's class of the error, at most 500 characters; opaque, only to be shown.
    public let category: String
    /// Batch's text, at most 500 characters; only to be shown.
    public let reason: String

    /// Creates an error.
    public init(bulkIndex: Int, attribute: String?, category: String, reason: String) {
        self.bulkIndex = bulkIndex
        self.attribute = attribute
        self.category = category
        self.reason = reason
    }
}

/// What an answer that is no success asks for.
private enum AnswerClass {
    case rateLimited, transient, setup, invalid

    /// By name, or by number as a text (batch-api 1.4).
    init?(code: String?) {
        switch code {
        case "TOO_MANY_REQUESTS", "60": self = .rateLimited
        case "SERVER_ERROR", "1", "0", "MAINTENANCE_ERROR", "2": self = .transient
        case "AUTHENTICATION_INVALID", "10", "API_MISUSE", "12", "ROUTE_NOT_FOUND", "20": self = .setup
        case "MISSING_PARAMETER", "30", "MALFORMED_PARAMETER", "31", "MALFORMED_JSON_BODY", "32": self = .invalid
        default: return nil
        }
    }

    init(status: Int) {
        switch status {
        case 429: self = .rateLimited
        case 401, 403, 404, 407, 300...399: self = .setup
        case 408, 425: self = .transient
        case 400...499: self = .invalid
        default: self = .transient
        }
    }
}
