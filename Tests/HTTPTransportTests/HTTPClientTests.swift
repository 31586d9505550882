import Foundation
import Glibc
import HTTPTransport
import Testing
import Threads

@Suite("HTTP client")
struct HTTPClientTests {
    @Test("sends a request as given and returns status, headers and body", arguments: [200, 202, 400, 429, 500])
    func exchange(status: Int) async throws {
        let server = ScriptedServer { connection in
            while connection.readRequest() != nil {
                connection.answer(status, ["Retry-After:  7 ", "X-Two: a", "x-two: b"], "hello")
            }
        }
        defer { server.stop() }
        let headers = try HTTPHeaderList([("Authorization", "Bearer s3cret"), ("Content-Type", "application/json")])
        let body = Array(#"{"a":1}"#.utf8)
        let completions = try await Exchange.run([HTTPRequest(url: server.url, headers: headers, body: body)])
        let completion = try #require(completions.first)
        let response = try #require(completion.response)
        #expect(response.status == status)
        #expect(response.body == Array("hello".utf8))
        #expect(response.header("retry-after") == "7")
        #expect(response.header("absent") == nil)
        #expect(response.headers.filter { $0.name.lowercased() == "x-two" }.map(\.value) == ["a", "b"])
        #expect(completion.bytesSent == body.count)
        #expect(completion.timing.total >= completion.timing.firstByte && completion.timing.firstByte > 0)
        let received = try #require(server.requests.first)
        #expect(received.head.hasPrefix("POST /in HTTP/1.1\r\n"))
        #expect(received.body == body)
        #expect(received.fields["authorization"] == "Bearer s3cret")
        #expect(received.fields["content-type"] == "application/json")
        #expect(received.fields["user-agent"] == "HTTPTransport")
        #expect(received.fields["expect"] == nil)
    }

    @Test("sends each method with what belongs to it", arguments: HTTPMethod.allCases)
    func methods(_ method: HTTPMethod) async throws {
        let server = ScriptedServer { connection in
            while connection.readRequest() != nil { connection.write("HTTP/1.1 204 None\r\n\r\n") }
        }
        defer { server.stop() }
        // The second request shows that nothing of the first stays in the reused handle.
        var settings = Exchange.settings
        settings.maximumConnections = 1
        let post = HTTPRequest(method: .put, url: server.url, body: Array("before".utf8))
        let request = HTTPRequest(method: method, url: server.url, body: Array("abc".utf8))
        let statuses = try await Exchange.with(settings) { client in
            [post, request, post].map { request in
                client.start(request, id: 1)
                return Exchange.finish(client).first?.response?.status
            }
        }
        #expect(statuses == [204, 204, 204])
        #expect(server.requests.count == 3)
        let received = try #require(server.requests.dropFirst().first)
        #expect(received.head.hasPrefix("\(method.rawValue) /in"))
        let hasBody = method != .get && method != .head
        #expect(received.body == (hasBody ? Array("abc".utf8) : []))
        #expect(received.fields["content-type"] == nil)
    }

    @Test("keeps a connection and uses it again")
    func keepAlive() async throws {
        let server = ScriptedServer { $0.answerAll() }
        defer { server.stop() }
        let url = server.url
        let reused = try await Exchange.with { client in
            (0..<20).compactMap { id -> Bool? in
                client.start(HTTPRequest(url: url, body: [1]), id: UInt64(id))
                return Exchange.finish(client).first?.reusedConnection
            }
        }
        #expect(reused == [false] + Array(repeating: true, count: 19))
        #expect(server.acceptCount == 1)
    }

    @Test("sends four requests at once")
    func parallel() async throws {
        let server = ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.waitForRequests(4)
            connection.answer()
        }
        defer { server.stop() }
        let completions = try await Exchange.run(Array(repeating: HTTPRequest(url: server.url, body: [1]), count: 4))
        #expect(completions.map { $0.response?.status } == [200, 200, 200, 200])
        #expect(server.acceptCount == 4)
    }

    @Test("opens no more connections than allowed; the other requests wait")
    func connectionLimit() async throws {
        let server = ScriptedServer { $0.answerAll() }
        defer { server.stop() }
        var settings = Exchange.settings
        settings.maximumConnections = 2
        let requests = Array(repeating: HTTPRequest(url: server.url, body: [1]), count: 10)
        let completions = try await Exchange.run(requests, settings: settings)
        #expect(completions.compactMap { $0.response?.status }.count == 10)
        #expect(server.acceptCount <= 2)
    }

