internal import CMicroHTTPD
internal import Glibc
internal import Synchronization
internal import Threads

/// What the callbacks of one running daemon share: the handlers, and everything that a stop must wake.
final class ListenerCore: Sendable {
    private struct Registry {
        var isStopping = false
        var answers: [ObjectIdentifier: PendingAnswer] = [:]
        var streams: [ObjectIdentifier: HTTPEventStream] = [:]
        var heartbeat: Task<Void, Never>?
    }

    static let stoppingResponse = HTTPServerResponse.text(503, "the server is stopping\n")

    let settings: HTTPServerSettings
    let immediate: HTTPImmediateHandler?
    let handler: HTTPServerHandler
    private let registry = Lock(Registry())
    private let stopping = Atomic(false)
    private let openExchangeCount = Atomic(0)

    init(settings: HTTPServerSettings, immediate: HTTPImmediateHandler?, handler: @escaping HTTPServerHandler) {
        self.settings = settings
        self.immediate = immediate
        self.handler = handler
    }

    /// Whether new requests are refused. A hint without a lock; `add` has the final say.
    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    func exchangeBegan() { openExchangeCount.add(1, ordering: .relaxed) }

    func exchangeEnded() { openExchangeCount.subtract(1, ordering: .relaxed) }

    /// Notes an answer that a stop must finish; false when the stop has begun.
    func add(_ answer: PendingAnswer) -> Bool {
        registry.withLock { registry in
            guard !registry.isStopping else { return false }
            registry.answers[ObjectIdentifier(answer)] = answer
            return true
        }
    }

    func remove(_ answer: PendingAnswer) {
        registry.withLock { registry in registry.answers[ObjectIdentifier(answer)] = nil }
    }

    /// Notes a stream that gets heartbeats and that a stop must finish; false when the stop has begun.
    func add(_ stream: HTTPEventStream) -> Bool {
        registry.withLock { registry in
            guard !registry.isStopping else { return false }
            registry.streams[ObjectIdentifier(stream)] = stream
            if registry.heartbeat == nil { registry.heartbeat = Task { [weak self] in await self?.beat() } }
            return true
        }
    }

    func remove(_ stream: HTTPEventStream) {
        registry.withLock { registry in registry.streams[ObjectIdentifier(stream)] = nil }
    }

    /// How many delayed answers and event streams are open.
    var openCount: Int { registry.withLock { $0.answers.count + $0.streams.count } }

    /// Sends heartbeats while there are streams.
    private func beat() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: settings.heartbeatInterval) } catch { return }
            let streams = registry.withLock { registry in
                if registry.streams.isEmpty { registry.heartbeat = nil }
                return Array(registry.streams.values)
            }
            if streams.isEmpty { return }
            for stream in streams { stream.heartbeat() }
        }
    }

    /// Refuses new requests, answers the waiting ones with 503, ends the streams, and gives all of them up to `limit` to be
    /// sent. Afterwards no connection is suspended, nor will be: libmicrohttpd aborts the process otherwise.
    func drain(limit: Duration) {
        stopping.store(true, ordering: .relaxed)
        let (answers, streams, heartbeat) = registry.withLock { registry in
            registry.isStopping = true
            defer { (registry.answers, registry.streams, registry.heartbeat) = ([:], [:], nil) }
            return (Array(registry.answers.values), Array(registry.streams.values), registry.heartbeat)
        }
        heartbeat?.cancel()
        for stream in streams { stream.finish() }
        // First the answers, then the cancellations: a cancelled handler might answer something else.
        let tasks = answers.compactMap { $0.abort(.response(Self.stoppingResponse)) }
        for task in tasks { task.cancel() }
        let deadline = ContinuousClock.now + limit
        while openExchangeCount.load(ordering: .relaxed) > 0, ContinuousClock.now < deadline { usleep(500) }
    }
}
