import Testing

@testable import Delivery

@Suite("Token bucket")
struct TokenBucketTests {
    private static let second: Int64 = 1_000_000_000

    @Test("starts empty, fills at its share of the rate, up to its share of the size")
    func fills() {
        var bucket = TokenBucket(updatesPerSecond: 300, burst: 900, now: 0)
        bucket.setShare(0.5, now: 0)
        #expect(bucket.available(now: 0) == 0)
        #expect(bucket.available(now: Self.second) == 150)
        #expect(bucket.available(now: 100 * Self.second) == 450)
    }

    @Test(
        "never promises what Batch's own bucket may not hold, whenever Batch charges",
        arguments: 0..<100 as Range<UInt64>
    )
    func neverAhead(seed: UInt64) {
        var random = Sequence64(seed: seed)
        var bucket = TokenBucket(updatesPerSecond: 300, burst: 900, now: 0)
        bucket.setShare(1, now: 0)
        bucket.fill()
        // Batch's bucket: 1000 at 300 a second, charged at some moment between the sending and the answer.
        var level = 1_000.0
        var last: Int64 = 0
        var flights: [(count: Int, charge: Int64, answer: Int64, isCharged: Bool)] = []
        var now: Int64 = 0
        var lowest = 0.0
        for _ in 0..<2_000 {
            now += Int64(random.next() % 20_000_000)
            for index in flights.indices where !flights[index].isCharged && flights[index].charge <= now {
                level = min(1_000, level + Double(flights[index].charge - last) / 1e9 * 300)
                last = max(last, flights[index].charge)
                lowest = min(lowest, level - Double(flights[index].count))
                level -= Double(flights[index].count)
                flights[index].isCharged = true
            }
            for flight in flights where flight.answer <= now { bucket.settle(flight.count, now: now) }
            flights.removeAll { $0.answer <= now }
            let available = min(200, bucket.available(now: now))
            if available > 0, flights.count < 4 {
                let duration = Int64(random.next() % 800_000_000)
                let charge = now + (flights.map(\.charge).max().map { max(0, $0 - now) } ?? 0)
                flights.append((available, max(charge, now + duration / 2), max(charge, now + duration), false))
                bucket.charge(available)
            }
        }
        #expect(lowest >= -0.01, "seed \(seed)")
    }

    @Test("a lost share takes its tokens at once, a gained one brings none")
    func shares() {
        var bucket = TokenBucket(updatesPerSecond: 300, burst: 900, now: 0)
        bucket.setShare(1, now: 0)
        bucket.fill()
        bucket.setShare(0.5, now: 0)
        #expect(bucket.available(now: 0) == 450)
        bucket.setShare(1, now: 0)
        #expect(bucket.available(now: 0) == 450)
    }

    @Test("a 429 leaves nothing to spend and slows the refill, which recovers")
    func rejected() {
        var bucket = TokenBucket(updatesPerSecond: 100, burst: 100, now: 0)
        bucket.setShare(1, now: 0)
        bucket.fill()
        bucket.rejected(sentAt: 0, now: 0)
        #expect(bucket.available(now: 0) == 0)
        #expect(bucket.available(now: Self.second) < 100)
        _ = bucket.available(now: 200 * Self.second)
        #expect(bucket.belief == 1)
    }
}
