/// The methods of RFC 9110 and 5789 that an ``HTTPClient`` sends.
public enum HTTPMethod: String, Sendable, CaseIterable {
    /// Reads.
    case get = "GET"
    /// Reads the headers only.
    case head = "HEAD"
    /// Hands over a body.
    case post = "POST"
    /// Replaces.
    case put = "PUT"
    /// Changes.
    case patch = "PATCH"
    /// Deletes.
    case delete = "DELETE"
}

/// One request.
public struct HTTPRequest: Sendable {
    /// The method; `get` and `head` are sent without a body.
    public var method: HTTPMethod
    /// An absolute `http` or `https` address without user and password.
    public var url: String
    /// The header fields, or nil for none beyond the transport's own.
    public var headers: HTTPHeaderList?
    /// The body. It is read in place while it is sent: a copy of this array shares its storage, and nobody copies it.
    public var body: [UInt8]
    /// A moment of `Clocks.bootNanoseconds` after which no byte of the request may be written any more, or nil.
    ///
    /// Checked before the headers go, before each part of the body, and before curl is given a chance to write what it
    /// has buffered. When the moment has passed, the connection is reset and the request ends with reason `notWritten`.
    /// What was handed to the kernel before can still arrive; see the decision "Not one byte after the lease".
    public var notAfter: Int64?

    /// A request.
    ///
    /// - Parameters:
    ///   - method: the method.
    ///   - url: an absolute `http` or `https` address without user and password.
    ///   - headers: the header fields.
    ///   - body: the body.
    ///   - notAfter: a moment of `Clocks.bootNanoseconds` after which no byte may be written any more.
    public init(
        method: HTTPMethod = .post,
        url: String,
        headers: HTTPHeaderList? = nil,
        body: [UInt8] = [],
        notAfter: Int64? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.notAfter = notAfter
    }
}
