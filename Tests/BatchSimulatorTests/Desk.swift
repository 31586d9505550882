import Foundation

@testable import BatchSimulator

/// A simulator with a clock that the test turns, and answers as Foundation reads them (not as the code under test does).
final class Desk {
    /// 2026-11-21T12:00:00Z.
    static let noon: Int64 = 1_795_262_400_000

    var batch: SimulatedBatch
    var now = SimulatorInstant(monotonicNanoseconds: 0, wallMilliseconds: noon)

    init(_ change: (inout SimulatorSettings) throws -> Void = { _ in }) throws {
        var settings = SimulatorSettings()
        try change(&settings)
        batch = try SimulatedBatch(settings: settings)
    }

    struct Reply {
        let outcome: SimulatorDecision.Outcome
        let call: Int
        let latency: Int

        var answer: SimulatorAnswer? {
            guard case .answer(let answer) = outcome else { return nil }
            return answer
        }

        var status: Int { answer?.status ?? 0 }
        var text: String { String(decoding: answer?.body ?? [], as: UTF8.self) }
        var object: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(answer?.body ?? []))) as? [String: Any] ?? [:]
        }
        var lines: [[String: Any]] {
            text.split(separator: "\n").compactMap {
                (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
            }
        }
        var code: String? { object["error_code"] as? String ?? object["code"] as? String }
        var errors: [[String: Any]] { object["errors"] as? [[String: Any]] ?? [] }

        /// The rule ids at the end of the messages.
        var rules: [String] {
            let texts = errors.compactMap { $0["reason"] as? String } + [object["error_message"] as? String ?? ""]
            return texts.compactMap { text in
                guard text.hasSuffix(")"), let start = text.lastIndex(of: "(") else { return nil }
                return String(text[text.index(after: start)...].dropLast())
            }
        }
    }

    func request(_ method: String, _ path: String, _ body: String = "") -> SimulatorRequest {
        let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
        let query = parts.dropFirst().flatMap { $0.split(separator: "&") }
            .map { pair -> (name: String, value: String) in
                let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
                return (sides[0], sides.count > 1 ? sides[1] : "")
            }
        var request = SimulatorRequest(method: method, path: parts[0], query: query, body: Array(body.utf8))
        request.authorization = "Bearer simulator-rest-key"
        request.project = "project_simulator"
        request.contentType = "application/json"
        return request
    }

    /// Sends a request and, unless told otherwise, answers it at once.
    @discardableResult
    func send(_ request: SimulatorRequest, finishing: Bool = true) -> Reply {
        let decision = batch.handle(request, at: now)
        if finishing { batch.finish(call: decision.call, at: now) }
        return Reply(outcome: decision.outcome, call: decision.call, latency: decision.latencyMilliseconds)
    }

    @discardableResult
    func post(_ body: String, path: String = "/2.11/profiles/update", finishing: Bool = true) -> Reply {
        send(request("POST", path, body), finishing: finishing)
    }

    func get(_ path: String) -> Reply { send(request("GET", path)) }

    @discardableResult
    func control(_ name: String, _ body: String = "{}") -> Reply { send(request("POST", "/__sim/\(name)", body)) }

    func stats() -> [String: Any] { get("/__sim/stats").object }

    func count(_ name: String) -> Int { stats()[name] as? Int ?? -1 }

    /// An attribute as `type:value` in JSON, or nil.
    func attribute(_ name: String, of customID: String = "u") -> String? {
        let attributes = get("/__sim/profile?id=\(customID)").object["attributes"] as? [String: [String: Any]]
        guard let attribute = attributes?[name], let value = attribute["value"] else { return nil }
        let data = try? JSONSerialization.data(
            withJSONObject: value,
            options: [.fragmentsAllowed, .withoutEscapingSlashes]
        )
        return "\(attribute["type"] ?? ""):\(String(decoding: data ?? Data(), as: UTF8.self))"
    }

    func advance(milliseconds: Int64) {
        now.monotonicNanoseconds += milliseconds * 1_000_000
        now.wallMilliseconds += milliseconds
    }
}

/// One operation on `u`.
func operation(_ attributes: String? = nil, events: String? = nil, id: String = "u") -> String {
    var members = ["\"identifiers\":{\"custom_id\":\"\(id)\"}"]
    if let attributes { members.append("\"attributes\":\(attributes)") }
    if let events { members.append("\"events\":\(events)") }
    return "{\(members.joined(separator: ","))}"
}

func attributes(_ members: String) -> String { "[\(operation("{\(members)}"))]" }

func event(_ members: String) -> String {
    "[\(operation(events: "[{\"name\":\"e\"\(members.isEmpty ? "" : ","+members)}]"))]"
}

func eventAttributes(_ members: String) -> String { event("\"attributes\":{\(members)}") }

func text(_ count: Int, _ character: String = "x") -> String { String(repeating: character, count: count) }

func list(_ count: Int, _ item: (Int) -> String) -> String { "[\((0..<count).map(item).joined(separator: ","))]" }

func members(_ count: Int, _ member: (Int) -> String) -> String { (0..<count).map(member).joined(separator: ",") }
