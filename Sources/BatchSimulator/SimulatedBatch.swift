internal import JSONDocument

/// Batch's API without a network: a request goes in with its time, a decision comes out. Reads no clock and does no I/O but
/// looking up time zones.
///
/// A call is applied when it arrives, in the order of ``handle(_:at:)``; the latency lies between that and the answer. The
/// owner calls ``finish(call:at:)`` right before the answer goes out, so that calls in flight can be told.
public struct SimulatedBatch: ~Copyable {
    /// What cannot change while it runs.
    public let settings: SimulatorSettings

    var restKey: String
    var projectKey: String
    var faults: SimulatorFaults
    var failures: [ByteText: SimulatorFailure] = [:]
    var tape: JSONTape
    var check: OperationCheck
    var statistics = SimulatorStatistics()
    var appliedLog: BoundedLog<AppliedOperation>
    var requestLog: BoundedLog<RequestRecord>
    var rejectionLog: BoundedLog<SimulatorRejection>
    /// Profiles by project key; the indices keep the hot path from hashing the key for every attribute.
    var stores: [ProfileStore] = []
    var storeIndices: [String: Int] = [:]
    private var buckets: [BucketKey: SimulatorTokenBucket] = [:]
    private var callNumber = 0
    private var sequence = 0
    var eventArrival = 0
    private var inFlight = InFlightUsers()
    /// Whether the owner asks for ``takeNewRejections()`` after each request.
    var keepsNewRejections = false
    private var newRejections: [SimulatorRejection] = []

    private struct BucketKey: Hashable, Sendable {
        let project: String
        let route: SimulatorRoute
    }

    /// Creates an empty API.
    ///
    /// - Throws: ``SimulatorSettingsError`` naming the first setting out of range.
    public init(settings: SimulatorSettings) throws(SimulatorSettingsError) {
        try settings.check()
        self.settings = settings
        restKey = settings.restKey
        projectKey = settings.projectKey
        faults = settings.faults
        // The size of a body is a rule of its own, which settings may switch off.
        tape = JSONTape(limits: JSONLimits(maximumByteCount: .max))
        check = OperationCheck(settings: settings)
        appliedLog = BoundedLog(capacity: settings.appliedLogCapacity)
        requestLog = BoundedLog(capacity: settings.requestLogCapacity)
        rejectionLog = BoundedLog(capacity: settings.rejectionLogCapacity)
        replaceFaults(settings.faults)
    }

    /// Decides on one request and applies it.
    public mutating func handle(_ request: SimulatorRequest, at now: SimulatorInstant) -> SimulatorDecision {
        if request.path.hasPrefix(Self.inspectionPrefix) {
            return SimulatorDecision(outcome: .answer(inspect(request, at: now)), latencyMilliseconds: 0, call: 0)
        }
        callNumber += 1
        statistics.callCount += 1
        statistics.receivedBodyBytes += request.body.count
        if statistics.firstCallMilliseconds == nil { statistics.firstCallMilliseconds = now.wallMilliseconds }
        var call = CallInProgress(
            number: callNumber,
            route: request.path,
            now: now,
            plan: FaultPlan(call: callNumber, faults: faults)
        )
        let outcome: SimulatorDecision.Outcome
        do throws(CallRefusal) {
            outcome = try process(request, &call)
        } catch {
            if let rule = error.rule { note(rule, call: call.number, bulkIndex: error.bulkIndex, attribute: nil) }
            call.rule = error.rule
            outcome = error.outcome
        }
        record(call, outcome)
        return SimulatorDecision(
            outcome: outcome,
            latencyMilliseconds: call.plan.latencyMilliseconds,
            call: call.number
        )
    }

    /// Says that a call's answer goes out now; its users are no longer in flight.
    public mutating func finish(call: Int, at now: SimulatorInstant) {
        guard call > 0 else { return }
        statistics.lastAnswerMilliseconds = max(now.wallMilliseconds, statistics.lastAnswerMilliseconds ?? 0)
        inFlight.remove(call: call)
    }

