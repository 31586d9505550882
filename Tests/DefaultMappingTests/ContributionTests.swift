import BatchAPI
import DefaultMapping
import JSONDocument
import StableHash
import Testing

/// What two contributions must share to be the same to whoever folds and sends them.
private struct Substance: Equatable {
    var customID: [UInt8]
    var identity: RepeatIdentity?
    var attributeCount: Int
    var eventTimes: [Int64?]
    var oldest: Int64?
    var newest: Int64?
    /// The updates it makes by itself, with all times and, where events are old, without them.
    var updates: [String] = []

    init(_ contribution: Contribution) {
        customID = contribution.customID
        identity = contribution.identity
        attributeCount = contribution.attributeCount
        eventTimes = (0..<contribution.eventCount).map { contribution.eventTime(at: $0) }
        oldest = contribution.oldestEventTime
        newest = contribution.newestEventTime
        let old = EventAgeRule(oldestMilliseconds: Int64.max, newestMilliseconds: Int64.max, late: .withoutTime)
        for ages in [EventAgeRule.none, old] {
            var fold = ProfileFold()
            fold.begin(customID: customID, ages: ages)
            // Twice, so that every attribute is also looked up by its name.
            for _ in 0..<2 { _ = fold.add(contribution, firstEvent: 0, attributesDelivered: false) }
            for update in 0..<fold.updateCount {
                var text: [UInt8] = []
                fold.appendUpdate(update, to: &text)
                updates.append(String(decoding: text, as: UTF8.self))
            }
        }
    }
}

@Suite("Contributions of the default mapping")
struct ContributionTests {
    private static let ageTime: Int64 = 1_700_000_000_000

    /// Compares the mapper's own contribution with the one that the reader makes of the mapper's operation.
    ///
    /// - Returns: whether there was an operation.
    private func compare(_ message: [UInt8], _ mapper: inout DefaultMapper) throws -> Bool {
        var tape = JSONTape()
        guard (try? tape.parse(message.span)) != nil, tape.kind(of: tape.root) == .object else { return false }
        var leftOut: [LeftOut] = []
        guard case .operation = mapper.map(tape, message.span, leftOut: &leftOut) else { return false }
        var reader = OperationReader()
        var refused: [RefusedField] = []
        let operation = mapper.operation
        let identity = RepeatIdentity(high: 7, low: xxh3(operation))
        for ageTime in [nil, Self.ageTime] {
            let read = try reader.read(operation.span, identity: identity, ageTime: ageTime, refused: &refused)
            guard let own = mapper.contribution(messageHash: 7, ageTime: ageTime) else {
                // Only where the reader has to choose.
                #expect(!refused.isEmpty)
                return true
            }
            #expect(refused.isEmpty, "\(String(decoding: operation, as: UTF8.self))")
            #expect(Substance(own) == Substance(read), "\(String(decoding: operation, as: UTF8.self))")
        }
        return true
    }

    @Test("every case gives what the reader makes of its operation", arguments: DefaultMappingCase.all)
    func cases(_ example: DefaultMappingCase) throws {
        var mapper = DefaultMapper(options: try DefaultMappingOptions(values: example.options))
        #expect(try compare(Array(example.message), &mapper) == (example.operations != nil))
    }

    @Test("random messages give what the reader makes of their operations", arguments: 0..<8 as Range<UInt64>)
    func random(_ seed: UInt64) throws {
        for options in try HostileMessageTests.variousOptions() {
            var mapper = DefaultMapper(options: options)
            var operationCount = 0
            for number in 0..<100 as Range<UInt64> {
                var message = RandomMessage(seed: 77_000 + seed * 1_000 + number)
                if try compare(Array(message.json().utf8), &mapper) { operationCount += 1 }
            }
            #expect(operationCount > 20)
        }
    }

    @Test("more than 15 lists are the reader's to choose from")
    func manyLists() throws {
        let lists = (0..<16).map { "\"list_\($0)\":[\"a\"]" }.joined(separator: ",")
        var mapper = DefaultMapper(options: DefaultMappingOptions())
        let message = "{\"type\":\"identify\",\"userId\":\"u\",\"traits\":{\(lists)}}"
        #expect(try compare(Array(message.utf8), &mapper))
        #expect(mapper.contribution(messageHash: nil, ageTime: nil) == nil)
    }

    @Test("a date with a long fraction is treated alike")
    func longFraction() throws {
        var mapper = DefaultMapper(options: DefaultMappingOptions())
        for count in [1, 3, 9, 30, 60, 200] {
            let time = "2026-11-21T10:00:00.\(String(repeating: "1", count: count))Z"
            for message in [
                "{\"type\":\"track\",\"event\":\"e\",\"userId\":\"u\",\"timestamp\":\"\(time)\",\"properties\":{\"at\":\"\(time)\"}}",
                "{\"type\":\"identify\",\"userId\":\"u\",\"traits\":{\"at\":\"\(time)\"}}",
            ] {
                #expect(try compare(Array(message.utf8), &mapper))
            }
        }
    }
}
