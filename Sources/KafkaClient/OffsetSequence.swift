/// Follows the offsets of one partition during one assignment.
///
/// librdkafka promises neither that no record comes twice nor that none is left out beside pauses and rebalances, so
/// each offset is compared with the one that is expected.
public struct OffsetSequence: Sendable, Equatable {
    /// What an offset means.
    public enum Verdict: Sendable, Equatable {
        /// It is the expected one, or the first.
        case next
        /// It was there before: drop the record and count it.
        case repeated
        /// So many offsets before it never came: normal where a topic is compacted or written in transactions.
        case gap(count: Int64)
    }

    /// The offset that is expected next; nil before the first where the start is not a number.
    public private(set) var next: Int64?

    /// Starts at an offset; a special one (beginning, end, committed, none) leaves the first record to decide.
    public init(start: Int64) { next = start >= 0 ? start : nil }

    /// Judges a record's offset and, unless it is repeated, expects the one after it.
    public mutating func receive(_ offset: Int64) -> Verdict {
        guard let expected = next else {
            next = offset + 1
            return .next
        }
        guard offset >= expected else { return .repeated }
        next = offset + 1
        return offset == expected ? .next : .gap(count: offset - expected)
    }

    /// Moves on to the end of the partition: what lay between was no record (control records, compacted holes).
    public mutating func reachEnd(_ offset: Int64) { next = max(next ?? offset, offset) }
}