    /// Whether every answer comes at once with the faults that are set now.
    var answersAtOnce: Bool {
        faults.latencyMilliseconds.upperBound == 0 && faults.silenceRate == 0 && faults.outage != .silence
            && !failures.values.contains(.silence)
    }

    /// The rejections since the last call.
    mutating func takeNewRejections() -> [SimulatorRejection] {
        guard !newRejections.isEmpty else { return [] }
        defer { newRejections.removeAll() }
        return newRejections
    }

    mutating func replaceFaults(_ new: SimulatorFaults) {
        faults = new
        check.refusedAttribute = new.partialErrorAttribute
        failures = [:]
        for (customID, failure) in new.failures { failures[ByteText(customID)] = failure }
    }

    /// Forgets profiles, logs, sums and spent tokens; keeps settings, faults and credentials. Calls go on being counted, so
    /// that no number comes twice.
    mutating func reset() {
        stores.removeAll()
        storeIndices.removeAll()
        buckets.removeAll()
        appliedLog.removeAll()
        requestLog.removeAll()
        rejectionLog.removeAll()
        statistics = SimulatorStatistics()
        sequence = 0
        eventArrival = 0
    }

    // MARK: Order of checks (section 10)

    private mutating func process(
        _ request: SimulatorRequest,
        _ call: inout CallInProgress
    ) throws(CallRefusal) -> SimulatorDecision.Outcome {
        let route = try SimulatorRoute(request, settings: settings)
        call.route = route.rawValue
        try authenticate(request)
        switch route {
        case .audiencesList:
            let answer = try AudienceList.answer(request)
            try fault(before: call)
            try takeTokens(1, route, settings.otherRoutes, call)
            return .answer(answer)
        case .update:
            return try applyCall(request, route, settings.update, &call)
        case .massUpdate:
            return try applyCall(request, route, settings.massUpdate, &call)
        }
    }

    private func authenticate(_ request: SimulatorRequest) throws(CallRefusal) {
        guard request.authorization == "Bearer \(restKey)" else {
            throw CallRefusal(.authenticationInvalid, .authenticationKey)
        }
        guard request.project == projectKey else { throw CallRefusal(.authenticationInvalid, .authenticationProject) }
    }

    private mutating func applyCall(
        _ request: SimulatorRequest,
        _ route: SimulatorRoute,
        _ limits: SimulatorRouteLimits,
        _ call: inout CallInProgress
    ) throws(CallRefusal) -> SimulatorDecision.Outcome {
        let body = request.body
        let text = body.span
        try parse(request, text, call.number)
        guard tape.kind(of: tape.root) == .array else { throw CallRefusal(.malformedParameter, .callRoot) }
        call.operationCount = tape.count(of: tape.root)
        statistics.largestCallOperationCount = max(statistics.largestCallOperationCount, call.operationCount)
        if call.operationCount == 0, settings.rules.contains(.callEmpty) {
            throw CallRefusal(.malformedParameter, .callEmpty)
        }
        guard call.operationCount <= limits.operationsPerCall else {
            throw CallRefusal(.malformedParameter, .callOperationCount)
        }
        let scan = CallScan(tape, text, count: call.operationCount, rules: settings.rules)
        call.customIDs = scan.customIDs(installations: settings.installations)
        enterFlight(call)
        try fault(before: call)
        try takeTokens(call.operationCount, route, limits, call)
        if let breach = scan.breach { throw CallRefusal(breach.code, breach.rule, bulkIndex: breach.bulkIndex) }
        try failChosenUsers(call)
        call.isApplied = true
        let answer = apply(scan, body, call)
        switch call.plan.outcome {
        case .resetAfter: return .reset
        case .serverErrorAfter: return .answer(SimulatorErrorCode.serverError.answer("simulated, after applying"))
        default: return .answer(answer)
        }
    }

