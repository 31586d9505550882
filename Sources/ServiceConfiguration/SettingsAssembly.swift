internal import YAMLDocument

/// Reads every key of the file into ``ServiceSettings``. Reading goes on after a fault; `reading` collects them.
struct SettingsAssembly {
    let root: SettingsReader
    let environment: [String: String]
    /// Whether a missing or unusable REST API key is a fault.
    let needsKey: Bool
    let readSecret: (String) throws(SecretFileError) -> Secret

    private var reading: Reading { root.map.cursor.reading }

    /// - Returns: nil if there is a fault.
    func settings() -> ServiceSettings? {
        readVersion()
        let kafka = kafka(root.section("kafka"))
        let batch = batch(root.section("batch"))
        let mappings = root.optional(
            "mappings",
            .list(of: .text("a path", example: nil), minimumCount: 1, "paths", example: "[mappings/segment.yaml]"),
            standard: "the mapping that is built in, as `mappings/segment.yaml` shows it",
            "mapping files in order, from the working directory"
        )
        let microBatch = microBatch(root.section("micro_batch"))
        let window = window(root.section("window"))
        let events = events(root.section("events"))
        let refused = root.value(
            "refused_fields",
            .choice,
            default: ServiceSettings.RefusedFields.count,
            "what becomes of a field that Batch would refuse, beside being counted"
        )
        let dedupe = root.value(
            "dedupe",
            .choice,
            default: ServiceSettings.Dedupe.window,
            "whether repeats of a message inside the window count once"
        )
        let deadLetter = deadLetter(root.section("dead_letter"), topics: kafka?.topics ?? [])
        let shutdown = root.value(
            "shutdown_timeout",
            .duration(from: .seconds(1), to: .seconds(3_600), example: "20s"),
            default: .seconds(20),
            "longest time from a stop signal to the end"
        )
        let revoke = root.value(
            "revoke_timeout",
            .duration(from: .seconds(1), to: .seconds(3_600), example: "10s"),
            default: .seconds(10),
            "longest time to finish calls when partitions are taken away"
        )
        let admin = admin(root.section("admin"))
        let log = log(root.section("log"))
        root.map.finish()
        guard let kafka, let batch, let deadLetter else { return nil }
        let warnings = SettingsChecks(root: root, kafka: kafka, batch: batch, admin: admin)
            .run(shutdown: shutdown, revoke: revoke)
        guard reading.faults.isEmpty else { return nil }
        return ServiceSettings(
            kafka: kafka,
            batch: batch,
            mappings: mappings ?? [],
            microBatch: microBatch,
            window: window,
            events: events,
            refusedFields: refused,
            dedupe: dedupe,
            deadLetter: deadLetter,
            shutdownTimeout: shutdown,
            revokeTimeout: revoke,
            admin: admin,
            log: log,
            warnings: warnings
        )
    }

    /// A newer file has been refused before; a file must say its version, the environment need not.
    private func readVersion() {
        _ = root.optional(
            "version",
            SettingRules.version,
            standard: "1",
            hasVariable: false,
            "version of this file's form"
        )
        if root.log.hasFile, !root.map.has("version") {
            reading.add(Fault(at: root.map.cursor.place, path: "version", "is missing; write version: 1"))
        }
    }

    // MARK: Source

    private func kafka(_ section: SettingsReader) -> ServiceSettings.Kafka? {
        let servers = section.value(
            "bootstrap_servers",
            BrokerList.rule,
            default: "localhost:9092",
            "brokers to begin with"
        )
        let group = section.value(
            "group_id",
            .text("a consumer group", example: "batchrelay"),
            default: "batchrelay",
            "consumer group; its offsets say what was delivered"
        )
        let topics = section.required(
            "topics",
            .list(of: SettingRules.subscription, minimumCount: 1, "topics or patterns", example: "[analytics.events]"),
            "topics to read, by name or by pattern"
        )
        let start = section.value(
            "start",
            SettingRules.start,
            default: .earliest,
            "where the group begins that has no offset yet"
        )
        let client = section.optional(
            "client",
            SettingRules.clientProperties,
            standard: "{}",
            hasVariable: false,
            "librdkafka properties beyond those that the service sets"
        )
        section.map.finish()
        guard let topics else { return nil }
        return ServiceSettings.Kafka(
            bootstrapServers: servers,
            groupID: group,
            topics: topics,
            start: start,
            client: client ?? []
        )
    }

    // MARK: Batch

