/// The updates that a lane may still send, a lower bound of what Batch's own bucket holds (batch-api 1.5: one token an update).
///
/// Tokens are charged when a call is sent and refilled as if Batch had charged them when it answered: in between the bucket
/// counts as no emptier than Batch's can be full, so it never promises a token that is not there.
struct TokenBucket: Sendable {
    private let fullRate: Double
    private let fullCapacity: Double
    /// This instance's part of the group's rate and size, 0 to 1.
    private(set) var share = 0.0
    /// What is believed of the rate after a 429, 0.05 to 1.
    private(set) var belief = 1.0
    private var level = 0.0
    private(set) var charged = 0
    private var lastRefill: Int64
    private var lastRejection = Int64.min

    init(updatesPerSecond: Int, burst: Int, now: Int64) {
        fullRate = Double(updatesPerSecond)
        fullCapacity = Double(burst)
        lastRefill = now
    }

    /// The largest call that can ever be paid, 1 or more.
    var capacity: Double { max(1, (fullCapacity * share).rounded(.down)) }

    private var tokensPerNanosecond: Double { fullRate * share * belief / 1e9 }

    mutating func refill(now: Int64) {
        guard now > lastRefill else { return }
        let elapsed = Double(now - lastRefill)
        lastRefill = now
        level = min(capacity, level + elapsed * tokensPerNanosecond)
        belief = min(1, belief + elapsed / 1e9 * 0.01)
    }

    /// Whole tokens to spend now.
    mutating func available(now: Int64) -> Int {
        refill(now: now)
        return max(0, Int((level - Double(charged) + 1e-9).rounded(.down)))
    }

    /// Nanoseconds until one token is there; nil when none will come (no share).
    mutating func delayUntilToken(now: Int64) -> Int64? {
        refill(now: now)
        let missing = 1 - (level - Double(charged))
        if missing <= 1e-9 { return 0 }
        guard tokensPerNanosecond > 0 else { return nil }
        return Int64((missing / tokensPerNanosecond).rounded(.up)) + 1
    }

    mutating func charge(_ count: Int) { charged += count }

    /// The call was answered, or may have reached Batch.
    mutating func settle(_ count: Int, now: Int64) {
        refill(now: now)
        charged -= count
        level -= Double(count)
    }

    /// The call never reached Batch.
    mutating func refund(_ count: Int) { charged -= count }

    /// Batch said 429: there is nothing to spend, whatever was believed. Calls that were under way together are one proof.
    ///
    /// - Parameters:
    ///   - sentAt: when the call was sent.
    ///   - now: nanoseconds.
    mutating func rejected(sentAt: Int64, now: Int64) {
        refill(now: now)
        level = min(level, Double(charged))
        guard sentAt >= lastRejection else { return }
        lastRejection = now
        belief = max(0.05, belief * 0.7)
    }

    /// Partitions came or went. A gained share brings no tokens, a lost one takes its tokens at once.
    mutating func setShare(_ newShare: Double, now: Int64) {
        refill(now: now)
        if newShare < share { level *= newShare / share }
        share = newShare
        level = min(level, capacity)
    }

    /// The group has never committed: nobody can have spent anything.
    mutating func fill() { level = capacity }
}
