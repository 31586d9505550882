import KafkaClient

/// Holds back topics whose values are not JSON but the binary form of a schema registry.
///
/// Belongs to the poll thread. A held topic is paused where its first withheld record stands; it goes on from there when a
/// person releases it, and is not judged again.
struct TopicGuard {
    private enum State {
        case judging(FirstValues)
        case open
        case held
    }

    /// By topic index.
    private var states: [State] = []
    /// Of each partition of a held topic the first record that was not handed on.
    private(set) var withheld: [TopicPartition: Int64] = [:]

    /// What to do with a record.
    enum Decision {
        /// Hand it on.
        case pass
        /// Withhold it: its topic is held.
        case withhold
        /// Withhold it and all of its topic that was not handed on yet: its topic is held from now on.
        case beginHold
    }

    /// Judges the topic of a record.
    mutating func decide(_ topic: Int, _ value: UnsafeRawBufferPointer?) -> Decision {
        while states.count <= topic { states.append(.judging(FirstValues())) }
        switch states[topic] {
        case .open: return .pass
        case .held: return .withhold
        case .judging(var values):
            switch values.see(value) {
            case .undecided: states[topic] = .judging(values)
            case .text: states[topic] = .open
            case .binary:
                states[topic] = .held
                return .beginHold
            }
            return .pass
        }
    }

    /// Whether a topic is held.
    func isHeld(_ topic: Int) -> Bool {
        guard states.indices.contains(topic), case .held = states[topic] else { return false }
        return true
    }

    /// Notes that a record was not handed on.
    ///
    /// - Returns: whether it is the first one of its partition, which is to be paused.
    mutating func withhold(_ place: TopicPartition, _ offset: Int64) -> Bool {
        let known = withheld[place]
        withheld[place] = min(known ?? offset, offset)
        return known == nil
    }

    /// The partition is no longer assigned here, or goes on.
    mutating func forget(_ place: TopicPartition) { withheld[place] = nil }

    /// Lets all topics pass; what was withheld is still to be read again.
    mutating func openAll() {
        for topic in states.indices where isHeld(topic) { states[topic] = .open }
    }
}
