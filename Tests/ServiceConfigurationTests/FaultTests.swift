import ServiceConfiguration
import Testing
import YAMLDocument

/// Lines that are added to the least file (they start at line 7), or that replace it, and the faults.
struct FaultyFile: Sendable, CustomTestStringConvertible {
    let added: String
    let environment: [String: String]
    let faults: [String]
    var testDescription: String {
        String(added.map { $0 == "\n" ? "↵" : $0 }) + environment.keys.sorted().joined(separator: " ")
    }

    init(_ added: String, _ faults: String..., environment: [String: String] = [:]) {
        self.added = added
        self.environment = environment
        self.faults = faults
    }
}

/// Lines under `kafka:` or `batch:`; they take the place of the first key there.
private func nested(_ section: String, _ line: String) -> String {
    let anchor = section == "kafka" ? "kafka:\n" : "batch:\n"
    return leastLines.replacing(anchor, with: anchor + "  \(line)\n")
}

@Suite("Faults of a configuration")
struct FaultTests {
    @Test(
        "are reported with place and remedy",
        arguments: [
            FaultyFile(
                "micro_batch: { linger: -5 }",
                "7:16: micro_batch.linger: '-5' is not a duration of 0 ms or more, such as 100ms"
            ),
            FaultyFile(
                "micro_batch: { linger: 100 }",
                "7:16: micro_batch.linger: '100' is not a duration of 0 ms or more, such as 100ms"
            ),
            FaultyFile(
                "micro_batch:\n  max_updates: 201",
                "8:3: micro_batch.max_updates: '201' is not an integer from 1 to 200"
            ),
            FaultyFile(
                "micro_batch:\n  max_updates: 0",
                "8:3: micro_batch.max_updates: '0' is not an integer from 1 to 200"
            ),
            FaultyFile("micro_batch:\n  lingr: 1s", "8:3: micro_batch.lingr: unknown key; did you mean 'linger'?"),
            FaultyFile("microbatch: {}", "7:1: microbatch: unknown key; did you mean 'micro_batch'?"),
            FaultyFile("window: 5", "7:1: window: '5' is not a map of keys and values"),
            FaultyFile(
                "window: { max_bytes: 64 }",
                "7:11: window.max_bytes: '64' is not a size from 1 MB to 64 GB, such as 64MB"
            ),
            FaultyFile(
                "events: { late: dorp }",
                "7:11: events.late: 'dorp' is not drop, send_without_time or dead_letter; did you mean 'drop'?"
            ),
            FaultyFile(
                "events: { id_attribute: MessageId }",
                "7:11: events.id_attribute: 'MessageId' is not an attribute's name (1 to 30 of a-z, 0-9 and '_'), such as message_id"
            ),
            FaultyFile(
                "dead_letter: { max_share: 20 }",
                "7:16: dead_letter.max_share: '20' is not a percentage from 0% to 100%, such as 20%"
            ),
            FaultyFile(
                "dead_letter: { max_share: 101% }",
                "7:16: dead_letter.max_share: '101%' is not a percentage from 0% to 100%, such as 20%"
            ),
            FaultyFile("admin: { ready_when_held: yes }", "7:10: admin.ready_when_held: 'yes' is not true or false"),
            FaultyFile(
                "admin: { listen: 9400 }",
                "7:10: admin.listen: '9400' is not an address and a port, such as 127.0.0.1:9400"
            ),
            FaultyFile(
                "admin: { listen: '::1:9400' }",
                "7:10: admin.listen: '::1:9400' is not an address and a port, such as 127.0.0.1:9400"
            ),
            FaultyFile("admin: { token_file: gone }", "7:10: admin.token_file: cannot use 'gone': it is not there"),
            FaultyFile(
                "log: { level: verbose }",
                "7:8: log.level: 'verbose' is not trace, debug, info, notice, warning, error or critical"
            ),
            FaultyFile(
                "mappings: []",
                "7:1: mappings: an empty list is not a list of one or more paths, such as [mappings/segment.yaml]"
            ),
            FaultyFile(
                "refused_fields: drop\ndedupe: on",
                "7:1: refused_fields: 'drop' is not count or dead_letter",
                "8:1: dedupe: 'on' is not window or off"
            ),
            FaultyFile("version: 1", "7:1: the key 'version' stands twice, first at 1:1; remove one"),
            FaultyFile(
                "- a",
                "7:1: did not find expected key while parsing a block mapping that starts at 1:1; check the indentation, the colon after each key, and quotes that are not closed"
            ),
        ]
    )
    func report(_ example: FaultyFile) {
        #expect(faults(leastLines + example.added + "\n", example.environment) == example.faults)
    }

