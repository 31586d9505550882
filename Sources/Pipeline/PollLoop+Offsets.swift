import Delivery
import KafkaClient
import Observability

/// Offsets that are gone from the log: retention was faster than the reading, or the topic was made anew.
extension PollLoop {
    /// Notes it; what was put right already may be reported once more.
    func noteGone(_ offset: Int64, of place: TopicPartition) {
        guard let slot = slot(of: place), offset >= slot.sequence.next ?? 0 else { return }
        misplaced[place] = offset
    }

    /// Goes on at the beginning of what is there. What cannot be moved yet is tried again with the next round.
    func findBeginnings() {
        // What is withheld waits for its release.
        let due = misplaced.filter { topics.withheld[$0.key] == nil }
        guard !due.isEmpty else { return }
        do {
            var found: [GoneRecords] = []
            for (place, wanted) in due {
                let watermarks = try consumer.watermarks(place, timeoutMilliseconds: 5_000)
                found.append(GoneRecords(place: place, wanted: wanted, watermarks: watermarks))
            }
            try consumer.restart(
                found.map { PartitionOffset($0.place, offset: $0.nextOffset) },
                others: positionsOfOthers()
            )
            for gone in found {
                misplaced[gone.place] = nil
                goOn(gone)
            }
        } catch {
            logger.limited("missing offset", every: .seconds(5))?
                .warning(
                    "cannot look for what is left of a partition; trying again",
                    ["error": .text(error.description)]
                )
        }
    }

    private func goOn(_ gone: GoneRecords) {
        // A broker that had the offset after all was only late.
        guard let slot = slot(of: gone.place), gone.nextOffset != gone.wanted else { return }
        gone.report(to: logger, metrics, link)
        guard gone.nextOffset > gone.wanted else { return beginAnew(gone.place, at: gone.nextOffset) }
        flush()
        restartSequence(of: gone.place, at: gone.nextOffset)
        link.send(.event(.positionMoved(slot.index, slot.epoch, offset: gone.nextOffset)))
    }
}
