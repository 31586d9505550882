internal import CCurl

/// Reads the part of an address that may be shown: no path, no query, no user.
enum HTTPTarget {
    /// - Returns: `https://host:port`.
    /// - Throws: ``HTTPTransportError`` with reason `invalidRequest` for anything but an absolute http or https address
    ///   without user and password.
    static func shown(_ url: String) throws(HTTPTransportError) -> String {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), let parser = curl_url() else {
            throw HTTPTransportError(.invalidRequest("the address has a space or a control character"))
        }
        defer { curl_url_cleanup(parser) }
        guard curl_url_set(parser, CURLUPART_URL, url, 0) == CURLUE_OK, let scheme = part(CURLUPART_SCHEME, parser),
            let host = part(CURLUPART_HOST, parser)
        else { throw HTTPTransportError(.invalidRequest("the address is not an absolute URL")) }
        guard scheme == "http" || scheme == "https" else {
            throw HTTPTransportError(.invalidRequest("the address does not start with http:// or https://"))
        }
        guard part(CURLUPART_USER, parser) == nil, part(CURLUPART_PASSWORD, parser) == nil else {
            throw HTTPTransportError(.invalidRequest("the address has a user or a password"))
        }
        let port = part(CURLUPART_PORT, parser).map { ":\($0)" } ?? ""
        return "\(scheme)://\(host)\(port)"
    }

    private static func part(_ which: CURLUPart, _ parser: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(parser, which, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
