import FoundationEssentials
import HTTPServer
import Synchronization
import Testing

@testable import AdminServer

@Suite("Admin server")
struct AdminServerTests {
    final class Process: AdminSource {
        let isReady: Bool
        let releaseCount = Atomic(0)

        init(isReady: Bool = true) { self.isReady = isReady }

        func healthJSON() -> [UInt8] { Array(#"{"state":"held"}"#.utf8) }
        func metricsText() -> String { "relay_up 1\n" }
        func release() { releaseCount.add(1, ordering: .relaxed) }
    }

    static func token() throws -> AdminToken { try AdminToken(bytes: Array("s3cret-token\n".utf8), path: "token") }

    static func answer(
        _ routes: AdminRoutes,
        _ method: String,
        _ path: String,
        _ headers: [(name: String, value: String)] = []
    ) throws -> (status: Int, text: String, headers: [(String, String)]) {
        let reply = routes.router().immediate(HTTPServerRequest(method: method, path: path, headers: headers))
        guard case .response(let response) = try #require(reply) else {
            Issue.record("\(method) \(path) is not an ordinary answer")
            return (0, "", [])
        }
        return (response.status, String(decoding: response.body, as: UTF8.self), response.headers)
    }

    @Test("shows everything when there is no token")
    func open() throws {
        let routes = AdminRoutes(source: Process(), token: nil, isLoopback: true)
        #expect(try Self.answer(routes, "GET", "/health").text == #"{"state":"held"}"#)
        #expect(try Self.answer(routes, "GET", "/ready").status == 200)
        let metrics = try Self.answer(routes, "GET", "/metrics")
        #expect(metrics.text == "relay_up 1\n")
        #expect(metrics.headers.contains { $0 == ("Content-Type", "text/plain; version=0.0.4; charset=utf-8") })
        #expect(try Self.answer(routes, "GET", "/").text.contains("<script src=\"/dashboard.js\">"))
        #expect(try Self.answer(routes, "GET", "/dashboard.js").status == 200)
        #expect(try Self.answer(routes, "GET", "/nothing").status == 404)
        #expect(try Self.answer(routes, "GET", "/release").status == 405)
    }

    @Test("says 503 while the process is not ready, and stays alive")
    func notReady() throws {
        let routes = AdminRoutes(source: Process(isReady: false), token: nil, isLoopback: true)
        #expect(try Self.answer(routes, "GET", "/ready").status == 503)
        #expect(try Self.answer(routes, "GET", "/health").status == 200)
    }

    @Test(
        "asks for the token, and takes only the right one",
        arguments: [
            (nil, 401), ("", 401), ("Bearer s3cret-token", 200), ("bearer s3cret-token", 200),
            ("Bearer s3cret-toke", 401),
            ("Bearer s3cret-tokens", 401), ("Bearer S3cret-token", 401), ("Basic s3cret-token", 401), ("Bearer", 401),
            ("s3cret-token", 401), ("Bearer s3cret-token x", 401),
        ] as [(String?, Int)]
    )
    func token(authorization: String?, status: Int) throws {
        let process = Process()
        let routes = AdminRoutes(source: process, token: try Self.token(), isLoopback: true)
        let headers = authorization.map { [(name: "authorization", value: $0)] } ?? []
        #expect(try Self.answer(routes, "GET", "/metrics", headers).status == status)
        #expect(try Self.answer(routes, "POST", "/release", headers).status == status)
        #expect(process.releaseCount.load(ordering: .relaxed) == (status == 200 ? 1 : 0))
        // Probes work without it, and learn nothing more than that the process lives.
        #expect(try Self.answer(routes, "GET", "/ready", headers).status == 200)
        let health = try Self.answer(routes, "GET", "/health", headers)
        #expect(health.status == 200)
        #expect(health.text.contains("held") == (status == 200))
    }

    @Test("releases without a token on a loopback address only", arguments: [(true, 200), (false, 403)])
    func releaseWithoutToken(isLoopback: Bool, status: Int) throws {
        let process = Process()
        let routes = AdminRoutes(source: process, token: nil, isLoopback: isLoopback)
        #expect(try Self.answer(routes, "POST", "/release").status == status)
        #expect(process.releaseCount.load(ordering: .relaxed) == (isLoopback ? 1 : 0))
    }

    @Test(
        "does not release for a page of another site",
        arguments: [
            ("http://127.0.0.1:9400", 200), ("http://evil.example", 403), ("null", 403), ("http://127.0.0.1", 403),
        ]
    )
    func otherSites(origin: String, status: Int) throws {
        let routes = AdminRoutes(source: Process(), token: nil, isLoopback: true)
        let headers = [(name: "Host", value: "127.0.0.1:9400"), (name: "Origin", value: origin)]
        #expect(try Self.answer(routes, "POST", "/release", headers).status == status)
    }

    @Test("reads a token file, and refuses one that holds none, never telling its content")
    func tokenFile() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "admin-token-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let missing = #expect(throws: AdminError.self) { _ = try AdminToken(file: path) }
        #expect(missing?.description.contains("No such file") == true)
        for content in ["", " \n", "two words", "two\nlines\n", "\u{e9}", String(repeating: "x", count: 4_097)] {
            try content.write(toFile: path, atomically: true, encoding: .utf8)
            let error = #expect(throws: AdminError.self) { _ = try AdminToken(file: path) }
            #expect(error == .token(path: path, expected: "one line of 1 to 4096 visible ASCII characters"))
        }
        try "  abc\r\n".write(toFile: path, atomically: true, encoding: .utf8)
        let token = try AdminToken(file: path)
        #expect(token.accepts("Bearer abc"))
        #expect("\(token)" == "AdminToken")
    }

    @Test(
        "knows which addresses only this machine can reach",
        arguments: [
            ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("localhost", true), ("0.0.0.0", false),
            ("::", false),
            ("127.example.com", false), ("127.0.0.1.example.com", false), ("10.0.0.1", false), ("", false),
        ]
    )
    func loopback(host: String, isLoopback: Bool) {
        #expect(AdminListener.isLoopback(host) == isLoopback)
    }

    @Test("starts and stops, and says which address is taken")
    func starts() async throws {
        let admin = try AdminListener(port: 0, source: Process())
        let error = #expect(throws: AdminError.self) { _ = try AdminListener(port: admin.port, source: Process()) }
        #expect(error?.description.contains("admin.listen") == true)
        await admin.stop()
    }
}
