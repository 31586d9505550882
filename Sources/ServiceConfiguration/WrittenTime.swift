/// Times as people write them: RFC 3339, a date alone being midnight in UTC.
enum WrittenTime {
    /// Milliseconds since 1970 (UTC) of `2026-01-01` or `2026-01-01T08:30:00.5+02:00`; nil for anything else, also for a
    /// time without a zone and for days that are not in the calendar.
    static func milliseconds(_ text: String) -> Int64? {
        var rest = Array(text.utf8)[...]
        guard let year = digits(4, &rest), take("-", &rest), let month = digits(2, &rest), take("-", &rest),
            let day = digits(2, &rest), (1...12).contains(month), (1...daysInMonth(year, month)).contains(day)
        else { return nil }
        let midnight = daysSince1970(year, month, day) * 86_400_000
        guard !rest.isEmpty else { return midnight }
        guard take("T", &rest) || take("t", &rest) || take(" ", &rest),
            let hour = digits(2, &rest), take(":", &rest), let minute = digits(2, &rest), take(":", &rest),
            let second = digits(2, &rest), hour < 24, minute < 60, second < 60
        else { return nil }
        var fraction: Int64 = 0
        if take(".", &rest) {
            let written = rest.prefix { (48...57).contains($0) }
            guard !written.isEmpty else { return nil }
            rest = rest.dropFirst(written.count)
            for place in 0..<3 {
                fraction = fraction * 10 + (place < written.count ? Int64(Array(written)[place]) - 48 : 0)
            }
        }
        guard let zone = zone(&rest), rest.isEmpty else { return nil }
        return midnight + (hour * 3_600 + minute * 60 + second - zone * 60) * 1_000 + fraction
    }

    /// Minutes east of Greenwich.
    private static func zone(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        if take("Z", &rest) || take("z", &rest) { return 0 }
        let isWest = rest.first == UInt8(ascii: "-")
        guard take("+", &rest) || take("-", &rest), let hours = digits(2, &rest), take(":", &rest),
            let minutes = digits(2, &rest), hours < 24, minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (isWest ? -1 : 1)
    }

    private static func digits(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> Int64? {
        let written = rest.prefix(count)
        guard written.count == count, written.allSatisfy({ (48...57).contains($0) }) else { return nil }
        rest = rest.dropFirst(count)
        return Int64(String(decoding: written, as: UTF8.self))
    }

    private static func take(_ character: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private static func daysInMonth(_ year: Int64, _ month: Int64) -> Int64 {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Howard Hinnant's `days_from_civil` for years from 0: March is the first month, so that leap days come last.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
