import ServiceConfiguration
import Testing
import YAMLDocument

/// The least that a file must say.
let leastLines = """
    version: 1
    kafka:
      topics: [analytics.events]
    batch:
      project_key: project_1
      rest_api_key_file: key

    """

/// Secrets by path, as if they were files.
let secretFiles = [
    "key": "SECRET-KEY\n", "/run/secrets/batch": " SECRET-KEY \n", "empty": " \n", "two": "a\nb", "admin": "t",
]

func readSecret(_ path: String) throws(SecretFileError) -> Secret {
    guard let text = secretFiles[path] else { throw SecretFileError(path: path, problem: "it is not there") }
    return try Secret.read(Array(text.utf8), ofFile: path)
}

func read(
    _ text: String?,
    _ environment: [String: String] = [:],
    fileName: String = "relay.yaml",
    needsKey: Bool = true
) throws(FaultReport) -> ServiceSettings {
    try ServiceSettings.read(
        text.map { Array($0.utf8) },
        fileName: fileName,
        environment: environment,
        needsKey: needsKey,
        readSecret: readSecret
    )
}

/// The faults of a file as lines, without the file's name in front.
func faults(_ text: String?, _ environment: [String: String] = [:], needsKey: Bool = true) -> [String] {
    do throws(FaultReport) {
        _ = try read(text, environment, needsKey: needsKey)
        return []
    } catch {
        return error.faults.map { fault in
            let line = fault.description
            return line.hasPrefix("relay.yaml:") ? String(line.dropFirst("relay.yaml:".count)) : line
        }
    }
}

@Suite("Service settings")
struct SettingsTests {
    /// The file of design section 8, with a project key that has no ellipsis.
    static let sample = """
        version: 1
        kafka:
          bootstrap_servers: localhost:9092
          group_id: batchrelay
          topics: [analytics.events]          # names or ^patterns
          start: earliest                     # earliest | latest | a time: only where the group has no offset yet
          client: { security.protocol: PLAINTEXT }   # librdkafka properties
        batch:
          base_url: https://api.batch.com
          api_version: "2.11"
          project_key: project_0664hxvw
          rest_api_key_file: /run/secrets/batch
          ca_file: null
          timeout: 8s
          update_rate: { per_second: 300, burst: 900 }
          mass_update: { max_updates: 10000, max_bytes: 5MB, per_second: 10000 }
          poison_after: 1h
          legacy: { apps: {} }                # {ios: key, android: key, web: key}
          audiences: { create: never, linger: 5s }
        mappings: [mappings/segment.yaml]
        micro_batch: { max_updates: 200, max_bytes: 5MB, linger: 100ms, calls_in_flight: 4 }
        window: { max_records: 50000, max_bytes: 64MB }
        events: { late: drop, expired: dead_letter, id_attribute: null }
        refused_fields: count
        dedupe: window
        dead_letter: { topic: analytics.events.dead-letter, max_share: 20% }   # or { file: dead-letters.jsonl }
        shutdown_timeout: 20s
        revoke_timeout: 10s
        admin: { listen: 127.0.0.1:9400, token_file: null, ready_when_held: true }
        log: { level: info, format: text }    # or json
        """

