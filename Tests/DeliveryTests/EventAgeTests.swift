import BatchAPI
import Testing

@testable import Delivery

@Suite("Events that grow old")
struct EventAgeTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let late: LateEventPolicy
        let expired: LateEventPolicy
        /// What the last call says of the event.
        let isSent: Bool
        let hasLetter: Bool
    }

    @Test(
        "an event that grew old while it waited goes the way of expired events, not of late ones",
        arguments: [
            Example(testDescription: "sent", late: .drop, expired: .sendWithoutTime, isSent: true, hasLetter: false),
            Example(
                testDescription: "sent 2",
                late: .deadLetter,
                expired: .sendWithoutTime,
                isSent: true,
                hasLetter: false
            ),
            Example(
                testDescription: "dropped",
                late: .sendWithoutTime,
                expired: .drop,
                isSent: false,
                hasLetter: false
            ),
            Example(
                testDescription: "dead letter",
                late: .sendWithoutTime,
                expired: .deadLetter,
                isSent: false,
                hasLetter: true
            ),
        ]
    )
    func expires(_ example: Example) throws {
        var scene = EngineScene { settings in
            settings.eventMaximumAge = .seconds(3_600)
            settings.lateEvents = example.late
            settings.expiredEvents = example.expired
        }
        scene.api = { _, time in time < 4_000_000_000_000 ? EngineScene.failed : EngineScene.accepted }
        try scene.produce(["a"], eventTime: EngineScene.wallStart)
        scene.run(to: 4_200)
        #expect(scene.engine.account.pending == 0)
        let last = String(decoding: scene.calls.last?.body ?? [], as: UTF8.self)
        #expect(last.contains("\"name\":\"e\"") == example.isSent)
        #expect(!last.contains("\"time\""))
        #expect(scene.deadLetters.isEmpty == !example.hasLetter)
        #expect(scene.engine.account.expiredEvents == 1)
    }
}
