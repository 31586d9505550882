internal import Threads

/// An answer that an asynchronous handler is working on while its connection is suspended.
///
/// The lock orders the three who touch it: the thread of the connection, the handler's task, and the stop of the listener.
final class PendingAnswer: Sendable {
    private enum Phase {
        case new
        case waiting(MHDConnection, Task<Void, Never>)
        case ready(HTTPServerReply)
        case taken
    }

    private let phase = Lock(Phase.new)

    /// Suspends the connection and starts the handler. Called on the connection's thread, in its callback.
    ///
    /// - Returns: false when the listener is stopping; then nothing was suspended or started.
    func start(_ connection: MHDConnection, _ request: HTTPServerRequest, in core: ListenerCore) -> Bool {
        phase.withLock { phase in
            // Inside the lock, so that a stop which sees this answer waits here until it is suspended.
            guard core.add(self) else { return false }
            connection.suspend()
            let task = Task {
                finish(await core.handler(request))
                core.remove(self)
            }
            phase = .waiting(connection, task)
            return true
        }
    }

    /// Keeps the reply and wakes the connection, whose thread then calls ``take()``. Only the first reply counts.
    func finish(_ reply: HTTPServerReply) {
        let isTaken = phase.withLock { phase in
            guard case .waiting(let connection, _) = phase else { return false }
            phase = .ready(reply)
            // Under the lock: once resumed, the connection may be gone at any time.
            connection.resume()
            return true
        }
        if !isTaken { reply.drop() }
    }

    /// Answers in the handler's place because the listener stops, and returns the handler's task, to be cancelled.
    func abort(_ reply: HTTPServerReply) -> Task<Void, Never>? {
        phase.withLock { phase in
            guard case .waiting(let connection, let task) = phase else { return nil }
            phase = .ready(reply)
            connection.resume()
            return task
        }
    }

    /// The reply, once; nil while there is none.
    func take() -> HTTPServerReply? {
        phase.withLock { phase in
            guard case .ready(let reply) = phase else { return nil }
            phase = .taken
            return reply
        }
    }
}

extension HTTPServerReply {
    /// Says goodbye to a reply that nobody will get: the producer of an event stream must learn that it is over.
    func drop() {
        if case .events(let stream) = self { stream.close() }
    }
}
