internal import JSONDocument

/// Routes under `/__sim/`, which cannot exist in Batch. For tests and for people who try the product; never for the client.
extension SimulatedBatch {
    static let inspectionPrefix = "/__sim/"

    mutating func inspect(_ request: SimulatorRequest, at now: SimulatorInstant) -> SimulatorAnswer {
        let name = String(request.path.dropFirst(Self.inspectionPrefix.count))
        switch (request.method, name) {
        case ("GET", "profile"): return profileAnswer(request)
        case ("GET", "profiles"): return profilesAnswer(request)
        case ("GET", "events"): return eventsAnswer(request)
        case ("GET", "applied"): return appliedAnswer(request)
        case ("GET", "requests"): return requestsAnswer(request)
        case ("GET", "rejections"): return rejectionsAnswer(request)
        case ("GET", "rules"): return rulesAnswer()
        case ("GET", "stats"): return statisticsAnswer(now)
        case ("GET", "faults"): return faultsAnswer()
        case ("POST", "faults"): return changeFaults(request)
        case ("POST", "credentials"): return changeCredentials(request)
        case ("POST", "reset"):
            reset()
            return Self.done
        default:
            return SimulatorErrorCode.routeNotFound.answer(
                "no such inspection route; GET profile?id=…, profiles, events, applied, requests, rejections, rules, stats or "
                    + "faults; POST faults, credentials or reset"
            )
        }
    }

    static var done: SimulatorAnswer { SimulatorAnswer(status: 200, body: Array("{}".utf8)) }

    // MARK: Profiles

    private func store(_ request: SimulatorRequest) -> ProfileStore? {
        storeIndices[request.parameter("project") ?? projectKey].map { stores[$0] }
    }

    private func profileAnswer(_ request: SimulatorRequest) -> SimulatorAnswer {
        guard let customID = request.parameter("id") else {
            return SimulatorErrorCode.missingParameter.answer("id is required: /__sim/profile?id=…")
        }
        guard let profile = store(request)?.profile(ByteText(customID)) else {
            return SimulatorErrorCode.routeNotFound.answer("no such profile")
        }
        var writer = JSONWriter()
        Self.write(profile, ByteText(customID), to: &writer)
        return SimulatorAnswer(status: 200, body: writer.bytes)
    }

    private func profilesAnswer(_ request: SimulatorRequest) -> SimulatorAnswer {
        var lines = LinesWriter()
        guard let store = store(request) else { return lines.answer }
        for place in 0..<store.count {
            lines.writer.removeAll()
            Self.write(store[place], store.names[place], to: &lines.writer)
            lines.endLine()
        }
        return lines.answer
    }

    private static func write(_ profile: StoredProfile, _ customID: ByteText, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("custom_id")
        writer.string(utf8: customID.bytes.span)
        writer.name("attributes")
        writer.beginObject()
        for name in profile.attributes.keys.sorted() {
            guard let value = profile.attributes[name] else { continue }
            writer.name(name)
            writer.beginObject()
            writer.name("type")
            writer.string(value.kindName)
            writer.name("value")
            switch value {
            case .scalar(_, let json): writer.raw(json.span)
            case .array(let items):
                writer.beginArray()
                for item in items { writer.string(utf8: item.bytes.span) }
                writer.endArray()
            }
            writer.endObject()
        }
        writer.endObject()
        writer.name("event_count")
        writer.integer(profile.events.count + profile.droppedEventCount)
        writer.endObject()
    }

    private func eventsAnswer(_ request: SimulatorRequest) -> SimulatorAnswer {
        guard let customID = request.parameter("id") else {
            return SimulatorErrorCode.missingParameter.answer("id is required: /__sim/events?id=…")
        }
        var lines = LinesWriter()
        for event in store(request)?.profile(ByteText(customID))?.events ?? [] {
            lines.writer.removeAll()
            lines.writer.beginObject()
            lines.writer.name("arrival")
            lines.writer.integer(event.arrival)
            lines.writer.name("received")
            lines.writer.string(CalendarTime.text(ofMilliseconds: event.receivedMilliseconds))
            lines.writer.name("event")
            lines.writer.raw(event.json.span)
            lines.writer.endObject()
            lines.endLine()
        }
        return lines.answer
    }

    // MARK: Logs

    private func appliedAnswer(_ request: SimulatorRequest) -> SimulatorAnswer {
        var lines = LinesWriter()
        let first = request.parameter("from").flatMap(Int.init) ?? 0
        var left = request.parameter("limit").flatMap(Int.init) ?? Int.max
        for position in 0..<appliedLog.count where left > 0 && appliedLog[position].sequence >= first {
            let operation = appliedLog[position]
            left -= 1
            lines.writer.removeAll()
            lines.writer.beginObject()
            lines.writer.name("sequence")
            lines.writer.integer(operation.sequence)
            lines.writer.name("call")
            lines.writer.integer(operation.call)
            lines.writer.name("time_ms")
            lines.writer.integer(operation.wallMilliseconds)
            lines.writer.name("custom_id")
            lines.writer.string(utf8: operation.customID.bytes.span)
            lines.writer.name("attributes")
            Self.write(operation.attributes, of: operation.body, else: "{}", to: &lines.writer)
            lines.writer.name("events")
            Self.write(operation.events, of: operation.body, else: "[]", to: &lines.writer)
            lines.writer.name("refused")
            lines.writer.integer(operation.refusedCount)
            lines.writer.endObject()
            lines.endLine()
        }
        return lines.answer
    }