    @Test("reads the sample of the documentation")
    func readsSample() throws {
        let settings = try read(Self.sample)
        #expect(settings.kafka.bootstrapServers == "localhost:9092")
        #expect(settings.kafka.groupID == "batchrelay")
        #expect(settings.kafka.topics == ["analytics.events"])
        #expect(settings.kafka.start == .earliest)
        #expect(settings.kafka.client == [ClientProperty(name: "security.protocol", value: "PLAINTEXT")])
        #expect(settings.kafka.maximumPollInterval == .seconds(300))
        #expect(settings.kafka.sessionTimeout == .seconds(45))
        #expect(settings.batch.baseURL == "https://api.batch.com")
        #expect(settings.batch.apiVersion == "2.11")
        #expect(settings.batch.projectKey == "project_0664hxvw")
        #expect(settings.batch.restAPIKey == Secret("SECRET-KEY"))
        #expect(settings.batch.restAPIKeyFile == "/run/secrets/batch")
        #expect(settings.batch.caFile == nil)
        #expect(settings.batch.timeout == .seconds(8))
        #expect(settings.batch.updateRate.perSecond == 300)
        #expect(settings.batch.updateRate.burst == 900)
        #expect(settings.batch.massUpdate.maximumUpdateCount == 10_000)
        #expect(settings.batch.massUpdate.maximumByteCount == 5_000_000)
        #expect(settings.batch.massUpdate.perSecond == 10_000)
        #expect(settings.batch.poisonAfter == .seconds(3_600))
        #expect(settings.batch.legacyApps.ios == nil)
        #expect(settings.batch.audiences.create == .never)
        #expect(settings.batch.audiences.linger == .seconds(5))
        #expect(settings.mappings == ["mappings/segment.yaml"])
        #expect(settings.microBatch.maximumUpdateCount == 200)
        #expect(settings.microBatch.maximumByteCount == 5_000_000)
        #expect(settings.microBatch.linger == .milliseconds(100))
        #expect(settings.microBatch.callsInFlight == 4)
        #expect(settings.window.maximumRecordCount == 50_000)
        #expect(settings.window.maximumByteCount == 64_000_000)
        #expect(settings.events.late == .drop)
        #expect(settings.events.expired == .deadLetter)
        #expect(settings.events.idAttribute == nil)
        #expect(settings.refusedFields == .count)
        #expect(settings.dedupe == .window)
        #expect(settings.deadLetter.sink == .topic("analytics.events.dead-letter"))
        #expect(settings.deadLetter.maximumShare == 0.2)
        #expect(settings.shutdownTimeout == .seconds(20))
        #expect(settings.revokeTimeout == .seconds(10))
        #expect(settings.admin.listen == ListenAddress(host: "127.0.0.1", port: 9400))
        #expect(settings.admin.token == nil)
        #expect(settings.admin.isReadyWhenHeld)
        #expect(settings.log.level == .info)
        #expect(settings.log.format == .text)
        #expect(settings.warnings.isEmpty)
    }

    @Test("takes for a file with the least keys what the sample says")
    func fillsDefaults() throws {
        let sample = Self.sample.replacing("project_0664hxvw", with: "project_1")
            .replacing("client: { security.protocol: PLAINTEXT }", with: "client: {}")
            .replacing("/run/secrets/batch", with: "key")
            .replacing("mappings: [mappings/segment.yaml]\n", with: "")
        #expect(try read(leastLines) == read(sample))
    }