    private func batch(_ section: SettingsReader) -> ServiceSettings.Batch? {
        let url = section.value("base_url", SettingRules.baseURL, default: "https://api.batch.com", "the Batch API")
        let version = section.value("api_version", SettingRules.apiVersion, default: "2.11", "version in the path")
        let project = section.required(
            "project_key",
            SettingRules.token("a project key", example: "project_0664hxvwffvbpn278gxdyhsadddqgna6"),
            "the project to update"
        )
        let keyFile = section.optional(
            "rest_api_key_file",
            .text("the path of a file", example: "/run/secrets/batch"),
            "file that holds the REST API key and nothing else; read again when the key is refused"
        )
        section.map.refuse(
            "rest_api_key",
            "is never read from this file; set \(Self.keyVariable), or write rest_api_key_file"
        )
        let key = key(file: keyFile, section)
        let authorities = section.optional(
            "ca_file",
            .text("the path of a PEM file", example: "/etc/ssl/own-ca.pem"),
            "trusted authorities instead of the system's"
        )
        let timeout = section.value(
            "timeout",
            .duration(from: .milliseconds(100), to: .seconds(600), example: "8s"),
            default: .seconds(8),
            "how long one call may take; less than both timeouts below and than half of session.timeout.ms"
        )
        let rate = updateRate(section.section("update_rate"))
        let mass = massUpdate(section.section("mass_update"))
        let poison = section.value(
            "poison_after",
            .either(.duration(from: .seconds(1), example: "1h"), or: "never"),
            default: .seconds(3_600),
            "how long an operation that fails alone is tried before it is a dead letter"
        )
        let apps = legacyApps(section.section("legacy"))
        let audiences = audiences(section.section("audiences"))
        section.map.finish()
        guard let project else { return nil }
        return ServiceSettings.Batch(
            baseURL: url,
            apiVersion: version,
            projectKey: project,
            restAPIKey: key,
            restAPIKeyFile: environment[Self.keyVariable] == nil ? keyFile : nil,
            caFile: authorities,
            timeout: timeout,
            updateRate: rate,
            massUpdate: mass,
            poisonAfter: poison,
            legacyApps: apps,
            audiences: audiences
        )
    }

    static let keyVariable = SettingsReader.variable(of: "batch.rest_api_key")

    private func key(file: String?, _ section: SettingsReader) -> Secret? {
        let path = section.path(to: "rest_api_key_file")
        if let text = environment[Self.keyVariable] {
            do throws(Secret.Unusable) {
                return try Secret.checked(Array(text.utf8))
            } catch {
                reading.add(Fault(at: .environment(Self.keyVariable), path: path, error.problem))
                return nil
            }
        }
        guard let file else {
            guard needsKey, !section.map.has("rest_api_key_file") else { return nil }
            let place = root.log.hasFile ? section.map.cursor.place : .environment(Self.keyVariable)
            let message = "is missing; write the path of a file that holds the REST API key, or set \(Self.keyVariable)"
            reading.add(
                Fault(at: place, path: path, root.log.hasFile ? message : "is missing; set it to the REST API key")
            )
            return nil
        }
        do throws(SecretFileError) {
            return try readSecret(file)
        } catch {
            guard needsKey else { return nil }
            reading.add(Fault(at: root.log.places[path] ?? section.map.cursor.place, path: path, error.description))
            return nil
        }
    }

    private func updateRate(_ section: SettingsReader) -> ServiceSettings.UpdateRate {
        let perSecond = section.value(
            "per_second",
            .integer(1...1_000_000),
            default: 300,
            "updates a second, of all instances together"
        )
        let burst = section.value("burst", .integer(1...1_000_000), default: 900, "updates at once after a pause")
        section.map.finish()
        return ServiceSettings.UpdateRate(perSecond: perSecond, burst: burst)
    }

    private func massUpdate(_ section: SettingsReader) -> ServiceSettings.MassUpdate {
        let updates = section.value("max_updates", .integer(1...10_000), default: 10_000, "most operations in a call")
        let bytes = section.value("max_bytes", Self.bodySize, default: 5_000_000, "longest body of a call")
        let perSecond = section.value("per_second", .integer(1...1_000_000), default: 10_000, "updates a second")
        section.map.finish()
        return ServiceSettings.MassUpdate(
            maximumUpdateCount: updates,
            maximumByteCount: bytes,
            perSecond: perSecond
        )
    }

    private static let bodySize = ValueRule<Int>.byteCount(10_000...100_000_000, example: "5MB")

    private func legacyApps(_ section: SettingsReader) -> ServiceSettings.LegacyApps {
        let apps = section.section("apps")
        let key = SettingRules.token("an app API key", example: "DEV6F2D0A1B")
        let ios = apps.optional("ios", key, "app API key of the iOS app, for the legacy routes")
        let android = apps.optional("android", key, "app API key of the Android app, for the legacy routes")
        let web = apps.optional("web", key, "app API key of the web site, for the legacy routes")
        apps.map.finish()
        section.map.finish()
        return ServiceSettings.LegacyApps(ios: ios, android: android, web: web)
    }

    private func audiences(_ section: SettingsReader) -> ServiceSettings.Audiences {
        let create = section.value(
            "create",
            .choice,
            default: ServiceSettings.Audiences.Creation.never,
            "what to do about an audience that is not there"
        )
        let linger = section.value(
            "linger",
            .duration(from: .zero, example: "5s"),
            default: .seconds(5),
            "how long the oldest waiting change waits for company"
        )
        section.map.finish()
        return ServiceSettings.Audiences(create: create, linger: linger)
    }
}
