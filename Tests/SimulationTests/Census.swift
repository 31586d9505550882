import BatchAPI
@testable import Delivery

/// How often which event met an engine doing what.
struct Census {
    /// What an engine is doing, as far as its reactions differ.
    struct State: Hashable, CustomStringConvertible {
        enum Drain: String { case none, revoke, stop }
        enum Lane: String { case sends, waits, held, heldForShare }

        let drain: Drain
        let lane: Lane
        let hasCalls: Bool
        let hasRetries: Bool
        let isCommitting: Bool
        let isPaused: Bool

        init(_ engine: DeliveryEngine) {
            if engine.isStopping {
                drain = .stop
            } else {
                drain = engine.drains.isEmpty ? .none : .revoke
            }
            if engine.deadLetterHold != nil {
                lane = .heldForShare
            } else if engine.lanes.contains(where: { $0.hold != nil }) {
                lane = .held
            } else {
                lane = engine.lanes.contains { $0.failuresInARow > 0 } ? .waits : .sends
            }
            hasCalls = !engine.calls.isEmpty
            hasRetries = engine.lanes.contains { !$0.retries.isEmpty }
            isCommitting = engine.commitInFlight != nil
            isPaused = engine.partitions.indices.contains { engine.partitions[$0]?.isPaused == true }
        }

        var description: String {
            let words = [
                "drain \(drain.rawValue)", "lane \(lane.rawValue)", hasCalls ? "calls" : "-",
                hasRetries ? "retries" : "-",
                isCommitting ? "commit" : "-", isPaused ? "paused" : "-",
            ]
            return words.joined(separator: ", ")
        }
    }

    struct Pair: Hashable {
        let state: State
        let event: String
    }

    private(set) var counts: [Pair: Int] = [:]
    /// The ways of failing that calls have met, as names of events.
    private(set) var failureClasses: Set<String> = []

    mutating func note(_ event: DeliveryEvent, _ engine: DeliveryEngine) {
        let name = Self.name(event)
        counts[Pair(state: State(engine), event: name), default: 0] += 1
        guard case .answer(_, let outcome) = event else { return }
        if case .answered(.accepted) = outcome { return }
        failureClasses.insert(name)
    }

    mutating func add(_ other: Census) { counts.merge(other.counts, uniquingKeysWith: +) }

    /// Every event name that was met in no state at all.
    var eventsNeverMet: [String] {
        let met = Set(counts.keys.map(\.event))
        return Self.names.filter { !met.contains($0) }
    }

    /// A table, one line a state and event.
    var lines: [String] {
        counts.map { "\($0.key.state) | \($0.key.event) | \($0.value)" }.sorted()
    }

    private static func name(_ event: DeliveryEvent) -> String {
        switch event {
        case .assigned: "assigned"
        case .scopeChanged: "scopeChanged"
        case .recordsGone: "recordsGone"
        case .records: "records"
        case .positionMoved: "positionMoved"
        case .answer(_, let outcome): "answer \(name(outcome))"
        case .committed(_, let results):
            results.contains { $0.verdict == .accepted } ? "committed" : "commit refused"
        case .deadLetterAcknowledged: "deadLetterAcknowledged"
        case .probeAnswered(_, let outcome): outcome == .succeeded ? "probe succeeded" : "probe failed"
        case .revoked: "revoked"
        case .lost: "lost"
        case .tick: "tick"
        case .drain: "drain"
        case .releaseHolds: "releaseHolds"
        }
    }

    private static func name(_ outcome: CallOutcome) -> String {
        switch outcome {
        case .answered(.accepted): "accepted"
        case .answered(.rateLimited): "429"
        case .answered(.transient): "500"
        case .answered(.setup(let status, _)): "\(status)"
        case .answered(.invalid(let status, _, _)): "\(status)"
        case .noAnswer: "none"
        case .notConnected: "notConnected"
        case .misconfigured: "misconfigured"
        case .notWritten: "notWritten"
        }
    }

    static let names = [
        "assigned", "scopeChanged", "records", "positionMoved", "committed", "commit refused", "deadLetterAcknowledged",
        "probe succeeded", "probe failed", "revoked", "lost", "tick", "drain", "releaseHolds", "answer accepted",
        "answer 429", "answer 500", "answer 401", "answer 403", "answer 404", "answer 400", "answer 413", "answer none",
        "answer notConnected", "answer misconfigured", "answer notWritten",
    ]
}
