import Glibc
import Testing
import Threads

@testable import HTTPServer

@Suite("Stopping a listener", .timeLimit(.minutes(2)))
struct StopTests {
    @Test("answers waiting requests with 503, cancels their handlers and ends open streams", arguments: [1, 2])
    func stopsWhileWaiting(threadCount: Int) async throws {
        let inside = Gate()
        let cancelled = Gate()
        let stream = HTTPEventStream()
        let handler: HTTPServerHandler = { request in
            if request.path == "/events" { return .events(stream) }
            await withTaskCancellationHandler {
                await inside.pass()
            } onCancel: {
                inside.open()
            }
            await cancelled.pass()
            return .response(.text(200, "too late"))
        }
        let listener = try HTTPListener(settings: HTTPServerSettings(threadCount: threadCount), handler: handler)
        let port = listener.port
        let streaming = Gate()
        async let events = OwnThread.run(name: "client") {
            let client = RawClient(port: port)
            client.send(RawClient.get("/events"))
            let hasHead = client.readUntil("\r\n\r\n")
            streaming.open()
            return hasHead && client.readUntil("\r\n0\r\n\r\n")
        }
        async let first = RawClient.request(port, RawClient.get("/1"))
        async let second = RawClient.request(port, RawClient.post("/2", "body"))
        await inside.arrivals(2)
        await streaming.pass()
        await listener.stop()
        #expect(await first?.status == 503)
        #expect(await second?.status == 503)
        #expect(await events)
        await stream.waitUntilClosed()
        await cancelled.arrivals(2)
        cancelled.open()
        #expect(await RawClient.end(port, RawClient.get("/")).end == .failed(ECONNREFUSED))
    }

    @Test("does not wait for ever for a client that does not finish its request")
    func unfinishedRequest() async throws {
        let listener = try HTTPListener { _ in .close }
        let port = listener.port
        let connected = Gate()
        async let end = OwnThread.run(name: "client") {
            let client = RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            _ = client.readUntil("100 Continue")
            connected.open()
            client.readToEnd()
            return client.end
        }
        await connected.pass()
        await listener.stop(drainLimit: .milliseconds(20))
        #expect(await end == .closed)
    }

    @Test("can be asked for several times, also at once")
    func repeated() async throws {
        let listener = try HTTPListener { _ in .close }
        async let first: Void = listener.stop()
        async let second: Void = listener.stop()
        _ = await (first, second)
        await listener.stop()
    }

    @Test("happens by itself when a listener is forgotten")
    func forgotten() async throws {
        let stream = HTTPEventStream()
        var listener: HTTPListener? = try HTTPListener { _ in .events(stream) }
        let port = try #require(listener?.port)
        let client = await OwnThread.run(name: "client") {
            let client = RawClient(port: port)
            client.send(RawClient.get("/"))
            _ = client.readUntil("\r\n\r\n")
            return UncheckedBox(client)
        }
        listener = nil
        await stream.waitUntilClosed()
        #expect(listener == nil)
        await OwnThread.run(name: "client") { client.value.readToEnd() }
        #expect(client.value.end == .closed)
    }

    @Test("works 30 times on one port under load")
    func rounds() async throws {
        let handler: HTTPServerHandler = { request in
            if request.path == "/events" { return .events(HTTPEventStream()) }
            await Task.yield()
            return .response(.text(200, "ok"))
        }
        let immediate: HTTPImmediateHandler = { $0.path == "/now" ? .response(.text(200, "ok")) : nil }
        var port: UInt16 = 0
        for round in 0..<30 {
            let settings = HTTPServerSettings(port: port, threadCount: 1 + round % 2)
            let listener = try HTTPListener(settings: settings, immediate: immediate, handler: handler)
            port = listener.port
            let target = port
            let progress = Gate()
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<12 {
                    group.addTask {
                        await OwnThread.run(name: "client") {
                            // Until the server is gone; every answer in between must be a whole one.
                            let path = ["/now", "/later", "/events"][index % 3]
                            let client = RawClient(port: target)
                            client.send(RawClient.get(path))
                            _ = client.readUntil("HTTP/1.1 ")
                            progress.signal()
                            while path != "/events", client.request(RawClient.get(path)) != nil {}
                            client.readToEnd()
                        }
                    }
                }
                await progress.arrivals(12)
                await listener.stop()
            }
        }
        #expect(await RawClient.end(port, RawClient.get("/")).end == .failed(ECONNREFUSED))
    }
}

/// Carries a client from one thread to the next; the test never uses it on two at once.
private struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}
