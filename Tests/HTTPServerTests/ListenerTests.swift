import Glibc
import Testing
import Threads

@testable import HTTPServer

@Suite("HTTP listener", .timeLimit(.minutes(2)))
struct ListenerTests {
    /// Answers with everything it was given.
    static let echo: HTTPServerHandler = { request in
        let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        let header = request.header("x-test") ?? "none"
        let body = String(decoding: request.body, as: UTF8.self)
        return .response(.text(200, "\(request.method) \(request.path) [\(query)] \(header) \(body)"))
    }

    @Test("gives the handler method, path, query, headers and body")
    func echoes() async throws {
        try await withListener(handler: Self.echo) { listener in
            let text =
                "PUT /a%2Fb%20c?x=1%262&y=p+q%2B&z&x=2 HTTP/1.1\r\nHost: h\r\nX-TEST: \u{e9}\r\nContent-Length: 5\r\n\r\nhello"
            let answer = await RawClient.request(listener.port, text)
            #expect(answer?.status == 200)
            #expect(answer?.text == "PUT /a/b c [x=1&2&y=p q+&z=&x=2] \u{e9} hello")
            #expect(answer?.headers["content-type"] == "text/plain; charset=utf-8")
        }
    }

    @Test("answers immediately when the immediate handler wants to, else by the asynchronous one")
    func immediate() async throws {
        let immediate: HTTPImmediateHandler = { $0.path == "/now" ? .response(.json(201, Array("{}".utf8))) : nil }
        try await withListener(immediate: immediate) { listener in
            let now = await RawClient.request(listener.port, RawClient.get("/now"))
            #expect(now?.status == 201)
            #expect(now?.headers["content-type"] == "application/json")
            #expect(await RawClient.request(listener.port, RawClient.get("/later"))?.text == "asynchronous")
        }
    }

    @Test("keeps a connection for many requests, pipelined ones too", arguments: [1, 3])
    func keepsAlive(threadCount: Int) async throws {
        try await withListener(HTTPServerSettings(threadCount: threadCount), handler: Self.echo) { listener in
            let port = listener.port
            let texts = await OwnThread.run(name: "client") {
                let client = RawClient(port: port)
                var texts = (0..<50).map { client.request(RawClient.post("/\($0)", "b\($0)"))?.text }
                client.send((50..<60).map { RawClient.get("/\($0)") }.joined())
                texts += (50..<60).map { _ in client.answer()?.text }
                return texts
            }
            #expect(texts == (0..<60).map { $0 < 50 ? "POST /\($0) [] none b\($0)" : "GET /\($0) [] none " })
        }
    }

    @Test("joins the chunks of a chunked body")
    func chunked() async throws {
        try await withListener(handler: Self.echo) { listener in
            let text =
                "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n"
            #expect(await RawClient.request(listener.port, text)?.text == "POST /c [] none hello world")
        }
    }

