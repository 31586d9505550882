import BatchAPI

/// Dates as Batch takes them: RFC 3339 in UTC.
enum DateText {
    /// Appends the UTC form of a date-time, in quotes. `allowsDay` makes `YYYY-MM-DD` count too, as midnight UTC.
    ///
    /// A date-time is exactly RFC 3339's, with a zone, on the calendar, year 0001 up, without second 60.
    ///
    /// - Returns: false if the text is none, or if its UTC form leaves the years 0001 to 9999; then nothing is appended.
    static func append(_ text: Span<UInt8>, allowsDay: Bool, to out: inout [UInt8]) -> Bool {
        guard text.count >= 10, let day = Day(text) else { return false }
        if text.count == 10 {
            guard allowsDay else { return false }
            out.append(UInt8(ascii: "\""))
            for index in 0..<10 { out.append(text[index]) }
            append("T00:00:00Z\"", to: &out)
            return true
        }
        guard text.count >= 20, text.count <= BatchLimits.dateByteCount, text[10] | 0x20 == UInt8(ascii: "t"),
            text[13] == UInt8(ascii: ":"),
            text[16] == UInt8(ascii: ":"), let hour = number(text, 11, 2), hour < 24,
            let minute = number(text, 14, 2), minute < 60, let second = number(text, 17, 2), second < 60
        else { return false }
        var zone = 19
        if text[19] == UInt8(ascii: ".") {
            zone = 20
            while zone < text.count, TextRules.isDigit(text[zone]) { zone += 1 }
            guard zone > 20, zone < text.count else { return false }
        }
        guard let offset = zoneOffset(text, zone) else { return false }
        var start = day
        var minutes = hour * 60 + minute - offset
        if minutes < 0 {
            guard let earlier = day.previous else { return false }
            start = earlier
            minutes += 24 * 60
        } else if minutes >= 24 * 60 {
            guard let later = day.next else { return false }
            start = later
            minutes -= 24 * 60
        }
        out.append(UInt8(ascii: "\""))
        start.append(to: &out)
        out.append(UInt8(ascii: "T"))
        append(digits: minutes / 60, 2, to: &out)
        out.append(UInt8(ascii: ":"))
        append(digits: minutes % 60, 2, to: &out)
        for index in 16..<zone { out.append(text[index]) }
        append("Z\"", to: &out)
        return true
    }

    /// Minutes east of UTC, by RFC 3339's grammar.
    private static func zoneOffset(_ text: Span<UInt8>, _ start: Int) -> Int? {
        let sign = text[start]
        if sign | 0x20 == UInt8(ascii: "z") { return start + 1 == text.count ? 0 : nil }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), start + 6 == text.count,
            text[start + 3] == UInt8(ascii: ":"), let hours = number(text, start + 1, 2), hours < 24,
            let minutes = number(text, start + 4, 2), minutes < 60
        else { return nil }
        return (sign == UInt8(ascii: "+") ? 1 : -1) * (hours * 60 + minutes)
    }

    @inline(__always)
    fileprivate static func number(_ text: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for index in start..<start + count {
            guard TextRules.isDigit(text[index]) else { return nil }
            value = value * 10 + Int(text[index] - UInt8(ascii: "0"))
        }
        return value
    }

    @inline(__always)
    fileprivate static func append(digits value: Int, _ count: Int, to out: inout [UInt8]) {
        var divisor = count == 4 ? 1000 : 10
        while divisor > 0 {
            out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }

    @inline(__always)
    private static func append(_ word: StaticString, to out: inout [UInt8]) {
        out.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }
}

/// One day of the calendar, years 0001 to 9999.
private struct Day {
    private var year: Int
    private var month: Int
    private var day: Int

    private init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// Reads `YYYY-MM-DD` at the start of a text of at least ten bytes.
    init?(_ text: Span<UInt8>) {
        guard text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), let year = DateText.number(text, 0, 4),
            year > 0, let month = DateText.number(text, 5, 2), (1...12).contains(month),
            let day = DateText.number(text, 8, 2), day > 0, day <= Day.count(year, month)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    var next: Day? {
        if day < Day.count(year, month) { return Day(year: year, month: month, day: day + 1) }
        if month < 12 { return Day(year: year, month: month + 1, day: 1) }
        return year < 9999 ? Day(year: year + 1, month: 1, day: 1) : nil
    }

    var previous: Day? {
        if day > 1 { return Day(year: year, month: month, day: day - 1) }
        if month > 1 { return Day(year: year, month: month - 1, day: Day.count(year, month - 1)) }
        return year > 1 ? Day(year: year - 1, month: 12, day: 31) : nil
    }

    func append(to out: inout [UInt8]) {
        DateText.append(digits: year, 4, to: &out)
        out.append(UInt8(ascii: "-"))
        DateText.append(digits: month, 2, to: &out)
        out.append(UInt8(ascii: "-"))
        DateText.append(digits: day, 2, to: &out)
    }

    private static func count(_ year: Int, _ month: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
