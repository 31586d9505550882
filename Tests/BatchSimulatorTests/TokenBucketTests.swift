import Testing

@testable import BatchSimulator

@Suite("Token buckets")
struct TokenBucketTests {
    /// The macro cannot take a mutating call.
    private func expect(_ holds: Bool, _ location: SourceLocation = #_sourceLocation) {
        #expect(holds, sourceLocation: location)
    }

    @Test("start full, refill exactly at the rate, and never hold more than the burst")
    func refill() {
        var bucket = SimulatorTokenBucket(capacity: 1_000, ratePerSecond: 300)
        expect(bucket.take(1_000, at: 5))
        let results = [
            bucket.take(1, at: 5 + 3_333_333), bucket.take(1, at: 5 + 3_333_334),
            bucket.take(300, at: 5 + 1_003_333_333),
            bucket.take(300, at: 5 + 1_003_333_334),
        ]
        #expect(results == [false, true, false, true])
        let available = bucket.available(at: 1 << 62)
        #expect(available == 1_000)
    }

    @Test("take nothing when there is too little, and do not gain by a clock that goes back")
    func allOrNothing() {
        var bucket = SimulatorTokenBucket(capacity: 10, ratePerSecond: 1)
        expect(!bucket.take(11, at: 0))
        expect(bucket.take(10, at: 0))
        expect(!bucket.take(1, at: -5_000_000_000))
        expect(!bucket.take(1, at: 0))
        expect(bucket.take(1, at: 1_000_000_000))
    }

    @Test("in any second give no more than burst and rate together", arguments: 1...20 as ClosedRange<UInt64>)
    func bound(seed: UInt64) {
        var draw = SeededDraw(seed: seed, stream: 0)
        var bucket = SimulatorTokenBucket(capacity: 50, ratePerSecond: 20)
        var now: Int64 = 0
        var given = 0
        for _ in 0..<2_000 {
            now += Int64(draw.unit() * 50_000_000)
            let cost = Int(draw.unit() * 20)
            if bucket.take(cost, at: now) { given += cost }
            #expect(given <= 50 + Int(now / 50_000_000) + 1)
        }
        #expect(given > Int(now / 50_000_000) - 50)
    }

    @Test("are one for each route and project, and cost one token an operation, also for the same user twice")
    func routes() throws {
        let desk = try Desk {
            $0.update.burst = 4
            $0.massUpdate.burst = 2
            $0.retryAfterSeconds = 5
        }
        #expect(desk.post("[\(operation()),\(operation())]").status == 202)
        #expect(desk.post("[\(operation()),\(operation()),\(operation())]").status == 429)
        #expect(desk.post("[\(operation()),\(operation())]").status == 202)
        let refused = desk.post("[\(operation())]")
        #expect(refused.code == "TOO_MANY_REQUESTS")
        #expect(refused.answer?.retryAfterSeconds == 5)
        #expect(desk.post("[\(operation()),\(operation())]", path: "/2.11/profiles/mass-update").status == 202)
        #expect(desk.get("/2.11/audiences/list").status == 200)
        #expect(desk.get("/2.11/audiences/list").status == 429)
        desk.advance(milliseconds: 4)
        #expect(desk.post("[\(operation())]").status == 202)
        #expect(desk.count("tokens_refused") == 5)
        #expect(desk.count("rate_limited_calls") == 3)
    }

    @Test("charge for a call with a bad identifier, but not for one that is not JSON")
    func charged() throws {
        let desk = try Desk { $0.update.burst = 1 }
        #expect(desk.post("[{}").status == 400)
        #expect(desk.post("[{}]").status == 400)
        #expect(desk.post("[\(operation())]").status == 429)
    }
}
