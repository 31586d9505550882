import Foundation
import Glibc
import HTTPTransport
import Testing
import Threads

@Suite("HTTP client: not one byte after the last moment")
struct LeaseTests {
    @Test("a request whose last moment has passed at its start sends nothing, on a new and on a kept connection")
    func passedBefore() async throws {
        let server = ScriptedServer { $0.answerAll() }
        defer { server.stop() }
        let url = server.url
        let (reasons, byteCount) = try await Exchange.with { client in
            var reasons: [HTTPTransportError.Reason?] = []
            let late = HTTPRequest(url: url, body: [1], notAfter: Clocks.bootNanoseconds - 1)
            client.start(late, id: 1)
            reasons += Exchange.finish(client).map { $0.error?.reason }
            client.start(HTTPRequest(url: url, body: [2]), id: 2)
            reasons += Exchange.finish(client).map { $0.error?.reason }
            let byteCount = server.byteCount
            client.start(late, id: 3)
            reasons += Exchange.finish(client).map { $0.error?.reason }
            return (reasons, byteCount)
        }
        #expect(reasons == [.notWritten, nil, .notWritten])
        #expect(server.requests.map(\.body) == [[2]])
        // The client is gone, so the server has read all that was ever sent.
        await OwnThread.run(name: "wait") { _ = server.wait { accepted, _, ended in accepted == ended } }
        #expect(server.byteCount == byteCount)
    }

    @Test("a request whose last moment is far away is sent")
    func inTime() async throws {
        let server = ScriptedServer { $0.answerAll() }
        defer { server.stop() }
        for moment in [Clocks.bootNanoseconds + 60_000_000_000, Int64.max] {
            let completions = try await Exchange.run([HTTPRequest(url: server.url, body: [1], notAfter: moment)])
            #expect(completions.first?.response?.status == 200)
        }
    }

    @Test("a last moment that passes in the TLS handshake ends the request there and then")
    func passesWhileConnecting() async throws {
        let server = ScriptedServer { connection in while connection.receive() {} }
        defer { server.stop() }
        let url = "https://127.0.0.1:\(server.port)/"
        let completion = try await Exchange.with { client in
            client.start(HTTPRequest(url: url, body: [1], notAfter: Clocks.bootNanoseconds + 100_000_000), id: 1)
            return Exchange.finish(client).first
        }
        #expect(completion?.error?.reason == .notWritten)
        #expect(completion?.error?.serverMayHaveActed == false)
        #expect((completion?.timing.total ?? 0) < 5_000_000_000)
    }

