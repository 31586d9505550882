import Delivery
import KafkaClient
import Observability

/// Topics that are not JSON: nothing of them is handed on until a person says so.
extension PollLoop {
    /// Whether a record is held back, with its topic.
    func withholds(_ record: borrowing KafkaRecord) -> Bool {
        let decision = topics.decide(record.topicIndex, record.value)
        if case .pass = decision { return false }
        let name = consumer.topicName(record.topicIndex)
        if case .beginHold = decision { beginHold(of: name) }
        withhold(TopicPartition(topic: name, partition: record.partition), record.offset)
        return true
    }

    /// What of the topic is mapped and not handed over yet is taken back, so that it becomes no dead letter.
    private func beginHold(of topic: String) {
        for record in takeBack(fromTopic: topic) { withhold(place(of: record.partition), record.offset) }
        let detail = "most of the first \(FirstValues.count) values of topic '\(topic)' begin with a zero byte"
        link.send(.topicHeld(HoldReason(kind: .binaryTopic, detail: detail)))
    }

    private func withhold(_ place: TopicPartition, _ offset: Int64) {
        guard topics.withhold(place, offset) else { return }
        do {
            try consumer.pause([place])
        } catch {
            // Unpaused it is read and thrown away, and read again later.
            logger.warning("pause or resume failed", ["error": .text(error.description)])
        }
    }

    /// Reads what was withheld from its first record on. What cannot be moved back is tried again with the next round: to go on
    /// further ahead would lose records.
    func releaseTopics() {
        for (place, offset) in topics.withheld {
            do {
                if misplaced[place] == nil {
                    try consumer.seek([PartitionOffset(place, offset: offset)], timeoutMilliseconds: 2_000)
                } else {
                    // librdkafka has given it up, so that it must be restarted.
                    misplaced[place] = offset
                }
                restartSequence(of: place, at: offset)
                topics.forget(place)
                if !pausedByEngine.contains(place) { try consumer.resume([place]) }
            } catch {
                logger.warning("cannot go back to what was held; trying again", ["error": .text(error.description)])
                return
            }
        }
        topics.openAll()
        isReleasing = false
    }
}
