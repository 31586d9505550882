internal import Glibc

/// Topics as a subscription names them.
enum TopicPattern {
    /// Whether Kafka allows this name: 1 to 249 letters, digits, `.`, `_` and `-`, not `.` or `..`.
    static func isName(_ text: String) -> Bool {
        (1...249).contains(text.utf8.count) && text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }

    /// Whether a subscription covers a topic; nil for a pattern that is no regular expression.
    ///
    /// librdkafka takes what begins with `^` as an extended POSIX expression, and so does this, by the same functions.
    static func matches(_ subscription: String, topic: String) -> Bool? {
        guard subscription.hasPrefix("^") else { return subscription == topic }
        var expression = regex_t()
        guard regcomp(&expression, subscription, REG_EXTENDED | REG_NOSUB) == 0 else { return nil }
        defer { regfree(&expression) }
        return regexec(&expression, topic, 0, nil, 0) == 0
    }
}