    @Test("an answer that is awaited when the last moment passes is still taken")
    func passesWhileWaiting() async throws {
        let server = ScriptedServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.server.wait(untilBoot: Clocks.bootNanoseconds + 300_000_000)
            connection.answer()
        }
        defer { server.stop() }
        let url = server.url
        let completion = try await Exchange.with { client in
            client.start(HTTPRequest(url: url, body: [1], notAfter: Clocks.bootNanoseconds + 150_000_000), id: 1)
            return Exchange.finish(client).first
        }
        #expect(completion?.response?.status == 200)
    }

    @Test(
        "a body of which the rest is with curl, or still with us, is not finished",
        arguments: [0, 1, 20_000, 3_000_000]
    )
    func passesWhileWriting(excessBytes: Int) async throws {
        // The server reads nothing before the gate opens, so that the kernel's buffers fill up.
        let server = ScriptedServer(receiveBufferBytes: 4_096) { connection in
            connection.server.waitAtGate()
            _ = connection.readRequest()
        }
        defer { server.stop() }
        let url = server.url
        let outcome = try await Exchange.with { client -> HTTPCompletion? in
            // How much the kernel takes from a request that nobody reads, so that the second one ends just beyond.
            client.start(HTTPRequest(url: url, body: [UInt8](repeating: 1, count: 8_000_000)), id: 1)
            _ = client.poll(timeout: .milliseconds(200))
            client.cancel(id: 1)
            guard let capacity = Exchange.finish(client).first?.bytesSent else { return nil }
            let body = [UInt8](repeating: 2, count: capacity + excessBytes)
            let deadline = Clocks.bootNanoseconds + 1_000_000_000
            client.start(HTTPRequest(url: url, body: body, notAfter: deadline), id: 2)
            let early = client.poll(timeout: .milliseconds(200))
            // From here this thread does not poll, as if the process were stopped, until the server has made room.
            server.wait(untilBoot: deadline)
            server.openGate()
            server.wait(untilReadByteCount: 600_000)
            return (early + Exchange.finish(client)).first
        }
        let completion = try #require(outcome)
        await OwnThread.run(name: "wait") { _ = server.wait { accepted, _, ended in accepted == ended } }
        // Either the kernel had all of it before the last moment, or the server never gets a whole request.
        if completion.error?.reason == .notWritten {
            #expect(server.requests.isEmpty)
            #expect(completion.error?.serverMayHaveActed == false)
        } else {
            #expect(completion.error?.serverMayHaveActed == true)
            #expect(excessBytes < 3_000_000)
        }
    }

    @Test("what curl has taken of a body and not yet written is not written either")
    func passesInsideCurl() async throws {
        let server = ScriptedServer(receiveBufferBytes: 4_096) { connection in
            connection.server.waitAtGate()
            _ = connection.readRequest()
        }
        defer { server.stop() }
        let url = server.url
        var settings = Exchange.settings
        settings.sendBufferBytes = 4_096
        settings.timeout = .seconds(5)
        let outcome = try await Exchange.with(settings) { client -> HTTPCompletion? in
            let deadline = Clocks.bootNanoseconds + 1_000_000_000
            // curl takes a body of this size at once, and the kernel much less.
            client.start(HTTPRequest(url: url, body: [UInt8](repeating: 2, count: 60_000), notAfter: deadline), id: 1)
            let early = client.poll(timeout: .milliseconds(100))
            server.wait(untilBoot: deadline)
            server.openGate()
            server.wait(untilReadByteCount: 2_000)
            return (early + Exchange.finish(client)).first
        }
        let completion = try #require(outcome)
        await OwnThread.run(name: "wait") { _ = server.wait { accepted, _, ended in accepted == ended } }
        #expect(completion.error?.reason == .notWritten)
        #expect(completion.error?.serverMayHaveActed == false)
        #expect(server.requests.isEmpty)
        #expect(server.byteCount < 60_000)
    }

    @Test("a process that is stopped with SIGSTOP in the middle of a body does not finish it afterwards")
    func stoppedProcess() async throws {
        let server = ScriptedServer(receiveBufferBytes: 4_096) { connection in
            // The child tells its process and its last moment in the headers.
            while connection.readHead() == nil { guard connection.receive() else { return } }
            guard let fields = connection.readHead()?.fields, let process = pid_t(fields["x-process"] ?? ""),
                let deadline = Int64(fields["x-deadline"] ?? "")
            else { return }
            kill(process, SIGSTOP)
            connection.server.wait(untilBoot: deadline + 50_000_000)
            kill(process, SIGCONT)
            _ = connection.readRequest()
        }
        defer { server.stop() }
        await #expect(processExitsWith: .exitCode(17)) { [url = server.url as String] in
            let reason = try await Exchange.with { client -> HTTPTransportError.Reason? in
                let deadline = Clocks.bootNanoseconds + 4_000_000_000
                let fields = [("X-Process", "\(getpid())"), ("X-Deadline", "\(deadline)")]
                guard let headers = try? HTTPHeaderList(fields) else { return nil }
                let body = [UInt8](repeating: 1, count: 8_000_000)
                client.start(HTTPRequest(url: url, headers: headers, body: body, notAfter: deadline), id: 1)
                return Exchange.finish(client).first?.error?.reason
            }
            exit(reason == .notWritten ? 17 : 1)
        }
        await OwnThread.run(name: "wait") { _ = server.wait { accepted, _, ended in accepted == 1 && ended == 1 } }
        #expect(server.acceptCount == 1)
        #expect(server.requests.isEmpty)
    }
}
