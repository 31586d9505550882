import KafkaClient
import Observability
import Threads

/// Sees, when a service starts, that the dead-letter topic is there, and has the brokers create it if they do that.
///
/// Where it is missing the service says so at once and runs: messages that can be delivered are, and the first that cannot
/// waits, with its offset, until the topic is there. To find out only then would be too late for a person to be near.
struct DeadLetterTopicCheck: Sendable {
    let topic: String
    let producer: KafkaProducer
    let link: ThreadLink
    let status: RelayStatus
    let logger: Logger

    /// Asks until the topic is there or the service stops. Blocks the calling thread.
    func run() {
        let start = Clocks.bootNanoseconds
        while !link.isStopRequested, !link.isEngineDone {
            do {
                let count = try producer.partitionCount(topic, timeoutMilliseconds: 1_000)
                status.setMissingSink(nil)
                logger.debug("dead-letter topic", ["topic": .text(topic), "partitions": .integer(Int(count))])
                return
            } catch {
                // That no broker can be reached is said by the consumer; a broker that is just creating the topic needs a moment.
                let isUnreachable = [.timedOut, .transport, .allBrokersDown, .resolve].contains(error.code)
                if !isUnreachable, Clocks.bootNanoseconds - start > Self.grace { complain(error) }
            }
            Gate().wait(timeout: .milliseconds(200))
        }
    }

    private func complain(_ error: KafkaError) {
        let text =
            error.code == .unknownTopicOrPartition
            ? "the dead-letter topic '\(topic)' does not exist, and the brokers do not create it: create it "
                + "(kafka-topics.sh --create --topic \(topic)), or set dead_letter.file; a message that cannot be delivered "
                + "holds its partition until then"
            : "the dead-letter topic '\(topic)' cannot be used: \(error)"
        status.setMissingSink(text)
        logger.limited("dead-letter topic", every: .seconds(30))?
            .error("dead letters could not be stored", ["detail": .text(text)])
    }

    private static let grace: Int64 = 3_000_000_000
}
