import BatchAPI
import Testing

@testable import Delivery

@Suite("Messages that repeat one in the window")
struct RepeatTests {
    /// Around the length from which a user's list is not looked through any more.
    @Test("settle with it, and the same message later is none", arguments: [1, 3, 64, 65, 200])
    func settled(_ length: Int) throws {
        var scene = EngineScene()
        try scene.produce(numbers: 0..<length)
        try scene.produce(numbers: 0..<length)
        try scene.produce(numbers: length..<length + 1)
        scene.run(to: 60)
        #expect(scene.engine.account.repeats == length)
        #expect(scene.engine.account.delivered == length + 1)
        #expect(scene.committed[0] == Int64(2 * length + 1))
        try scene.produce(numbers: 0..<1)
        scene.run(to: 120)
        #expect(scene.engine.account.repeats == length)
        #expect(scene.engine.account.delivered == length + 2)
    }

    @Test("are none in another partition, of another user or with other content", arguments: [2, 100])
    func others(_ length: Int) throws {
        var scene = EngineScene(partitions: 2)
        try scene.produce(numbers: 0..<length)
        try scene.produce(numbers: 0..<length, in: 1)
        try scene.produce(numbers: 0..<length, of: "other")
        try scene.produce(numbers: 0..<length, high: 1)
        scene.run(to: 60)
        #expect(scene.engine.account.repeats == 0)
        #expect(scene.engine.account.delivered == 4 * length)
    }

    @Test("of a message whose partition was taken away are read as new ones", arguments: [2, 100])
    func taken(_ length: Int) throws {
        var scene = EngineScene(partitions: 2)
        scene.api = { _, _ in nil }
        try scene.produce(numbers: 0..<length, in: 1)
        try scene.produce(numbers: length..<2 * length, in: 0)
        scene.handle(.lost([PartitionIndex(1)]))
        try scene.produce(numbers: length..<length + 1, in: 0)
        #expect(scene.engine.account.pending == length + 1)
        #expect(scene.engine.account.released == length)
    }
}

extension EngineScene {
    /// Hands over messages of one user with numbers as their ids; those with one number and one `high` are the same message.
    fileprivate mutating func produce(
        numbers: Range<Int>,
        in partition: Int = 0,
        of user: String = "u",
        high: UInt64 = 0
    ) throws {
        var batch: [MappedRecord] = []
        for number in numbers {
            let text = "{\"identifiers\":{\"custom_id\":\"\(user)\"},\"attributes\":{\"o\":\(number)}}"
            let identity = RepeatIdentity(high: high, low: UInt64(number) << 1 | high)
            var reader = OperationReader()
            var refused: [RefusedField] = []
            let contribution = try reader.read(Array(text.utf8).span, identity: identity, refused: &refused)
            batch.append(
                mapped(.part(RecordPart(destination: DestinationID(0), contribution: contribution)), in: partition)
            )
        }
        handle(.records(batch))
    }
}
