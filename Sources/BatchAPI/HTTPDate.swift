/// Dates in headers of HTTP (RFC 9110, 5.6.7), in each of the three forms.
public enum HTTPDate {
    /// Reads the value of a header such as `Date`.
    ///
    /// - Parameter text: the header's value, foreign.
    /// - Returns: milliseconds since 1970, UTC; nil for anything that is no such date.
    public static func milliseconds(_ text: String) -> Int64? {
        guard text.utf8.count <= 64 else { return nil }
        return milliseconds(text.utf8.split { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ",") })
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`.
    static func milliseconds(_ words: [Substring.UTF8View]) -> Int64? {
        var date: [Substring.UTF8View]
        let time: Substring.UTF8View
        switch words.count {
        case 6:
            guard words[5].elementsEqual("GMT".utf8) else { return nil }
            (date, time) = ([words[1], words[2], words[3]], words[4])
        case 4:
            guard words[3].elementsEqual("GMT".utf8) else { return nil }
            (date, time) = (words[1].split(separator: UInt8(ascii: "-")), words[2])
        case 5: (date, time) = ([words[2], words[1], words[4]], words[3])
        default: return nil
        }
        let parts = time.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard date.count == 3, parts.count == 3, let day = number(date[0]), let month = month(date[1]),
            var year = number(date[2]), let hour = number(parts[0]), let minute = number(parts[1]),
            let second = number(parts[2])
        else { return nil }
        // Two digits: RFC 9110 asks for the year that is not more than 50 years ahead; this century is near enough.
        if date[2].count == 2 { year += year >= 80 ? 1900 : 2000 }
        guard hour < 24, minute < 60, second <= 60, day >= 1, day <= Timestamp.days(ofMonth: month, year) else {
            return nil
        }
        let seconds = Timestamp.days(year, month, day) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        return seconds * 1000
    }

    private static func number(_ word: Substring.UTF8View) -> Int? {
        guard !word.isEmpty, word.count <= 4, word.allSatisfy(TextRules.isDigit) else { return nil }
        return word.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    private static func month(_ word: Substring.UTF8View) -> Int? {
        let names = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        return names.firstIndex { $0.utf8.elementsEqual(word) }.map { $0 + 1 }
    }
}
