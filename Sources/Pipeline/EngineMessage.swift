import Delivery
import KafkaClient
import Threads

/// What the poll thread tells the engine thread, in order.
enum EngineMessage: Sendable {
    /// An event for the engine as it is.
    case event(DeliveryEvent)
    /// Partitions have come; their names by index.
    case assigned([PartitionAssignment], AssignmentScope, names: [TopicPartition])
    /// Partitions are to be given back; the gate opens when they may.
    case revoked([PartitionIndex], Gate)
    /// Partitions have been taken by others; the gate opens when nothing of them is committed any more.
    case lost([PartitionIndex], Gate)
    /// The consumer cannot go on.
    case failed(KafkaError)
    /// A topic is not read any further until a person releases it.
    case topicHeld(HoldReason)
    /// The control thread asks for an orderly end.
    case stop
    /// The control thread asks to read the key again and to release holds.
    case reload

    /// How much of the queue's room it takes.
    var weight: Int {
        if case .event(.records(let records)) = self { return max(1, records.count) }
        return 1
    }
}

/// What the engine thread asks of the poll thread.
enum PollCommand: Sendable {
    case pause([PartitionIndex])
    case resume([PartitionIndex])
    /// Read held topics from where they were held.
    case releaseTopics
}

/// What both threads share: two queues and the word that the engine has ended.
final class ThreadLink: Sendable {
    /// To the engine. The bound is what mapping may be ahead of it.
    let inbox = BoundedQueue<EngineMessage>(limit: 4_096)
    private let commands = Lock<[PollCommand]>([])
    private let state = Lock(State())

    private struct State {
        var isStopRequested = false
        var isEngineDone = false
        var wakeEngine: (@Sendable () -> Void)?
    }

    func send(_ message: EngineMessage) {
        inbox.push(message, weight: message.weight)
        state.withLock { $0.wakeEngine }?()
    }

    func order(_ command: PollCommand) { commands.withLock { $0.append(command) } }

    func takeCommands() -> [PollCommand] {
        commands.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }

    func setWaker(_ waker: @escaping @Sendable () -> Void) { state.withLock { $0.wakeEngine = waker } }

    var isStopRequested: Bool { state.withLock { $0.isStopRequested } }

    var isEngineDone: Bool { state.withLock { $0.isEngineDone } }

    func requestStop() { state.withLock { $0.isStopRequested = true } }

    /// The engine has ended: nobody takes messages any more.
    func finishEngine() {
        state.withLock { $0.isEngineDone = true }
        inbox.close()
    }
}
