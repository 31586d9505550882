/// A date and time by RFC 3339, as found in a text.
struct Timestamp {
    /// Milliseconds since 1970, UTC; parts of a millisecond are cut off.
    let milliseconds: Int64
    /// Whether the text is in the form that is sent: `T` and `Z` in upper case, no numeric offset.
    let isCanonical: Bool
    /// The digits of the fraction with the dot, `0..<0` when there are none.
    let fraction: Range<Int>
    private let isLeapSecond: Bool

    /// Reads `2026-11-21T10:00:00Z`, with an optional fraction and `Z` or a numeric offset (batch-api 2.5, A and C).
    ///
    /// Second 60 is accepted where leap seconds are: at 23:59 UTC.
    ///
    /// - Returns: nil when the text is anything else, or a date that does not exist.
    init?(_ text: Span<UInt8>, _ start: Int, _ end: Int) {
        guard end - start >= 20, end - start <= BatchLimits.dateByteCount,
            let year = Self.digits(text, start, 4), text[start + 4] == UInt8(ascii: "-"),
            let month = Self.digits(text, start + 5, 2), text[start + 7] == UInt8(ascii: "-"),
            let day = Self.digits(text, start + 8, 2), text[start + 10] | 0x20 == UInt8(ascii: "t"),
            let hour = Self.digits(text, start + 11, 2), text[start + 13] == UInt8(ascii: ":"),
            let minute = Self.digits(text, start + 14, 2), text[start + 16] == UInt8(ascii: ":"),
            let second = Self.digits(text, start + 17, 2)
        else { return nil }
        guard (1...12).contains(month), day >= 1, day <= Self.days(ofMonth: month, year), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        var index = start + 19
        var fraction = 0..<0
        var thousandths: Int64 = 0
        if text[index] == UInt8(ascii: ".") {
            let dot = index
            index += 1
            while index < end, TextRules.isDigit(text[index]) { index += 1 }
            guard index > dot + 1, index < end else { return nil }
            fraction = dot..<index
            for place in 1...3 {
                thousandths =
                    thousandths * 10
                    + (dot + place < index ? Int64(text[dot + place] - UInt8(ascii: "0")) : 0)
            }
        }
        guard let offset = Self.offsetMinutes(text, index, end) else { return nil }
        let minutes = Self.days(year, month, day) * 1440 + Int64(hour * 60 + minute) - Int64(offset)
        guard minutes >= Self.firstMinute, minutes < Self.endMinute else { return nil }
        isLeapSecond = second == 60
        if isLeapSecond, (minutes % 1440 + 1440) % 1440 != 1439 { return nil }
        milliseconds = minutes * 60_000 + Int64(second) * 1000 + thousandths
        isCanonical = text[start + 10] == UInt8(ascii: "T") && end - index == 1 && text[index] == UInt8(ascii: "Z")
        self.fraction = fraction
    }

    /// Appends the text in the form that is sent; a fraction keeps its digits.
    ///
    /// - Parameters:
    ///   - text: what was read.
    ///   - start: where it starts.
    ///   - end: where it ends.
    ///   - bytes: gets the text, without quotes.
    func append(_ text: Span<UInt8>, _ start: Int, _ end: Int, to bytes: inout [UInt8]) {
        if isCanonical {
            bytes.append(text, start, end)
            return
        }
        // A leap second counts as the first one of the next minute; written, it belongs to its own minute.
        let moment = milliseconds - (isLeapSecond ? 1000 : 0)
        let wholeSeconds = (moment >= 0 ? moment : moment - 999) / 1000
        let days = (wholeSeconds >= 0 ? wholeSeconds : wholeSeconds - 86_399) / 86_400
        let ofDay = Int(wholeSeconds - days * 86_400)
        let (year, month, day) = Self.date(days)
        Self.append(year, 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.append(month, 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.append(day, 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        Self.append(ofDay / 3600, 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        Self.append(ofDay / 60 % 60, 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        Self.append(isLeapSecond ? 60 : ofDay % 60, 2, to: &bytes)
        if !fraction.isEmpty { bytes.append(text, fraction.lowerBound, fraction.upperBound) }
        bytes.append(UInt8(ascii: "Z"))
    }

    // MARK: The calendar

    /// Minutes from 1970 to the start of the year 0, and to the end of the year 9999.
    private static let firstMinute = days(0, 1, 1) * 1440
    private static let endMinute = days(10_000, 1, 1) * 1440

    /// Days from 1970 to a date of the Gregorian calendar; years count from March so that the leap day is the last.
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return Int64(era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468)
    }

    private static func date(_ days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = Int(days) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * ofYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - (153 * marchMonth + 2) / 5 + 1)
    }

    static func days(ofMonth month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // MARK: Digits

    private static func digits(_ text: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for index in start..<start + count {
            guard TextRules.isDigit(text[index]) else { return nil }
            value = value * 10 + Int(text[index] - UInt8(ascii: "0"))
        }
        return value
    }

    private static func append(_ value: Int, _ count: Int, to bytes: inout [UInt8]) {
        var divisor = count == 4 ? 1000 : 10
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    private static func offsetMinutes(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        let sign = text[start]
        if sign | 0x20 == UInt8(ascii: "z") { return end == start + 1 ? 0 : nil }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), end == start + 6,
            let hours = digits(text, start + 1, 2), text[start + 3] == UInt8(ascii: ":"),
            let minutes = digits(text, start + 4, 2), hours < 24, minutes < 60
        else { return nil }
        return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 60 + minutes)
    }
}
