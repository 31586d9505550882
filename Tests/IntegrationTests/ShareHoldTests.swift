import Foundation
import HTTPTransport
import RelayScenes
import TestSupport
import Testing
import Threads

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
            let held = try await Self.ask(.get, "\(address)/health")
            #expect(held["status"] == "held")
            guard case .text(let hold)? = held["hold"] else { throw IntegrationError("no hold: \(held)") }
            #expect(hold.contains("20 % are allowed"))
            // The good ones go on; no more than the share is stored, and no offset passes what waits.
            let stored = Self.letters(scene)
            #expect(stored < bad.count)
            #expect(try await scene.committed() < count)

            // The guard judges anew from the 200th record on, so that it may hold once more.
            let isDone = try await eventually(within: .seconds(90), every: .milliseconds(200)) {
                _ = try await Self.ask(.post, "\(address)/release")
                return try await scene.committed() == count
            }
            #expect(isDone, "\(relay.log)")
            #expect(try await Self.ask(.get, "\(address)/health")["status"] == "running")
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
            var settings = HTTPClientSettings()
            settings.usesEnvironmentProxy = false
            let chosen = settings
            let response = try await RelayScene.onOwnThread {
                let client = try HTTPClient(settings: chosen)
                client.start(HTTPRequest(method: method, url: url, body: []), id: 1)
                while true {
                    if let completion = client.poll(timeout: .seconds(1)).first { return try completion.result.get() }
                }
            }
            #expect((200..<300).contains(response.status), "\(method) \(url) answered \(response.status)")
            return (try? JSONDecoder().decode([String: JSONText].self, from: Data(response.body))) ?? [:]
        }
    }
}