    @Test("carries a body of 10 MiB both ways")
    func largeBody() async throws {
        try await withListener(handler: { .response(HTTPServerResponse(status: 200, body: $0.body)) }) { listener in
            let port = listener.port
            let isSame = await OwnThread.run(name: "client") {
                let body = [UInt8]((0..<10 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
                let client = RawClient(port: port)
                client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.count)\r\n\r\n")
                client.send(body)
                return client.answer()?.body == body
            }
            #expect(isSame)
        }
    }

    @Test(
        "takes a body of exactly the limit and answers 413 to one byte more",
        arguments: [
            (1_000, false, 200), (1_001, false, 413), (1_000, true, 200), (1_001, true, 413), (500_000, true, 413),
        ]
    )
    func bodyLimit(length: Int, isChunked: Bool, status: Int) async throws {
        try await withListener(HTTPServerSettings(maximumBodyBytes: 1_000), handler: Self.echo) { listener in
            let body = String(repeating: "x", count: length)
            let text =
                isChunked
                ? "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\(String(length, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
                : RawClient.post("/", body)
            #expect(await RawClient.request(listener.port, text)?.status == status)
        }
    }

    @Test("closes a connection whose body goes on long after it was too long")
    func endlessBody() async throws {
        try await withListener(HTTPServerSettings(maximumBodyBytes: 1_000), handler: Self.echo) { listener in
            let chunk = "10000\r\n" + String(repeating: "x", count: 0x10000) + "\r\n"
            let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            // 4 MiB without an end: a server that reads for ever would leave this waiting for its timeout (EAGAIN).
            let (end, _) = await RawClient.end(listener.port, head + String(repeating: chunk, count: 64))
            #expect(end == .closed || end == .failed(ECONNRESET))
        }
    }

    @Test(
        "answers 431 to headers over the limit, whether just over or far over",
        arguments: [
            (1_024, 900, 200), (1_024, 1_100, 431), (1_024, 40_000, 431), (1_024, 200_000, 431),
            (1 << 18, 250_000, 200),
            (1 << 18, 270_000, 431), (1 << 18, 1_000_000, 431),
        ]
    )
    func headerLimit(limit: Int, length: Int, status: Int) async throws {
        try await withListener(HTTPServerSettings(maximumHeaderBytes: limit), handler: Self.echo) { listener in
            let header = "X-Long: \(String(repeating: "x", count: length))\r\n"
            #expect(await RawClient.request(listener.port, RawClient.get("/", headers: header))?.status == status)
        }
    }

    @Test(
        "survives foreign input",
        arguments: [
            "GARBAGE\r\n\r\n", "\r\n\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
            "GET /%00%ff%zz%?%=%00&&=&%f HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "GET http://x/y HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
            "GET / HTTP/1.1\r\nHost: h\r\n: empty\r\n\u{0}: x\r\nCookie: =;;\"=\r\n\r\n",
            "GET  HTTP/1.1\r\nHost: h\r\n\r\n",
        ]
    )
    func foreignInput(_ text: String) async throws {
        try await withListener(HTTPServerSettings(idleTimeout: .seconds(1)), handler: Self.echo) { listener in
            // Whatever it says to this client; the next one must be served.
            _ = await RawClient.end(listener.port, text)
            #expect(await RawClient.request(listener.port, RawClient.get("/next"))?.status == 200)
        }
    }

    @Test("survives valid requests with random changes", arguments: [1, 2, 3] as [UInt64])
    func randomChanges(seed: UInt64) async throws {
        let settings = HTTPServerSettings(maximumBodyBytes: 64, maximumHeaderBytes: 1_024, idleTimeout: .seconds(1))
        let immediate: HTTPImmediateHandler = {
            $0.body.isEmpty ? nil : .response(HTTPServerResponse(status: 200, body: $0.body))
        }
        try await withListener(settings, immediate: immediate, handler: Self.echo) { listener in
            let port = listener.port
            let isAlive = await OwnThread.run(name: "client") {
                var random = SplitMix(state: seed)
                let chunks = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
                let get = RawClient.get("/a%20b?c=d%26&e", headers: "Expect: 100-continue\r\nCookie: a=b; c=d\r\n")
                for _ in 0..<100 {
                    var bytes = Array((RawClient.post("/a/b?c", "hello") + chunks + get).utf8)
                    for _ in 0..<Int.random(in: 1...8, using: &random) {
                        let index = bytes.indices.randomElement(using: &random) ?? 0
                        switch Int.random(in: 0..<3, using: &random) {
                        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                        case 1: bytes.remove(at: index)
                        default: bytes.insert(contentsOf: bytes[index...].prefix(30), at: index)
                        }
                    }
                    let client = RawClient(port: port)
                    client.send(bytes)
                    client.endSending()
                    client.readToEnd()
                }
                return RawClient(port: port).request(RawClient.get("/alive"))?.status == 200
            }
            #expect(isAlive)
        }
    }

    @Test("keeps an encoded slash and a zero byte inside their part of the path")
    func pathSegments() async throws {
        let handler: HTTPServerHandler = { .response(.text(200, $0.pathSegments.joined(separator: "|"))) }
        try await withListener(handler: handler) { listener in
            let answer = await RawClient.request(listener.port, RawClient.get("/a%2Fb//c%00d/?q"))
            #expect(answer?.text == "a/b||c\u{0}d|")
        }
    }

    @Test(
        "sends 500 in place of an answer that HTTP does not allow",
        arguments: ["/status", "/break", "/zero", "/name"]
    )
    func badAnswer(path: String) async throws {
        let handler: HTTPServerHandler = { request in
            switch request.path {
            case "/status": .response(HTTPServerResponse(status: 99))
            case "/break": .response(HTTPServerResponse(status: 200, headers: [("X-A", "b\r\nX-C: d")]))
            case "/zero": .response(HTTPServerResponse(status: 200, headers: [("X-A", "b\u{0}c")]))
            default: .response(HTTPServerResponse(status: 200, headers: [("X\n", "b")]))
            }
        }
        try await withListener(handler: handler) { listener in
            #expect(await RawClient.request(listener.port, RawClient.get(path))?.status == 500)
        }
    }

    @Test("sets the length itself and sends no body where there is none")
    func lengths() async throws {
        let handler: HTTPServerHandler = { request in
            .response(
                HTTPServerResponse(
                    status: request.path == "/none" ? 204 : 200,
                    headers: [("content-length", "99")],
                    body: [65, 66]
                )
            )
        }
        try await withListener(handler: handler) { listener in
            let port = listener.port
            let (head, none, body) = await OwnThread.run(name: "client") {
                let client = RawClient(port: port)
                client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
                return (
                    client.answer(toHead: true), client.request(RawClient.get("/none")),
                    client.request(RawClient.get("/"))
                )
            }
            #expect(head?.headers["content-length"] == "2")
            #expect(none?.status == 204)
            #expect(body?.text == "AB")
        }
    }

    @Test("resets or closes the connection on purpose", arguments: [true, false])
    func endsOnPurpose(isAsynchronous: Bool) async throws {
        let reply: @Sendable (HTTPServerRequest) -> HTTPServerReply = { $0.path == "/reset" ? .reset : .close }
        let immediate: HTTPImmediateHandler = { isAsynchronous ? nil : reply($0) }
        try await withListener(immediate: immediate, handler: { reply($0) }) { listener in
            let reset = await RawClient.end(listener.port, RawClient.post("/reset", "body"))
            #expect(reset.end == .failed(ECONNRESET))
            #expect(reset.bytes.isEmpty)
            let close = await RawClient.end(listener.port, RawClient.post("/close", "body"))
            #expect(close.end == .closed)
            #expect(close.bytes.isEmpty)
        }
    }

    @Test("lets 50 delayed requests wait together, and others pass meanwhile", arguments: [1, 2])
    func delays(threadCount: Int) async throws {
        let gate = Gate()
        let handler: HTTPServerHandler = { request in
            if request.path != "/quick" { await gate.pass() }
            return .response(.text(200, request.path))
        }
        try await withListener(HTTPServerSettings(threadCount: threadCount), handler: handler) { listener in
            let port = listener.port
            let texts = await withTaskGroup(of: String?.self) { group in
                for index in 0..<50 {
                    group.addTask { await RawClient.request(port, RawClient.get("/\(index)"))?.text }
                }
                // All 50 are inside their handlers at the same time, and none of them holds up the next request.
                await gate.arrivals(50)
                let quick = await RawClient.request(port, RawClient.get("/quick"))?.text
                gate.open()
                var texts: [String?] = [quick]
                for await text in group { texts.append(text) }
                return texts
            }
            #expect(Set(texts) == Set(["/quick"] + (0..<50).map { "/\($0)" }))
        }
    }

    @Test("listens on IPv6 too")
    func listensOnIPv6() async throws {
        try await withListener(HTTPServerSettings(host: "::1"), handler: Self.echo) { listener in
            let port = listener.port
            let answer = await OwnThread.run(name: "client") {
                RawClient(port: port, isIPv6: true).request(RawClient.get("/6"))
            }
            #expect(answer?.text == "GET /6 [] none ")
        }
    }

    @Test("closes a silent connection after the idle timeout")
    func idle() async throws {
        try await withListener(HTTPServerSettings(idleTimeout: .milliseconds(1))) { listener in
            #expect(await RawClient.end(listener.port, "GET / HT").end == .closed)
        }
    }
}

/// Random numbers from a seed (SplitMix64).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
