import Foundation
import Testing

@testable import BatchSimulator

@Suite("Dates")
struct CalendarTests {
    @Test("agree with Foundation over four centuries, both ways")
    func agreement() throws {
        for step in 0..<5_000 {
            let seconds = -6_000_000_000 + Int64(step) * 2_600_041
            let text = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
            let time = try #require(CalendarTime(Array(text.utf8)))
            #expect(time.milliseconds == seconds * 1_000)
            #expect(String(decoding: time.canonical, as: UTF8.self) == text)
        }
    }

    @Test("are refused by a byte too many, too few or wrong, without a trap", arguments: 0..<20)
    func mutations(place: Int) {
        let text = Array("2024-01-15T10:20:30Z".utf8)
        var shorter = text
        shorter.remove(at: place)
        #expect(CalendarTime(shorter) == nil)
        for byte in ["x", " ", "\u{7f}"].flatMap({ Array($0.utf8) }) {
            var changed = text
            changed[place] = byte
            #expect(CalendarTime(changed) == nil)
            var longer = text
            longer.insert(byte, at: place)
            #expect(CalendarTime(longer) == nil)
        }
    }
}
