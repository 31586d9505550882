/// One request with its whole body.
public struct HTTPServerRequest: Sendable {
    /// The method as sent, such as `GET`.
    public let method: String
    /// The path without query, percent-decoded. An encoded `/` cannot be told from a real one here; see ``pathSegments``.
    public let path: String
    /// The parts of the path between slashes, split first and percent-decoded then, so that `%2F` stays inside its part.
    /// `/a/b` has the parts `a` and `b`; `/` has one empty part.
    public let pathSegments: [String]
    /// The query's names and values in order, decoded (`+` is a space); a name without `=` has an empty value.
    public let query: [(name: String, value: String)]
    /// The headers in order, names as sent. Bytes that are not UTF-8 appear as U+FFFD.
    public let headers: [(name: String, value: String)]
    /// The body, empty when there is none; never longer than ``HTTPServerSettings/maximumBodyBytes``.
    public let body: [UInt8]

    /// Creates a request, as a test of a handler needs it.
    ///
    /// - Parameters:
    ///   - method: such as `GET`.
    ///   - path: as in a request line without query, percent-encoded.
    ///   - query: decoded names and values.
    ///   - headers: names and values.
    ///   - body: the body's bytes.
    public init(
        method: String,
        path: String,
        query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.init(method: method, rawPath: Array(path.utf8), query: query, headers: headers, body: body)
    }

    /// Decodes the path of a request line.
    init(
        method: String,
        rawPath: some Collection<UInt8>,
        query: [(name: String, value: String)],
        headers: [(name: String, value: String)],
        body: [UInt8]
    ) {
        self.method = method
        path = PercentEncoding.decode(rawPath)
        let relative = rawPath.first == UInt8(ascii: "/") ? rawPath.dropFirst() : rawPath[...]
        pathSegments = relative.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { PercentEncoding.decode($0) }
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The first header of this name, whatever the case of its letters; nil when there is none.
    public func header(_ name: String) -> String? {
        headers.first { equalIgnoringCase($0.name, name) }?.value
    }

    /// The first value of this name in the query, exactly as spelt; nil when there is none.
    public func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }
}

/// Whether two header names are the same. They are ASCII, so only ASCII letters fold.
func equalIgnoringCase(_ left: String, _ right: String) -> Bool {
    let left = left.utf8
    let right = right.utf8
    return left.count == right.count && zip(left, right).allSatisfy { lowercase($0) == lowercase($1) }
}

private func lowercase(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
