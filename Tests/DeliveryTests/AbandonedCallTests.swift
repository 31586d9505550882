import BatchAPI
import Testing

@testable import Delivery

@Suite("Calls abandoned in a drain")
struct AbandonedCallTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The answers to the first call and to its retry; nil: none until the time-out.
        let outcomes: [CallOutcome]
        let abandoned: Int
    }

    @Test(
        "are those without an answer, once each, however many partitions they carry",
        arguments: [
            Example(testDescription: "500, then no time", outcomes: [EngineScene.failed], abandoned: 0),
            Example(testDescription: "no answer, then no time", outcomes: [.noAnswer("timed out")], abandoned: 1),
            Example(testDescription: "no connection", outcomes: [.notConnected("refused")], abandoned: 0),
        ]
    )
    func counts(_ example: Example) throws {
        var scene = EngineScene(partitions: 3) { settings in
            settings.shutdownTimeout = .seconds(20)
            settings.callTimeout = .seconds(8)
        }
        var answers = example.outcomes
        scene.api = { _, _ in nil }
        for partition in 0..<3 { try scene.produce(["a", "b\(partition)"], in: partition) }
        scene.handle(.tick)
        let open = scene.calls
        #expect(open.count >= 1)
        scene.handle(.drain)
        // The answers come a moment before the last one at which a call could still be sent again: the retry's backoff ends later.
        scene.run(to: 11.9)
        let outcome = answers.removeFirst()
        for call in open { scene.handle(.answer(call.id, outcome)) }
        scene.run(to: 30)
        #expect(scene.isDrained)
        #expect(scene.engine.account.abandonedCalls == example.abandoned * open.count)
        #expect(scene.engine.account.addsUp)
    }

    @Test("a call that never has an answer counts once")
    func never() throws {
        var scene = EngineScene(partitions: 2)
        scene.api = { _, _ in nil }
        scene.handle(
            .records(
                try ["a", "b"].map { user in
                    scene.mapped(
                        .part(
                            try EngineScene.part(
                                "{\"identifiers\":{\"custom_id\":\"\(user)\"},\"attributes\":{\"o\":1}}"
                            )
                        )
                    )
                }
            )
        )
        #expect(scene.calls.count == 1)
        scene.handle(.drain)
        scene.run(to: 30)
        #expect(scene.isDrained && scene.engine.account.abandonedCalls == 1)
    }
}