    @Test("sends a body of 5 MB unchanged")
    func largeBody() async throws {
        let server = ScriptedServer { $0.answerAll() }
        defer { server.stop() }
        let body = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        let completions = try await Exchange.run([HTTPRequest(url: server.url, body: body)])
        #expect(completions.first?.response?.status == 200)
        #expect(completions.first?.bytesSent == body.count)
        #expect(server.requests.first?.body == body)
    }

    @Test("reads a chunked answer behind an interim one, and only the last block of headers")
    func interimAnswer() async throws {
        let server = ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write("HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Late: 2\r\n")
            connection.write("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        }
        defer { server.stop() }
        let response = try #require(try await Exchange.run([HTTPRequest(url: server.url)]).first?.response)
        #expect(response.body == Array("abcde".utf8))
        #expect(response.header("X-Early") == nil)
        #expect(response.header("X-Late") == "2")
    }

    @Test("does not follow a redirect")
    func redirect() async throws {
        let server = ScriptedServer { connection in
            while connection.readRequest() != nil { connection.answer(307, ["Location: /elsewhere"]) }
        }
        defer { server.stop() }
        let completions = try await Exchange.run([HTTPRequest(url: server.url, body: [1])])
        #expect(completions.first?.response?.status == 307)
        #expect(server.requests.count == 1)
    }

    @Test("sends a request again by itself when a kept connection turns out to be dead")
    func deadConnection() async throws {
        let server = ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer()
            // The second request on this connection is read and never answered.
            if connection.readRequest() != nil { connection.reset() }
        }
        defer { server.stop() }
        let url = server.url
        let body = [UInt8](repeating: 7, count: 200_000)
        let second = try await Exchange.with { client in
            client.start(HTTPRequest(url: url, body: body), id: 1)
            _ = Exchange.finish(client)
            client.start(HTTPRequest(url: url, body: body), id: 2)
            return Exchange.finish(client).first
        }
        #expect(second?.response?.status == 200)
        #expect(server.requests.map(\.body) == [body, body, body])
    }

    @Test("a wake-up from another thread ends a long poll at once, and one before a poll ends the next")
    func wakeup() async throws {
        let waits = try await Exchange.with { client in
            let waker = client.waker
            client.waker.wakeup()
            client.waker.wakeup()
            var waits: [Int64] = []
            var began = Clocks.bootNanoseconds
            _ = client.poll(timeout: .seconds(30))
            waits.append(Clocks.bootNanoseconds - began)
            for _ in 0..<50 {
                began = Clocks.bootNanoseconds
                OwnThread.start(name: "waker") { waker.wakeup() }
                _ = client.poll(timeout: .seconds(30))
                waits.append(Clocks.bootNanoseconds - began)
            }
            return waits
        }
        #expect(waits.count == 51)
        #expect(waits.allSatisfy { $0 < 5_000_000_000 })
    }

    @Test("a waker outlives its client")
    func lateWakeup() async throws {
        let waker = try await Exchange.with { $0.waker }
        waker.wakeup()
    }

    @Test(
        "ten thousand requests leave no memory and no descriptors behind",
        .disabled(if: Resources.isAddressSanitized, "the address sanitizer keeps freed memory")
    )
    func growth() async {
        // A process of its own: other tests run at the same time in this one.
        await #expect(processExitsWith: .success) {
            let server = ScriptedServer { $0.answerAll() }
            let url = server.url
            let isSteady = try await Exchange.with { client in
                guard let headers = try? HTTPHeaderList([("Content-Type", "application/json")]) else { return false }
                let request = HTTPRequest(url: url, headers: headers, body: [UInt8](repeating: 0x20, count: 2_000))
                guard Exchange.repeating(request, count: 2_000, with: client) == 2_000 else { return false }
                let (bytes, descriptors) = (Resources.residentBytes, Resources.descriptorCount)
                guard Exchange.repeating(request, count: 10_000, with: client) == 10_000 else { return false }
                return Resources.residentBytes - bytes < 1 << 20 && Resources.descriptorCount <= descriptors
            }
            server.stop()
            #expect(isSteady)
            #expect(server.acceptCount <= 4)
        }
    }
}

enum Resources {
    static var isAddressSanitized: Bool { dlsym(nil, "__asan_init") != nil }

    static var residentBytes: Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        return (Int(text.split(separator: " ")[1]) ?? 0) * 4_096
    }

    static var descriptorCount: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }
}
