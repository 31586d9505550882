/// A moment as RFC 3339 text in UTC, with milliseconds.
public struct UTCTimestamp: Sendable, Hashable, CustomStringConvertible {
    /// Milliseconds since 1970.
    public let milliseconds: Int64

    /// Wraps a moment, in milliseconds since 1970.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Such as `2026-11-21T10:00:00.000Z`.
    public var description: String {
        let days = Self.floorDivide(milliseconds, 86_400_000)
        let ofDay = milliseconds - days * 86_400_000
        let (year, month, day) = Self.civil(daysSince1970: days)
        let hour = ofDay / 3_600_000
        let minute = ofDay / 60_000 % 60
        let second = ofDay / 1_000 % 60
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
            + "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2)).\(padded(ofDay % 1_000, 3))Z"
    }

    /// Howard Hinnant's `civil_from_days` for the proleptic Gregorian calendar.
    private static func civil(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = daysSince1970 + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }

    private func padded(_ value: Int64, _ width: Int) -> String {
        let digits = "\(value)"
        return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
    }
}
