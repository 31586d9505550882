internal import CCurl

/// Owns one multi handle: the connections, the name cache and the TLS sessions of a client.
final class CurlMulti {
    let pointer: UnsafeMutableRawPointer
    let waker: HTTPWaker

    /// libcurl's global state, made once; it is never taken down, because other code may use libcurl too.
    private static let globalResult = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    init(settings: HTTPClientSettings) throws(HTTPTransportError) {
        guard Self.globalResult == CURLE_OK, let multi = curl_multi_init() else {
            throw HTTPTransportError(
                .other(code: Int(Self.globalResult.rawValue)),
                request: "start libcurl",
                detail: "the library or its TLS part cannot be initialised"
            )
        }
        pointer = multi
        waker = HTTPWaker(multi: multi)
        let count = settings.maximumConnections
        _ = multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, count)
        // The connections that are kept while idle; without it curl keeps four times the transfers in flight.
        _ = multi_set_long(multi, CURLMOPT_MAXCONNECTS, count)
        _ = multi_set_long(multi, CURLMOPT_PIPELINING, settings.http2 ? Int(CURLPIPE_MULTIPLEX) : 0)
    }

    deinit {
        waker.disconnect()
        // Every easy handle has been removed: each `Transfer` holds this object until after its own clean-up.
        curl_multi_cleanup(pointer)
    }
}
