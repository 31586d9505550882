import Testing
import Threads

@testable import HTTPServer

@Suite("Event streams", .timeLimit(.minutes(2)))
struct EventStreamTests {
    @Test(
        "encodes an event so that no text can forge another",
        arguments: [
            (nil, "a", "data: a\n\n"), ("tick", "a", "event: tick\ndata: a\n\n"), (nil, "", "data: \n\n"),
            (nil, "a\nb\r\nc\rd", "data: a\ndata: b\ndata: c\ndata: d\n\n"),
            ("x\ndata: y\r", "a", "event: x data: y \ndata: a\n\n"),
            (nil, "a\n\nb", "data: a\ndata: \ndata: b\n\n"), (nil, "a\r\r\n", "data: a\ndata: \ndata: \n\n"),
        ] as [(String?, String, String)]
    )
    func encodes(event: String?, data: String, text: String) {
        #expect(String(decoding: HTTPEventStream.encode(event: event, data: data), as: UTF8.self) == text)
    }

    @Test("takes what fits into its buffer and refuses the rest")
    func bounded() {
        let stream = HTTPEventStream(bufferLimitBytes: 1_024)
        let data = String(repeating: "x", count: 92)  // 100 bytes encoded
        let taken = (0..<20).map { _ in stream.send(data: data) }
        #expect(taken == (0..<20).map { $0 < 10 })
        #expect(stream.isOpen)
        stream.finish()
        #expect(!stream.send(data: ""))
        #expect(!stream.isOpen)
    }

    @Test("brings events to the client, before and after the reply, until it is finished", arguments: [false, true])
    func delivers(isImmediate: Bool) async throws {
        let stream = HTTPEventStream()
        stream.send(event: "first", data: "1")
        let immediate: HTTPImmediateHandler = { _ in isImmediate ? .events(stream) : nil }
        try await withListener(immediate: immediate, handler: { _ in .events(stream) }) { listener in
            let port = listener.port
            let text = await OwnThread.run(name: "client") {
                let client = RawClient(port: port)
                client.send(RawClient.get("/events"))
                // Each event arrives on its own, so nothing waits for a buffer to fill.
                guard client.readUntil("event: first\ndata: 1\n\n") else { return "no first event" }
                for index in 2..<200 {
                    stream.send(data: "\(index)")
                    guard client.readUntil("data: \(index)\n\n") else { return "no event \(index)" }
                }
                stream.send(event: "last", data: "end")
                stream.finish()
                guard client.readUntil("\r\n0\r\n\r\n") else { return "no end" }
                return String(decoding: client.buffer, as: UTF8.self)
            }
            #expect(text.hasPrefix("HTTP/1.1 200"))
            #expect(text.contains("Content-Type: text/event-stream\r\n"))
            #expect(text.contains("event: last\ndata: end\n\n"))
            await stream.waitUntilClosed()
            #expect(!stream.send(data: "late"))
        }
    }

    @Test("sends the head of the answer before the first event")
    func headFirst() async throws {
        let stream = HTTPEventStream()
        let settings = HTTPServerSettings(heartbeatInterval: .seconds(3_600))
        try await withListener(settings, handler: { _ in .events(stream) }) { listener in
            let port = listener.port
            let hasHead = await OwnThread.run(name: "client") {
                let client = RawClient(port: port)
                client.send(RawClient.get("/events"))
                return client.readUntil("\r\n\r\n")
            }
            #expect(hasHead)
        }
    }

    @Test("notices by heartbeats that the client has left")
    func disconnect() async throws {
        let stream = HTTPEventStream()
        let settings = HTTPServerSettings(heartbeatInterval: .milliseconds(20))
        try await withListener(settings, handler: { _ in .events(stream) }) { listener in
            let port = listener.port
            let hasHeartbeat = await OwnThread.run(name: "client") {
                let client = RawClient(port: port)
                client.send(RawClient.get("/events"))
                return client.readUntil(":\n\n")
            }
            #expect(hasHeartbeat)
            await stream.waitUntilClosed()
            // The listener keeps nothing of a stream that is over.
            #expect(listener.core.openCount == 0)
            #expect(!stream.isOpen)
            #expect(!stream.send(data: "x"))
        }
    }

    @Test("bounds what waits for a client that does not read, and serves others meanwhile")
    func slowClient() async throws {
        let stream = HTTPEventStream(bufferLimitBytes: 64 << 10)
        let immediate: HTTPImmediateHandler = { $0.path == "/events" ? .events(stream) : .response(.text(200, "")) }
        try await withListener(immediate: immediate) { listener in
            let port = listener.port
            let (sent, other, received) = await OwnThread.run(name: "client") { () -> (Int, RawClient.Answer?, Int) in
                let client = RawClient(port: port)
                client.send(RawClient.get("/events"))
                guard client.readUntil("\r\n\r\n") else { return (0, nil, 0) }
                let data = String(repeating: "#", count: 1_000)
                var sent = 0
                // The system's socket buffers take some megabytes; then the stream must refuse.
                while sent < 100_000, stream.send(data: data) { sent += 1 }
                let other = RawClient(port: port).request(RawClient.get("/other"))
                stream.finish()
                client.readToEndOfChunks()
                return (sent, other, client.buffer.count(where: { $0 == UInt8(ascii: "#") }))
            }
            #expect(sent > 50 && sent < 100_000)
            #expect(other?.status == 200)
            #expect(received == sent * 1_000)
        }
    }

    @Test("serves a stream once; a second use is a mistake that gets 500")
    func secondUse() async throws {
        let stream = HTTPEventStream()
        try await withListener(handler: { _ in .events(stream) }) { listener in
            let port = listener.port
            let status = await OwnThread.run(name: "client") {
                let first = RawClient(port: port)
                first.send(RawClient.get("/"))
                guard first.readUntil("\r\n\r\n") else { return 0 }
                return RawClient(port: port).request(RawClient.get("/"))?.status ?? 0
            }
            #expect(status == 500)
        }
    }

    @Test("is over when the client only asked for the head")
    func head() async throws {
        let stream = HTTPEventStream()
        try await withListener(handler: { _ in .events(stream) }) { listener in
            let (end, bytes) = await RawClient.end(
                listener.port,
                "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            )
            #expect(end == .closed)
            #expect(bytes.starts(with: Array("HTTP/1.1 200".utf8)))
            await stream.waitUntilClosed()
        }
    }
}
