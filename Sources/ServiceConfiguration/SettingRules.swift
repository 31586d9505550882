internal import YAMLDocument

/// Kinds of values that only this service has.
enum SettingRules {
    /// A topic's name, or a pattern.
    static let subscription = ValueRule<String>(
        scalar: "a topic or a pattern that begins with '^'",
        example: #"'^analytics\..*'"#,
        write: { $0 },
        parse: { node in
            guard let text = node.scalarText else { return nil }
            if text.hasPrefix("^") { return TopicPattern.matches(text, topic: "") == nil ? nil : text }
            return TopicPattern.isName(text) ? text : nil
        }
    )

    /// A topic's name.
    static let topic = ValueRule<String>(
        scalar: "a topic (1 to 249 letters, digits, '.', '_' and '-')",
        example: "analytics.events.dead-letter",
        write: { $0 },
        parse: { node in node.scalarText.flatMap { TopicPattern.isName($0) ? $0 : nil } }
    )

    /// `earliest`, `latest` or a time.
    static let start = ValueRule<ServiceSettings.Kafka.Start>(
        scalar: "earliest, latest or a time",
        example: "2026-01-01T00:00:00Z",
        write: { start in
            switch start {
            case .earliest: "earliest"
            case .latest: "latest"
            case .time(let milliseconds): "\(milliseconds)"
            }
        },
        parse: { node in
            switch node.scalarText {
            case "earliest": .earliest
            case "latest": .latest
            case let text?: WrittenTime.milliseconds(text).map { .time(milliseconds: $0) }
            case nil: nil
            }
        }
    )

    /// `https://host`, with a port and a path if need be; a slash at the end does not count.
    static let baseURL = ValueRule<String>(
        scalar: "a URL with http or https, a port up to 65535 and without user, query and fragment",
        example: "http://127.0.0.1:8080",
        write: { $0 },
        parse: { node in node.scalarText.flatMap(url) }
    )

    /// `2.11`.
    static let apiVersion = ValueRule<String>(
        scalar: "a version of two numbers in quotes",
        example: "\"2.11\"",
        write: { "\"\($0)\"" },
        parse: { node in
            guard let text = node.scalarText else { return nil }
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            let isVersion =
                parts.count == 2
                && parts.allSatisfy { (1...4).contains($0.utf8.count) && $0.utf8.allSatisfy(isDigit) }
            return isVersion ? text : nil
        }
    )

    /// What goes into a header or a path as it stands.
    static func token(_ what: String, example: String) -> ValueRule<String> {
        ValueRule(
            scalar: "\(what) (letters, digits, '_' and '-')",
            example: example,
            write: { $0 },
            parse: { node in
                guard let text = node.scalarText, (1...255).contains(text.utf8.count) else { return nil }
                return text.utf8.allSatisfy { isWordByte($0) || $0 == UInt8(ascii: "-") } ? text : nil
            }
        )
    }

    /// The name of an attribute at Batch.
    static let attribute = ValueRule<String>(
        scalar: "an attribute's name (1 to 30 of a-z, 0-9 and '_')",
        example: "message_id",
        write: { $0 },
        parse: { node in
            guard let text = node.scalarText, (1...30).contains(text.utf8.count) else { return nil }
            return text.utf8.allSatisfy { isWordByte($0) && !(0x41...0x5A).contains($0) } ? text : nil
        }
    )

    /// `127.0.0.1:9400`.
    static let listen = ValueRule<ListenAddress>(
        scalar: "an address and a port",
        example: "127.0.0.1:9400",
        write: { $0.description },
        parse: { node in node.scalarText.flatMap(listenAddress) }
    )

    /// Properties for librdkafka: text, numbers or booleans by name. Values are never shown in faults.
    static let clientProperties = ValueRule<[ClientProperty]>(
        expected: "a map of librdkafka properties to text, number or boolean",
        example: "{ security.protocol: SASL_SSL }",
        write: { _ in "{}" },
        read: { (cursor) throws(Refused) in
            var properties: [ClientProperty] = []
            var isRefused = false
            for (name, value) in try cursor.members(expected: "a map of librdkafka properties") {
                if let remedy = OwnedProperties.remedies[name] {
                    value.fault("'\(name)' belongs to the service; \(remedy)")
                    isRefused = true
                } else if let text = text(ofProperty: name, value) {
                    properties.append(ClientProperty(name: name, value: text))
                } else {
                    isRefused = true
                }
            }
            guard !isRefused else { throw Refused() }
            return properties.sorted { $0.name < $1.name }
        }
    )

    /// A property's time; in quotes it is a number too, since librdkafka takes texts.
    private static let milliseconds = ValueRule<Int>(
        scalar: "a number of milliseconds from 1 to 86400000",
        example: "45000",
        write: { "\($0)" },
        parse: { node in node.scalarText.flatMap { Int($0) }.flatMap { (1...86_400_000).contains($0) ? $0 : nil } }
    )

    /// The only version of the file's form so far.
    static let version = ValueRule<Int>(scalar: "1", write: { "\($0)" }, parse: { $0.value == .integer(1) ? 1 : nil })

    // MARK: Parts

    private static func text(ofProperty name: String, _ cursor: NodeCursor) -> String? {
        switch cursor.node.value {
        case .text, .integer, .number, .boolean: break
        case .null, .list, .map:
            cursor.fault("\(cursor.node.kindInWords) is not text, a number or a boolean")
            return nil
        }
        // Two properties take part in checks, so that they must be numbers here already.
        if name == "max.poll.interval.ms" || name == "session.timeout.ms" {
            return cursor.read(milliseconds).map(String.init)
        }
        if case .boolean(let value) = cursor.node.value { return value ? "true" : "false" }
        return cursor.node.scalarText
    }

    private static func url(_ text: String) -> String? {
        guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else { return nil }
        guard text.utf8.allSatisfy({ (33...126).contains($0) && !#"?#@\"<>"#.utf8.contains($0) }) else { return nil }
        let rest = text.dropFirst(scheme.count)
        guard isAuthority(String(rest.prefix { $0 != "/" }), needsPort: false) else { return nil }
        return String(text.reversed().drop { $0 == "/" }.reversed())
    }

    static func isAuthority(_ text: String, needsPort: Bool) -> Bool {
        guard let (host, port) = divided(text) else { return false }
        guard !host.isEmpty, host.utf8.allSatisfy({ isWordByte($0) || "-.:%".utf8.contains($0) }) else { return false }
        guard let port else { return !needsPort }
        return port > 0
    }

    private static func listenAddress(_ text: String) -> ListenAddress? {
        guard let (host, port) = divided(text), let port, !host.isEmpty,
            host.utf8.allSatisfy({ isWordByte($0) || "-.:%".utf8.contains($0) })
        else { return nil }
        return ListenAddress(host: host, port: port)
    }

    /// Host and port; an address of version 6 stands in brackets. Nil where the port is none.
    static func divided(_ text: String) -> (host: String, port: UInt16?)? {
        var host = text
        var rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = String(text[text.index(after: text.startIndex)..<end])
            rest = text[text.index(after: end)...]
            guard host.contains(":") else { return nil }
        } else {
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            host = String(text[..<colon])
            rest = text[colon...]
        }
        guard !rest.isEmpty else { return (host, nil) }
        rest = rest.dropFirst()
        guard text.contains("]:") || !text.hasPrefix("["), rest.utf8.allSatisfy(isDigit), let port = UInt16(rest) else {
            return nil
        }
        return (host, port)
    }

    static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        default: false
        }
    }
}
