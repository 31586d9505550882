public import HTTPServer

/// The simulated API behind a real socket.
///
/// It listens when the initialiser returns and until ``stop()``. A call is applied when it arrives and answered after the
/// drawn latency, whatever comes in between; calls wait without holding a thread.
public final class SimulatorServer: Sendable {
    /// The port in use.
    public var port: UInt16 { listener.port }

    private let listener: HTTPListener
    private let core: Core

    private struct Core: Sendable {
        let batch: SimulatorLock<SimulatedBatch>
        let silenceMilliseconds: Int
        let onRejection: (@Sendable (SimulatorRejection) -> Void)?
    }

    /// Starts listening.
    ///
    /// - Parameters:
    ///   - settings: the API's behaviour.
    ///   - listening: address, port and TLS identity. Its limit of bodies is replaced by one above the simulator's own, so
    ///     that bodies somewhat too long get Batch's kind of answer.
    ///   - onRejection: called for each breach of a rule, on any thread, after the call was decided; for a log.
    /// - Throws: ``SimulatorServerError``.
    public init(
        settings: SimulatorSettings = SimulatorSettings(),
        listening: HTTPServerSettings = HTTPServerSettings(),
        onRejection: (@Sendable (SimulatorRejection) -> Void)? = nil
    ) throws(SimulatorServerError) {
        let core: Core
        do throws(SimulatorSettingsError) {
            var batch = try SimulatedBatch(settings: settings)
            batch.keepsNewRejections = onRejection != nil
            core = Core(
                batch: SimulatorLock(batch),
                silenceMilliseconds: settings.silenceMilliseconds,
                onRejection: onRejection
            )
        } catch {
            throw .settings(error)
        }
        var listening = listening
        listening.maximumBodyBytes = min(1 << 30, 2 * settings.maximumBodyBytes)
        do throws(HTTPServerError) {
            listener = try HTTPListener(
                settings: listening,
                immediate: { Self.answerAtOnce($0, core) },
                handler: { await Self.answer($0, core) }
            )
        } catch {
            throw .listening(error)
        }
        self.core = core
    }

    /// Answers one request without the network; meant for the routes under `/__sim/`, since latency is left out.
    public func respond(to request: SimulatorRequest) -> SimulatorDecision {
        let decision = core.batch.withLock { batch in
            let now = SimulatorInstant.now
            let decision = batch.handle(request, at: now)
            batch.finish(call: decision.call, at: now)
            return decision
        }
        Self.report(core)
        return decision
    }

    /// Stops listening and ends all calls that wait.
    public func stop() async { await listener.stop() }

    // MARK: Answers

    /// Without latency a request needs no task of its own.
    private static func answerAtOnce(_ request: HTTPServerRequest, _ core: Core) -> HTTPServerReply? {
        let decision = core.batch.withLock { batch -> SimulatorDecision? in
            guard batch.answersAtOnce || request.path.hasPrefix(SimulatedBatch.inspectionPrefix) else { return nil }
            let decision = batch.handle(SimulatorRequest(request), at: .now)
            batch.finish(call: decision.call, at: .now)
            return decision
        }
        guard let decision else { return nil }
        report(core)
        return reply(decision.outcome)
    }

    private static func answer(_ request: HTTPServerRequest, _ core: Core) async -> HTTPServerReply {
        let decision = core.batch.withLock { $0.handle(SimulatorRequest(request), at: .now) }
        report(core)
        let isSilent = decision.outcome == .silence
        let wait = isSilent ? core.silenceMilliseconds : decision.latencyMilliseconds
        // The simulated latency. A cancelled wait means that the listener stops: the answer is dropped then.
        if wait > 0 { try? await Task.sleep(for: .milliseconds(wait)) }
        core.batch.withLock { $0.finish(call: decision.call, at: .now) }
        return reply(decision.outcome)
    }

    private static func report(_ core: Core) {
        guard let onRejection = core.onRejection else { return }
        for rejection in core.batch.withLock({ $0.takeNewRejections() }) { onRejection(rejection) }
    }

    private static func reply(_ outcome: SimulatorDecision.Outcome) -> HTTPServerReply {
        switch outcome {
        case .reset: return .reset
        case .silence: return .close
        case .answer(let answer):
            var headers = [("Content-Type", answer.contentType)]
            if let seconds = answer.retryAfterSeconds { headers.append(("Retry-After", String(seconds))) }
            return .response(HTTPServerResponse(status: answer.status, headers: headers, body: answer.body))
        }
    }
}

/// Why a simulator could not be started.
public enum SimulatorServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A setting is out of its range.
    case settings(SimulatorSettingsError)
    /// The address cannot be listened on.
    case listening(HTTPServerError)

    /// What is wrong and what to change.
    public var description: String {
        switch self {
        case .settings(let error): error.description
        case .listening(let error): error.description
        }
    }
}

extension SimulatorRequest {
    /// Takes what the rules look at.
    init(_ request: HTTPServerRequest) {
        self.init(method: request.method, path: request.path, query: request.query, body: request.body)
        authorization = request.header("Authorization")
        project = request.header("X-Batch-Project")
        contentType = request.header("Content-Type")
        contentEncoding = request.header("Content-Encoding")
    }
}
