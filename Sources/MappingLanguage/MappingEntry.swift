public import YAMLDocument

/// What becomes of the result of a mapping. Each names a shape of result that `BatchAPI` checks.
public enum MappingAction: String, Sendable, Hashable, CaseIterable {
    /// A profile update.
    case updateProfile = "update_profile"
    /// Members of an audience (API 2.x).
    case updateAudience = "update_audience"
    /// Members of a custom audience of the legacy API.
    case updateCustomAudience = "update_custom_audience"
    /// User data of the legacy API.
    case updateUserData = "update_user_data"
}

/// One entry of a mapping file: which messages it takes, and what it makes of them.
public struct MappingEntry: Sendable {
    /// How a message becomes a result.
    public enum Method: Sendable {
        /// By a mapping of the mapping language.
        case plan(MappingPlan)
        /// By the mapping that ships, with the options of the file's `defaults` block.
        case standard
    }

    /// The entry's name, unique in its file; appears in metrics, dead letters and explanations.
    public let name: String
    /// Which messages it takes.
    public let trigger: Trigger
    /// What becomes of the result.
    public let action: MappingAction
    /// How a message becomes a result.
    public let method: Method
    /// Whether entries behind this one are skipped for a message that it takes.
    public let isFinal: Bool
    /// The topics it is restricted to; empty for all.
    public let topics: [TopicPattern]

    /// Where it stands in its file, such as `mappings[2]`.
    public let path: String
    /// Where its action stands in the file.
    public let actionMark: YAMLNode.Mark

    /// What an own mapping can give, for checks; nil for the mapping that ships.
    public let outline: MappingOutline?
    /// Where Segment would do something else with this entry (mapping language, section 8).
    public let differences: [SegmentDifference]
    /// What is most likely not meant as it is read, but valid.
    public let mistakes: [LikelyMistake]

    /// Whether trigger or mapping ask for fields of the Kafka record.
    public var readsRecord: Bool {
        switch method {
        case .plan(let plan): trigger.readsRecord || plan.readsRecord
        case .standard: trigger.readsRecord
        }
    }

    /// Whether records of this topic concern the entry at all. Ask once a partition, not once a record.
    public func applies(toTopic topic: String) -> Bool {
        topics.isEmpty || topics.contains { $0.matches(topic) }
    }
}

/// The name of a topic, or a regular expression that starts with `^`.
public struct TopicPattern: Sendable, Hashable {
    /// The name or pattern as written.
    public let text: String

    /// - Returns: nil for an empty text, and for a pattern that is no regular expression.
    public init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        if text.hasPrefix("^"), (try? Regex(text)) == nil { return nil }
        self.text = text
    }

    /// Whether this is the topic's name, or finds a match in it (as librdkafka's subscriptions do: `^a` takes `ab`).
    ///
    /// A pattern is compiled for each call, since a compiled one must not pass between threads.
    public func matches(_ topic: String) -> Bool {
        guard text.hasPrefix("^") else { return text == topic }
        guard let pattern = try? Regex(text) else { return false }
        return topic.firstMatch(of: pattern) != nil
    }
}
