import Delivery
import KafkaClient

/// Stores dead letters. Used by the engine thread alone.
protocol DeadLetterSink: AnyObject {
    /// Takes a letter; it is stored some time after, whatever it takes.
    func submit(_ letter: DeadLetter, from place: TopicPartition)

    /// Works on what was taken.
    ///
    /// - Returns: the letters that are stored now, and what keeps the others waiting, if something does.
    func poll() -> (stored: [DeadLetterID], trouble: String?)

    /// Letters that are not stored yet.
    var waitingCount: Int { get }
}
