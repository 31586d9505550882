import Foundation
import HTTPTransport
import RelayScenes
import TestSupport
import Testing

extension RealParts {
    @Suite("The hold for too many dead letters")
    struct ShareHoldTests {
        @Test(
            "is shown by the admin page and ends by POST /release; then everything has its outcome",
            .timeLimit(.minutes(3))
        )
        func release() async throws {
            let scene = try await RelayScene(partitions: 1)
            // Three in ten are refused: more than a fifth, which the guard allows, and less than half, which is an outage.
            let count = 400
            let bad = (0..<count).filter { $0 % 10 < 3 }
            let failures = bad.map { #""user-\#($0)":"bad_request""# }.joined(separator: ",")
            try await scene.simulator.setFaults(#"{"failures":{\#(failures)}}"#)
            try await scene.fill((0..<count).map { #"{"type":"identify","userId":"user-\#($0)","traits":{"n":1}}"# })
            let relay = try scene.relay()
            #expect(await relay.awaitLog("are dead letters, 20 % are allowed"), "\(relay.log)")
            let address = try #require(relay.log.firstMatch(of: #/http://127\.0\.0\.1:\d+/#)).output
            // The page shows what was so a quarter of a second ago.
            let isShown = try await eventually(within: .seconds(20), every: .milliseconds(50)) {
                let health = try await Self.ask(.get, "\(address)/health")
                guard health["status"] == "held", case .text(let hold)? = health["hold"] else { return false }
                return hold.contains("20 % are allowed") && hold.contains("POST /release")
            }
            #expect(isShown, "\(relay.log)")
            // No more than the share is stored, and no offset passes what waits.
            let stored = Self.letters(scene)
            #expect(stored < bad.count)
            #expect(try await scene.committed() < count)

            // The guard judges anew from the 200th record on, and fewer are left.
            _ = try await Self.ask(.post, "\(address)/release")
            #expect(try await scene.awaitCommitted(count, by: [relay], within: .seconds(90)), "\(relay.log)")
            let goesOn = try await eventually(within: .seconds(20), every: .milliseconds(50)) {
                try await Self.ask(.get, "\(address)/health")["status"] == "running"
            }
            #expect(goesOn)
            let ending = await relay.stop()
            try Readme.fault("too many dead letters").expect(ending.status, relay.log)
            #expect(ending.account.addsUp, "\(ending.account)")
            #expect(ending.account.deadLettered == bad.count)
            #expect(ending.account.delivered == count - bad.count)
            #expect(Self.letters(scene) == bad.count)
            await scene.simulator.stop()
        }

        private static func letters(_ scene: RelayScene) -> Int {
            scene.folder.read("dead-letters.jsonl")?.split(separator: "\n").count ?? 0
        }

        /// The members of the answer; none where it is no object.
        private static func ask(_ method: HTTPMethod, _ url: String) async throws -> [String: JSONText] {
            let response = try await LocalCall.answer(method, url)
            #expect((200..<300).contains(response.status), "\(method) \(url) answered \(response.status)")
            return (try? JSONDecoder().decode([String: JSONText].self, from: Data(response.body))) ?? [:]
        }
    }
}
