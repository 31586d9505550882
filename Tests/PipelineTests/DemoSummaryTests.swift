import Foundation
import Testing

@testable import Delivery
@testable import Pipeline

@Suite("The demo's summary")
struct DemoSummaryTests {
    private let traffic = SampleTraffic(count: 200, seed: 3, nowMilliseconds: 1_795_000_000_000)

    private func summary(
        arrived: Int = 45,
        _ change: (inout Account) -> Void = { _ in }
    ) throws -> DemoSummary {
        var account = Account()
        account.consumed = 200
        account.delivered = 180
        account.filtered = 15
        account.repeats = 2
        account.deadLettered = 5
        account.updatesAccepted = 45
        account.calls = 3
        change(&account)
        let metrics = RelayMetrics()
        for _ in 0..<12 { metrics.filteredByMapping.increment("no_user_id") }
        for _ in 0..<4 { metrics.deadLetterReasons.increment("malformed_json") }
        metrics.deadLetterReasons.increment("bad_event_name")
        for reason in ["bad_phone", "bad_email", "bad_phone"] { metrics.leftOutFields.increment(reason) }
        return DemoSummary(
            of: traffic,
            account: account,
            arrival: DemoArrival(
                statistics: Array(#"{"profiles":16,"updates_accepted":\#(arrived),"events_accepted":120}"#.utf8)
            ),
            metrics: metrics,
            mappings: try MappingSet(files: []),
            duration: .milliseconds(5_430)
        )
    }

    @Test("it says what merging saved and gives each reason with its count, the most frequent first")
    func figures() throws {
        let summary = try summary()
        #expect(summary.savedUpdateCount == 135)
        #expect(summary.isComplete)
        #expect(summary.filtered.map(\.reason) == ["no_user_id", "repeat", "late_event"])
        #expect(summary.filtered.map(\.count) == [12, 2, 1])
        #expect(summary.leftOut.map(\.reason) == ["bad_phone", "bad_email"])
        #expect(summary.deadLetters.map(\.count) == [4, 1])
        for text in [
            "200 sample messages of 16 users", "in 5.4 s", "delivered       180", "135 updates (75 %)",
            "45 updates with 120 events of 16 profiles",
            "       2  bad_phone", "       4  malformed_json", "What to do next", "batchrelay map --explain",
        ] {
            #expect(summary.text.contains(text), "\(text)")
        }
    }

    @Test(
        "it is complete only when every message was read and settled",
        arguments: [(199, 0, 0), (200, 1, 0), (200, 0, 1)]
    )
    func incomplete(_ consumed: Int, _ pending: Int, _ released: Int) throws {
        let summary = try summary {
            $0.consumed = consumed
            $0.pending = pending
            $0.released = released
        }
        #expect(!summary.isComplete)
    }

    @Test("it is not complete when another number of updates arrived than the service has counted")
    func disagreement() throws {
        #expect(try !summary(arrived: 44).isComplete)
        #expect(DemoArrival(statistics: Array("no JSON".utf8)).updates == 0)
    }

    @Test("for programs it is one JSON object with a version")
    func json() throws {
        let json = try #require(JSONSerialization.jsonObject(with: Data(summary().json)) as? [String: Any])
        #expect(json["version"] as? Int == 1)
        #expect(json["complete"] as? Bool == true)
        #expect(json["duration_ms"] as? Int == 5_430)
        #expect((json["updates"] as? [String: Int])?["saved_by_merging"] == 135)
        #expect(json["arrived"] as? [String: Int] == ["profiles": 16, "updates": 45, "events": 120])
        #expect(json["filtered"] as? [String: Int] == ["no_user_id": 12, "repeat": 2, "late_event": 1])
        #expect(json["refused_fields"] as? [String: Int] == ["bad_phone": 2, "bad_email": 1])
        #expect(json["dead_letters"] as? [String: Int] == ["malformed_json": 4, "bad_event_name": 1])
        let sample = try #require(json["sample"] as? [String: [String: Any]])
        #expect(sample["message"]?["userId"] as? String == "user-1000")
        #expect(sample["operation"]?["identifiers"] as? [String: String] == ["custom_id": "user-1000"])
    }

    @Test("the sample message stands beside its operation, within 80 columns")
    func sample() throws {
        let summary = try summary()
        let rows = DemoSummary.beside(
            IndentedJSON.lines(summary.sampleMessage),
            IndentedJSON.lines(summary.sampleOperation)
        )
        #expect(rows.allSatisfy { $0.count <= 80 }, "\(rows.map(\.count).max() ?? 0)")
        #expect(rows.contains { $0.contains(#""email": "ada@example.com""#) && $0.contains(#""attributes": {"#) })
        #expect(summary.sampleLeftOut.map(\.reason) == ["empty"])
    }

    @Test("indented JSON leaves texts as they are")
    func indents() {
        let json = #"{"a":"x,{\"}:","b":[1,{"c":null}]}"#
        #expect(
            IndentedJSON.lines(Array(json.utf8)) == [
                "{", #"  "a": "x,{\"}:","#, #"  "b": ["#, "    1,", "    {", #"      "c": null"#, "    }", "  ]", "}",
            ]
        )
    }

    @Test("the live line fits a terminal of 80 columns, whatever the numbers are")
    func liveLine() throws {
        let account = try summary {
            $0.consumed = 10_000
            $0.pending = 0
            $0.updatesAccepted = 10_000
            $0.calls = 10_000
        }.account
        let line = DemoProgress.line(account, of: 10_000, milliseconds: 99_999)
        #expect(line == "99.9 s  read 10000 of 10000, settled 10000, 10000 updates, 10000 calls")
        #expect(DemoProgress.line(Account(), of: 10_000, milliseconds: 100).contains("joining"))
    }
}
