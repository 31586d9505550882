import Foundation
import Testing

@testable import BatchSimulator

@Suite("Schemas of the contract")
struct SchemaTests {
    /// Rules that the schemas cannot express.
    static let beyondSchemas: [SimulatorRule] = [
        .eventTooOld, .eventFuture, .attributesArrayLimit, .attributesTwice, .eventTwice, .eventSingleLine,
        .patchSameValue,
        .customIDBlank, .patchTarget,
    ]

    @Test(
        "judge a random corpus as the simulator does",
        .enabled(if: python != nil, "python3 is not installed"),
        arguments: [1, 2] as [UInt64]
    )
    func agreement(seed: UInt64) async throws {
        let desk = try Desk { settings in
            settings.isRateLimited = false
            for rule in Self.beyondSchemas { try settings.rules.set(rule, isOn: false) }
        }
        var corpus = RequestCorpus(seed: seed)
        var lines = ""
        for _ in 0..<1_200 {
            let body = corpus.body()
            lines += Self.line(body: body, desk.post(body))
        }
        lines += Self.line(body: "[]", desk.get("/2.11/audiences/list"))
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("simulator-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("corpus.jsonl")
        try lines.write(to: file, atomically: true, encoding: .utf8)
        let output = try await Self.judge(file, into: folder.appendingPathComponent("output"))
        let sum = try #require(output.split(separator: "\n").last)
        let counts = try #require(try JSONSerialization.jsonObject(with: Data(sum.utf8)) as? [String: Int], "\(output)")
        #expect(counts["differences"] == 0, "\(output.prefix(4_000))")
        for verdict in ["accepted", "partial", "refused"] { #expect(counts[verdict, default: 0] > 100, "\(counts)") }
    }

    private static func line(body: String, _ reply: Desk.Reply) -> String {
        let verdict =
            switch reply.status {
            case 200: "list"
            case 202: reply.code == "SUCCESS" ? "accepted" : "partial"
            default: "refused"
            }
        return "{\"body\":\(body),\"verdict\":\"\(verdict)\",\"status\":\(reply.status),\"reply\":\(reply.text)}\n"
    }

    private static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Runs the script and returns what it prints.
    private static func judge(_ corpus: URL, into output: URL) async throws -> String {
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
        try Data().write(to: output)
        let handle = try FileHandle(forWritingTo: output)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python ?? "")
        process.arguments = [fixtures.appendingPathComponent("verdicts.py").path, fixtures.path, corpus.path]
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        try handle.close()
        return try String(contentsOf: output, encoding: .utf8)
    }
}
