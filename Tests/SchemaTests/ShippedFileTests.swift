import Foundation
import MappingLanguage
import TestSupport
import Testing
import YAMLDocument

@Suite("Files and output by their schemas")
struct ShippedFileTests {
    private static let root = URL(filePath: SchemaValidation.repository)

    private static func yaml(in folder: String) throws -> [String] {
        let files = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path())
        return files.filter { $0.hasSuffix(".yaml") }.sorted().map { "\(folder)/\($0)" }
    }

    private static func instance(_ schema: String, yaml text: String, _ name: String) throws
        -> SchemaValidation.Instance
    {
        .init(schema, try YAMLReader.read(Array(text.utf8), named: name).jsonText)
    }

    @Test("every shipped mapping and every file of mapping tests is right")
    func shippedFiles() async throws {
        var names: [String] = []
        var instances: [SchemaValidation.Instance] = []
        for (folder, schema) in [("mappings", "mapping-file"), ("mappings/tests", "mapping-tests")] {
            let files = try Self.yaml(in: folder)
            #expect(files.count >= 5, "\(folder)")
            for file in files {
                let text = try String(contentsOf: Self.root.appending(path: file), encoding: .utf8)
                names.append(file)
                instances.append(try Self.instance(schema, yaml: text, file))
            }
        }
        for (name, faults) in zip(names, try await SchemaValidation.faults(of: instances)) {
            #expect(faults == [], "\(name)")
        }
    }

    @Test("what the README and the guide of own mappings show is right: configuration, mappings, messages, operations")
    func readme() async throws {
        let readme = try ["README.md", "Sources/Pipeline/Pipeline.docc/OwnMappings.md"].map {
            try String(contentsOf: Self.root.appending(path: $0), encoding: .utf8)
        }.joined(separator: "\n")
        var instances: [SchemaValidation.Instance] = []
        for document in Self.documents(in: readme) {
            if document.contains("\nmappings:\n") {
                instances.append(try Self.instance("mapping-file", yaml: document, "README.md"))
            } else if document.contains("\ntests:\n") {
                instances.append(try Self.instance("mapping-tests", yaml: document, "OwnMappings.md"))
            } else if document.hasPrefix("version: 1\n") {
                instances.append(try Self.instance("configuration", yaml: document, "README.md"))
            }
            for line in document.split(separator: "\n") {
                if line.hasPrefix("{\"type\"") { instances.append(.init("message", String(line))) }
                if line.hasPrefix("{\"identifiers\"") { instances.append(.init("operation", String(line))) }
            }
        }
        for schema in ["mapping-file", "mapping-tests", "configuration", "message", "operation"] {
            #expect(instances.contains { $0.schema == schema }, "they show no \(schema)")
        }
        for (instance, faults) in zip(instances, try await SchemaValidation.faults(of: instances)) {
            #expect(faults == [], "\(instance)")
        }
    }

    /// The blocks of code, and what their here-documents hold.
    private static func documents(in markdown: String) -> [String] {
        let parts = markdown.components(separatedBy: "```")
        return stride(from: 1, to: parts.count, by: 2).flatMap { place -> [String] in
            let block = parts[place].drop { $0 != "\n" }.dropFirst()
            let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
            guard let start = lines.firstIndex(where: { $0.contains("<<'") }),
                let mark = lines[start].components(separatedBy: "<<'").last?.dropLast(),
                let end = lines[start...].firstIndex(of: mark[...])
            else { return [String(block)] }
            return [lines[(start + 1)..<end].joined(separator: "\n") + "\n"]
        }
    }

    @Test("the schema of mapping files and the program agree on every example of the mapping language")
    func language() async throws {
        let file = Self.root.appending(path: "Tests/MappingLanguageTests/Fixtures/examples.txt")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        let mappings = lines.filter { $0.hasPrefix("map ") }.map { String($0.dropFirst(4)) }
        #expect(mappings.count >= 60)
        let files = mappings.map { mapping in
            "{\"version\":1,\"mappings\":[{\"name\":\"a\",\"trigger\":\"true\",\"action\":\"update_user_data\","
                + "\"mapping\":\(mapping)}]}"
        }
        let faults = try await SchemaValidation.faults(of: files.map { .init("mapping-file", $0) })
        for (file, faults) in zip(files, faults) {
            var refusal: String?
            do throws(FaultReport) {
                _ = try MappingFile(Array(file.utf8), named: "a.json")
            } catch {
                refusal = "\(error)"
            }
            #expect((refusal == nil) == faults.isEmpty, "\(file): \(refusal ?? "accepted"), by the schema \(faults)")
        }
    }

    // MARK: What commands print

    /// A folder with the messages of the default mapping's cases.
    private static func messages() throws -> TemporaryFolder {
        let file = root.appending(path: "Tests/DefaultMappingTests/Fixtures/cases.jsonl")
        let cases = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        let messages = cases.compactMap {
            try? YAMLReader.read(Array($0.utf8), named: "case.json")["message"]?.jsonText
        }
        #expect(messages.count > 100)
        let folder = try TemporaryFolder("schemas")
        try folder.write(messages.joined(separator: "\n"), to: "messages.jsonl")
        return folder
    }

    /// The lines that the program prints in a folder.
    private static func lines(_ arguments: [String], in folder: String) async throws -> [String] {
        let child = try ChildProcess(
            TestExecutable.batchrelay,
            arguments,
            folder: folder,
            output: .captured(limit: 64 << 20)
        )
        #expect(await child.wait(within: .seconds(120)) != nil)
        return child.standardOutput.split(separator: "\n").map(String.init)
    }

    @Test("all that `map` makes of the cases of the default mapping are operations")
    func operations() async throws {
        let folder = try Self.messages()
        let lines = try await Self.lines(["map", "messages.jsonl"], in: folder.path)
        withExtendedLifetime(folder) {}
        #expect(lines.count > 100)
        let faults = try await SchemaValidation.faults(of: lines.map { .init("operation", $0) })
        for (line, faults) in zip(lines, faults) { #expect(faults == [], "\(line)") }
    }

    @Test("what `map`, `test`, `check` and `eval` print for programs is right")
    func commands() async throws {
        let folder = try Self.messages()
        try folder.write("version: 1\nkafka: { topics: [a], grop: b }\nmappings: [gone.yaml]\n", to: "batchrelay.yaml")
        let attempts = [
            #"{"mapping":{"@path":"$.a"},"message":{"a":[1,null]}}"#, #"{"mapping":{"@path":"$.b"},"message":{}}"#,
            #"{"mapping":{"@nope":1},"message":{}}"#, #"{"trigger":"type = \"track\"","message":{}}"#,
            #"{"mapping":{}}"#,
        ]
        try folder.write(attempts.joined(separator: "\n"), to: "attempts.jsonl")
        var instances: [SchemaValidation.Instance] = []
        for (schema, arguments, place) in [
            ("map", ["--json", "messages.jsonl"], folder.path), ("test", ["--json"], SchemaValidation.repository),
            ("check", ["--json", "--config", "batchrelay.yaml"], folder.path),
            ("eval", ["attempts.jsonl"], folder.path),
        ] {
            let lines = try await Self.lines([schema] + arguments, in: place)
            #expect(lines.count >= 2, "\(schema)")
            instances += lines.map { .init(schema, $0) }
        }
        withExtendedLifetime(folder) {}
        for (instance, faults) in zip(instances, try await SchemaValidation.faults(of: instances)) {
            #expect(faults == [], "\(instance)")
        }
    }

    @Test("what `demo --json` prints is right, its sample too")
    func demo() async throws {
        let folder = try TemporaryFolder("schemas")
        let child = try ChildProcess(
            TestExecutable.batchrelay,
            ["demo", "--json", "--messages", "400"],
            folder: folder.path
        )
        #expect(await child.wait(within: .seconds(60)) == .exited(0), "\(child.standardError)")
        let output = child.standardOutput.trimmingCharacters(in: .newlines)
        let object = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
        let sample = try #require(object?["sample"] as? [String: Any])
        var instances: [SchemaValidation.Instance] = [.init("demo", output)]
        for (schema, member) in [("message", "message"), ("operation", "operation")] {
            let data = try JSONSerialization.data(withJSONObject: try #require(sample[member]))
            instances.append(.init(schema, String(decoding: data, as: UTF8.self)))
        }
        for (instance, faults) in zip(instances, try await SchemaValidation.faults(of: instances)) {
            #expect(faults == [], "\(instance)")
        }
    }
}

extension YAMLNode {
    /// The value as JSON text.
    var jsonText: String { String(decoding: json, as: UTF8.self) }
}
