internal import JSONDocument

/// What a test changes while the simulator runs.
extension SimulatedBatch {
    /// `POST /__sim/faults`: names left out keep their value; an unknown name or a value out of range changes nothing.
    mutating func changeFaults(_ request: SimulatorRequest) -> SimulatorAnswer {
        var new = faults
        do throws(ControlError) {
            try parseObject(request.body)
            let body = request.body
            let text = body.span
            var members = tape.members(of: tape.root)
            while let member = tape.next(&members) {
                let name = tape.string(of: member.name, in: text) ?? ""
                try new.change(name, member.value, tape, text)
            }
            do throws(SimulatorSettingsError) { try new.check() } catch { throw ControlError(message: "\(error)") }
        } catch {
            return SimulatorErrorCode.malformedParameter.answer(error.message)
        }
        replaceFaults(new)
        return faultsAnswer()
    }

    /// `POST /__sim/credentials`: `{"rest_key": …, "project_key": …}`, each optional. The answer does not repeat them.
    mutating func changeCredentials(_ request: SimulatorRequest) -> SimulatorAnswer {
        var rest = restKey
        var project = projectKey
        do throws(ControlError) {
            try parseObject(request.body)
            let body = request.body
            let text = body.span
            var members = tape.members(of: tape.root)
            while let member = tape.next(&members) {
                guard let value = tape.string(of: member.value, in: text), !value.isEmpty else {
                    throw ControlError(message: "a key must be a string that is not empty")
                }
                switch tape.string(of: member.name, in: text) {
                case "rest_key": rest = value
                case "project_key": project = value
                default: throw ControlError(message: "write rest_key, project_key or both")
                }
            }
        } catch {
            return SimulatorErrorCode.malformedParameter.answer(error.message)
        }
        restKey = rest
        projectKey = project
        return Self.done
    }

    /// `GET /__sim/faults`.
    func faultsAnswer() -> SimulatorAnswer {
        var writer = JSONWriter()
        faults.write(to: &writer)
        return SimulatorAnswer(status: 200, body: writer.bytes)
    }

    private mutating func parseObject(_ body: [UInt8]) throws(ControlError) {
        let text = body.span
        do throws(JSONSyntaxError) {
            try tape.parse(text)
        } catch {
            throw ControlError(message: "the body is not JSON: \(error.description)")
        }
        guard tape.kind(of: tape.root) == .object else { throw ControlError(message: "the body must be an object") }
    }
}

/// Why a control request changes nothing.
struct ControlError: Error {
    let message: String
}

extension SimulatorFaults {
    private static let rates: [(name: String, path: any WritableKeyPath<SimulatorFaults, Double> & Sendable)] = [
        ("too_many_requests_rate", \.tooManyRequestsRate), ("server_error_rate", \.serverErrorRate),
        ("server_error_after_rate", \.serverErrorAfterRate), ("maintenance_rate", \.maintenanceRate),
        ("reset_before_rate", \.resetBeforeRate), ("reset_after_rate", \.resetAfterRate),
        ("silence_rate", \.silenceRate), ("partial_error_rate", \.partialErrorRate),
    ]

    /// Reads one member of the body of `POST /__sim/faults`.
    mutating func change(
        _ name: String,
        _ value: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) throws(ControlError) {
        if let rate = Self.rates.first(where: { $0.name == name }) {
            guard let number = tape.double(of: value, in: text) else {
                throw ControlError(message: "\(name) must be a number from 0 to 1")
            }
            self[keyPath: rate.path] = number
            return
        }
        switch name {
        case "partial_error_attribute":
            partialErrorAttribute = tape.string(of: value, in: text)
            guard partialErrorAttribute != nil || tape.kind(of: value) == .null else {
                throw ControlError(message: "partial_error_attribute must be a string or null")
            }
        case "latency_ms":
            try changeLatency(value, tape, text)
        case "failures":
            try changeFailures(value, tape, text)
        case "outage":
            guard let outage = tape.string(of: value, in: text).flatMap(SimulatorOutage.init) else {
                let names = SimulatorOutage.allCases.map(\.rawValue).joined(separator: ", ")
                throw ControlError(message: "outage must be one of \(names)")
            }
            self.outage = outage
        case "seed":
            guard let seed = tape.int64(of: value, in: text) else {
                throw ControlError(message: "seed must be a whole number")
            }
            self.seed = UInt64(bitPattern: seed)
        default:
            throw ControlError(message: "unknown name '\(name)'; GET /__sim/faults shows all")
        }
    }

    /// `{"custom id": "bad_request"}` replaces all failures.
    private mutating func changeFailures(
        _ value: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) throws(ControlError) {
        var failures: [String: SimulatorFailure] = [:]
        var members = tape.members(of: value)
        while let member = tape.next(&members) {
            guard let customID = tape.string(of: member.name, in: text),
                let failure = tape.string(of: member.value, in: text).flatMap(SimulatorFailure.init)
            else {
                let names = SimulatorFailure.allCases.map(\.rawValue).joined(separator: ", ")
                throw ControlError(message: "failures must be an object of Custom IDs and one of \(names)")
            }
            failures[customID] = failure
        }
        self.failures = failures
    }

    /// `5` or `[5, 20]`.
    private mutating func changeLatency(
        _ value: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) throws(ControlError) {
        let low = tape.element(at: 0, of: value) ?? value
        let high = tape.element(at: 1, of: value) ?? low
        guard let low = tape.int64(of: low, in: text), let high = tape.int64(of: high, in: text), low <= high else {
            throw ControlError(message: "latency_ms must be a number or two, the lower first")
        }
        latencyMilliseconds = Int(low)...Int(high)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for rate in Self.rates {
            writer.name(rate.name)
            writer.raw(Array("\(self[keyPath: rate.path])".utf8).span)
        }
        writer.name("partial_error_attribute")
        if let partialErrorAttribute { writer.string(partialErrorAttribute) } else { writer.null() }
        writer.name("latency_ms")
        writer.beginArray()
        writer.integer(latencyMilliseconds.lowerBound)
        writer.integer(latencyMilliseconds.upperBound)
        writer.endArray()
        writer.name("failures")
        writer.beginObject()
        for (customID, failure) in failures.sorted(by: { $0.key < $1.key }) {
            writer.name(customID)
            writer.string(failure.rawValue)
        }
        writer.endObject()
        writer.name("outage")
        writer.string(outage.rawValue)
        writer.name("seed")
        writer.integer(Int64(bitPattern: seed))
        writer.endObject()
    }
}
