public import HTTPServer

/// The pages of the admin server.
///
/// | Route | Answer | Needs the token |
/// |---|---|---|
/// | `GET /health` | 200 as long as the process lives, with its state | for the state |
/// | `GET /ready` | 200 or 503 | no |
/// | `GET /metrics` | Prometheus' text format | yes |
/// | `POST /release` | lets a held process go on | yes; without a token only on a loopback address |
/// | `GET /` | the dashboard, which asks for the token | no |
///
/// Probes of an orchestrator rarely can send a token, and the dashboard's files hold no data; hence the three exceptions.
public struct AdminRoutes: Sendable {
    private let source: any AdminSource
    private let token: AdminToken?
    private let isReleaseOpen: Bool

    /// Creates the pages of one process.
    ///
    /// - Parameters:
    ///   - source: what they show.
    ///   - token: who has it sees everything; without one everybody does.
    ///   - isLoopback: whether only this machine can reach the server; then `POST /release` needs no token.
    public init(source: any AdminSource, token: AdminToken?, isLoopback: Bool) {
        self.source = source
        self.token = token
        isReleaseOpen = isLoopback && token == nil
    }

    /// The routes, all of them immediate: the server's thread has nothing else to do.
    public func router() -> HTTPRouter {
        var router = HTTPRouter()
        router.onImmediate("GET", "/health") { request, _ in .response(health(request)) }
        router.onImmediate("GET", "/ready") { _, _ in
            .response(source.isReady ? .text(200, "ready\n") : .text(503, "not ready\n"))
        }
        router.onImmediate("GET", "/metrics") { request, _ in .response(metrics(request)) }
        router.onImmediate("POST", "/release") { request, _ in .response(release(request)) }
        router.onImmediate("GET", "/") { _, _ in .response(Dashboard.page) }
        router.onImmediate("GET", "/dashboard.js") { _, _ in .response(Dashboard.script) }
        return router
    }

    private func isTrusted(_ request: HTTPServerRequest) -> Bool {
        guard let token else { return true }
        return token.accepts(request.header("Authorization"))
    }

    private func health(_ request: HTTPServerRequest) -> HTTPServerResponse {
        guard isTrusted(request) else { return Self.uncached(.json(200, Array(#"{"alive":true}"#.utf8))) }
        return Self.uncached(.json(200, source.healthJSON()))
    }

    private func metrics(_ request: HTTPServerRequest) -> HTTPServerResponse {
        guard isTrusted(request) else { return Self.unauthorized }
        let type = "text/plain; version=0.0.4; charset=utf-8"
        return HTTPServerResponse(
            status: 200,
            headers: [("Content-Type", type), ("Cache-Control", "no-store")],
            body: Array(source.metricsText().utf8)
        )
    }

    private func release(_ request: HTTPServerRequest) -> HTTPServerResponse {
        guard isTrusted(request) else { return Self.unauthorized }
        guard token != nil || isReleaseOpen else {
            return .text(403, "release from other machines needs a token; set admin.token_file\n")
        }
        guard Self.isSameOrigin(request) else {
            return .text(403, "this request was made by a page of another site\n")
        }
        source.release()
        return Self.uncached(.json(200, Array(#"{"released":true}"#.utf8)))
    }

    /// A browser sends `Origin` with every POST. Any page may post to a loopback address; only our own may release.
    private static func isSameOrigin(_ request: HTTPServerRequest) -> Bool {
        guard let origin = request.header("Origin") else { return true }
        guard let host = request.header("Host") else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    private static let unauthorized = HTTPServerResponse(
        status: 401,
        headers: [("WWW-Authenticate", "Bearer"), ("Content-Type", "text/plain; charset=utf-8")],
        body: Array("send 'Authorization: Bearer TOKEN' with the token of admin.token_file\n".utf8)
    )

    private static func uncached(_ response: HTTPServerResponse) -> HTTPServerResponse {
        var response = response
        response.headers.append(("Cache-Control", "no-store"))
        return response
    }
}
