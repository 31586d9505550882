/// A date and time by RFC 3339.
struct CalendarTime: Sendable, Equatable {
    /// Milliseconds since 1970 in UTC; further digits are cut off.
    let milliseconds: Int64
    /// The digits of the fraction as written, with the point; empty without.
    private let fraction: [UInt8]

    /// Reads `1989-07-20T00:00:00Z`, with an optional fraction, and `Z` or a numeric offset.
    ///
    /// - Returns: nil for anything else, and for a day that the month does not have.
    init?(_ text: [UInt8]) {
        guard text.count >= 20, let year = Self.number(text, 0, 4), text[4] == UInt8(ascii: "-"),
            let month = Self.number(text, 5, 2), text[7] == UInt8(ascii: "-"), let day = Self.number(text, 8, 2),
            text[10] | 0x20 == UInt8(ascii: "t"), let hour = Self.number(text, 11, 2), text[13] == UInt8(ascii: ":"),
            let minute = Self.number(text, 14, 2), text[16] == UInt8(ascii: ":"),
            let second = Self.number(text, 17, 2),
            (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        var index = 19
        if text[index] == UInt8(ascii: ".") {
            index += 1
            while index < text.count, TextCheck.isDigit(text[index]) { index += 1 }
            guard index > 20 else { return nil }
        }
        fraction = Array(text[19..<index])
        guard let offsetMinutes = Self.offsetMinutes(text, from: index) else { return nil }
        let days = Int64(Self.daysSince1970(year: year, month: month, day: day))
        let minutes = days * 1_440 + Int64(hour * 60 + minute - offsetMinutes)
        milliseconds = (minutes * 60 + Int64(second)) * 1_000 + Self.milliseconds(of: fraction)
    }

    /// Whether the text that was read is ``canonical`` already.
    func isCanonical(_ text: [UInt8]) -> Bool {
        text[10] == UInt8(ascii: "T") && text.last == UInt8(ascii: "Z") && text[17] < UInt8(ascii: "6")
    }

    /// The same time in UTC as `YYYY-MM-DDTHH:MM:SS[.fraction]Z`.
    var canonical: [UInt8] {
        let seconds = (milliseconds - Self.milliseconds(of: fraction)) / 1_000
        let days = Int(seconds >= 0 ? seconds / 86_400 : -((86_399 - seconds) / 86_400))
        let inDay = Int(seconds) - days * 86_400
        let date = Self.civil(daysSince1970: days)
        var text: [UInt8] = []
        Self.append(date.year, 4, "-", to: &text)
        Self.append(date.month, 2, "-", to: &text)
        Self.append(date.day, 2, "T", to: &text)
        Self.append(inDay / 3_600, 2, ":", to: &text)
        Self.append(inDay / 60 % 60, 2, ":", to: &text)
        Self.append(inDay % 60, 2, "", to: &text)
        text.append(contentsOf: fraction)
        text.append(UInt8(ascii: "Z"))
        return text
    }

    /// A time of the wall clock in the same form.
    static func text(ofMilliseconds milliseconds: Int64) -> String {
        let part = Int(milliseconds % 1_000)
        let seconds = Int(milliseconds / 1_000)
        let date = civil(daysSince1970: seconds / 86_400)
        var text: [UInt8] = []
        append(date.year, 4, "-", to: &text)
        append(date.month, 2, "-", to: &text)
        append(date.day, 2, "T", to: &text)
        append(seconds / 3_600 % 24, 2, ":", to: &text)
        append(seconds / 60 % 60, 2, ":", to: &text)
        append(seconds % 60, 2, ".", to: &text)
        append(part, 3, "Z", to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    private static func number(_ text: [UInt8], _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for index in start..<start + count {
            guard TextCheck.isDigit(text[index]) else { return nil }
            value = value * 10 + Int(text[index] - UInt8(ascii: "0"))
        }
        return value
    }

    /// `Z`, `+hh:mm` or `-hh:mm` up to the end of the text.
    private static func offsetMinutes(_ text: [UInt8], from index: Int) -> Int? {
        guard index < text.count else { return nil }
        if text[index] | 0x20 == UInt8(ascii: "z") { return index + 1 == text.count ? 0 : nil }
        guard index + 6 == text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-"),
            let hours = number(text, index + 1, 2), hours < 24, text[index + 3] == UInt8(ascii: ":"),
            let minutes = number(text, index + 4, 2), minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (text[index] == UInt8(ascii: "-") ? -1 : 1)
    }

    private static func milliseconds(of fraction: [UInt8]) -> Int64 {
        var value: Int64 = 0
        for place in 1...3 {
            value = value * 10 + (place < fraction.count ? Int64(fraction[place] - UInt8(ascii: "0")) : 0)
        }
        return value
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 in the Gregorian calendar; years begin in March here, so that the leap day comes last.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let civilMonth = month < 10 ? month + 3 : month - 9
        return (yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0), civilMonth, day)
    }

    private static func append(_ value: Int, _ digits: Int, _ suffix: String, to text: inout [UInt8]) {
        let written = Array(String(max(0, value)).utf8)
        text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, digits - written.count)))
        text.append(contentsOf: written)
        text.append(contentsOf: suffix.utf8)
    }
}
