import Foundation
import RelayScenes
import TestSupport
import Testing

extension RealParts {
    @Suite("The documented examples")
    struct DocumentedExampleTests {
        @Test(
            "an identify and a track of one user become one update with native and custom attributes and the event",
            .timeLimit(.minutes(3))
        )
        func example() async throws {
            let scene = try await RelayScene(partitions: 1)
            let time = Date.now.formatted(.iso8601)
            try await scene.fill([
                #"""
                {"type":"identify","userId":"97980cfea0067","messageId":"1","timestamp":"\#(time)",
                 "traits":{"name":"Peter Gibbons","email":"peter@example.com","phone":"+33 6 12 34 56 78",
                 "email_marketing":true,"sms_marketing":"unsubscribed","plan":"premium","logins":5},
                 "context":{"locale":"fr-FR","timezone":"Europe/Paris"}}
                """#,
                #"""
                {"type":"track","userId":"97980cfea0067","messageId":"2","timestamp":"\#(time)",
                 "event":"User Registered","properties":{"plan":"Pro Annual","accountType":"Facebook"}}
                """#,
                #"{"type":"track","userId":"019mr8mf4r","messageId":"3","event":"Signed Out"}"#,
                #"{"type":"group","userId":"019mr8mf4r","groupId":"g","traits":{"plan":"none"}}"#,
            ])
            let relay = try scene.relay()
            #expect(try await scene.awaitCommitted(4, by: [relay]), "\(relay.log)")
            let ending = await relay.stop()
            #expect(ending.status == .exited(0), "\(relay.log)")
            #expect(ending.account.delivered == 3)
            #expect(ending.account.filtered == 1)

            let log = try await scene.simulator.applied()
            #expect(log.count == 2)
            let update = try #require(log.first { $0.customId == "97980cfea0067" })
            #expect(
                update.attributes == [
                    "$email_address": "peter@example.com", "$phone_number": "+33612345678",
                    "$email_marketing": "subscribed", "$sms_marketing": "unsubscribed",
                    "$language": "fr", "$region": "FR", "$timezone": "Europe/Paris",
                    "name": "Peter Gibbons", "plan": "premium", "logins": 5,
                ]
            )
            #expect(update.events.map(\.name) == ["user_registered"])
            #expect(update.events.first?.attributes == ["plan": "Pro Annual", "account_type": "Facebook"])
            #expect(update.events.first?.time == time)
            #expect(update.refused == 0)
            let other = try #require(log.first { $0.customId == "019mr8mf4r" })
            #expect(other.attributes.isEmpty)
            #expect(other.events.map(\.name) == ["signed_out"])
            #expect(other.events.first?.time == nil)
            await scene.simulator.stop()
        }
    }
}
