import BatchAPI
import Delivery
import TestSupport

/// Batch and the way to it: calls wait, are written, applied and answered, each at its own time, or are not.
final class SimulatedAPI {
    private struct Bucket {
        var tokens: Double
        var filledAt: Int64 = 0
    }

    private unowned let world: World
    private var buckets: [Bucket]
    var refusedMarks: Set<Int> = []
    var partialMarks: Set<Int> = []

    init(world: World) {
        self.world = world
        buckets = Array(repeating: Bucket(tokens: Double(world.scenario.bucketCapacity)), count: 2)
    }

    // MARK: The transport

    func send(_ call: Call, by instance: SimulatedInstance) {
        guard let sent = world.oracle.sentCall(call, by: instance.number) else { return }
        var delay = world.milliseconds(0...10)
        if !world.areFaultsOver, world.isTrue(0.03) || isStruck(by: .slow, sent.destination) {
            delay = world.milliseconds(100...7_900)
        }
        let deadline = world.now + Scenario.callTimeout
        world.after(delay) { [unowned self] in write(call, sent, by: instance, before: deadline) }
    }

    /// The moment of the first byte. It is late for a process that stands still.
    private func write(
        _ call: Call,
        _ sent: Oracle.SentCall,
        by instance: SimulatedInstance,
        before deadline: Int64
    ) {
        guard !instance.isDead else { return }
        if instance.isFrozen {
            return instance.onThaw { [unowned self] in write(call, sent, by: instance, before: deadline) }
        }
        guard world.now < call.notAfter else { return instance.deliver(.answer(call.id, .notWritten)) }
        // The time-out of a call counts from the moment it was handed over. A transport that stood still may notice it too late;
        // then only `notAfter` is in the way (but for a drain, where the time-out is all that there is).
        let isPunctual = !instance.stoodStill || instance.isGivingBack || world.isTrue(0.5)
        guard world.now < deadline || !isPunctual else {
            return instance.deliver(.answer(call.id, .notConnected("timed out")))
        }
        if isStruck(by: .unreachable, sent.destination) {
            return world.after(world.milliseconds(1...2_000)) {
                instance.deliver(.answer(call.id, .notConnected("refused")))
            }
        }
        if isStruck(by: .misconfigured, sent.destination) {
            return world.after(world.milliseconds(1...500)) {
                instance.deliver(.answer(call.id, .misconfigured("no such certificate")))
            }
        }
        world.oracle.writing(call, by: instance.number, at: world.now)
        let isSlow = isStruck(by: .slow, sent.destination)
        let latency = isSlow ? world.milliseconds(1_000...7_900) : world.milliseconds(5...300)
        // What has not arrived by the time-out never does.
        guard world.now + latency < max(deadline, world.now + .seconds(1)) else {
            return answer(call, .noAnswer("timed out"), instance, at: deadline)
        }
        world.after(latency) { [unowned self] in
            let outcome = arrive(sent)
            let answered = world.now + world.milliseconds(1...300)
            if case .noAnswer = outcome { return answer(call, outcome, instance, at: min(answered, deadline)) }
            if answered > deadline { return answer(call, .noAnswer("timed out"), instance, at: deadline) }
            answer(call, outcome, instance, at: answered)
        }
    }

    /// The read-only call: it fails while the API cannot be reached, refuses the key, or fails.
    func probe(_ id: CallID, by instance: SimulatedInstance) {
        let isStruck = [
            Scenario.APIFault.unauthorized, .unreachable, .failsBefore, .forbidden, .unknownRoute, .misconfigured,
        ].contains { fault in
            (0..<2).contains { self.isStruck(by: fault, $0) }
        }
        world.after(world.milliseconds(5...2_000)) {
            instance.deliver(.probeAnswered(id, isStruck ? .failed("struck") : .succeeded))
        }
    }

    private func answer(_ call: Call, _ outcome: CallOutcome, _ instance: SimulatedInstance, at time: Int64) {
        world.at(time) { instance.deliver(.answer(call.id, outcome)) }
    }

