import Foundation
import SegmentSpec
import Testing

@Suite("Date-times of RFC 3339")
struct TimestampTests {
    private func parse(_ text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        return Timestamp.parse(bytes.span)
    }

    @Test(
        "are read as milliseconds",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01t00:00:00.001z", 1), ("1969-12-31T23:59:59.999Z", -1),
            ("2026-11-21T12:00:00.5+02:00", 1_795_255_200_500), ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("2026-01-01T00:00:00-23:59", 1_767_311_940_000), ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999), ("2026-01-01T00:00:00-00:00", 1_767_225_600_000),
        ]
    )
    func reads(_ text: String, _ milliseconds: Int64) {
        #expect(parse(text)?.milliseconds == milliseconds)
    }

    @Test(
        "are refused if anything is wrong",
        arguments: [
            "", "2026-01-01", "2026-01-01T00:00:00", "2026-1-01T00:00:00Z", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
            "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.5", "2026-01-01T00:00:00+2:00", "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00+02:60", "2026-01-01T00:00:00+0200", "2026-01-01 00:00:00Z", " 2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z ", "0000-01-01T00:00:00Z", "2026-01-01T00:00:00,5Z", "20260101T000000Z",
            "2026-01-01T00:00:00ZZ", "+026-01-01T00:00:00Z", "2026-01-01T00:00:00\u{660}Z",
        ]
    )
    func refuses(_ text: String) {
        #expect(parse(text) == nil)
    }

    @Test("keep what was written about zone and fraction")
    func parts() throws {
        let stamp = try #require(parse("2026-01-01T00:00:00.12345-05:30"))
        #expect(stamp.offsetMinutes == -330)
        #expect(!stamp.isZulu)
        #expect(stamp.fractionDigitCount == 5)
    }

    @Test(
        "every prefix is refused or read, never a trap",
        arguments: ["2026-11-21T12:00:00.5+02:00", "----------------------------"]
    )
    func prefixes(_ text: String) {
        for count in 0..<text.utf8.count {
            #expect(parse(String(decoding: text.utf8.prefix(count), as: UTF8.self)) == nil)
        }
    }

    @Test("written and read again they are the same, and Foundation agrees")
    func roundTrip() throws {
        var milliseconds: Int64 = -62_135_596_800_000
        let formatter = ISO8601DateFormatter()
        while milliseconds < 253_402_300_799_999 {
            var bytes: [UInt8] = []
            Timestamp.append(milliseconds: milliseconds, to: &bytes)
            #expect(parse(String(decoding: bytes, as: UTF8.self))?.milliseconds == milliseconds)
            // Foundation's calendar is the Julian one before 1582.
            if milliseconds % 1000 == 0, milliseconds > -12_000_000_000_000 {
                let date = Date(timeIntervalSince1970: Double(milliseconds / 1000))
                #expect(String(decoding: bytes, as: UTF8.self) == formatter.string(from: date))
            }
            milliseconds += milliseconds % 3 == 0 ? 86_400_000 * 2311 : 86_400_000 * 797 + 12_345_678
        }
    }
}
