import Foundation
import RelayScenes
import TestSupport
import Testing

/// A configuration that is wrong.
struct FileMistake: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The README's row that says the same.
    var row: String?
    /// The configuration; nil for a file that is not there.
    let configuration: String?
    /// What stands in the output, each a part of a line.
    let messages: [String]
}

/// Mistakes in files: `run` and `check` say the same about them and end with 78 before anything is touched.
@Suite("Bad files")
struct BadFileTests {
    static let good: String = """
        version: 1
        kafka: { bootstrap_servers: "127.0.0.1:1", topics: [t] }
        batch: { base_url: "http://127.0.0.1:1", project_key: project_x, rest_api_key_file: key }
        mappings: [mapping.yaml]
        admin: { listen: 127.0.0.1:0 }

        """

    private static let mistakes: [FileMistake] = [
        FileMistake(
            testDescription: "no file",
            row: "no configuration file",
            configuration: nil,
            messages: ["batchrelay.yaml:1:1: cannot be read: No such file or directory; create it or correct the path"]
        ),
        FileMistake(
            testDescription: "no YAML",
            row: "the file is not YAML",
            configuration: good + "log: { level: info\n",
            messages: ["batchrelay.yaml:7:1: did not find expected ',' or '}'"]
        ),
        FileMistake(
            testDescription: "an unknown key",
            row: "a misspelt key",
            configuration: good + "micro_batch: { lingr: 100ms }\n",
            messages: ["batchrelay.yaml:6:16: micro_batch.lingr: unknown key; did you mean 'linger'?"]
        ),
        FileMistake(
            testDescription: "several mistakes",
            configuration: good.replacing("topics: [t]", with: "topics: []") + "dedupe: on\n",
            messages: [
                "batchrelay.yaml:2:44: kafka.topics: an empty list is not a list of one or more topics",
                "batchrelay.yaml:6:1: dedupe: 'on' is not window or off",
            ]
        ),
        FileMistake(
            testDescription: "no key",
            row: "no REST API key",
            configuration: good.replacing(", rest_api_key_file: key", with: ""),
            messages: ["batch.rest_api_key_file: is missing; write the path of a file that holds the REST API key"]
        ),
        FileMistake(
            testDescription: "a key file that is not there",
            configuration: good.replacing("rest_api_key_file: key", with: "rest_api_key_file: gone"),
            messages: ["batch.rest_api_key_file: cannot use 'gone': No such file or directory; create it"]
        ),
        FileMistake(
            testDescription: "a session that is too short for a call",
            row: "a session shorter than two calls",
            configuration: good.replacing("topics: [t]", with: "topics: [t], client: { session.timeout.ms: 6000 }"),
            messages: ["batch.timeout: 8s is not less than half of kafka.client's session.timeout.ms, which is 3s"]
        ),
        FileMistake(
            testDescription: "a mapping that is not there",
            row: "a mapping file is missing",
            configuration: good.replacing("mapping.yaml", with: "gone.yaml"),
            messages: [
                "batchrelay.yaml:4:12: mappings[0]: cannot read the mapping file 'gone.yaml': No such file or directory; "
                    + "create it or correct the path, which begins at the working folder /"
            ]
        ),
        FileMistake(
            testDescription: "a mapping with mistakes",
            row: "a mapping file is wrong",
            configuration: good.replacing("mapping.yaml", with: "bad.yaml"),
            messages: [
                "bad.yaml:2:13: defaults.nams: unknown key; did you mean 'names'?",
                "bad.yaml:5:5: mappings[0].trigger: column 7: the trigger ends where",
            ]
        ),
    ]

