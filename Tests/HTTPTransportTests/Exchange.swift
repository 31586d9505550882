import HTTPTransport
import Threads

/// Runs the blocking client on a thread of its own.
enum Exchange {
    static var settings: HTTPClientSettings {
        var settings = HTTPClientSettings()
        settings.usesEnvironmentProxy = false
        settings.timeout = .seconds(10)
        return settings
    }

    /// Starts all requests and polls until each has ended, at most twenty seconds.
    static func run(
        _ requests: [HTTPRequest],
        settings: HTTPClientSettings = Exchange.settings
    ) async throws -> [HTTPCompletion] {
        try await with(settings) { client in
            for (index, request) in requests.enumerated() { client.start(request, id: UInt64(index)) }
            return finish(client)
        }.sorted { $0.id < $1.id }
    }

    /// Lends a client to `body` on a thread of its own.
    static func with<Value: Sendable>(
        _ settings: HTTPClientSettings = Exchange.settings,
        _ body: @escaping @Sendable (HTTPClient) -> Value
    ) async throws -> Value {
        try await OwnThread.run(name: "http-test") { () -> Result<Value, HTTPTransportError> in
            do throws(HTTPTransportError) {
                return .success(body(try HTTPClient(settings: settings)))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    /// Polls until nothing is in flight, at most twenty seconds.
    static func finish(_ client: HTTPClient) -> [HTTPCompletion] {
        let limit = Clocks.bootNanoseconds + 20_000_000_000
        var completions: [HTTPCompletion] = []
        while client.inFlightCount > 0, Clocks.bootNanoseconds < limit {
            completions += client.poll(timeout: .milliseconds(100))
        }
        return completions
    }

    /// Sends a request many times, four at once.
    ///
    /// - Returns: how many were answered with 200.
    static func repeating(_ request: HTTPRequest, count: Int, with client: HTTPClient) -> Int {
        let limit = Clocks.bootNanoseconds + 60_000_000_000
        var (started, done, answered) = (0, 0, 0)
        while done < count, Clocks.bootNanoseconds < limit {
            while started < count, started - done < 4 {
                client.start(request, id: UInt64(started))
                started += 1
            }
            for completion in client.poll(timeout: .seconds(1)) {
                done += 1
                if completion.response?.status == 200 { answered += 1 }
            }
        }
        return answered
    }
}

extension HTTPCompletion {
    var response: HTTPResponse? { try? result.get() }

    var error: HTTPTransportError? {
        guard case .failure(let error) = result else { return nil }
        return error
    }
}
