import Foundation
import FoundationNetworking
import HTTPServer
import Synchronization
import Testing

@testable import BatchSimulator

@Suite("Simulator over sockets")
struct ServerTests {
    private struct Reply: Sendable {
        let status: Int
        let text: String
        let headers: [String: String]

        /// Numbers of an object such as `/__sim/stats`.
        func number(_ name: String) -> Int {
            let object = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
            return object?[name] as? Int ?? -1
        }
    }

    private static func send(
        _ server: SimulatorServer,
        _ method: String,
        _ path: String,
        _ body: String = "",
        key: String = "simulator-rest-key"
    ) async throws -> Reply {
        let url = try #require(URL(string: "http://127.0.0.1:\(server.port)\(path)"))
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.timeoutInterval = 20
        request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization")
        request.setValue("project_simulator", forHTTPHeaderField: "X-Batch-Project")
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        if method == "POST" { request.httpBody = Data(body.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        var headers: [String: String] = [:]
        for (name, value) in http.allHeaderFields { headers["\(name)".lowercased()] = "\(value)" }
        return Reply(status: http.statusCode, text: String(decoding: data, as: UTF8.self), headers: headers)
    }

    private static let update = "/2.11/profiles/update"

    private func withServer(
        _ settings: SimulatorSettings = SimulatorSettings(),
        onRejection: (@Sendable (SimulatorRejection) -> Void)? = nil,
        _ body: (SimulatorServer) async throws -> Void
    ) async throws {
        let server = try SimulatorServer(settings: settings, onRejection: onRejection)
        do { try await body(server) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test("answers, applies and shows what it applied")
    func round() async throws {
        var settings = SimulatorSettings()
        settings.update.burst = 2
        settings.retryAfterSeconds = 5
        try await withServer(settings) { server in
            let accepted = try await Self.send(server, "POST", Self.update, attributes("\"k\":1,\"B\":2"))
            #expect(accepted.status == 202)
            #expect(accepted.headers["content-type"] == "application/json")
            #expect(accepted.text.contains("attributes.key"))
            #expect(try await Self.send(server, "POST", Self.update, "[\(operation())]", key: "x").status == 401)
            #expect(try await Self.send(server, "POST", "/2.99/profiles/update").status == 404)
            let refused = try await Self.send(server, "POST", Self.update, list(3) { operation(id: "\($0)") })
            #expect(refused.status == 429)
            #expect(refused.headers["retry-after"] == "5")
            #expect(try await Self.send(server, "GET", "/2.11/audiences/list?limit=1").status == 200)
            let profile = try await Self.send(server, "GET", "/__sim/profile?id=u")
            #expect(
                profile.text
                    == "{\"custom_id\":\"u\",\"attributes\":{\"k\":{\"type\":\"integer\",\"value\":1}},\"event_count\":0}"
            )
            let stats = try await Self.send(server, "GET", "/__sim/stats")
            #expect(stats.number("updates_accepted") == 1)
            #expect(stats.number("calls") == 5)
            #expect(stats.number("last_answer_ms") >= stats.number("first_call_ms"))
            guard
                case .answer(let answer) = server.respond(to: SimulatorRequest(method: "GET", path: "/__sim/applied"))
                    .outcome
            else { return #expect(Bool(false)) }
            #expect(String(decoding: answer.body, as: UTF8.self).contains("\"custom_id\":\"u\""))
        }
    }

    @Test("finds a Custom ID of any characters")
    func encodedIdentifier() async throws {
        try await withServer { server in
            _ = try await Self.send(server, "POST", Self.update, "[\(operation(id: "é+b c@d&e/f"))]")
            let path = "/__sim/profile?id=%C3%A9%2Bb%20c%40d%26e%2Ff"
            let profile = try await Self.send(server, "GET", path)
            #expect(profile.status == 200)
        }
    }

    @Test("resets the connection before or after applying", arguments: ["reset_before_rate", "reset_after_rate"])
    func resets(name: String) async throws {
        try await withServer { server in
            _ = try await Self.send(server, "POST", "/__sim/faults", "{\"\(name)\":1}")
            let end = await RawCall.post(server.port, Self.update, "[\(operation())]")
            #expect(end == .reset)
            let stats = try await Self.send(server, "GET", "/__sim/stats")
            #expect(stats.number("resets") == 1)
            #expect((stats.number("updates_accepted") == 1) == (name == "reset_after_rate"))
        }
    }

    @Test("waits the latency with many calls at a time, and applies them before it")
    func latency() async throws {
        var settings = SimulatorSettings()
        settings.faults.latencyMilliseconds = 200...300
        try await withServer(settings) { server in
            let start = ContinuousClock.now
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<5 {
                    group.addTask {
                        try await Self.send(server, "POST", Self.update, "[\(operation(id: "\(index)"))]").status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses == [202, 202, 202, 202, 202])
            #expect(start.duration(to: .now) >= .milliseconds(200))
            let stats = try await Self.send(server, "GET", "/__sim/stats")
            #expect(stats.number("largest_in_flight") > 1)
            #expect(stats.number("concurrent_user_violations") == 0)
        }
    }

    @Test("counts two calls at a time for the same user")
    func violation() async throws {
        var settings = SimulatorSettings()
        settings.faults.latencyMilliseconds = 300...300
        try await withServer(settings) { server in
            async let first = Self.send(server, "POST", Self.update, "[\(operation())]")
            // The second goes out once the first is known to be in flight.
            var calls = 0
            while calls == 0 { calls = try await Self.send(server, "GET", "/__sim/stats").number("calls") }
            let second = try await Self.send(server, "POST", Self.update, "[\(operation())]")
            #expect(try await first.status == 202)
            #expect(second.status == 202)
            #expect(try await Self.send(server, "GET", "/__sim/stats").number("concurrent_user_violations") == 1)
        }
    }

    @Test("closes a call that is never answered after the longest silence, and stops with one open")
    func silence() async throws {
        var settings = SimulatorSettings()
        settings.silenceMilliseconds = 50
        settings.faults.failures = ["u": .silence]
        try await withServer(settings) { server in
            let end = await RawCall.post(server.port, Self.update, "[\(operation())]")
            #expect(end == .closed)
            let next = try await Self.send(server, "POST", Self.update, "[\(operation(id: "v"))]")
            #expect(next.status == 202)
        }
        settings.silenceMilliseconds = 3_600_000
        try await withServer(settings) { server in
            let call = Task { try await Self.send(server, "POST", Self.update, "[\(operation())]").status }
            var silences = 0
            while silences == 0 { silences = try await Self.send(server, "GET", "/__sim/stats").number("silences") }
            await server.stop()
            _ = await call.result
        }
    }

    @Test("tells its owner every rejection")
    func rejections() async throws {
        let rules = Mutex<[String]>([])
        let note: @Sendable (SimulatorRejection) -> Void = { rejection in
            rules.withLock { $0.append(rejection.rule.rawValue) }
        }
        try await withServer(onRejection: note) { server in
            _ = try await Self.send(server, "POST", Self.update, attributes("\"B\":1,\"c\":\"\""))
            _ = try await Self.send(server, "POST", Self.update, "{}")
        }
        #expect(rules.withLock { $0 } == ["attributes.key", "string.length", "call.root"])
    }

    @Test("answers a body above its cap as Batch does")
    func largeBody() async throws {
        var settings = SimulatorSettings()
        settings.maximumBodyBytes = 2_048
        try await withServer(settings) { server in
            let reply = try await Self.send(server, "POST", Self.update, text(3_000, " "))
            #expect(reply.status == 413)
            #expect(reply.text.contains("body.size"))
        }
    }

    @Test("refuses settings out of range with what is expected")
    func settings() async throws {
        var settings = SimulatorSettings()
        settings.update.burst = 0
        let expected = SimulatorServerError.settings(
            SimulatorSettingsError(key: "update.burst", value: "0", expected: "a whole number from 1 to 1000000000")
        )
        #expect(throws: expected) { try SimulatorServer(settings: settings) }
        #expect("\(expected)" == "simulator: update.burst: '0' is not a whole number from 1 to 1000000000")
        #expect(throws: SimulatorServerError.self) {
            try SimulatorServer(listening: HTTPServerSettings(threadCount: 0))
        }
    }
}