    private mutating func parse(
        _ request: SimulatorRequest,
        _ text: Span<UInt8>,
        _ call: Int
    ) throws(CallRefusal) {
        if text.count > settings.maximumBodyBytes, settings.rules.contains(.bodySize) {
            throw CallRefusal(.malformedParameter, .bodySize, status: 413)
        }
        if let encoding = request.contentEncoding, encoding != "identity", settings.rules.contains(.bodyEncoding) {
            throw CallRefusal(.malformedJSON, .bodyEncoding)
        }
        do throws(JSONSyntaxError) {
            try tape.parse(text)
        } catch {
            throw CallRefusal(.malformedJSON, .bodyJSON)
        }
        let type = request.contentType?.split(separator: ";").first?.lowercased() ?? ""
        if type != "application/json" { note(.bodyContentType, call: call, bulkIndex: nil, attribute: nil) }
    }

    private func fault(before call: CallInProgress) throws(CallRefusal) {
        switch call.plan.outcome {
        case .normal, .resetAfter, .serverErrorAfter: return
        case .tooManyRequests:
            throw CallRefusal(fault: .tooManyRequests, retryAfterSeconds: settings.retryAfterSeconds)
        case .serverError: throw CallRefusal(fault: .serverError)
        case .maintenance: throw CallRefusal(fault: .maintenance)
        case .forbidden: throw CallRefusal(fault: .misuse)
        case .resetBefore: throw CallRefusal(outcome: .reset)
        case .silence: throw CallRefusal(outcome: .silence)
        }
    }

    private mutating func takeTokens(
        _ cost: Int,
        _ route: SimulatorRoute,
        _ limits: SimulatorRouteLimits,
        _ call: CallInProgress
    ) throws(CallRefusal) {
        guard settings.isRateLimited else { return }
        let key = BucketKey(project: projectKey, route: route)
        let full = SimulatorTokenBucket(capacity: limits.burst, ratePerSecond: limits.ratePerSecond)
        let isTaken = buckets[key, default: full].take(cost, at: call.now.monotonicNanoseconds)
        guard !isTaken else { return }
        statistics.rateLimitedCallCount += 1
        statistics.refusedTokenCount += cost
        throw CallRefusal(.tooManyRequests, .callRateLimit, retryAfterSeconds: settings.retryAfterSeconds)
    }

    private func failChosenUsers(_ call: CallInProgress) throws(CallRefusal) {
        guard !failures.isEmpty else { return }
        for (index, customID) in call.customIDs.enumerated() {
            switch failures[customID] {
            case .badRequest: throw CallRefusal(.malformedParameter, .faultAsked, bulkIndex: index)
            case .serverError: throw CallRefusal(fault: .serverError)
            case .silence: throw CallRefusal(outcome: .silence)
            case nil: continue
            }
        }
    }

    // MARK: Applying

    private mutating func apply(_ scan: CallScan, _ body: [UInt8], _ call: CallInProgress) -> SimulatorAnswer {
        var errors = PartialErrors()
        for note in scan.notes {
            let breach = RuleBreach(rule: note.rule, bulkIndex: note.bulkIndex, category: .attribute, attribute: nil)
            report(breach, call.number, &errors)
        }
        let text = body.span
        let store = storeIndex(of: projectKey)
        check.wallMilliseconds = call.now.wallMilliseconds
        var elements = tape.elements(of: tape.root)
        var index = 0
        while let operation = tape.next(&elements) {
            let target = scan.targets[index]
            check.bulkIndex = index
            check.refusesFirst = call.plan.refusesFirst(ofOperation: index)
            if case .installation = target { check.isForInstallation = true } else { check.isForInstallation = false }
            index += 1
            if case .refused = target { continue }
            check.check(operation, tape, text)
            let attributes = tape.member(Names.attributes, of: operation, in: text).map { tape.textRange(of: $0) }
            let events = tape.member(Names.events, of: operation, in: text).map { tape.textRange(of: $0) }
            apply(
                to: target.customID(installations: settings.installations),
                store,
                body,
                attributes,
                events,
                call,
                &errors
            )
        }
        return errors.answer
    }

