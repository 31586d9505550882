import Testing

@testable import Delivery

@Suite("Dead-letter share")
struct DeadLetterShareTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let limit: Double
        /// Records read that could not be mapped, and others, evenly mixed; then parts refused and accepted.
        var unmappable = 0
        var mapped = 0
        var refused = 0
        var accepted = 0
        let isExceeded: Bool
    }

    @Test(
        "is judged from the 200th record on, and over the last 1 000",
        arguments: [
            Example(testDescription: "nothing", limit: 0.2, isExceeded: false),
            Example(testDescription: "199 bad ones", limit: 0.2, unmappable: 199, isExceeded: false),
            Example(testDescription: "200 bad ones", limit: 0.2, unmappable: 200, isExceeded: true),
            Example(testDescription: "one in five", limit: 0.2, unmappable: 100, mapped: 400, isExceeded: false),
            Example(testDescription: "more than that", limit: 0.2, unmappable: 101, mapped: 400, isExceeded: true),
            Example(testDescription: "off", limit: 1, unmappable: 500, refused: 500, isExceeded: false),
            Example(testDescription: "none allowed", limit: 0, unmappable: 1, mapped: 300, isExceeded: true),
            Example(
                testDescription: "none allowed, none there",
                limit: 0,
                mapped: 300,
                accepted: 300,
                isExceeded: false
            ),
            Example(testDescription: "refused", limit: 0.2, mapped: 400, refused: 41, accepted: 160, isExceeded: true),
            Example(testDescription: "few answers", limit: 0.2, mapped: 400, refused: 199, isExceeded: false),
            Example(
                testDescription: "both together",
                limit: 0.2,
                unmappable: 150,
                mapped: 850,
                refused: 100,
                accepted: 900,
                isExceeded: true
            ),
            Example(
                testDescription: "unmappable ones while nothing is answered",
                limit: 0.2,
                unmappable: 100,
                mapped: 900,
                isExceeded: false
            ),
        ]
    )
    func judges(_ example: Example) {
        var share = DeadLetterShare(limit: example.limit)
        for index in 0..<(example.unmappable + example.mapped) {
            share.noteRead(isDeadLetter: index < example.unmappable, isSent: index >= example.unmappable)
        }
        for index in 0..<(example.refused + example.accepted) {
            share.noteAnswered(isDeadLetter: index < example.refused)
        }
        #expect(share.isExceeded == example.isExceeded)
    }

    @Test("forgets what is older than 1 000 records, and everything when it is released")
    func forgets() {
        var share = DeadLetterShare(limit: 0.2)
        for _ in 0..<300 { share.noteRead(isDeadLetter: true, isSent: false) }
        for _ in 0..<899 { share.noteRead(isDeadLetter: false, isSent: true) }
        #expect(!share.isExceeded && (share.share ?? 0) > 0.1)
        for _ in 0..<101 { share.noteRead(isDeadLetter: false, isSent: true) }
        #expect(share.share == 0)
        for _ in 0..<500 { share.noteRead(isDeadLetter: true, isSent: false) }
        #expect(share.isExceeded)
        share.reset()
        #expect(!share.isExceeded && share.share == nil)
    }
}
