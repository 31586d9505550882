import Foundation
import HTTPTransport
package import TestSupport

/// `batchrelay simulate` as a process of its own, on a port that the system chose.
package struct SimulatorProcess: Sendable {
    package static let restKey = "simulator-rest-key"
    package static let projectKey = "project_simulator"

    /// The address that it printed.
    package let url: String
    package let child: ChildProcess
    private let authority: String?

    /// Starts it and waits until it has printed where it listens.
    ///
    /// - Parameters:
    ///   - options: of `batchrelay simulate`, without `--listen`.
    ///   - address: where it listens; port 0 lets the system choose.
    ///   - authority: a PEM file to trust where it serves TLS.
    /// - Throws: ``IntegrationError`` with what it printed if it does not start.
    package init(
        _ options: [String] = [],
        listen address: String = "127.0.0.1:0",
        authority: String? = nil
    ) async throws {
        let child = try ChildProcess(
            TestExecutable.batchrelay,
            ["simulate", "--listen", address, "--applied-log", "1000000"] + options,
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
    package struct Statistics: Decodable {
        package var calls = 0
        package var updatesAccepted = 0
        package var eventsAccepted = 0
        package var partialErrors = 0
        package var rateLimitedCalls = 0
        package var concurrentUserViolations = 0
        package var repeatedUserViolations = 0
        package var largestInFlight = 0
        package var appliedLogDropped = 0
        package var statuses: [String: Int] = [:]
    }

    package func statistics() async throws -> Statistics {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Statistics.self, from: Data(try await request(.get, "stats")))
    }

    /// One operation that was applied, in the order of the log.
    package struct Applied: Decodable, Sendable {
        package let sequence: Int
        package let call: Int
        package let timeMs: Int64
        package let customId: String
        package let attributes: [String: JSONText]
        package let events: [Event]
        package let refused: Int

        package enum CodingKeys: String, CodingKey {
            case sequence, call, attributes, events, refused
            case timeMs = "time_ms"
            case customId = "custom_id"
        }

        package struct Event: Decodable, Sendable {
            package let name: String
            package let time: String?
            package let attributes: [String: JSONText]?
        }
    }

    /// The whole log of applied operations, or what came after an operation.
    package func applied(after sequence: Int = 0) async throws -> [Applied] {
        var log: [Applied] = []
        while true {
            let next = (log.last?.sequence ?? sequence) + 1
            let page = try await lines(Applied.self, "applied?from=\(next)&limit=10000")
            log += page
            if page.count < 10_000 { return log }
        }
    }

    /// One call, in the order of the log.
    package struct Request: Decodable, Sendable {
        package let call: Int
        package let timeMs: Int64
        package let latencyMs: Int64
        package let status: Int
        /// Whether its operations were applied, whatever the answer says.
        package let applied: Bool

        package enum CodingKeys: String, CodingKey {
            case call, status, applied
            case timeMs = "time_ms"
            case latencyMs = "latency_ms"
        }
    }

    /// All calls, or those after one; the simulator keeps the last 20 000.
    package func requests(after call: Int = 0) async throws -> [Request] {
        try await lines(Request.self, "requests?from=\(call + 1)")
    }

    /// One profile as it stands.
    package struct Profile: Decodable, Sendable {
        package let customId: String
        package let attributes: [String: Attribute]
        package let eventCount: Int

        package enum CodingKeys: String, CodingKey {
            case attributes
            case customId = "custom_id"
            case eventCount = "event_count"
        }

        package struct Attribute: Decodable, Sendable {
            package let type: String
            package let value: JSONText
        }
    }

    package func profiles() async throws -> [String: Profile] {
        let all = try await lines(Profile.self, "profiles")
        return Dictionary(uniqueKeysWithValues: all.map { ($0.customId, $0) })
    }

    // MARK: What tests change

    /// Changes faults while it runs, such as `["latency_ms": [50, 800]]`.
    package func setFaults(_ json: String) async throws { _ = try await request(.post, "faults", json) }

    package func stop() async { await child.terminate() }

    // MARK: How it is asked

    private func lines<Line: Decodable>(_ type: Line.Type, _ route: String) async throws -> [Line] {
        let decoder = JSONDecoder()
        return try await request(.get, route).split(separator: 0x0A).map { try decoder.decode(type, from: Data($0)) }
    }

    private func request(_ method: HTTPMethod, _ route: String, _ body: String = "") async throws -> [UInt8] {
        let url = "\(url)/__sim/\(route)"
        let response = try await LocalCall.answer(method, url, body: body, authority: authority)
        guard response.status == 200 else {
            throw IntegrationError(
                "\(url) answered \(response.status): \(String(decoding: response.body, as: UTF8.self))"
            )
        }
        return response.body
    }
}

/// Why a test's surroundings do not work.
package struct IntegrationError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
