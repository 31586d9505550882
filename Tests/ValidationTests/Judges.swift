import BatchAPI
import BatchSimulator
import Foundation

/// 2026-11-21T12:00:00Z, when all calls arrive.
let noon: Int64 = 1_795_262_400_000

/// What the product's validator makes of an operation.
struct Reading {
    /// Why there is nothing to send; nil where there is.
    var refusal: String?
    /// The reasons of the fields that are left out.
    var reasons: [String] = []
    /// The updates that are sent instead.
    var updates: [String] = []
    /// Events that are too old, or sent without their time.
    var agedEventCount = 0

    /// Whether something of the operation does not arrive as it is.
    var refusesSomething: Bool { refusal != nil || !reasons.isEmpty || agedEventCount > 0 }

    /// Reads an operation as the mapper does and builds its updates as the engine does.
    init(_ operation: String) {
        var reader = OperationReader()
        var refused: [RefusedField] = []
        let bytes = Array(operation.utf8)
        let contribution: Contribution
        do throws(OperationRefusal) {
            contribution = try reader.read(bytes.span, identity: nil, refused: &refused)
        } catch {
            refusal = error.code
            return
        }
        reasons = refused.map(\.reason.rawValue)
        // The contract's own limits, without the margin that the service keeps.
        let ages = EventAgeRule(
            oldestMilliseconds: noon - BatchLimits.eventAgeMilliseconds,
            newestMilliseconds: noon + BatchLimits.eventFutureMilliseconds,
            late: .omit
        )
        var fold = ProfileFold()
        var firstEvent = 0
        var isPartly = false
        repeat {
            fold.begin(customID: contribution.customID, ages: ages)
            let added = fold.add(contribution, firstEvent: firstEvent, attributesDelivered: isPartly)
            for update in 0..<fold.updateCount {
                var text: [UInt8] = []
                fold.appendUpdate(update, to: &text)
                updates.append(String(decoding: text, as: UTF8.self))
            }
            agedEventCount += fold.omittedEventCount + fold.untimedEventCount
            isPartly = if case .partly = added { true } else { false }
            if case .partly(let events) = added { firstEvent = events }
        } while isPartly
    }
}

/// What the simulator answers to one operation that nobody has checked.
struct Verdict: Equatable, CustomStringConvertible {
    let status: Int
    /// The rules that its error and its partial errors name.
    let rules: [String]

    /// Whether all of it was applied.
    var isAccepted: Bool { status == 202 && rules.isEmpty }
    var description: String { "\(status) \(rules)" }
}

/// A simulator without a rate limit, and with the rule that it leaves to the client.
final class Judge {
    private var batch: SimulatedBatch

    init() throws {
        var settings = SimulatorSettings()
        settings.isRateLimited = false
        try settings.rules.set(.customIDBlocklist, isOn: true)
        batch = try SimulatedBatch(settings: settings)
    }

    private struct Answer: Decodable {
        struct Item: Decodable { let reason: String }
        let error_message: String?
        let errors: [Item]?
    }

    /// Sends a call of one operation.
    func post(_ operation: String) -> Verdict {
        var request = SimulatorRequest(
            method: "POST",
            path: "/2.11/profiles/update",
            body: Array("[\(operation)]".utf8)
        )
        request.authorization = "Bearer \(batch.settings.restKey)"
        request.project = batch.settings.projectKey
        request.contentType = "application/json"
        let instant = SimulatorInstant(monotonicNanoseconds: 0, wallMilliseconds: noon)
        let decision = batch.handle(request, at: instant)
        batch.finish(call: decision.call, at: instant)
        guard case .answer(let answer) = decision.outcome,
            let content = try? JSONDecoder().decode(Answer.self, from: Data(answer.body))
        else { return Verdict(status: 0, rules: ["no answer"]) }
        let texts = (content.errors ?? []).map(\.reason) + [content.error_message].compactMap { $0 }
        return Verdict(status: answer.status, rules: texts.map(Self.rule))
    }

    /// The rule's id, which stands in brackets at the end of a text.
    private static func rule(in text: String) -> String {
        guard text.hasSuffix(")"), let start = text.lastIndex(of: "(") else { return text }
        return String(text[text.index(after: start)...].dropLast())
    }
}
