import Testing

@Suite("Validator and simulator on a random corpus")
struct CorpusAgreementTests {
    /// Six thousand operations in all.
    @Test(
        "agree both ways: what is kept is accepted, and what is left out is objected to",
        arguments: 1...6 as ClosedRange<UInt64>
    )
    func agreement(seed: UInt64) throws {
        var corpus = OperationCorpus(seed: seed)
        // Two profiles of one name would see each other's values.
        let raw = try Judge()
        let kept = try Judge()
        var counts = (whole: 0, partly: 0, refused: 0, split: 0)
        for _ in 0..<1_000 {
            let operation = corpus.operation()
            let reading = Reading(operation)
            for update in reading.updates {
                let verdict = kept.post(update)
                #expect(
                    verdict.isAccepted,
                    "the product sends what the simulator refuses, \(verdict): \(update) of \(operation)"
                )
            }
            let verdict = raw.post(operation)
            if reading.refusesSomething {
                let reasons = (reading.refusal.map { [$0] } ?? []) + reading.reasons
                #expect(
                    !verdict.isAccepted,
                    "the product refuses for \(reasons) what the simulator accepts: \(operation)"
                )
            } else if reading.updates.count < 2 {
                #expect(
                    verdict.isAccepted,
                    "the simulator refuses, \(verdict), what the product does not see: \(operation)"
                )
            }
            if reading.refusal != nil {
                counts.refused += 1
            } else if reading.refusesSomething {
                counts.partly += 1
            } else if reading.updates.count > 1 {
                counts.split += 1
            } else {
                counts.whole += 1
            }
        }
        // The corpus is worth something only if it has enough of each kind.
        #expect(counts.whole > 300 && counts.partly > 150 && counts.refused > 15 && counts.split > 5, "\(counts)")
    }
}