    @Test("reads JSON by the ending of the name")
    func readsJSON() throws {
        let json = #"""
            {"version": 1, "kafka": {"topics": ["analytics.events"]},
             "batch": {"project_key": "project_1", "rest_api_key_file": "key"}}
            """#
        #expect(try read(json, fileName: "relay.json") == read(leastLines))
    }

    @Test("reads everything from the environment, without a file")
    func readsEnvironment() throws {
        let settings = try read(
            nil,
            [
                "BATCHRELAY_KAFKA_TOPICS": "analytics.events, more", "BATCHRELAY_KAFKA_GROUP_ID": "g",
                "BATCHRELAY_BATCH_PROJECT_KEY": "project_1", "BATCHRELAY_BATCH_REST_API_KEY": "SECRET-KEY",
                "BATCHRELAY_BATCH_UPDATE_RATE_PER_SECOND": "12", "BATCHRELAY_MICRO_BATCH_LINGER": "2s",
                "BATCHRELAY_ADMIN_READY_WHEN_HELD": "false", "BATCHRELAY_BATCH_LEGACY_APPS_IOS": "DEV1",
                "BATCHRELAY_BATCH_POISON_AFTER": "never", "BATCHRELAY_BATCH_API_VERSION": "2.10", "PATH": "/bin",
                "BATCHRELAY_TEST_BROKER": "x", "BATCHRELAY_MAPPINGS": "a.yaml,b.yaml",
            ]
        )
        #expect(settings.kafka.topics == ["analytics.events", "more"])
        #expect(settings.kafka.groupID == "g")
        #expect(settings.batch.restAPIKey == Secret("SECRET-KEY"))
        #expect(settings.batch.restAPIKeyFile == nil)
        #expect(settings.batch.updateRate.perSecond == 12)
        #expect(settings.batch.poisonAfter == nil)
        #expect(settings.batch.apiVersion == "2.10")
        #expect(settings.batch.legacyApps.ios == "DEV1")
        #expect(settings.microBatch.linger == .seconds(2))
        #expect(!settings.admin.isReadyWhenHeld)
        #expect(settings.mappings == ["a.yaml", "b.yaml"])
    }

    @Test("takes the environment before the file, and an empty variable as null")
    func overrides() throws {
        let text =
            leastLines + "events: { id_attribute: message_id }\nwindow: { max_records: 5 }\ndead_letter: { topic: t }\n"
        #expect(try read(text).events.idAttribute == "message_id")
        let settings = try read(
            text,
            [
                "BATCHRELAY_EVENTS_ID_ATTRIBUTE": "", "BATCHRELAY_WINDOW_MAX_RECORDS": "6",
                "BATCHRELAY_DEAD_LETTER_FILE": "dead.jsonl", "BATCHRELAY_BATCH_REST_API_KEY": "OTHER",
            ]
        )
        #expect(settings.events.idAttribute == nil)
        #expect(settings.window.maximumRecordCount == 6)
        #expect(settings.deadLetter.sink == .file("dead.jsonl"))
        #expect(settings.batch.restAPIKey == Secret("OTHER"))
        #expect(settings.batch.restAPIKeyFile == nil)
        #expect(settings.warnings.isEmpty)
    }

    @Test(
        "reads where a group begins",
        arguments: [
            ("earliest", .earliest), ("latest", .latest), ("1970-01-01", .time(milliseconds: 0)),
            ("2026-01-01T00:00:00Z", .time(milliseconds: 1_767_225_600_000)),
            ("2024-02-29T12:30:00.25+02:00", .time(milliseconds: 1_709_202_600_250)),
            ("1969-12-31T23:59:59Z", .time(milliseconds: -1_000)),
        ] as [(String, ServiceSettings.Kafka.Start)]
    )
    func readsStart(_ text: String, _ start: ServiceSettings.Kafka.Start) throws {
        #expect(try read(leastLines, ["BATCHRELAY_KAFKA_START": text]).kafka.start == start)
    }

    @Test("reads properties of the client as text, and what they say about time")
    func readsProperties() throws {
        let lines = leastLines.replacing(
            "topics: [analytics.events]",
            with:
                "topics: [a]\n  client: { max.poll.interval.ms: 60000, debug: all, enable.ssl.certificate.verification: True,"
                + " session.timeout.ms: '20000', sasl.password: hunter2, linger.ms: 0.50 }"
        )
        let kafka = try read(lines).kafka
        #expect(
            kafka.client.map { "\($0.name)=\($0.value)" } == [
                "debug=all", "enable.ssl.certificate.verification=true", "linger.ms=0.50", "max.poll.interval.ms=60000",
                "sasl.password=hunter2", "session.timeout.ms=20000",
            ]
        )
        #expect(kafka.maximumPollInterval == .seconds(60))
        #expect(kafka.sessionTimeout == .seconds(20))
    }

    @Test("gives no key to a command that needs none, and takes it where it is there")
    func readsWithoutKey() throws {
        let lines = leastLines.replacing("  rest_api_key_file: key\n", with: "")
        #expect(try read(lines, needsKey: false).batch.restAPIKey == nil)
        #expect(
            try read(lines.replacing("project_1", with: "project_1\n  rest_api_key_file: gone"), needsKey: false).batch
                .restAPIKey == nil
        )
        #expect(try read(leastLines, needsKey: false).batch.restAPIKey == Secret("SECRET-KEY"))
    }

    @Test("never shows a secret in a description, a dump or a fault")
    func hidesSecrets() throws {
        let lines =
            leastLines.replacing(
                "topics: [analytics.events]",
                with: "topics: [a]\n  client: { sasl.password: SECRET-P }"
            )
            + "admin: { token_file: admin }\n"
        let settings = try read(lines, ["BATCHRELAY_BATCH_REST_API_KEY": "SECRET-KEY"])
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), dumped] {
            #expect(!text.contains("SECRET"))
            #expect(text.contains("(redacted)"))
        }
        let refused = faults(leastLines + "log: { level: loud }\n", ["BATCHRELAY_BATCH_REST_API_KEY": "SECRET KEY"])
        #expect(refused.count == 2)
        #expect(!refused.joined().contains("SECRET"))
    }
}
