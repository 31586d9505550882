import BatchAPI
import Delivery
import MappingLanguage
import Pipeline
import Threads

/// Records per second through the delivery engine alone: window, calls, answers, settling, commits. Answers come at once.
struct EngineBenchmark {
    let messageCount: Int

    func run() throws {
        var destination = DestinationSettings(name: BatchRoute.profilesUpdate.rawValue)
        destination.updatesPerSecond = 1_000_000
        destination.burst = 1_000_000
        var driver = EngineDriver(settings: DeliverySettings(destinations: [destination]))
        let records = try Self.records(50_000)
        driver.assign(partitionCount: 4)
        let start = Clocks.processNanoseconds
        var next = 0
        while next < messageCount {
            let count = min(512, messageCount - next)
            driver.feed(records, from: next, count: count)
            next += count
        }
        driver.finish()
        let time = Double(Clocks.processNanoseconds - start)
        print("engine: \(Int(time / Double(messageCount))) ns a record, \(driver.text)")
    }

    /// Records as the mapper makes them, with the image of what they came from.
    private static func records(_ count: Int) throws -> [MappedRecord] {
        var mapper = MessageMapper(mappings: try MappingSet(files: []))
        let entries = mapper.entries(forTopic: "analytics")
        let fields = RecordFields()
        return MappingBenchmark.messages(count).map { message in
            MappedRecord(
                partition: PartitionIndex(0),
                epoch: AssignmentEpoch(1),
                offset: 0,
                timestampMilliseconds: 0,
                verdict: mapper.verdict(message.span, entries: entries, fields: fields, timestampMilliseconds: nil),
                image: RecordImage(bytes: message, keyCount: -1, valueCount: Int32(message.count))
            )
        }
    }
}