    private func isStruck(by fault: Scenario.APIFault, _ destination: Int) -> Bool {
        let isSure = world.scenario.sureFaults.contains { sure in
            sure.fault == fault && sure.destination == destination && sure.start <= world.now
                && !world.census.failureClasses.contains(sure.event)
        }
        return isSure
            || world.scenario.windows.contains { window in
                window.fault == fault && window.destination == destination && window.start <= world.now
                    && world.now < window.end
                    && world.isTrue(window.probability)
            }
    }

    // MARK: The service

    /// A call arrives whole: it is judged, and applied or not.
    private func arrive(_ call: Oracle.SentCall) -> CallOutcome {
        let lane = call.destination
        if isStruck(by: .resetsBefore, lane) { return .noAnswer("reset") }
        if isStruck(by: .unauthorized, lane) { return .answered(.setup(status: 401, code: "AUTHENTICATION_INVALID")) }
        if isStruck(by: .forbidden, lane) { return .answered(.setup(status: 403, code: "API_MISUSE")) }
        if isStruck(by: .unknownRoute, lane) { return .answered(.setup(status: 404, code: "ROUTE_NOT_FOUND")) }
        if call.operations.count > 1, isStruck(by: .tooLarge, lane) {
            return .answered(.invalid(status: 413, code: nil, message: nil))
        }
        if isStruck(by: .rateLimited, lane) {
            let wait: Int64? = world.isTrue(0.5) ? .seconds(world.random.number(in: 1...10)) : nil
            return .answered(.rateLimited(retryAfterNanoseconds: wait))
        }
        if isStruck(by: .failsBefore, lane) { return .answered(.transient(status: 503, code: nil)) }
        guard charge(call) else { return .answered(.rateLimited(retryAfterNanoseconds: nil)) }
        if call.operations.contains(where: { world.scenario.refusedUsers.contains($0.user) || holdsRefusedMark($0) }) {
            return .answered(.invalid(status: 400, code: "MALFORMED_PARAMETER", message: "refused by the simulation"))
        }
        if call.operations.contains(where: { world.scenario.failingUsers.contains($0.user) }) {
            return .answered(.transient(status: 500, code: "SERVER_ERROR"))
        }
        world.oracle.applied(call, at: world.now)
        if isStruck(by: .failsAfter, lane) { return .answered(.transient(status: 500, code: "SERVER_ERROR")) }
        if isStruck(by: .resetsAfter, lane) { return .noAnswer("reset") }
        return .answered(.accepted(partialErrors: partialErrors(call), unreadErrorCount: 0, isReadable: true))
    }

    private func holdsRefusedMark(_ operation: SentOperation) -> Bool {
        !refusedMarks.isEmpty && operation.marks.contains { refusedMarks.contains($0) }
    }

    private func partialErrors(_ call: Oracle.SentCall) -> [PartialError] {
        guard !partialMarks.isEmpty else { return [] }
        var errors: [PartialError] = []
        for (index, operation) in call.operations.enumerated() {
            for mark in operation.marks where partialMarks.contains(mark) {
                errors.append(
                    PartialError(bulkIndex: index, attribute: "r_\(mark)", category: "ATTRIBUTE", reason: "refused")
                )
            }
        }
        return errors
    }

    /// Takes a call's tokens; false when there are too few, which must not happen.
    private func charge(_ call: Oracle.SentCall) -> Bool {
        let rate = Double(world.scenario.updatesPerSecond)
        let capacity = Double(world.scenario.bucketCapacity)
        var bucket = buckets[call.destination]
        bucket.tokens = min(capacity, bucket.tokens + Double(world.now - bucket.filledAt) * rate / 1e9)
        bucket.filledAt = world.now
        let isEnough = bucket.tokens + 1e-6 >= Double(call.operations.count)
        if isEnough {
            bucket.tokens -= Double(call.operations.count)
        } else {
            world.oracle.overran(call, tokens: bucket.tokens)
        }
        buckets[call.destination] = bucket
        return isEnough
    }
}
