import Foundation
import JSONDocument
import TestSupport
import Testing

@testable import BatchSimulator
@testable import Pipeline

@Suite("Messages of real producers")
struct ProducerMessageTests {
    /// 2026-11-21T12:00:00Z.
    private static let noon: Int64 = 1_795_262_400_000

    /// Sends operations one by one and gives what the simulator objects to.
    private static func objections(_ operations: [[UInt8]], _ batch: inout SimulatedBatch) -> [String] {
        operations.compactMap { operation in
            let body = [UInt8(ascii: "[")] + operation + [UInt8(ascii: "]")]
            var request = SimulatorRequest(method: "POST", path: "/2.11/profiles/update", body: body)
            request.authorization = "Bearer simulator-rest-key"
            request.project = "project_simulator"
            request.contentType = "application/json"
            let now = SimulatorInstant(monotonicNanoseconds: 0, wallMilliseconds: noon)
            let decision = batch.handle(request, at: now)
            batch.finish(call: decision.call, at: now)
            guard case .answer(let answer) = decision.outcome else { return "no answer" }
            let text = String(decoding: answer.body, as: UTF8.self)
            return answer.status == 202 && !text.contains("errors") ? nil : "\(answer.status) \(text)"
        }
    }

    private static func check(
        _ messages: [String],
        _ mappings: MappingSet? = nil
    ) throws -> (mapped: Int, lost: Int) {
        var settings = SimulatorSettings()
        settings.isRateLimited = false
        var batch = try SimulatedBatch(settings: settings)
        let mappings = try mappings ?? MappingSet(files: [])
        var explainer = MessageExplainer(mappings: mappings)
        var mapper = MessageMapper(mappings: mappings)
        var record = SampleRecord()
        var counts = (mapped: 0, lost: 0)
        for message in messages {
            let bytes = Array(message.utf8)
            // The service maps the same.
            let plain = explainer.explain(bytes)
            #expect(plain.operations == mapper.map(bytes).operations, "\(message)")
            record.nowMilliseconds = noon
            let explanation = explainer.explain(bytes, record: record)
            #expect(Self.objections(explanation.operations, &batch) == [], "\(message)")
            #expect(FieldAccount.gaps(explanation, bytes) == [], "\(message)")
            #expect(FieldAccount.gaps(plain, bytes) == [], "\(message)")
            if !explanation.operations.isEmpty { counts.mapped += 1 }
            counts.lost += explanation.losses.count { !$0.isUnused }
        }
        return counts
    }

    @Test("those written by hand arrive without an objection, and every loss is named")
    func handwritten() throws {
        let messages = try ProducerMessages.handwritten()
        #expect(messages.count >= 60)
        let counts = try Self.check(messages)
        #expect(counts.mapped > 50)
        #expect(counts.lost > 40)
    }

    @Test(
        "those made from a seed arrive without an objection, and every loss is named",
        arguments: 0..<11 as Range<UInt64>
    )
    func generated(_ seed: UInt64) throws {
        var producer = ProducerMessages(seed: seed)
        let counts = try Self.check((0..<40).map { _ in producer.next() })
        #expect(counts.mapped > 15)
        #expect(counts.lost > 40)
    }

    @Test("through the guide's mapping and the others that ship as well", arguments: 0..<3 as Range<UInt64>)
    func otherMappings(_ seed: UInt64) throws {
        var producer = ProducerMessages(seed: seed &+ 100)
        let messages = (0..<40).map { _ in producer.next() }
        let guide = try Self.check(messages, MappingSet([(name: "own.yaml", bytes: try GuideTests.guide())]))
        #expect(guide.mapped > 10)
        let root = MappingTestRunTests.root
        _ = try Self.check(messages, MappingSet(files: ["\(root)/mappings/computed-traits.yaml"]))
        let rows = (0..<40).map { _ in producer.row() }
        let counts = try Self.check(rows, MappingSet(files: ["\(root)/mappings/warehouse-rows.yaml"]))
        #expect(counts.mapped > 20)
        #expect(counts.lost > 40)
    }

    private static func standard(options: String) throws -> MappingSet {
        let text = """
            version: 1
            defaults: \(options)
            mappings: [{ name: segment, trigger: true, action: update_profile, mapping: default }]
            """
        return try MappingSet([(name: "a.yaml", bytes: Array(text.utf8))])
    }

    @Test("the cases of the default mapping are accounted for too, with their options")
    func cases() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "DefaultMappingTests/Fixtures/cases.jsonl")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 564)
        var mapped = 0
        var sets: [String: MappingSet] = [:]
        for line in lines {
            let tree = try JSONTree(parsing: Array(line.utf8))
            let message = try #require(tree["message"]).json
            let options = String(decoding: (tree["options"] ?? .object([])).json, as: UTF8.self)
            let mappings = try sets[options] ?? Self.standard(options: options)
            sets[options] = mappings
            var explainer = MessageExplainer(mappings: mappings)
            let explanation = explainer.explain(message)
            #expect(FieldAccount.gaps(explanation, message) == [], "\(line)")
            if !explanation.operations.isEmpty { mapped += 1 }
        }
        #expect(mapped > 400)
    }
}