    /// A folder with a key and two mapping files.
    static func folder(_ configuration: String?) throws -> TemporaryFolder {
        let folder = try TemporaryFolder("bad-files")
        try folder.write("secret-of-this-test", to: "key")
        try folder.write(
            "version: 1\nmappings: [{ name: all, trigger: 'true', action: update_profile, mapping: default }]\n",
            to: "mapping.yaml"
        )
        try folder.write(
            """
            version: 1
            defaults: { nams: snake_case }
            mappings:
              - name: all
                trigger: type =
                action: update_profile
                mapping: default

            """,
            to: "bad.yaml"
        )
        if let configuration { try folder.write(configuration, to: "batchrelay.yaml") }
        return folder
    }

    @Test("end `run` and `check` with code 78 and say what to change", arguments: mistakes)
    func mistake(_ mistake: FileMistake) async throws {
        let folder = try Self.folder(mistake.configuration)
        let service = try await CommandRun(["run", "--config", "batchrelay.yaml"], folder: folder.path)
        let check = try await CommandRun(["check", "--config", "batchrelay.yaml"], folder: folder.path)
        #expect(service.status == .exited(78))
        #expect(check.status == .exited(78))
        for message in mistake.messages {
            #expect(service.errors.contains(message), "\(service.errors)")
            #expect(check.output.contains(message), "\(check.output)")
        }
        if let row = mistake.row {
            try Readme.fault(row).expect(service.status, service.errors)
            try Readme.fault(row).expect(check.status, check.output)
        }
        #expect(check.errors.isEmpty)
        #expect(!(service.errors + check.output).contains("secret-of-this-test"))
    }

