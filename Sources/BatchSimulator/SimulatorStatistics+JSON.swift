internal import JSONDocument

extension SimulatorStatistics {
    /// Writes the object that `GET /__sim/stats` answers.
    func write(to writer: inout JSONWriter, profileCount: Int, droppedCount: Int) {
        writer.beginObject()
        let sums: [(String, Int)] = [
            ("calls", callCount), ("resets", resetCount), ("silences", silenceCount), ("profiles", profileCount),
            ("updates_accepted", appliedOperationCount), ("events_accepted", appliedEventCount),
            ("partial_errors", partialErrorCount), ("rate_limited_calls", rateLimitedCallCount),
            ("tokens_refused", refusedTokenCount), ("concurrent_user_violations", concurrentUserBreachCount),
            ("repeated_user_violations", repeatedUserBreachCount), ("largest_in_flight", largestInFlightCount),
            ("largest_call", largestCallOperationCount), ("body_bytes", receivedBodyBytes),
            ("applied_log_dropped", droppedCount),
        ]
        for (name, sum) in sums {
            writer.name(name)
            writer.integer(sum)
        }
        writer.name("statuses")
        writer.beginObject()
        for (status, count) in statusCounts.sorted(by: { $0.key < $1.key }) {
            writer.name(String(status))
            writer.integer(count)
        }
        writer.endObject()
        writer.name("rules")
        writer.beginObject()
        for (rule, count) in ruleCounts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            writer.name(rule.rawValue)
            writer.integer(count)
        }
        writer.endObject()
        for (name, time) in [("first_call_ms", firstCallMilliseconds), ("last_answer_ms", lastAnswerMilliseconds)] {
            writer.name(name)
            if let time { writer.integer(time) } else { writer.null() }
        }
        writer.endObject()
    }
}
