package import HTTPTransport
import Threads

/// Calls of a test to a server on this machine.
package enum LocalCall {
    /// Makes one call, past any proxy, and waits for its answer.
    ///
    /// - Parameters:
    ///   - method: the method.
    ///   - url: the whole address.
    ///   - body: the body, empty for none.
    ///   - authority: a PEM file to trust where TLS is served.
    /// - Returns: the answer, whatever its status.
    /// - Throws: `HTTPTransportError` if there is none.
    package static func answer(
        _ method: HTTPMethod,
        _ url: String,
        body: String = "",
        authority: String? = nil
    ) async throws -> HTTPResponse {
        var settings = HTTPClientSettings()
        settings.timeout = .seconds(60)
        settings.maximumResponseBytes = 256 << 20
        settings.usesEnvironmentProxy = false
        settings.caFile = authority
        let chosen = settings
        let result = await OwnThread.run(name: "local-call") { () -> Result<HTTPResponse, HTTPTransportError> in
            do throws(HTTPTransportError) {
                let client = try HTTPClient(settings: chosen)
                client.start(HTTPRequest(method: method, url: url, body: Array(body.utf8)), id: 1)
                while true {
                    if let completion = client.poll(timeout: .seconds(1)).first { return completion.result }
                }
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
