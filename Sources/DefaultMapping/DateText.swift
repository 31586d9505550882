import BatchAPI

/// Dates as Batch takes them: RFC 3339 in UTC.
enum DateText {
    /// Appends the UTC form of a date-time, in quotes. `allowsDay` makes `YYYY-MM-DD` count too, as midnight UTC.
    ///
    /// A date-time is exactly RFC 3339's, with a zone, on the calendar, year 0001 up, without second 60.
    ///
    /// - Returns: the moment; nil if the text is none, or if its UTC form leaves the years 0001 to 9999: then nothing is appended.
    static func append(_ text: Span<UInt8>, allowsDay: Bool, to out: inout OutputText) -> Moment? {
        guard text.count >= 10, let day = Day(text) else { return nil }
        if text.count == 10 {
            guard allowsDay else { return nil }
            out.append(UInt8(ascii: "\""))
            out.append(text)
            out.append("T00:00:00Z\"")
            return Moment(day: day, minutes: 0, second: 0, thousandths: 0)
        }
        guard text.count >= 20, text.count <= BatchLimits.dateByteCount, text[10] | 0x20 == UInt8(ascii: "t"),
            let time = DigitWord(text, at: 11, .time), time[0] < 24, time[3] < 60, time[6] < 60
        else { return nil }
        let second = time[6]
        var zone = 19
        var thousandths = 0
        if text[19] == UInt8(ascii: ".") {
            zone = 20
            var weight = 100
            while zone < text.count, TextRules.isDigit(text[zone]) {
                thousandths &+= weight &* Int(text[zone] &- UInt8(ascii: "0"))
                weight /= 10
                zone += 1
            }
            guard zone > 20, zone < text.count else { return nil }
        }
        guard let offset = zoneOffset(text, zone) else { return nil }
        if offset == 0 {
            // The text is in UTC already; only its letters may be in lower case.
            out.append(UInt8(ascii: "\""))
            let start = out.count
            out.append(text.extracting(0..<zone))
            out[start + 10] = UInt8(ascii: "T")
            out.append("Z\"")
            return Moment(day: day, minutes: time[0] * 60 + time[3], second: second, thousandths: thousandths)
        }
        var start = day
        var minutes = time[0] * 60 + time[3] - offset
        if minutes < 0 {
            guard let earlier = day.previous else { return nil }
            start = earlier
            minutes += 24 * 60
        } else if minutes >= 24 * 60 {
            guard let later = day.next else { return nil }
            start = later
            minutes -= 24 * 60
        }
        out.append(UInt8(ascii: "\""))
        start.append(to: &out)
        out.append(UInt8(ascii: "T"))
        append(digits: minutes / 60, 2, to: &out)
        out.append(UInt8(ascii: ":"))
        append(digits: minutes % 60, 2, to: &out)
        out.append(text.extracting(16..<zone))
        out.append("Z\"")
        return Moment(day: start, minutes: minutes, second: second, thousandths: thousandths)
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

    private static func number(_ text: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for index in start..<start + count {
            guard TextRules.isDigit(text[index]) else { return nil }
            value = value * 10 + Int(text[index] - UInt8(ascii: "0"))
        }
        return value
    }

    fileprivate static func append(digits value: Int, _ count: Int, to out: inout OutputText) {
        var divisor = count == 4 ? 1000 : 10
        while divisor > 0 {
            out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }

    /// A moment in UTC.
    struct Moment {
        fileprivate let day: Day
        /// Since midnight.
        fileprivate let minutes: Int
        fileprivate let second: Int
        fileprivate let thousandths: Int

        /// Since 1970; parts of a millisecond are cut off.
        var milliseconds: Int64 {
            ((day.number * 1440 + Int64(minutes)) * 60 + Int64(second)) * 1000 + Int64(thousandths)
        }
    }
}

/// Eight characters of a date or a time, checked at once: digits where the pattern has them, and its separators.
private struct DigitWord {
    struct Pattern {
        /// The text with zeros for its digits, the first character in the lowest byte.
        let zeros: UInt64
        /// All bits of the separators.
        let separators: UInt64

        /// `YYYY-MM-`
        static var yearAndMonth: Pattern { Pattern(zeros: 0x2D30_302D_3030_3030, separators: 0xFF00_00FF_0000_0000) }
        /// `YY-MM-DD`
        static var monthAndDay: Pattern { Pattern(zeros: 0x3030_2D30_302D_3030, separators: 0x0000_FF00_00FF_0000) }
        /// `HH:MM:SS`
        static var time: Pattern { Pattern(zeros: 0x3030_3A30_303A_3030, separators: 0x0000_FF00_00FF_0000) }
    }

    /// A digit's value in each byte, 0 for separators.
    private let word: UInt64

    /// Traps if the text has no eight bytes there.
    @inline(__always)
    init?(_ text: Span<UInt8>, at offset: Int, _ pattern: Pattern) {
        let loaded = text.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let word = UInt64(littleEndian: loaded) ^ pattern.zeros
        // 0x76 and more than 9 set the high bit.
        let above = (word &+ 0x7676_7676_7676_7676) | word
        guard above & 0x8080_8080_8080_8080 == 0, word & pattern.separators == 0 else { return nil }
        self.word = word
    }

    /// The number of two digits.
    @inline(__always)
    subscript(index: Int) -> Int {
        let digits = word &>> UInt64(truncatingIfNeeded: 8 &* index)
        return Int(truncatingIfNeeded: (digits & 15) &* 10 &+ (digits &>> 8 & 15))
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
    @inline(__always)
    init?(_ text: Span<UInt8>) {
        guard let start = DigitWord(text, at: 0, .yearAndMonth), let end = DigitWord(text, at: 2, .monthAndDay) else {
            return nil
        }
        self.init(year: start[0] &* 100 &+ start[2], month: start[5], day: end[6])
        guard year > 0, month > 0, month <= 12, day > 0, day <= 28 || day <= Day.count(year, month) else {
            return nil
        }
    }

    /// Days since 1970, counted in years that start in March, so that a leap day is the last of its year.
    var number: Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return Int64(shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468)
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

    func append(to out: inout OutputText) {
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
