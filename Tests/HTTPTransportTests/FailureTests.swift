import HTTPTransport
import Testing
import Threads

struct HeadCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
}

@Suite("HTTP client: failures")
struct FailureTests {
    @Test("times out while the server thinks, and says that it has the request")
    func timeout() async throws {
        let server = ScriptedServer { connection in
            _ = connection.readRequest()
            _ = connection.receive()
        }
        defer { server.stop() }
        var settings = Exchange.settings
        settings.timeout = .milliseconds(200)
        let completion = try #require(
            try await Exchange.run([HTTPRequest(url: server.url, body: [1])], settings: settings).first
        )
        #expect(completion.error?.reason == .timeout)
        #expect(completion.error?.serverMayHaveActed == true)
        #expect(completion.error?.isTransient == true)
        #expect(completion.timing.total >= 150_000_000 && completion.timing.total < 5_000_000_000)
    }

    @Test("times out in the TLS handshake, and says that the server has nothing")
    func handshakeTimeout() async throws {
        let server = ScriptedServer { connection in while connection.receive() {} }
        defer { server.stop() }
        var settings = Exchange.settings
        settings.connectTimeout = .milliseconds(200)
        let request = HTTPRequest(url: "https://127.0.0.1:\(server.port)/", body: [1])
        let error = try #require(try await Exchange.run([request], settings: settings).first?.error)
        #expect(error.reason == .timeout)
        #expect(!error.serverMayHaveActed)
    }

    @Test("a refused connection")
    func refused() async throws {
        let request = HTTPRequest(url: "http://127.0.0.1:\(LocalSocket.closedPort())/secret-path", body: [1])
        let error = try #require(try await Exchange.run([request]).first?.error)
        #expect(error.reason == .couldNotConnect)
        #expect(!error.serverMayHaveActed && error.isTransient)
        #expect(error.description.hasPrefix("POST http://127.0.0.1:"))
        #expect(!error.description.contains("secret-path"))
    }

    @Test("a name that does not exist")
    func unknownName() async throws {
        // A label of 64 letters is too long for DNS: the resolver refuses it without asking anybody.
        let request = HTTPRequest(url: "http://\(String(repeating: "a", count: 64)).invalid/", body: [1])
        let error = try #require(try await Exchange.run([request]).first?.error)
        #expect(error.reason == .couldNotResolve)
        #expect(!error.serverMayHaveActed)
    }

    @Test("a reset or an end in the middle of the answer", arguments: [true, false])
    func brokenAnswer(isReset: Bool) async throws {
        let server = ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
            if isReset { connection.reset() }
        }
        defer { server.stop() }
        let error = try #require(try await Exchange.run([HTTPRequest(url: server.url, body: [1])]).first?.error)
        #expect(error.reason == .connectionClosed)
        #expect(error.serverMayHaveActed)
    }

    @Test("an end without any answer on a new connection")
    func noAnswer() async throws {
        let server = ScriptedServer { _ = $0.readRequest() }
        defer { server.stop() }
        let error = try #require(try await Exchange.run([HTTPRequest(url: server.url, body: [1])]).first?.error)
        #expect(error.reason == .connectionClosed)
        #expect(error.serverMayHaveActed)
        #expect(server.requests.count == 1)
    }

    @Test(
        "an answer that is too large is broken off",
        arguments: [
            HeadCase(testDescription: "a length", text: "Content-Length: 900000000\r\n\r\n"),
            HeadCase(testDescription: "chunks", text: "Transfer-Encoding: chunked\r\n\r\n"),
            HeadCase(testDescription: "until the end of the connection", text: "\r\n"),
            HeadCase(
                testDescription: "headers alone",
                text: String(repeating: "X-Filler: \(String(repeating: "x", count: 500))\r\n", count: 400)
            ),
        ]
    )
    func tooLarge(head: HeadCase) async throws {
        let server = ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\n" + head.text)
            for _ in 0..<200 {
                connection.write("1000\r\n" + String(repeating: "x", count: 4_096) + "\r\n")
            }
        }
        defer { server.stop() }
        var settings = Exchange.settings
        settings.maximumResponseBytes = 100_000
        let error = try #require(
            try await Exchange.run([HTTPRequest(url: server.url, body: [1])], settings: settings).first?.error
        )
        #expect(error.reason == .responseTooLarge(maximumBytes: 100_000))
        #expect(error.serverMayHaveActed && !error.isTransient)
    }

    @Test("a cancelled request ends once, its connection closes, and the client goes on")
    func cancellation() async throws {
        let server = ScriptedServer { connection in
            guard let request = connection.readRequest() else { return }
            if request.body == [1] { _ = connection.receive() } else { connection.answer() }
        }
        defer { server.stop() }
        let url = server.url
        let (first, second) = try await Exchange.with { client in
            client.start(HTTPRequest(url: url, body: [1]), id: 1)
            while server.requests.isEmpty { _ = client.poll(timeout: .milliseconds(5)) }
            client.cancel(id: 1)
            client.cancel(id: 1)
            client.cancel(id: 99)
            let first = Exchange.finish(client)
            server.wait { _, _, ended in ended == 1 }
            client.start(HTTPRequest(url: url, body: [2]), id: 1)
            return (first, Exchange.finish(client))
        }
        #expect(first.map { $0.error?.reason } == [.cancelled])
        #expect(first.first?.error?.serverMayHaveActed == true)
        #expect(server.endedCount >= 1)
        #expect(second.map { $0.response?.status } == [200])
    }

    @Test("a client that goes away closes its connections, requests in flight included")
    func clientGoes() async throws {
        let server = ScriptedServer { connection in
            _ = connection.readRequest()
            while connection.receive() {}
        }
        defer { server.stop() }
        let url = server.url
        try await Exchange.with { client in
            for id in 0..<3 { client.start(HTTPRequest(url: url, body: [1]), id: UInt64(id)) }
            while server.requests.count < 3 { _ = client.poll(timeout: .milliseconds(5)) }
        }
        let isClosed = await OwnThread.run(name: "wait") { server.wait { _, _, ended in ended == 3 } }
        #expect(isClosed)
    }

    @Test(
        "refuses headers that could end a line or belong to the transport",
        arguments: [
            ("X-A", "a\r\nX-B: b"), ("X-A", "a\n"), ("X-A", "a\u{0}"), ("X-A\r\nX-B", "b"), ("X A", "b"), ("", "b"),
            ("X-A:", "b"), ("Content-Length", "5"), ("transfer-encoding", "chunked"), ("Expect", "100-continue"),
        ]
    )
    func headerInjection(name: String, value: String) {
        #expect { try HTTPHeaderList([(name, value)]) } throws: { error in
            guard case .invalidRequest? = (error as? HTTPTransportError)?.reason else { return false }
            return !"\(error)".contains("X-B: b") && !"\(error)".contains("\n")
        }
    }

    @Test("headers show their names and never their values")
    func headersAreNotShown() throws {
        let headers = try HTTPHeaderList([("Authorization", "Bearer s3cret")])
        var dumped = ""
        dump(headers, to: &dumped)
        for text in ["\(headers)", String(reflecting: headers), dumped] {
            #expect(!text.contains("s3cret"))
            #expect(text.contains("Authorization"))
        }
    }

    @Test(
        "refuses addresses that are not plain http or https, without showing them",
        arguments: [
            "ftp://example.com/", "file:///etc/passwd", "/in", "", "http://", "http://user:s3cret@example.com/",
            "http://example.com/\r\nX-B: b", "http://example.com/a b",
        ]
    )
    func addresses(url: String) async throws {
        let error = try #require(try await Exchange.run([HTTPRequest(url: url)]).first?.error)
        guard case .invalidRequest = error.reason else {
            Issue.record("\(error)")
            return
        }
        #expect(!error.description.contains("s3cret"))
        #expect(!error.serverMayHaveActed)
    }

    @Test("refuses settings out of their range")
    func settings() async throws {
        var cases: [HTTPClientSettings] = []
        for change in [
            { $0.timeout = .zero }, { $0.connectTimeout = .seconds(-1) }, { $0.maximumResponseBytes = 0 },
            { $0.maximumConnections = 0 }, { $0.sendBufferBytes = 0 }, { $0.userAgent = "a\r\nX: y" },
            { $0.caFile = "/nonexistent/ca.pem" },
        ] as [(inout HTTPClientSettings) -> Void] {
            var settings = Exchange.settings
            change(&settings)
            cases.append(settings)
        }
        for settings in cases {
            await #expect(throws: HTTPTransportError.self) { try await Exchange.with(settings) { _ in } }
        }
    }
}
