import BatchAPI
import Testing

@testable import Delivery

@Suite("Late answers")
struct LateAnswerTests {
    private static func wide(_ scene: inout EngineScene, _ number: Int) throws -> MappedRecord {
        let attributes = (0..<30).map { "\"a\(number)_\($0)\":1" }.joined(separator: ",")
        return scene.mapped(
            .part(try EngineScene.part("{\"identifiers\":{\"custom_id\":\"u\"},\"attributes\":{\(attributes)}}"))
        )
    }

    @Test("the answer to the first update of a stretch says nothing of the stretch read anew under the next assignment")
    func ofAStretch() throws {
        var scene = EngineScene()
        scene.api = { _, _ in nil }
        let records = try (0..<3).map { try Self.wide(&scene, $0) }
        scene.handle(.records([records[1], records[2]]))
        scene.run(to: 1)
        let first = try #require(scene.calls.first)
        #expect(scene.calls.count == 1)
        // The partition is lost and comes back to the same member, which reads from further back.
        scene.handle(.lost([PartitionIndex(0)]))
        let again = PartitionAssignment(
            partition: PartitionIndex(0),
            epoch: AssignmentEpoch(2),
            startOffset: 0,
            committedOffset: nil,
            metadata: []
        )
        scene.handle(.assigned([again], AssignmentScope(allPartitionCount: 1, groupHasOffsets: true)))
        scene.handle(
            .records(
                records.map { record in
                    var record = record
                    record.epoch = AssignmentEpoch(2)
                    return record
                }
            )
        )
        scene.run(to: 3)
        // The user is still in a call.
        #expect(scene.calls.count == 1)
        scene.api = { _, _ in EngineScene.accepted }
        scene.handle(.answer(first.id, EngineScene.accepted))
        scene.run(to: 20)
        #expect(scene.engine.account.pending == 0)
        let sent = scene.calls.dropFirst().map { String(decoding: $0.body, as: UTF8.self) }.joined()
        for number in 0..<3 {
            for attribute in 0..<30 { #expect(sent.contains("\"a\(number)_\(attribute)\"")) }
        }
    }
}
