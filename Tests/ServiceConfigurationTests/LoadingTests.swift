import Foundation
import ServiceConfiguration
import Testing
import YAMLDocument

/// Lends a folder that is gone afterwards.
private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("settings-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
}

@Suite("Loading of settings")
struct LoadingTests {
    @Test("reads the file and the key file from the disk, and the key again when it changes")
    func loads() throws {
        try withFolder { folder in
            let key = folder + "/key"
            try Data("first\n".utf8).write(to: URL(fileURLWithPath: key))
            let file = folder + "/relay.yaml"
            try Data(leastLines.replacing("rest_api_key_file: key", with: "rest_api_key_file: \(key)").utf8)
                .write(to: URL(fileURLWithPath: file))
            let settings = try ServiceSettings.load(file: file, environment: [:])
            #expect(settings.batch.restAPIKey == Secret("first"))
            try Data("second".utf8).write(to: URL(fileURLWithPath: key))
            let path = try #require(settings.batch.restAPIKeyFile)
            #expect(try Secret.read(file: path) == Secret("second"))
        }
    }

    @Test("says what is wrong with a file that cannot be read")
    func reportsMissingFiles() throws {
        try withFolder { folder in
            let missing = folder + "/none.yaml"
            let report = #expect(throws: FaultReport.self) { try ServiceSettings.load(file: missing, environment: [:]) }
            #expect(
                report?.description
                    == "\(missing):1:1: cannot be read: No such file or directory; create it or correct the path"
            )
            let error = #expect(throws: SecretFileError.self) { try Secret.read(file: missing) }
            #expect(
                error?.description
                    == "cannot use '\(missing)': No such file or directory; create it or correct the path"
            )
            let ofFolder = #expect(throws: SecretFileError.self) { try Secret.read(file: folder) }
            #expect(ofFolder?.problem == "Is a directory")
        }
    }

    @Test("refuses a key file that is too long to be one")
    func refusesLongSecrets() throws {
        try withFolder { folder in
            let path = folder + "/long"
            try Data(repeating: 0x61, count: 8_193).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: SecretFileError.self) { try Secret.read(file: path) }
            #expect(error?.problem == "it has more than 8192 bytes")
        }
    }

    @Test("reports a syntax error with its place")
    func reportsSyntax() {
        #expect(
            faults("version: 1\nkafka: {\n") == [
                "3:1: did not find expected node content while parsing a flow node"
            ]
        )
    }
}

/// The paths of all values, `kafka.client` being one.
private func leaves(of node: YAMLNode, path: String) -> [String] {
    guard case .map(let members) = node.value, path != "kafka.client" else { return [path] }
    return members.flatMap { leaves(of: $0.value, path: path.isEmpty ? $0.key : "\(path).\($0.key)") }
}

@Suite("Table of keys")
struct KeyTableTests {
    @Test("has each key once, with a meaning, a range, and a variable unless only the file can set it")
    func isComplete() throws {
        let declarations = ServiceSettings.declarations
        let inSample = leaves(of: try YAMLReader.read(Array(SettingsTests.sample.utf8)), path: "")
        let beyond = [
            "dead_letter.file", "batch.legacy.apps.ios", "batch.legacy.apps.android", "batch.legacy.apps.web",
        ]
        #expect(Set(declarations.map(\.path)) == Set(inSample + beyond))
        #expect(Set(declarations.map(\.path)).count == declarations.count)
        #expect(declarations.filter { $0.variable == nil }.map(\.path) == ["version", "kafka.client"])
        #expect(declarations.filter { $0.standard == nil }.map(\.path) == ["kafka.topics", "batch.project_key"])
        for declaration in declarations {
            #expect(!declaration.meaning.isEmpty && !declaration.range.isEmpty, "\(declaration.path)")
        }
        #expect(Set(declarations.compactMap(\.variable)).count == declarations.count - 2)
    }

    @Test("shows the defaults that are used when the file says nothing")
    func showsUsedDefaults() throws {
        // Each default, written into the environment, must give the same settings as saying nothing.
        var environment: [String: String] = [:]
        for declaration in ServiceSettings.declarations {
            guard let variable = declaration.variable, let text = declaration.standard, text != "null",
                !text.contains("`"), declaration.path != "dead_letter.topic"
            else { continue }
            environment[variable] = text.filter { !"[]\"".contains($0) }
        }
        #expect(environment.count > 30)
        #expect(try read(leastLines, environment) == read(leastLines))
    }

    @Test("shows examples that are accepted")
    func showsValidExamples() throws {
        for declaration in ServiceSettings.declarations {
            guard let variable = declaration.variable, let example = declaration.example else { continue }
            let isFile = declaration.path.hasSuffix("token_file") || declaration.path.hasSuffix("key_file")
            let text = isFile ? "key" : example.filter { !"[]\"'".contains($0) }
            #expect(faults(leastLines, [variable: text]) == [], "\(declaration.path): \(example)")
        }
    }

    @Test("is a table in Markdown with five cells a row")
    func isMarkdown() {
        let lines = ServiceSettings.keyTable.split(separator: "\n")
        #expect(lines.count == ServiceSettings.declarations.count + 2)
        #expect(lines.first == "| key | default | range | meaning | example |")
        #expect(
            lines.contains(
                "| `micro_batch.linger` | `100ms` | a duration of 0 ms or more | how long the oldest waiting record waits "
                    + "for company; 0ms seals a call as soon as it may go | `100ms` |"
            )
        )
        #expect(
            lines.contains {
                $0.hasPrefix("| `kafka.topics` | required | a list of one or more topics or patterns |")
            }
        )
        #expect(
            lines.contains {
                $0.hasPrefix("| `dead_letter.topic` | the first topic of kafka.topics, with `.dead-letter` |")
            }
        )
        for line in lines { #expect(line.replacing("\\|", with: "").split(separator: "|").count == 5, "\(line)") }
    }
}
