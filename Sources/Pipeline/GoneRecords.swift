import Delivery
import KafkaClient
import Observability

/// Records that were to be read and are not in the topic.
struct GoneRecords {
    let place: TopicPartition
    /// The offset to go on at, which is gone.
    let wanted: Int64
    /// What is there.
    let watermarks: Watermarks

    /// Where to go on: at the earliest record that is there.
    var nextOffset: Int64 {
        (watermarks.low...max(watermarks.low, watermarks.high)).contains(wanted) ? wanted : watermarks.low
    }

    /// How many were lost, at most: some may have been settled already or may have been no records.
    var count: Int64 { max(0, watermarks.low - wanted) }

    /// Says so in the log, in the metrics and in the account.
    func report(to logger: Logger, _ metrics: RelayMetrics, _ link: ThreadLink) {
        let fields: LogMetadata = [
            "partition": .text(place.description), "wanted": .integer(wanted), "beginning": .integer(watermarks.low),
            "end": .integer(watermarks.high), "lost": .integer(count), "check": .text(advice),
        ]
        if count > 0 {
            logger.error("records are gone from the topic before they were read: going on at its beginning", fields)
        } else {
            logger.error("the topic ends before what was read of it: reading it again from its beginning", fields)
        }
        metrics.recordsGone.increment(by: Int(clamping: count))
        link.send(.event(.recordsGone(count)))
    }

    private var advice: String {
        count > 0
            ? "retention.ms and retention.bytes of the topic must cover the longest time without reading"
            : "was the topic deleted and created again, or did a broker without all records become its leader?"
    }
}
