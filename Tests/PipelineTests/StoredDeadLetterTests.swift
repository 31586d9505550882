import BatchAPI
import KafkaClient
import TestSupport
import Testing

@testable import Delivery
@testable import Pipeline

@Suite("Stored dead letters")
struct StoredDeadLetterTests {
    @Test(
        "the name of a record is read as it is written",
        arguments: [
            ("analytics.events/0@17", RecordName(topic: "analytics.events", partition: 0, offset: 17)),
            ("a@b/3@0", RecordName(topic: "a@b", partition: 3, offset: 0)), ("events/0", nil), ("events@17", nil),
            ("/0@17", nil), ("events/x@17", nil), ("events/-1@17", nil), ("events/0@", nil), ("", nil),
        ] as [(String, RecordName?)]
    )
    func names(_ text: String, _ name: RecordName?) {
        #expect(RecordName(text) == name)
        if let name { #expect(name.description == text) }
    }

    @Test("base64 is read back, and what is none is refused", arguments: 0...70)
    func base64(_ count: Int) {
        var random = SeededRandom(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8(random.number(in: 0...255)) }
        let text = Base64.text(bytes)
        #expect(Base64.bytes(text) == bytes)
        #expect(Base64.bytes(text + "*") == nil || text.hasSuffix("="))
    }

    private static func letter(value: [UInt8]) -> DeadLetter {
        var cause = DeadLetterCause(
            reason: "refused",
            detail: "Batch did not accept it",
            attribute: "plan",
            mapping: "m 1"
        )
        cause.attempts = 3
        cause.answerStatus = 400
        cause.answerBody = #"{"error_code":"MALFORMED_PARAMETER"}"#
        return DeadLetter(
            id: DeadLetterID(1),
            partition: PartitionIndex(0),
            offset: 17,
            timestampMilliseconds: 1_700_000_000_000,
            image: RecordImage(bytes: Array("key".utf8) + value, keyCount: 3, valueCount: Int32(value.count)),
            cause: cause,
            kind: .record
        )
    }

    @Test("a line of the file is read back as it was written, a torn one at the end is left", arguments: [true, false])
    func file(isText: Bool) throws {
        let value: [UInt8] = isText ? Array("{\"a\":\"é\"}".utf8) : [0, 255, 1]
        let folder = try TemporaryFolder("letters")
        let place = TopicPartition(topic: "events", partition: 4)
        let line = String(decoding: DeadLetterFormat.line(Self.letter(value: value), from: place), as: UTF8.self)
        let path = try folder.write(line + "not a letter\n" + line + line.dropLast(5), to: "letters.jsonl")
        let reader = DeadLetterReader(.file(path), properties: [], groupID: "g")
        let (groups, foreign) = try reader.groups()
        #expect(foreign == 1)
        #expect(groups.map(\.reason) == ["refused"])
        #expect(groups.first?.count == 2)
        #expect(groups.first?.example == "\(path):1")
        let letters = try reader.letters(.source(RecordName(topic: "events", partition: 4, offset: 17)), limit: 10)
        #expect(letters.map(\.place) == ["\(path):1", "\(path):3"])
        let letter = try #require(letters.first)
        #expect(letter.value == value)
        #expect(letter.key == Array("key".utf8))
        #expect(letter.reason == "refused")
        #expect(letter.attribute == "plan")
        #expect(letter.mapping == "m 1")
        #expect(letter.attempts == 3)
        #expect(letter.answerStatus == 400)
        #expect(letter.answerBody == #"{"error_code":"MALFORMED_PARAMETER"}"#)
        #expect(letter.time == "2023-11-14T22:13:20.000Z")
        let hidden = String(decoding: letter.json(showsContents: false), as: UTF8.self)
        #expect(!hidden.contains("text") && !hidden.contains("base64"))
        #expect(try reader.letters(.place("\(path):3"), limit: 1).count == 1)
        #expect(try reader.letters(.all, limit: 1).count == 1)
    }

    @Test("a partition's lag counts from what is committed and still there")
    func lag() {
        let place = TopicPartition(topic: "t", partition: 0)
        func partition(_ committed: Int64?, _ low: Int64, _ high: Int64, _ start: RelayOptions.Start = .earliest)
            -> (Int64?, Int64)
        {
            let partition = LagReport.Partition(place, committed, Watermarks(low: low, high: high), start)
            return (partition.lag, partition.lost)
        }
        #expect(partition(5, 0, 12) == (7, 0))
        #expect(partition(5, 8, 12) == (4, 3))
        #expect(partition(nil, 8, 12) == (4, 0))
        #expect(partition(nil, 8, 12, .latest) == (0, 0))
        #expect(partition(nil, 8, 12, .time(1)) == (nil, 0))
        #expect(partition(20, 8, 12) == (0, 0))
    }
}