    private static func write(
        _ range: Range<Int>?,
        of body: [UInt8],
        else absent: StaticString,
        to writer: inout JSONWriter
    ) {
        // White space between tokens may hold line feeds, which would break a log of lines.
        if let range, !body[range].contains(0x0A), !body[range].contains(0x0D) {
            writer.raw(body.span, range)
        } else if let range {
            let line = body[range].map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
            writer.raw(line.span)
        } else {
            writer.raw(Array(absent.description.utf8).span)
        }
    }

    private func requestsAnswer(_ request: SimulatorRequest) -> SimulatorAnswer {
        var lines = LinesWriter()
        let withCustomIDs = request.parameter("ids") == "1"
        let first = request.parameter("from").flatMap(Int.init) ?? 0
        for position in 0..<requestLog.count where requestLog[position].call >= first {
            lines.writer.removeAll()
            lines.write(requestLog[position], withCustomIDs: withCustomIDs)
            lines.endLine()
        }
        return lines.answer
    }

    private func rejectionsAnswer(_ request: SimulatorRequest) -> SimulatorAnswer {
        var lines = LinesWriter()
        for position in 0..<rejectionLog.count {
            lines.writer.removeAll()
            lines.write(rejectionLog[position])
            lines.endLine()
        }
        return lines.answer
    }

    private func rulesAnswer() -> SimulatorAnswer {
        var lines = LinesWriter()
        for rule in SimulatorRule.allCases {
            lines.writer.removeAll()
            lines.write(rule, isOn: settings.rules.contains(rule))
            lines.endLine()
        }
        return lines.answer
    }

    private func statisticsAnswer(_ now: SimulatorInstant) -> SimulatorAnswer {
        var writer = JSONWriter()
        let profileCount = stores.reduce(0) { $0 + $1.count }
        statistics.write(to: &writer, profileCount: profileCount, droppedCount: appliedLog.droppedCount)
        return SimulatorAnswer(status: 200, body: writer.bytes)
    }
}

/// JSON lines: one object a line.
struct LinesWriter {
    /// Empty it before each object.
    var writer = JSONWriter()
    private var bytes: [UInt8] = []

    mutating func endLine() {
        bytes.append(contentsOf: writer.bytes)
        bytes.append(0x0A)
    }

    var answer: SimulatorAnswer {
        SimulatorAnswer(status: 200, body: bytes, contentType: "application/x-ndjson")
    }

    mutating func write(_ record: RequestRecord, withCustomIDs: Bool) {
        writer.beginObject()
        writer.name("call")
        writer.integer(record.call)
        writer.name("time_ms")
        writer.integer(record.wallMilliseconds)
        writer.name("route")
        writer.string(record.route)
        writer.name("outcome")
        writer.string(record.outcome)
        writer.name("status")
        writer.integer(record.status)
        writer.name("operations")
        writer.integer(record.operationCount)
        writer.name("applied")
        writer.boolean(record.isApplied)
        writer.name("latency_ms")
        writer.integer(record.latencyMilliseconds)
        if let rule = record.rule {
            writer.name("rule")
            writer.string(rule.rawValue)
        }
        if withCustomIDs {
            writer.name("custom_ids")
            writer.beginArray()
            for customID in record.customIDs { writer.string(utf8: customID.bytes.span) }
            writer.endArray()
        }
        writer.endObject()
    }

    mutating func write(_ record: SimulatorRejection) {
        writer.beginObject()
        writer.name("call")
        writer.integer(record.call)
        writer.name("rule")
        writer.string(record.rule.rawValue)
        writer.name("warning")
        writer.boolean(record.rule.isWarning)
        if let index = record.bulkIndex {
            writer.name("bulk_index")
            writer.integer(index)
        }
        if let attribute = record.attribute {
            writer.name("attribute")
            writer.string(attribute)
        }
        writer.endObject()
    }

    mutating func write(_ rule: SimulatorRule, isOn: Bool) {
        writer.beginObject()
        writer.name("rule")
        writer.string(rule.rawValue)
        writer.name("level")
        writer.string(rule.level.rawValue)
        writer.name("on")
        writer.boolean(isOn)
        writer.name("switchable")
        writer.boolean(rule.isSwitchable)
        writer.name("reason")
        writer.string(rule.reason)
        writer.endObject()
    }
}
