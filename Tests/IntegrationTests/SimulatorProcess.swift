import Foundation
import HTTPTransport
import TestSupport
import Threads

/// `batchrelay simulate` as a process of its own, on a port that the system chose.
struct SimulatorProcess: Sendable {
    static let restKey = "simulator-rest-key"
    static let projectKey = "project_simulator"

    /// The address that it printed.
    let url: String
    private let child: ChildProcess
    private let authority: String?

    /// Starts it and waits until it has printed where it listens.
    ///
    /// - Parameters:
    ///   - options: of `batchrelay simulate`, without `--listen`.
    ///   - authority: a PEM file to trust where it serves TLS.
    /// - Throws: ``IntegrationError`` with what it printed if it does not start.
    init(_ options: [String] = [], authority: String? = nil) async throws {
        let child = try ChildProcess(
            TestExecutable.batchrelay,
            ["simulate", "--listen", "127.0.0.1:0", "--applied-log", "1000000"] + options,
            environment: RelayProcess.environment
        )
        let isUp = await eventually(within: .seconds(60)) {
            child.standardOutput.contains("\n") || !child.isRunning
        }
        let words = child.standardOutput.split(whereSeparator: \.isWhitespace)
        guard isUp, let address = words.last, address.hasPrefix("http") else {
            throw IntegrationError("the simulator did not start: \(child.standardError)")
        }
        self.child = child
        self.authority = authority
        url = String(address)
    }

    // MARK: What it knows

    /// What `GET /__sim/stats` answers, as far as tests look at it.
    struct Statistics: Decodable {
        var calls = 0
        var updatesAccepted = 0
        var eventsAccepted = 0
        var partialErrors = 0
        var rateLimitedCalls = 0
        var concurrentUserViolations = 0
        var repeatedUserViolations = 0
        var largestInFlight = 0
        var appliedLogDropped = 0
        var statuses: [String: Int] = [:]
    }

    func statistics() async throws -> Statistics {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Statistics.self, from: Data(try await request(.get, "stats")))
    }

    /// One operation that was applied, in the order of the log.
    struct Applied: Decodable, Sendable {
        let sequence: Int
        let call: Int
        let timeMs: Int64
        let customId: String
        let attributes: [String: JSONText]
        let events: [Event]
        let refused: Int

        enum CodingKeys: String, CodingKey {
            case sequence, call, attributes, events, refused
            case timeMs = "time_ms"
            case customId = "custom_id"
        }

        struct Event: Decodable, Sendable {
            let name: String
            let time: String?
            let attributes: [String: JSONText]?
        }
    }

    /// The whole log of applied operations, or what came after an operation.
    func applied(after sequence: Int = 0) async throws -> [Applied] {
        var log: [Applied] = []
        while true {
            let next = (log.last?.sequence ?? sequence) + 1
            let page = try await lines(Applied.self, "applied?from=\(next)&limit=10000")
            log += page
            if page.count < 10_000 { return log }
        }
    }

    /// One call, in the order of the log.
    struct Request: Decodable, Sendable {
        let call: Int
        let timeMs: Int64
        let latencyMs: Int64
        let status: Int

        enum CodingKeys: String, CodingKey {
            case call, status
            case timeMs = "time_ms"
            case latencyMs = "latency_ms"
        }
    }

    func requests() async throws -> [Request] { try await lines(Request.self, "requests") }

    /// One profile as it stands.
    struct Profile: Decodable, Sendable {
        let customId: String
        let attributes: [String: Attribute]
        let eventCount: Int

        enum CodingKeys: String, CodingKey {
            case attributes
            case customId = "custom_id"
            case eventCount = "event_count"
        }

        struct Attribute: Decodable, Sendable {
            let type: String
            let value: JSONText
        }
    }

    func profiles() async throws -> [String: Profile] {
        let all = try await lines(Profile.self, "profiles")
        return Dictionary(uniqueKeysWithValues: all.map { ($0.customId, $0) })
    }

    // MARK: What tests change

    /// Changes faults while it runs, such as `["latency_ms": [50, 800]]`.
    func setFaults(_ json: String) async throws { _ = try await request(.post, "faults", json) }

    func stop() async { await child.terminate() }

    // MARK: How it is asked

    private func lines<Line: Decodable>(_ type: Line.Type, _ route: String) async throws -> [Line] {
        let decoder = JSONDecoder()
        return try await request(.get, route).split(separator: 0x0A).map { try decoder.decode(type, from: Data($0)) }
    }

    private func request(_ method: HTTPMethod, _ route: String, _ body: String = "") async throws -> [UInt8] {
        var settings = HTTPClientSettings()
        settings.timeout = .seconds(60)
        settings.maximumResponseBytes = 256 << 20
        settings.usesEnvironmentProxy = false
        settings.caFile = authority
        let url = "\(url)/__sim/\(route)"
        let chosen = settings
        let result = await OwnThread.run(name: "ask-simulator") { () -> Result<HTTPResponse, HTTPTransportError> in
            do throws(HTTPTransportError) {
                let client = try HTTPClient(settings: chosen)
                client.start(HTTPRequest(method: method, url: url, body: Array(body.utf8)), id: 1)
                while true {
                    if let completion = client.poll(timeout: .seconds(1)).first { return completion.result }
                }
            } catch {
                return .failure(error)
            }
        }
        let response = try result.get()
        guard response.status == 200 else {
            throw IntegrationError(
                "\(url) answered \(response.status): \(String(decoding: response.body, as: UTF8.self))"
            )
        }
        return response.body
    }
}

/// Why a test's surroundings do not work.
struct IntegrationError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
