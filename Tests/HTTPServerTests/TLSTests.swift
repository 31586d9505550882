import Testing
import Threads

@testable import HTTPServer

@Suite("HTTPS", .timeLimit(.minutes(2)))
struct TLSTests {
    /// A certificate for 127.0.0.1 that was signed by itself.
    private static func makeIdentity(_ program: OpenSSLProgram) async throws -> TLSIdentity {
        let key = program.path("key.pem")
        let certificate = program.path("certificate.pem")
        let made = try await program.run([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj",
            "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ])
        try #require(made.code == 0)
        return TLSIdentity(certificate: try program.read("certificate.pem"), privateKey: try program.read("key.pem"))
    }

    private static func request(_ program: OpenSSLProgram, _ port: UInt16, _ text: String) async throws -> String {
        let certificate = program.path("certificate.pem")
        let arguments = ["-connect", "127.0.0.1:\(port)", "-CAfile", certificate, "-verify_return_error", "-quiet"]
        // Offers HTTP/2 as well, as most clients do; the answer is HTTP/1.1 all the same.
        let protocols = ["-alpn", "h2,http/1.1"]
        return try await program.run(["s_client"] + arguments + protocols, input: text).output
    }

    @Test("serves immediate, delayed and streamed answers, with one thread and with two", arguments: [1, 2])
    func roundTrip(threadCount: Int) async throws {
        let program = try OpenSSLProgram()
        let identity = try await Self.makeIdentity(program)
        let immediate: HTTPImmediateHandler = { request in
            guard request.path == "/events" else {
                return request.path == "/now" ? .response(.text(200, "now \(request.body.count)")) : nil
            }
            let stream = HTTPEventStream()
            stream.send(data: "streamed")
            stream.finish()
            return .events(stream)
        }
        let settings = HTTPServerSettings(threadCount: threadCount, tls: identity)
        let body = String(repeating: "x", count: 300_000)
        try await withListener(settings, immediate: immediate) { listener in
            let close = "Host: h\r\nConnection: close\r\n"
            let post = "POST /now HTTP/1.1\r\n\(close)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            let now = try await Self.request(program, listener.port, post)
            #expect(now.hasPrefix("HTTP/1.1 200"))
            #expect(now.hasSuffix("now 300000"))
            let later = try await Self.request(program, listener.port, "GET /later HTTP/1.1\r\n\(close)\r\n")
            #expect(later.hasSuffix("asynchronous"))
            let events = try await Self.request(program, listener.port, "GET /events HTTP/1.1\r\n\(close)\r\n")
            #expect(events.contains("data: streamed\n\n"))
        }
    }

    @Test("stops while a delayed answer is awaited and after a client spoke plain HTTP")
    func stops() async throws {
        let program = try OpenSSLProgram()
        let gate = Gate()
        let settings = HTTPServerSettings(tls: try await Self.makeIdentity(program))
        let listener = try HTTPListener(settings: settings) { _ in
            await gate.pass()
            return .response(.text(200, "too late"))
        }
        let plain = await RawClient.end(listener.port, RawClient.get("/plain"))
        #expect(plain.end != .open)
        #expect(!plain.bytes.starts(with: Array("HTTP/".utf8)))
        let port = listener.port
        async let answer = Self.request(program, port, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await gate.arrivals(1)
        await listener.stop()
        #expect(try await answer.hasPrefix("HTTP/1.1 503"))
        gate.open()
    }
}