    /// Applies what ``check`` has found of one operation.
    private mutating func apply(
        to customID: ByteText?,
        _ store: Int,
        _ body: [UInt8],
        _ attributes: Range<Int>?,
        _ events: Range<Int>?,
        _ call: CallInProgress,
        _ errors: inout PartialErrors
    ) {
        let before = errors.count
        for breach in check.breaches { report(breach, call.number, &errors) }
        let isRefusedWhole = check.breaches.contains { $0.rule == .attributesCount }
        if let customID, !isRefusedWhole {
            let place = stores[store].place(of: customID)
            applyChanges(store, place, call.number, &errors)
            for event in check.events {
                eventArrival += 1
                let stored = StoredEvent(
                    arrival: eventArrival,
                    receivedMilliseconds: call.now.wallMilliseconds,
                    json: event.json
                )
                stores[store][place].record(stored, capacity: settings.eventsPerProfile)
            }
            statistics.appliedEventCount += check.events.count
            statistics.appliedOperationCount += 1
            sequence += 1
            appliedLog.append(
                AppliedOperation(
                    sequence: sequence,
                    call: call.number,
                    wallMilliseconds: call.now.wallMilliseconds,
                    customID: customID,
                    body: body,
                    attributes: attributes,
                    events: events,
                    refusedCount: errors.count - before
                )
            )
        }
    }

    /// Attributes that free an array's place go first, so that the result does not depend on the order of an object's names.
    private mutating func applyChanges(_ store: Int, _ place: Int, _ call: Int, _ errors: inout PartialErrors) {
        for makesArray in [false, true] {
            for change in check.changes where change.makesArray == makesArray {
                guard let rule = stores[store][place].apply(change, rules: settings.rules) else { continue }
                let breach = RuleBreach(
                    rule: rule,
                    bulkIndex: check.bulkIndex,
                    category: .attribute,
                    attribute: change.name
                )
                report(breach, call, &errors)
            }
        }
    }

    private mutating func report(_ breach: RuleBreach, _ call: Int, _ errors: inout PartialErrors) {
        note(breach.rule, call: call, bulkIndex: breach.bulkIndex, attribute: breach.attribute)
        guard !breach.rule.isWarning else { return }
        statistics.partialErrorCount += 1
        errors.append(breach)
    }

    private mutating func storeIndex(of project: String) -> Int {
        if let index = storeIndices[project] { return index }
        stores.append(ProfileStore())
        storeIndices[project] = stores.count - 1
        return stores.count - 1
    }

    // MARK: Records

    private mutating func note(_ rule: SimulatorRule, call: Int, bulkIndex: Int?, attribute: String?) {
        guard settings.rules.contains(rule) else { return }
        statistics.ruleCounts[rule, default: 0] += 1
        let rejection = SimulatorRejection(call: call, rule: rule, bulkIndex: bulkIndex, attribute: attribute)
        rejectionLog.append(rejection)
        if keepsNewRejections { newRejections.append(rejection) }
    }

    private mutating func enterFlight(_ call: CallInProgress) {
        let breaches = inFlight.enter(call: call.number, call.customIDs)
        statistics.concurrentUserBreachCount += breaches.concurrent
        statistics.repeatedUserBreachCount += breaches.repeated
        statistics.largestInFlightCount = max(statistics.largestInFlightCount, inFlight.callCount)
    }

    private mutating func record(_ call: CallInProgress, _ outcome: SimulatorDecision.Outcome) {
        var status = 0
        var name = "answer"
        switch outcome {
        case .answer(let answer):
            status = answer.status
            statistics.statusCounts[status, default: 0] += 1
        case .reset:
            name = "reset"
            statistics.resetCount += 1
        case .silence:
            name = "silence"
            statistics.silenceCount += 1
            // The client alone knows when it gives up; its next call for these users is right then.
            inFlight.remove(call: call.number)
        }
        requestLog.append(
            RequestRecord(
                call: call.number,
                wallMilliseconds: call.now.wallMilliseconds,
                route: call.route,
                status: status,
                outcome: name,
                operationCount: call.operationCount,
                isApplied: call.isApplied,
                latencyMilliseconds: call.plan.latencyMilliseconds,
                rule: call.rule,
                customIDs: call.customIDs
            )
        )
    }
}

extension AttributeChange {
    /// Whether it may need a place for an array.
    var makesArray: Bool {
        switch effect {
        case .patch, .set(.array): true
        case .remove, .set(.scalar): false
        }
    }
}
