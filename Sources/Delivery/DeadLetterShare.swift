/// Whether dead letters are so many that something else must be wrong than records: then the engine holds (design, section 7).
///
/// Two shares are watched, each over the last 1 000 and from the 200th on, since in an outage records are read and none is
/// answered: of the records read, those that could not be mapped; of the parts that Batch has answered, those it refused. Their
/// sum, as if every record had gone the whole way, is compared with the limit. Late and expired events, and fields refused, are
/// not asked about.
struct DeadLetterShare: Sendable {
    private enum Kind: UInt8, Sendable {
        case good, notSent, deadLetter
    }

    /// The last verdicts of one kind of judge.
    private struct Recent: Sendable {
        private var verdicts: [Kind] = []
        private var next = 0
        private(set) var deadLetters = 0
        private(set) var notSent = 0

        var count: Int { verdicts.count }

        mutating func append(_ verdict: Kind) {
            if verdicts.count < DeadLetterShare.span {
                verdicts.append(verdict)
            } else {
                tally(verdicts[next], -1)
                verdicts[next] = verdict
                next = (next + 1) % DeadLetterShare.span
            }
            tally(verdict, 1)
        }

        private mutating func tally(_ verdict: Kind, _ change: Int) {
            switch verdict {
            case .good: break
            case .notSent: notSent += change
            case .deadLetter: deadLetters += change
            }
        }
    }

    private var read = Recent()
    private var answered = Recent()
    /// The most that may be dead letters, 0 to 1; 1 never holds.
    let limit: Double

    init(limit: Double) { self.limit = limit }

    /// A record was read.
    ///
    /// - Parameters:
    ///   - isDeadLetter: whether it could not be mapped.
    ///   - isSent: whether something of it goes to Batch.
    mutating func noteRead(isDeadLetter: Bool, isSent: Bool) {
        guard limit < 1 else { return }
        read.append(isDeadLetter ? .deadLetter : isSent ? .good : .notSent)
    }

    /// Batch has settled the part of a record: accepted it, or it was given up.
    mutating func noteAnswered(isDeadLetter: Bool) {
        guard limit < 1 else { return }
        answered.append(isDeadLetter ? .deadLetter : .good)
    }

    /// Forgets everything: a person has said that it may go on.
    mutating func reset() { self = DeadLetterShare(limit: limit) }

    /// The share of dead letters, 0 to 1; nil while too few records are known.
    var share: Double? {
        guard read.count >= Self.leastCount || answered.count >= Self.leastCount else { return nil }
        var share = 0.0
        var sentShare = 1.0
        if read.count >= Self.leastCount {
            share = Double(read.deadLetters) / Double(read.count)
            sentShare = Double(read.count - read.deadLetters - read.notSent) / Double(read.count)
        }
        if answered.count >= Self.leastCount {
            share += sentShare * Double(answered.deadLetters) / Double(answered.count)
        }
        return share
    }

    /// Whether the limit is passed.
    var isExceeded: Bool { limit < 1 && (share ?? 0) > limit }

    private static let span = 1_000
    private static let leastCount = 200
}