    @Test(
        "of Kafka are reported with place and remedy",
        arguments: [
            ("topics: []", "is not reached"),
            (
                "start: yesterday",
                "3:3: kafka.start: 'yesterday' is not earliest, latest or a time, such as 2026-01-01T00:00:00Z"
            ),
            (
                "start: 2026-02-29",
                "3:3: kafka.start: '2026-02-29' is not earliest, latest or a time, such as 2026-01-01T00:00:00Z"
            ),
            (
                "start: 2026-01-01T00:00:00",
                "3:3: kafka.start: '2026-01-01T00:00:00' is not earliest, latest or a time, such as 2026-01-01T00:00:00Z"
            ),
            (
                "bootstrap_servers: 'a:9092,'",
                "3:3: kafka.bootstrap_servers: entry 2 of 2 is empty; remove a comma, or write a broker there"
            ),
            (
                "bootstrap_servers: a:70000",
                "3:3: kafka.bootstrap_servers: 'a:70000' is not a broker as host:port, such as kafka-1:9092"
            ),
            (
                "bootstrap_servers: [a, b]",
                "3:3: kafka.bootstrap_servers: a list is not one or more brokers as host:port, separated by commas, such as kafka-1:9092,kafka-2:9092"
            ),
            (
                "bootstrap_servers: a:9092 b:9092",
                "3:3: kafka.bootstrap_servers: 'a:9092 b:9092' has blanks in it; write one host:port, and a comma between two brokers"
            ),
            (
                "bootstrap_servers: 'kafka://a:9092'",
                "3:3: kafka.bootstrap_servers: 'kafka://a:9092' begins with a scheme that is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL; write a:9092, and what it needs as security.protocol in kafka.client"
            ),
            ("bootstrap_servers: 'SASL_SSL://a:9092, b:9093,[::1]:9092'", nil),
            (
                "client: { group.id: x }",
                "3:13: kafka.client.group.id: 'group.id' belongs to the service; set kafka.group_id"
            ),
            (
                "client: { bootstrap.servers: x }",
                "3:13: kafka.client.bootstrap.servers: 'bootstrap.servers' belongs to the service; set kafka.bootstrap_servers"
            ),
            (
                "client: { auto.offset.reset: x }",
                "3:13: kafka.client.auto.offset.reset: 'auto.offset.reset' belongs to the service; set kafka.start"
            ),
            (
                "client: { enable.auto.commit: true }",
                "3:13: kafka.client.enable.auto.commit: 'enable.auto.commit' belongs to the service; remove it; the service commits what Batch has acknowledged"
            ),
            (
                "client: { enable.auto.offset.store: true }",
                "3:13: kafka.client.enable.auto.offset.store: 'enable.auto.offset.store' belongs to the service; remove it; the service commits what Batch has acknowledged"
            ),
            (
                "client: { enable.partition.eof: true }",
                "3:13: kafka.client.enable.partition.eof: 'enable.partition.eof' belongs to the service; remove it; the service needs these events to know its position"
            ),
            ("client: { debug: [all] }", "3:13: kafka.client.debug: a list is not text, a number or a boolean"),
            ("client: { debug: }", "3:13: kafka.client.debug: null is not text, a number or a boolean"),
            ("client: [debug]", "3:3: kafka.client: a list is not a map of librdkafka properties"),
            (
                "client: { session.timeout.ms: 45s }",
                "3:13: kafka.client.session.timeout.ms: '45s' is not a number of milliseconds from 1 to 86400000, such as 45000"
            ),
            (
                "client: { session.timeout.ms: 400000 }",
                "3:3: kafka.client: session.timeout.ms (400s) is more than max.poll.interval.ms (5m), which librdkafka refuses; make it smaller"
            ),
            ("client: { max.poll.interval.ms: 45000, session.timeout.ms: 20000 }", nil),
            (
                "client: { session.timeout.ms: 16000 }",
                "3:3: batch.timeout: 8s is not less than half of kafka.client's session.timeout.ms, which is 8s: an instance may only send while it is sure to own its partitions; shorten the one or raise session.timeout.ms above 16s"
            ),
        ] as [(String, String?)]
    )
    func reportKafka(_ line: String, _ fault: String?) {
        guard line != "topics: []" else {
            let text = leastLines.replacing("[analytics.events]", with: "[]")
            #expect(
                faults(text) == [
                    "3:3: kafka.topics: an empty list is not a list of one or more topics or patterns, such as [analytics.events]"
                ]
            )
            return
        }
        #expect(faults(nested("kafka", line)) == (fault.map { [$0] } ?? []))
    }

    @Test(
        "of Batch are reported with place and remedy",
        arguments: [
            (
                "base_url: api.batch.com",
                "5:3: batch.base_url: 'api.batch.com' is not a URL with http or https, a port up to 65535 and without user, query and fragment, such as http://127.0.0.1:8080"
            ),
            (
                "base_url: https://u:p@api.batch.com",
                "5:3: batch.base_url: 'https://u:p@api.batch.com' is not a URL with http or https, a port up to 65535 and without user, query and fragment, such as http://127.0.0.1:8080"
            ),
            (
                "base_url: https://",
                "5:3: batch.base_url: 'https://' is not a URL with http or https, a port up to 65535 and without user, query and fragment, such as http://127.0.0.1:8080"
            ),
            (
                "api_version: '2'",
                "5:3: batch.api_version: '2' is not a version of two numbers in quotes, such as \"2.11\""
            ),
            ("timeout: 0s", "5:3: batch.timeout: '0s' is not a duration from 100 ms to 10 m, such as 8s"),
            (
                "timeout: 10s",
                "5:3: batch.timeout: 10s is not less than revoke_timeout, which is 10s; shorten the one or lengthen the other"
            ),
            (
                "update_rate: { per_second: 0 }",
                "5:18: batch.update_rate.per_second: '0' is not an integer from 1 to 1000000"
            ),
            (
                "update_rate: { burst: 1000001 }",
                "5:18: batch.update_rate.burst: '1000001' is not an integer from 1 to 1000000"
            ),
            (
                "mass_update: { max_updates: 10001 }",
                "5:18: batch.mass_update.max_updates: '10001' is not an integer from 1 to 10000"
            ),
            (
                "poison_after: 0ms",
                "5:3: batch.poison_after: '0ms' is not a duration of 1 s or more, or 'never', such as 1h"
            ),
            (
                "legacy: { apps: { windows: x } }",
                "5:21: batch.legacy.apps.windows: unknown key; known here: ios, android, web"
            ),
            (
                "legacy: { apps: { ios: a/b } }",
                "5:21: batch.legacy.apps.ios: 'a/b' is not an app API key (letters, digits, '_' and '-'), such as DEV6F2D0A1B"
            ),
            ("audiences: { create: always }", "5:16: batch.audiences.create: 'always' is not never or if_missing"),
            (
                "rest_api_key: hunter2",
                "5:3: batch.rest_api_key: is never read from this file; set BATCHRELAY_BATCH_REST_API_KEY, or write rest_api_key_file"
            ),
        ]
    )
    func reportBatch(_ line: String, _ fault: String) {
        #expect(faults(nested("batch", line)) == [fault])
    }

    @Test(
        "of the key name the file and never its content",
        arguments: [
            ("gone", "6:3: batch.rest_api_key_file: cannot use 'gone': it is not there"),
            (
                "empty",
                "6:3: batch.rest_api_key_file: cannot use 'empty': it is empty; write the secret and nothing else"
            ),
            (
                "two",
                "6:3: batch.rest_api_key_file: cannot use 'two': it holds spaces, control characters or letters that are "
                    + "not ASCII; write the secret and nothing else"
            ),
        ]
    )
    func reportKey(_ path: String, _ fault: String) {
        #expect(faults(leastLines.replacing("rest_api_key_file: key", with: "rest_api_key_file: \(path)")) == [fault])
    }

    @Test("of an empty file name everything that is missing, with both ways to set it")
    func reportMissing() {
        let key = "project_0664hxvwffvbpn278gxdyhsadddqgna6"
        #expect(
            faults("") == [
                "1:1: batch.project_key: is missing; write a project key (letters, digits, '_' and '-'), such as \(key), "
                    + "or set BATCHRELAY_BATCH_PROJECT_KEY",
                "1:1: batch.rest_api_key_file: is missing; write the path of a file that holds the REST API key, "
                    + "or set BATCHRELAY_BATCH_REST_API_KEY",
                "1:1: kafka.topics: is missing; write a list of one or more topics or patterns, such as [analytics.events], "
                    + "or set BATCHRELAY_KAFKA_TOPICS",
                "1:1: version: is missing; write version: 1",
            ]
        )
        #expect(
            faults(nil) == [
                "environment BATCHRELAY_BATCH_PROJECT_KEY: is missing; set it to a project key (letters, digits, '_' and '-'), such as \(key)",
                "environment BATCHRELAY_BATCH_REST_API_KEY: is missing; set it to the REST API key",
                "environment BATCHRELAY_KAFKA_TOPICS: is missing; "
                    + "set it to one or more topics or patterns separated by commas, such as analytics.events",
            ]
        )
    }

    @Test(
        "of the version come first: a newer file may mean anything",
        arguments: [
            ("2", ["1:1: version: '2' is newer than this program, which reads version 1; use a newer batchrelay"]),
            (
                "0",
                [
                    "1:1: version: '0' is not 1",
                    "7:1: nonsense: unknown key; known here: version, kafka, batch, mappings, micro_batch, window, events, refused_fields, dedupe, dead_letter, shutdown_timeout, revoke_timeout, admin, log",
                ]
            ),
        ]
    )
    func reportVersion(_ version: String, _ expected: [String]) {
        let text = leastLines.replacing("version: 1", with: "version: \(version)") + "nonsense: 1\n"
        #expect(faults(text) == expected)
    }

    @Test(
        "of a list of the environment ask for commas, not for the brackets of a file",
        arguments: [
            (
                "", "an empty list is not one or more topics or patterns separated by commas, such as analytics.events"
            ), ("[a, b]", "'[a, b]' has the brackets of a file; in the environment write a, b"),
        ]
    )
    func reportEnvironmentList(_ text: String, _ fault: String) {
        let found = faults(leastLines, ["BATCHRELAY_KAFKA_TOPICS": text])
        #expect(found == ["environment BATCHRELAY_KAFKA_TOPICS: \(fault)"])
    }

    @Test(
        "a broker without a port is warned of",
        arguments: [
            ("localhost", "'localhost': no port: 9092 is used; write it, as in localhost:9092"),
            ("a:9092,b", "'b': no port: 9092 is used; write it, as in b:9092"), ("a:1,SSL://b:2,[::1]:3", nil),
        ] as [(String, String?)]
    )
    func warnPort(_ servers: String, _ warning: String?) throws {
        let settings = try read(nested("kafka", "bootstrap_servers: '\(servers)'"))
        #expect(settings.warnings.map(\.message) == (warning.map { [$0] } ?? []))
    }

    @Test("of the environment name the variable")
    func reportEnvironment() {
        let found = faults(
            leastLines,
            [
                "BATCHRELAY_KAFKA_GROUPID": "x", "BATCHRELAY_KAFKA_CLIENT": "a=b", "BATCHRELAY_ZEBRA": "1",
                "BATCHRELAY_WINDOW_MAX_RECORDS": "many", "BATCHRELAY_KAFKA_TOPICS": "a,b c", "BATCHRELAY_TEST_X": "1",
                "BATCHRELAY_VERSION": "1",
            ]
        )
        #expect(
            found == [
                "environment BATCHRELAY_KAFKA_CLIENT: 'kafka.client' can only be set in the file; remove the variable",
                "environment BATCHRELAY_KAFKA_GROUPID: is not known; did you mean BATCHRELAY_KAFKA_GROUP_ID?",
                #"environment BATCHRELAY_KAFKA_TOPICS: 'b c' is not a topic or a pattern that begins with '^', such as '^analytics\..*'"#,
                "environment BATCHRELAY_VERSION: 'version' can only be set in the file; remove the variable",
                "environment BATCHRELAY_WINDOW_MAX_RECORDS: 'many' is not an integer from 1 to 10000000",
                "environment BATCHRELAY_ZEBRA: is not known; remove it, or see the table of keys for its name",
            ]
        )
    }

    @Test(
        "of several keys stand at the one that is written",
        arguments: [
            (
                "shutdown_timeout: 5s",
                "7:1: batch.timeout: 8s is not less than shutdown_timeout, which is 5s; shorten the one or lengthen the other"
            ),
            (
                "revoke_timeout: 8s",
                "7:1: batch.timeout: 8s is not less than revoke_timeout, which is 8s; shorten the one or lengthen the other"
            ),
            (
                "revoke_timeout: 5m",
                "7:1: revoke_timeout: 5m is not less than kafka.client's max.poll.interval.ms, which is 5m; shorten the one or lengthen the other"
            ),
            (
                "shutdown_timeout: 6m",
                "7:1: shutdown_timeout: 6m is not less than kafka.client's max.poll.interval.ms, which is 5m; shorten the one or lengthen the other"
            ),
        ]
    )
    func reportCross(_ line: String, _ fault: String) {
        #expect(faults(leastLines + line + "\n") == [fault])
    }

    @Test("of a cross check in the environment name the variable")
    func reportCrossEnvironment() {
        #expect(
            faults(leastLines, ["BATCHRELAY_BATCH_TIMEOUT": "15s"]) == [
                "environment BATCHRELAY_BATCH_TIMEOUT: 15s is not less than revoke_timeout, which is 10s; "
                    + "shorten the one or lengthen the other"
            ]
        )
    }

    @Test(
        "tell of dead letters that the service would read itself",
        arguments: [
            (
                "[a]", "a",
                "4:16: dead_letter.topic: 'a' is read by this service itself, by 'a' in kafka.topics; name another topic"
            ),
            (
                "['^a\\..*']", "a.dead",
                "4:16: dead_letter.topic: 'a.dead' is read by this service itself, by '^a\\..*' in kafka.topics; name another topic"
            ),
            (
                "['^a']", nil,
                "3:1: dead_letter.topic: is missing; write a topic (1 to 249 letters, digits, '.', '_' and '-'), such as analytics.events.dead-letter (a pattern has no topic of its own), or set BATCHRELAY_DEAD_LETTER_TOPIC"
            ),
            (
                "[a, '^a']", nil,
                "2:10: dead_letter.topic: 'a.dead-letter' is read by this service itself, by '^a' in kafka.topics; name another topic"
            ),
            ("['^a$']", "a.dead", nil),
            ("[b]", "a.dead", nil),
            (
                "['^a(']", "x",
                #"2:19: kafka.topics[0]: '^a(' is not a topic or a pattern that begins with '^', such as '^analytics\..*'"#
            ),
        ] as [(String, String?, String?)]
    )
    func reportLoops(_ topics: String, _ deadLetter: String?, _ fault: String?) {
        let text = """
            version: 1
            kafka: { topics: \(topics) }
            batch: { project_key: p, rest_api_key_file: key }
            dead_letter: { \(deadLetter.map { "topic: \($0)" } ?? "") }
            """
        let found = faults(text)
        guard let fault else {
            #expect(found.isEmpty)
            return
        }
        // A missing topic is reported at its section, whose place is its key.
        #expect(found == [fault.hasPrefix("3:1: dead_letter") ? "4:1" + fault.dropFirst(3) : fault])
    }

    @Test(
        "are warnings where a value is allowed but probably wrong",
        arguments: [
            ("", []),
            (
                "admin: { listen: 0.0.0.0:9400 }",
                [
                    "relay.yaml:7:10: admin.listen: others can reach '0.0.0.0:9400' and use its actions; write admin.token_file"
                ]
            ),
            ("admin: { listen: '[::]:9400', token_file: admin }", []),
            (
                "dead_letter: { topic: t, file: f }",
                ["relay.yaml:7:16: dead_letter.topic: is not used, since dead_letter.file replaces it; remove one"]
            ),
        ] as [(String, [String])]
    )
    func warn(_ line: String, _ warnings: [String]) throws {
        #expect(try read(leastLines + line + "\n").warnings.map(\.description) == warnings)
    }

    @Test(
        "warn of a rate above Batch's usual limit and of a key that travels in the clear",
        arguments: [
            ("update_rate: { per_second: 300, burst: 1000 }", nil),
            (
                "update_rate: { per_second: 301, burst: 1001 }",
                "relay.yaml:5:18: batch.update_rate.per_second: 301 a second and 1001 at once are more than the 300 and 1000 "
                    + "that Batch allows by default; without a raised limit it answers 429"
            ),
            (
                "update_rate: { burst: 1001 }",
                "relay.yaml:5:18: batch.update_rate.burst: 300 a second and 1001 at once are more than the 300 and 1000 "
                    + "that Batch allows by default; without a raised limit it answers 429"
            ),
            ("base_url: http://127.0.0.1:8080/", nil), ("base_url: http://localhost:8080", nil),
            ("base_url: 'http://[::1]:8080'", nil),
            (
                "base_url: http://simulator:8080",
                "relay.yaml:5:3: batch.base_url: the REST API key is sent unencrypted; write https"
            ),
            (
                "base_url: http://localhost.example.com",
                "relay.yaml:5:3: batch.base_url: the REST API key is sent unencrypted; write https"
            ),
        ] as [(String, String?)]
    )
    func warnOfBatch(_ line: String, _ warning: String?) throws {
        #expect(try read(nested("batch", line)).warnings.map(\.description) == (warning.map { [$0] } ?? []))
    }
}
