/// A date-time of RFC 3339, read strictly and without Foundation.
public struct Timestamp: Sendable, Hashable {
    /// Milliseconds since 1970-01-01T00:00:00Z; further digits of the fraction are cut off. Negative before 1970.
    public let milliseconds: Int64
    /// The offset from UTC as written, in minutes, east positive; 0 for `Z`.
    public let offsetMinutes: Int
    /// Whether the zone was written as `Z` or `z`.
    public let isZulu: Bool
    /// How many digits the fraction of a second has, 0 for none.
    public let fractionDigitCount: Int

    /// Reads `2026-11-21T12:00:00.5+02:00`: a day of the calendar from year 1 on, `T` or `t`, a time with seconds (no
    /// second 60), and `Z`, `z` or an offset.
    ///
    /// - Parameter ascii: exactly the date-time, without white space.
    /// - Returns: nil for anything else.
    public static func parse(_ ascii: Span<UInt8>) -> Timestamp? {
        guard ascii.count >= 20, let days = parseDay(ascii) else { return nil }
        guard ascii[10] | 0x20 == UInt8(ascii: "t"), ascii[13] == colon, ascii[16] == colon,
            let hour = number(ascii, 11, 2), hour < 24, let minute = number(ascii, 14, 2), minute < 60,
            let second = number(ascii, 17, 2), second < 60
        else { return nil }
        var index = 19
        var thousandths = 0
        var digitCount = 0
        if ascii[index] == UInt8(ascii: ".") {
            index += 1
            var weight = 100
            while index < ascii.count, let digit = digit(ascii[index]) {
                thousandths += digit * weight
                weight /= 10
                digitCount += 1
                index += 1
            }
            guard digitCount > 0, index < ascii.count else { return nil }
        }
        var offset = 0
        let isZulu = ascii[index] | 0x20 == UInt8(ascii: "z")
        if isZulu {
            guard index + 1 == ascii.count else { return nil }
        } else {
            guard let found = parseOffset(ascii, index) else { return nil }
            offset = found
        }
        let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second - offset * 60)
        return Timestamp(
            milliseconds: seconds * 1000 + Int64(thousandths),
            offsetMinutes: offset,
            isZulu: isZulu,
            fractionDigitCount: digitCount
        )
    }

    /// Reads the day at the start of a text, `YYYY-MM-DD`, by the Gregorian calendar from year 1 on.
    ///
    /// - Returns: days since 1970-01-01, or nil where there is no such day. What follows is not looked at.
    public static func parseDay(_ ascii: Span<UInt8>) -> Int64? {
        guard ascii.count >= 10, ascii[4] == hyphen, ascii[7] == hyphen,
            let year = number(ascii, 0, 4), year >= 1,
            let month = number(ascii, 5, 2), (1...12).contains(month),
            let day = number(ascii, 8, 2), day >= 1, day <= dayCount(ofMonth: month, year)
        else { return nil }
        // Days of the calendar with years that start in March, so that a leap day is the last of its year.
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    /// Appends `YYYY-MM-DDTHH:MM:SS.mmmZ`; the fraction is left out where it is zero.
    ///
    /// - Parameters:
    ///   - milliseconds: since 1970, within the years 1 to 9999; beyond them the nearest of their ends is written.
    ///   - bytes: receives the text in ASCII.
    public static func append(milliseconds: Int64, to bytes: inout [UInt8]) {
        let bounded = min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999)
        let thousandths = Int((bounded % 1000 + 1000) % 1000)
        let seconds = (bounded - Int64(thousandths)) / 1000
        let secondOfDay = Int((seconds % 86_400 + 86_400) % 86_400)
        let days = (seconds - Int64(secondOfDay)) / 86_400 + 719_468
        let era = Int(days / 146_097)
        let dayOfEra = Int(days) - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        append(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), width: 4, to: &bytes)
        for (value, separator) in [
            (month, hyphen), (dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, hyphen),
            (secondOfDay / 3600, UInt8(ascii: "T")), (secondOfDay / 60 % 60, colon), (secondOfDay % 60, colon),
        ] {
            bytes.append(separator)
            append(value, width: 2, to: &bytes)
        }
        if thousandths > 0 {
            bytes.append(UInt8(ascii: "."))
            append(thousandths, width: 3, to: &bytes)
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    private static func append(_ value: Int, width: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    private static func parseOffset(_ ascii: Span<UInt8>, _ index: Int) -> Int? {
        let sign = ascii[index]
        guard sign == UInt8(ascii: "+") || sign == hyphen, ascii.count == index + 6, ascii[index + 3] == colon,
            let hours = number(ascii, index + 1, 2), hours < 24,
            let minutes = number(ascii, index + 4, 2), minutes < 60
        else { return nil }
        let offset = hours * 60 + minutes
        return sign == hyphen ? -offset : offset
    }

    private static func dayCount(ofMonth month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func number(_ ascii: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for index in start..<start + count {
            guard let digit = digit(ascii[index]) else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> Int? {
        let digit = byte &- UInt8(ascii: "0")
        return digit < 10 ? Int(digit) : nil
    }

    private static let hyphen = UInt8(ascii: "-")
    private static let colon = UInt8(ascii: ":")
}
