internal import YAMLDocument

/// The brokers to begin with, as librdkafka takes them: `host:port`, several separated by commas.
enum BrokerList {
    /// What librdkafka takes in front of a broker: its names of `security.protocol`.
    private static let schemes = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]

    private static let range = "one or more brokers as host:port, separated by commas"
    private static let example = "kafka-1:9092,kafka-2:9092"

    /// Reads the list; each broker that is wrong is a fault of its own.
    static let rule = ValueRule<String>(
        expected: range,
        example: example,
        write: { $0 },
        read: { (cursor) throws(Refused) in
            guard case .text(let text) = cursor.node.value, !text.isEmpty else {
                throw cursor.refusal(expected: "\(range), such as \(example)")
            }
            let brokers = entries(text)
            let faults = brokers.indices.compactMap { fault(of: brokers[$0], at: $0, among: brokers.count) }
            for fault in faults { cursor.fault(fault) }
            guard faults.isEmpty else { throw Refused() }
            return brokers.joined(separator: ",")
        }
    )

    /// The brokers of a list without a port, for which librdkafka takes 9092.
    static func withoutPort(_ list: String) -> [String] {
        entries(list).filter { SettingRules.divided(withoutScheme($0).authority)?.port == nil }
    }

    private static func entries(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map(SettingRules.trimmed)
    }

    /// What is wrong with one broker, and what to write instead; nil for nothing.
    private static func fault(of broker: String, at index: Int, among count: Int) -> String? {
        if broker.isEmpty { return "entry \(index + 1) of \(count) is empty; remove a comma, or write a broker there" }
        if broker.contains(where: \.isWhitespace) {
            return "'\(broker)' has blanks in it; write one host:port, and a comma between two brokers"
        }
        let (scheme, authority) = withoutScheme(broker)
        if let scheme, !schemes.contains(scheme.uppercased()) {
            return "'\(broker)' begins with a scheme that is none of \(schemes.joined(separator: ", ")); write "
                + "\(authority.isEmpty ? "host:port" : authority), and what it needs as security.protocol in kafka.client"
        }
        guard !SettingRules.isAuthority(authority, needsPort: false) else { return nil }
        return "'\(broker)' is not a broker as host:port, such as kafka-1:9092"
    }

    /// A broker without the protocol in front, as in `SSL://host:9093`.
    private static func withoutScheme(_ broker: String) -> (scheme: String?, authority: String) {
        var rest = broker[...]
        while let colon = rest.firstIndex(of: ":") {
            if rest[colon...].hasPrefix("://") {
                return (String(broker[..<colon]), String(rest[rest.index(colon, offsetBy: 3)...]))
            }
            rest = rest[rest.index(after: colon)...]
        }
        return (nil, broker)
    }
}