    @Test("of the configuration do not hide those of its mapping files")
    func allAtOnce() async throws {
        let configuration = Self.good.replacing("[mapping.yaml]", with: "[bad.yaml, gone.yaml, mapping.yaml]")
        let folder = try Self.folder(configuration + "dedup: off\n")
        let check = try await CommandRun(["check", "--config", "batchrelay.yaml", "--json"], folder: folder.path)
        #expect(check.status == .exited(78))
        let faults = try check.json()
        let places = faults.map { "\($0["check"] ?? .null) \($0["verdict"] ?? .null) \($0["file"] ?? .null)" }
        #expect(
            places == [
                #""configuration" "failed" "batchrelay.yaml""#, #""mapping" "failed" "bad.yaml""#,
                #""mapping" "failed" "bad.yaml""#, #""mapping" "failed" "batchrelay.yaml""#,
                #""mapping" "passed" null"#,
            ]
        )
        let service = try await CommandRun(["run", "--config", "batchrelay.yaml"], folder: folder.path)
        #expect(service.status == .exited(78))
        for file in ["batchrelay.yaml:6:1", "bad.yaml:2:13", "bad.yaml:5:5", "batchrelay.yaml:4:22"] {
            #expect(service.errors.contains(file), "\(service.errors)")
        }
        #expect(faults.first?["line"] == 6)
        #expect(faults.first?["column"] == 1)
        #expect(faults.first?["key"] == "dedup")
        #expect(faults.allSatisfy { $0["version"] == 1 })
    }

    @Test("are none in a good configuration, which `check` passes without a connection")
    func good() async throws {
        let folder = try Self.folder(Self.good)
        let check = try await CommandRun(["check", "--config", "batchrelay.yaml"], folder: folder.path)
        #expect(check.status == .exited(0), "\(check.output)")
        #expect(check.lines.allSatisfy { $0.hasPrefix("passed") }, "\(check.output)")
    }

    @Test("are none where no mapping is named: the one that is built in holds, in any folder")
    func builtInMapping() async throws {
        let folder = try Self.folder(Self.good.replacing("mappings: [mapping.yaml]\n", with: ""))
        let check = try await CommandRun(["check"], folder: folder.path)
        #expect(check.status == .exited(0), "\(check.output)")
        #expect(check.output.contains("the mapping that is built in"), "\(check.output)")
        let run = try ChildProcess(
            TestExecutable.batchrelay,
            ["run"],
            environment: RelayProcess.environment,
            folder: folder.path
        )
        let isUp = await eventually { run.standardError.contains("admin page") || !run.isRunning }
        #expect(isUp)
        run.signal(SIGTERM)
        #expect(await run.wait(within: .seconds(30)) == .exited(0), "\(run.standardError)")
    }

    @Test(
        "without --config are looked for in batchrelay.yaml of the working folder, by every command alike",
        arguments: [
            ["run"], ["check"], ["offsets", "show"], ["dead-letters", "list"], ["send", "--yes", "messages.jsonl"],
        ]
    )
    func standardFile(_ command: [String]) async throws {
        let folder = try Self.folder(Self.good + "dedup: off\n")
        try folder.write("{}\n", to: "messages.jsonl")
        let there = try await CommandRun(command, folder: folder.path)
        #expect(there.status == .exited(78))
        let fault = "batchrelay.yaml:6:1: dedup: unknown key; did you mean 'dedupe'?"
        #expect((there.output + there.errors).contains(fault), "\(there.output)\(there.errors)")
        let empty = try TemporaryFolder("no-configuration")
        try empty.write("{}\n", to: "messages.jsonl")
        let missing = try await CommandRun(command, folder: empty.path)
        #expect(missing.status == .exited(78))
        let said = missing.output + missing.errors
        #expect(said.contains("there is no batchrelay.yaml in this folder"), "\(said)")
        #expect(said.contains("BATCHRELAY_BATCH_PROJECT_KEY"), "\(said)")
    }

    @Test("a port that is taken ends `run` with 78 and names it")
    func takenPort() async throws {
        let simulator = try await SimulatorProcess()
        let address = simulator.url.dropFirst("http://".count)
        let folder = try Self.folder(Self.good.replacing("listen: 127.0.0.1:0", with: "listen: \(address)"))
        let service = try await CommandRun(["run", "--config", "batchrelay.yaml"], folder: folder.path)
        try Readme.fault("the admin port is taken").expect(service.status, service.errors)
        await simulator.stop()
    }

    @Test("a dead-letter file that cannot be opened ends `run` with 78")
    func deadLetterFile() async throws {
        let folder = try Self.folder(Self.good + "dead_letter: { file: gone/letters.jsonl }\n")
        let service = try await CommandRun(["run", "--config", "batchrelay.yaml"], folder: folder.path)
        try Readme.fault("the dead-letter file cannot be opened").expect(service.status, service.errors)
        #expect(
            service.errors.contains(
                "cannot open the dead-letter file 'gone/letters.jsonl': No such file or directory; change dead_letter.file"
            ),
            "\(service.errors)"
        )
    }

    @Test("of messages are told by `map`: no Custom ID, a field that Batch would refuse")
    func messages() async throws {
        let folder = try Self.folder(Self.good)
        let long = String(repeating: "x", count: 301)
        let cases = [
            (try Readme.fault("a message without `userId`"), #"{"type":"identify","traits":{"plan":"free"}}"#),
            (
                try Readme.fault("a field that Batch would refuse"),
                #"{"type":"identify","userId":"u","traits":{"plan":"\#(long)"}}"#
            ),
        ]
        for (row, message) in cases {
            try folder.write(message + "\n", to: "messages.jsonl")
            let map = try await CommandRun(["map", "--explain", "messages.jsonl"], folder: folder.path)
            row.expect(map.status, map.errors)
            #expect(map.errors.hasPrefix("messages.jsonl:1: "))
        }
    }

    @Test("of the README's tables are all made by a test, which asks for the row by its name")
    func tables() throws {
        var sources = ""
        let path = "\(RelayProcess.repository)/Tests/IntegrationTests"
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasSuffix(".swift") {
            sources += try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
        }
        let rows = try Readme.faultSections.flatMap { try Readme.faultRows(of: $0) }
        #expect(rows.count > 40)
        #expect(Set(rows.map(\.name)).count == rows.count)
        for row in rows {
            let askers = ["fault(\"\(row.name)\")", "row: \"\(row.name)\""]
            if !askers.contains(where: { sources.contains($0) }) { Issue.record("no test makes '\(row.name)'") }
        }
    }
}
