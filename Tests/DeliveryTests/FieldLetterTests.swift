import BatchAPI
import Testing

@testable import Delivery

@Suite("Dead letters of fields")
struct FieldLetterTests {
    private static func record(
        _ scene: inout EngineScene,
        _ user: String,
        _ attribute: String,
        refused: [String] = []
    ) throws -> MappedRecord {
        let part = try EngineScene.part(
            "{\"identifiers\":{\"custom_id\":\"\(user)\"},\"attributes\":{\"\(attribute)\":1}}"
        )
        var record = scene.mapped(.part(part))
        record.refusedFields = refused.map {
            DeadLetterCause(reason: "invalid_key", detail: "not a key", attribute: $0)
        }
        return record
    }

    private static func partialError(_ attribute: String?) -> CallOutcome {
        let error = PartialError(bulkIndex: 0, attribute: attribute, category: "ATTRIBUTE", reason: "not taken")
        return .answered(.accepted(partialErrors: [error], unreadErrorCount: 0, isReadable: true))
    }

    @Test("a record that lost fields is delivered, and each field is a dead letter")
    func mapping() throws {
        var scene = EngineScene { $0.refusedFields = .deadLetter }
        scene.handle(.records([try Self.record(&scene, "u", "a", refused: ["B", "C"])]))
        scene.run(to: 5)
        #expect(scene.deadLetters.map(\.kind) == [.field, .field])
        #expect(scene.deadLetters.map(\.cause.attribute) == ["B", "C"])
        #expect(scene.engine.account.delivered == 1 && scene.engine.account.deadLettered == 0)
        #expect(scene.engine.account.addsUp)
        #expect(scene.committed[0] == 1)
    }

    @Test("unless that is asked for, they are not")
    func count() throws {
        var scene = EngineScene()
        scene.api = { _, _ in Self.partialError("a") }
        scene.handle(.records([try Self.record(&scene, "u", "a", refused: ["B"])]))
        scene.run(to: 5)
        #expect(scene.deadLetters.isEmpty && scene.engine.account.refusedFields == 1)
    }

    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let attribute: String?
        let offset: Int64
        let isAmbiguous: Bool
    }

    @Test(
        "a field that Batch refuses belongs to the record that set it, where that can be told",
        arguments: [
            Example(testDescription: "the second record's", attribute: "b", offset: 1, isAmbiguous: false),
            Example(testDescription: "nobody's", attribute: "zzz", offset: 0, isAmbiguous: true),
            Example(testDescription: "no name", attribute: nil, offset: 0, isAmbiguous: true),
        ]
    )
    func answer(_ example: Example) throws {
        var scene = EngineScene { $0.refusedFields = .deadLetter }
        scene.api = { _, _ in Self.partialError(example.attribute) }
        let records = try ["a", "b", "c"].map { try Self.record(&scene, "u", $0) }
        scene.handle(.records(records))
        scene.run(to: 5)
        #expect(scene.calls.count == 1)
        let letter = try #require(scene.deadLetters.first)
        #expect(scene.deadLetters.count == 1)
        #expect(letter.kind == .field && letter.offset == example.offset)
        #expect(letter.cause.isAmbiguous == example.isAmbiguous)
        #expect(letter.cause.detail.contains("0, 1, 2") == example.isAmbiguous)
        #expect(scene.engine.account.delivered == 3 && scene.engine.account.addsUp)
        #expect(scene.committed[0] == 3)
    }

    @Test("no commit says that a record is settled before the sink has its letter", arguments: [true, false])
    func sinkDown(isField: Bool) throws {
        var scene = EngineScene { settings in
            settings.refusedFields = .deadLetter
            settings.lateEvents = .deadLetter
        }
        scene.isSinkDown = true
        // A record in front has no answer, so that the settled set counts.
        scene.api = { call, _ in EngineScene.users(call) == ["stuck"] ? nil : EngineScene.accepted }
        try scene.produce(["stuck"])
        if isField {
            scene.handle(.records([try Self.record(&scene, "u", "a", refused: ["B"])]))
        } else {
            try scene.produce(["u"], eventTime: EngineScene.wallStart - 86_400_000)
        }
        scene.run(to: 5)
        #expect(scene.deadLetters.count == 1)
        func settled() -> Bool? {
            CommitMetadata.decoded(
                scene.metadata[0] ?? [],
                clusterHash: CommitMetadata.clusterHash([]),
                committedOffset: scene.committed[0] ?? -1
            )?.sets.contains { $0.set.contains(1) }
        }
        #expect(settled() == false)
        scene.mendSink()
        scene.run(to: 6)
        #expect(settled() == true)
    }

    @Test("a drain gives back what the sink has not taken")
    func drain() throws {
        var scene = EngineScene { $0.refusedFields = .deadLetter }
        scene.isSinkDown = true
        scene.handle(.records([try Self.record(&scene, "u", "a", refused: ["B"])]))
        scene.run(to: 1)
        scene.handle(.drain)
        scene.run(to: 40)
        #expect(scene.isDrained && scene.engine.account.released == 1 && scene.engine.account.addsUp)
        #expect(scene.committed[0] == 0)
    }
}
