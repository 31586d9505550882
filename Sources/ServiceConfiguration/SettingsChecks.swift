internal import YAMLDocument

/// Checks that concern several keys, and warnings.
struct SettingsChecks {
    let root: SettingsReader
    let kafka: ServiceSettings.Kafka
    let batch: ServiceSettings.Batch
    let admin: ServiceSettings.Admin

    /// Records faults.
    ///
    /// - Returns: the warnings.
    func run(shutdown: Duration, revoke: Duration) -> [Fault] {
        // A call that is in flight when a drain begins must be able to end within it.
        less("batch.timeout", batch.timeout, "revoke_timeout", revoke)
        less("batch.timeout", batch.timeout, "shutdown_timeout", shutdown)
        // A drain holds up the poll loop; the group must not expire meanwhile.
        let interval = kafka.maximumPollInterval
        less("revoke_timeout", revoke, "kafka.client", interval, property: "max.poll.interval.ms")
        less("shutdown_timeout", shutdown, "kafka.client", interval, property: "max.poll.interval.ms")
        if kafka.sessionTimeout > interval {
            fault(
                ["kafka.client"],
                "session.timeout.ms (\(WrittenUnits.text(kafka.sessionTimeout))) is more than max.poll.interval.ms "
                    + "(\(WrittenUnits.text(interval))), which librdkafka refuses; make it smaller"
            )
        }
        checkLease()
        return warnings()
    }

    /// A call is written while the lease lasts, which is half of the session; one that may take longer could never be
    /// written without the risk that the partition has another owner when it arrives.
    private func checkLease() {
        let lease = kafka.sessionTimeout / 2
        guard batch.timeout >= lease else { return }
        fault(
            ["batch.timeout", "kafka.client"],
            "\(WrittenUnits.text(batch.timeout)) is not less than half of kafka.client's session.timeout.ms, which is "
                + "\(WrittenUnits.text(lease)): an instance may only send while it is sure to own its partitions; shorten "
                + "the one or raise session.timeout.ms above \(WrittenUnits.text(batch.timeout * 2))"
        )
    }

    private func less(
        _ path: String,
        _ value: Duration,
        _ other: String,
        _ limit: Duration,
        property: String? = nil
    ) {
        guard value >= limit else { return }
        let name = property.map { "\(other)'s \($0)" } ?? other
        fault(
            [path, other],
            "\(WrittenUnits.text(value)) is not less than \(name), which is \(WrittenUnits.text(limit)); "
                + "shorten the one or lengthen the other"
        )
    }

    /// A fault about the first path, at the first of these keys that is written at all.
    private func fault(_ paths: [String], _ message: String) {
        root.map.cursor.reading.add(Fault(at: place(paths), path: paths[0], message))
    }

    private func place(_ paths: [String]) -> Fault.Place {
        paths.lazy.compactMap { root.log.places[$0] }.first ?? root.map.cursor.place
    }

    private func warnings() -> [Fault] {
        var warnings: [Fault] = []
        func warn(_ path: String, _ message: String) {
            warnings.append(Fault(at: place([path]), path: path, message))
        }
        let portless = BrokerList.withoutPort(kafka.bootstrapServers)
        if !portless.isEmpty {
            let names = portless.map { "'\($0)'" }.joined(separator: ", ")
            warn("kafka.bootstrap_servers", "\(names): no port: 9092 is used; write it, as in \(portless[0]):9092")
        }
        let rate = batch.updateRate
        if rate.perSecond > 300 || rate.burst > 1_000 {
            let path = rate.perSecond > 300 ? "batch.update_rate.per_second" : "batch.update_rate.burst"
            warn(
                path,
                "\(rate.perSecond) a second and \(rate.burst) at once are more than the 300 and 1000 that Batch allows "
                    + "by default; without a raised limit it answers 429"
            )
        }
        if batch.baseURL.hasPrefix("http://"), !isLoopback(batch.baseURL.dropFirst(7)) {
            warn("batch.base_url", "the REST API key is sent unencrypted; write https")
        }
        if !admin.listen.isLoopback, admin.tokenFile == nil {
            warn("admin.listen", "others can reach '\(admin.listen)' and use its actions; write admin.token_file")
        }
        if root.log.isInFile("dead_letter.topic"), root.log.isInFile("dead_letter.file") {
            warn("dead_letter.topic", "is not used, since dead_letter.file replaces it; remove one")
        }
        return warnings
    }

    private func isLoopback(_ authority: Substring) -> Bool {
        authority.hasPrefix("127.") || authority.hasPrefix("[::1]")
            || ["localhost", "localhost/"].contains(authority.prefix { $0 != ":" && $0 != "/" })
    }
}

extension DeclarationLog {
    /// Whether the file itself has the key.
    fileprivate func isInFile(_ path: String) -> Bool {
        if case .file = places[path] { true } else { false }
    }
}
