import Delivery
import MappingLanguage
import Pipeline
import Threads

/// Processor time from a message's bytes to what the engine takes: parse, trigger, map, validate. One thread, no Kafka.
struct MappingBenchmark {
    let messageCount: Int

    func run(_ name: String, files: [String]) throws {
        let messages = Self.messages(20_000)
        var mapper = MessageMapper(mappings: try MappingSet(files: files))
        let entries = mapper.entries(forTopic: "analytics")
        let fields = RecordFields()
        var parts = 0
        let start = Clocks.processNanoseconds
        for number in 0..<messageCount {
            let message = messages[number % messages.count]
            let verdict = mapper.verdict(
                message.span,
                entries: entries,
                fields: fields,
                timestampMilliseconds: 1_700_000_000_000
            )
            if case .part = verdict { parts += 1 }
        }
        let time = Double(Clocks.processNanoseconds - start)
        print("\(name): \(Int(time / Double(messageCount))) ns a message, \(parts) of \(messageCount) are for Batch")
    }

    static func messages(_ count: Int) -> [[UInt8]] {
        var source = AnalyticsMessages(seed: 7, userCount: 50_000, time: "2026-11-21T10:00:00.000Z")
        return (0..<count).map { source.next($0).text }
    }
}
