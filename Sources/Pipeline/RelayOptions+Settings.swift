import BatchAPI
import Delivery
public import ServiceConfiguration

extension RelayOptions {
    /// The options that a configuration asks for.
    ///
    /// - Throws: ``RelayError`` if the configuration names no REST key.
    public init(_ settings: ServiceSettings) throws(RelayError) {
        self.init(
            kafkaProperties: settings.kafka.properties,
            groupID: settings.kafka.groupID,
            topics: settings.kafka.topics,
            start: settings.kafka.relayStart,
            delivery: DeliverySettings(settings),
            endpoint: try BatchEndpoint(settings.batch),
            deadLetters: DeadLetterTarget(settings.deadLetter.sink)
        )
        eventIDAttribute = settings.events.idAttribute
    }
}

extension ServiceSettings.Kafka {
    /// librdkafka's properties, `bootstrap.servers` among them.
    public var properties: [(name: String, value: String)] {
        [(name: "bootstrap.servers", value: bootstrapServers)] + client.map { (name: $0.name, value: $0.value) }
    }

    /// Where a group begins that has no offset yet.
    public var relayStart: RelayOptions.Start {
        switch start {
        case .earliest: .earliest
        case .latest: .latest
        case .time(let milliseconds): .time(milliseconds)
        }
    }
}

extension DeadLetterTarget {
    /// The target that a configuration names.
    public init(_ sink: ServiceSettings.DeadLetter.Sink) {
        switch sink {
        case .topic(let name): self = .topic(name)
        case .file(let path): self = .file(path)
        }
    }
}

extension BatchEndpoint {
    fileprivate init(_ batch: ServiceSettings.Batch) throws(RelayError) {
        let key: RestKeySource
        if let file = batch.restAPIKeyFile {
            key = .file(file)
        } else if let value = batch.restAPIKey {
            key = .value(RestKey(value.revealed))
        } else {
            throw RelayError(
                "no REST API key: set BATCHRELAY_BATCH_REST_API_KEY, or name a file with batch.rest_api_key_file"
            )
        }
        self.init(
            baseURL: batch.baseURL,
            version: batch.apiVersion,
            projectKey: batch.projectKey,
            key: key,
            authorityFile: batch.caFile,
            timeout: batch.timeout
        )
    }
}

extension DeliverySettings {
    fileprivate init(_ settings: ServiceSettings) {
        var update = DestinationSettings(name: BatchRoute.profilesUpdate.rawValue)
        update.maximumUpdates = settings.microBatch.maximumUpdateCount
        update.maximumCallBytes = settings.microBatch.maximumByteCount
        update.linger = settings.microBatch.linger
        update.callsInFlight = settings.microBatch.callsInFlight
        update.updatesPerSecond = settings.batch.updateRate.perSecond
        update.burst = settings.batch.updateRate.burst
        self.init(destinations: [update])
        windowRecords = settings.window.maximumRecordCount
        windowBytes = settings.window.maximumByteCount
        lease = settings.kafka.sessionTimeout / 2
        shutdownTimeout = settings.shutdownTimeout
        revokeTimeout = settings.revokeTimeout
        lateEvents = LateEventPolicy(settings.events.late)
        expiredEvents = LateEventPolicy(settings.events.expired)
        dropsRepeats = settings.dedupe == .window
        poisonAfter = settings.batch.poisonAfter
        callTimeout = settings.batch.timeout
        deadLetterMaximumShare = settings.deadLetter.maximumShare
        refusedFields = settings.refusedFields == .deadLetter ? .deadLetter : .count
    }
}

extension LateEventPolicy {
    fileprivate init(_ treatment: ServiceSettings.Events.Treatment) {
        switch treatment {
        case .drop: self = .drop
        case .sendWithoutTime: self = .sendWithoutTime
        case .deadLetter: self = .deadLetter
        }
    }
}
