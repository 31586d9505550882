/// Reads the header `Retry-After` (RFC 9110, 10.2.3): seconds, or a date in one of the three forms of 5.6.7.
enum RetryAfter {
    /// A server that asks for more is not believed.
    private static let longestSeconds: Int64 = 86_400

    /// - Returns: nanoseconds to wait from now, 0 for a date that is past; nil when the value is neither form.
    static func nanoseconds(_ value: String, nowWallMilliseconds: Int64) -> Int64? {
        let words = value.utf8.split { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ",") }
        guard value.utf8.count <= 64, !words.isEmpty else { return nil }
        if words.count == 1 {
            guard words[0].allSatisfy(TextRules.isDigit) else { return nil }
            // More digits than fit 64 bits are also more than the longest wait.
            let seconds = Int64(String(words[0]) ?? "") ?? longestSeconds
            return min(seconds, longestSeconds) * 1_000_000_000
        }
        guard let date = HTTPDate.milliseconds(words) else { return nil }
        let wait = date.subtractingReportingOverflow(nowWallMilliseconds)
        guard !wait.overflow else { return nil }
        return min(max(0, wait.partialValue), longestSeconds * 1000) * 1_000_000
    }
}
