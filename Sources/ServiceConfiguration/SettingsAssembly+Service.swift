internal import YAMLDocument

// The parts of the file that are about neither Kafka nor Batch.
extension SettingsAssembly {
    func microBatch(_ section: SettingsReader) -> ServiceSettings.MicroBatch {
        let updates = section.value("max_updates", .integer(1...200), default: 200, "most operations in a call")
        let bytes = section.value(
            "max_bytes",
            .byteCount(10_000...100_000_000, example: "5MB"),
            default: 5_000_000,
            "longest body of a call"
        )
        let linger = section.value(
            "linger",
            .duration(from: .zero, example: "100ms"),
            default: .milliseconds(100),
            "how long the oldest waiting record waits for company; 0ms seals a call as soon as it may go"
        )
        let calls = section.value(
            "calls_in_flight",
            .integer(1...64),
            default: 4,
            "calls that may wait for their answer"
        )
        section.map.finish()
        return ServiceSettings.MicroBatch(
            maximumUpdateCount: updates,
            maximumByteCount: bytes,
            linger: linger,
            callsInFlight: calls
        )
    }

    func window(_ section: SettingsReader) -> ServiceSettings.Window {
        let records = section.value(
            "max_records",
            .integer(1...10_000_000),
            default: 50_000,
            "records read and not settled; more pause the reading"
        )
        let bytes = section.value(
            "max_bytes",
            .byteCount(1_000_000...64_000_000_000, example: "64MB"),
            default: 64_000_000,
            "memory of such records"
        )
        section.map.finish()
        return ServiceSettings.Window(maximumRecordCount: records, maximumByteCount: bytes)
    }

    func events(_ section: SettingsReader) -> ServiceSettings.Events {
        let late = section.value(
            "late",
            .choice,
            default: ServiceSettings.Events.Treatment.drop,
            "what becomes of an event older than 23 h 50 min when it is read"
        )
        let expired = section.value(
            "expired",
            .choice,
            default: ServiceSettings.Events.Treatment.deadLetter,
            "what becomes of an event that grows that old while it waits"
        )
        let attribute = section.optional(
            "id_attribute",
            SettingRules.attribute,
            "event attribute that takes the message's id"
        )
        section.map.finish()
        return ServiceSettings.Events(late: late, expired: expired, idAttribute: attribute)
    }

    func deadLetter(_ section: SettingsReader, topics: [String]) -> ServiceSettings.DeadLetter? {
        let topic = section.optional(
            "topic",
            SettingRules.topic,
            standard: "the first topic of kafka.topics, with `.dead-letter`",
            "topic for messages that cannot be delivered; it must not be read by this service"
        )
        let file = section.optional(
            "file",
            .text("the path of a file", example: "dead-letters.jsonl"),
            "file for them instead of the topic"
        )
        let share = section.value(
            "max_share",
            .share(example: "20%"),
            default: 0.2,
            "share of the last 1000 records above which the service holds; 100% never holds"
        )
        section.map.finish()
        if let file { return ServiceSettings.DeadLetter(sink: .file(file), maximumShare: share) }
        // After a fault of either key nothing is guessed.
        if topic == nil, section.map.isWritten("topic") || section.map.isWritten("file") { return nil }
        guard let name = topic ?? topics.first.flatMap({ Self.deadLetterTopic(of: $0) }) else {
            if let first = topics.first {
                let why =
                    first.hasPrefix("^") ? "a pattern has no topic of its own" : "the topic's name is too long for one"
                section.missing("topic", "\(SettingRules.topic.expected) (\(why))")
            }
            return nil
        }
        if let covering = topics.first(where: { TopicPattern.matches($0, topic: name) == true }) {
            let path = section.path(to: "topic")
            let place = section.log.places[path] ?? section.log.places["kafka.topics"] ?? section.map.cursor.place
            section.map.cursor.reading.add(
                Fault(
                    at: place,
                    path: path,
                    "'\(name)' is read by this service itself, by '\(covering)' in kafka.topics; name another topic"
                )
            )
            return nil
        }
        return ServiceSettings.DeadLetter(sink: .topic(name), maximumShare: share)
    }

    private static func deadLetterTopic(of topic: String) -> String? {
        let name = topic + ".dead-letter"
        return TopicPattern.isName(name) ? name : nil
    }

    func admin(_ section: SettingsReader) -> ServiceSettings.Admin {
        let listen = section.value(
            "listen",
            SettingRules.listen,
            default: ListenAddress(host: "127.0.0.1", port: 9400),
            "address and port of health, metrics and dashboard; port 0 takes any"
        )
        let file = section.optional(
            "token_file",
            .text("the path of a file", example: "/run/secrets/admin"),
            "file that holds the token that actions ask for"
        )
        let isReady = section.value(
            "ready_when_held",
            .boolean,
            default: true,
            "whether a service that holds is reported as ready"
        )
        section.map.finish()
        var token: Secret?
        if let file {
            do throws(SecretFileError) {
                token = try readSecret(file)
            } catch {
                let path = section.path(to: "token_file")
                let place = section.log.places[path] ?? section.map.cursor.place
                section.map.cursor.reading.add(Fault(at: place, path: path, error.description))
            }
        }
        return ServiceSettings.Admin(listen: listen, token: token, tokenFile: file, isReadyWhenHeld: isReady)
    }

    func log(_ section: SettingsReader) -> ServiceSettings.Log {
        let level = section.value(
            "level",
            .choice,
            default: ServiceSettings.Log.Level.info,
            "lowest level that is written"
        )
        let format = section.value("format", .choice, default: ServiceSettings.Log.Format.text, "form of a line")
        section.map.finish()
        return ServiceSettings.Log(level: level, format: format)
    }
}

extension MapReader {
    /// Whether the key is there with a value other than null, so that a nil of `optional` means a fault.
    fileprivate func isWritten(_ key: String) -> Bool {
        guard has(key), let value = cursor(key) else { return false }
        return value.node.value != .null
    }
}
