/// What Batch said to a call, sorted by what to do about it (design, section 7).
public enum BatchAnswer: Sendable, Equatable {
    /// 202, or another 2xx: the call is accepted, except for what the partial errors name.
    ///
    /// `isReadable` is false when the body was not the documented JSON, so that partial errors may be unknown;
    /// `unreadErrorCount` counts partial errors without a usable `bulk_index` or past the bound.
    case accepted(partialErrors: [PartialError], unreadErrorCount: Int, isReadable: Bool)
    /// 429: wait; nanoseconds from now, nil when Batch names no time.
    case rateLimited(retryAfterNanoseconds: Int64?)
    /// 408, 5xx and anything that is no answer of Batch: try again with backoff.
    case transient(status: Int, code: String?)
    /// 401, 403, 404: hold, since every call would get it.
    case setup(status: Int, code: String?)
    /// 400, 413 and other 4xx: the call will not be accepted as it is.
    case invalid(status: Int, code: String?, message: String?)

    /// Sorts an answer. Never fails, whatever the body is.
    ///
    /// - Parameters:
    ///   - status: the HTTP status.
    ///   - retryAfter: the header `Retry-After`: seconds or an HTTP date; nil when absent.
    ///   - body: the body, foreign; the first 16 MiB are read.
    ///   - nowWallMilliseconds: milliseconds since 1970, UTC, to compare an HTTP date with.
    public static func read(
        status: Int,
        retryAfter: String?,
        body: [UInt8],
        nowWallMilliseconds: Int64
    ) -> BatchAnswer {
        .accepted(partialErrors: [], unreadErrorCount: 0, isReadable: false)
    }
}

/// One error inside a 202: a part of one operation was not applied. It is not sent again.
public struct PartialError: Sendable, Equatable {
    /// The place of the operation in the call, from 0. Not yet compared with the number of operations.
    public let bulkIndex: Int
    /// The attribute concerned, with or without its wrapper; nil when Batch names none.
    public let attribute: String?
    /// Batch's class of the error; opaque, only to be shown.
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
