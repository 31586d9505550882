public import YAMLDocument

/// Everything that the configuration file and the environment say, checked and complete.
///
/// Immutable. Each range, default and meaning is declared where the value is read; ``keyTable`` shows them all.
public struct ServiceSettings: Sendable, Equatable {
    /// The source of messages.
    public let kafka: Kafka
    /// The Batch API.
    public let batch: Batch
    /// The mapping files in order; a relative path starts at the working directory. None: the mapping that is built in.
    public let mappings: [String]
    /// When a call is sealed.
    public let microBatch: MicroBatch
    /// How much may wait in memory.
    public let window: Window
    /// What becomes of late events.
    public let events: Events
    /// What becomes of a record of which Batch would refuse a field.
    public let refusedFields: RefusedFields
    /// Whether repeats of a message inside the window count once.
    public let dedupe: Dedupe
    /// Where messages go that cannot be delivered.
    public let deadLetter: DeadLetter
    /// The longest time from a stop signal to the end of the process.
    public let shutdownTimeout: Duration
    /// The longest time to finish calls in flight when partitions are taken away.
    public let revokeTimeout: Duration
    /// The page with health, metrics and actions.
    public let admin: Admin
    /// The log.
    public let log: Log
    /// What is allowed but probably a mistake, with its place.
    public let warnings: [Fault]

    /// What becomes of a record of which a field is refused.
    public enum RefusedFields: String, Sendable, CaseIterable {
        /// The field is counted and reported.
        case count
        /// The field goes to the dead letters as well.
        case deadLetter = "dead_letter"
    }

    /// Whether repeats count once.
    public enum Dedupe: String, Sendable, CaseIterable {
        /// Repeats inside the window count once.
        case window
        /// Every message counts.
        case off
    }

    /// When a call is sealed.
    public struct MicroBatch: Sendable, Equatable {
        /// The most operations in a call, 1 to 200.
        public let maximumUpdateCount: Int
        /// The longest body of a call in bytes.
        public let maximumByteCount: Int
        /// How long the oldest waiting record waits for company.
        public let linger: Duration
        /// How many calls may wait for their answer at once.
        public let callsInFlight: Int
    }

    /// How much may wait in memory.
    public struct Window: Sendable, Equatable {
        /// The most records that are not settled.
        public let maximumRecordCount: Int
        /// The most bytes of such records.
        public let maximumByteCount: Int
    }

    /// What becomes of late events.
    public struct Events: Sendable, Equatable {
        /// What to do with an event that Batch no longer takes with its time.
        public enum Treatment: String, Sendable, CaseIterable {
            /// The event is left out and counted.
            case drop
            /// The event is sent as if it happened now.
            case sendWithoutTime = "send_without_time"
            /// The record goes to the dead letters.
            case deadLetter = "dead_letter"
        }

        /// Late when it was read.
        public let late: Treatment
        /// Fresh when it was read, late when it could be sent.
        public let expired: Treatment
        /// The event attribute that takes the message's id, or nil for none.
        public let idAttribute: String?
    }

    /// Where messages go that cannot be delivered.
    public struct DeadLetter: Sendable, Equatable {
        /// The kind of place.
        public enum Sink: Sendable, Equatable {
            /// A topic of the same cluster.
            case topic(String)
            /// A file of JSON Lines, by its path.
            case file(String)
        }

        /// The place.
        public let sink: Sink
        /// Above this share of the last records the service holds; 1 never holds.
        public let maximumShare: Double
    }

    /// The page with health, metrics and actions.
    public struct Admin: Sendable, Equatable {
        /// Where it listens.
        public let listen: ListenAddress
        /// The token that actions ask for, or nil for none.
        public let token: Secret?
        /// The file of the token, to be read again at a reload.
        public let tokenFile: String?
        /// Whether a service that holds is reported as ready.
        public let isReadyWhenHeld: Bool
    }

    /// The log.
    public struct Log: Sendable, Equatable {
        /// The lowest level that is written.
        public enum Level: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error, critical }
        /// The form of a line.
        public enum Format: String, Sendable, CaseIterable { case text, json }

        /// The lowest level that is written.
        public let level: Level
        /// The form of a line.
        public let format: Format
    }
}

/// An address and port to listen on.
public struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// An IP address (version 6 without brackets) or a name.
    public let host: String
    /// The port; 0 takes any free one.
    public let port: UInt16

    /// Creates an address.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// `127.0.0.1:9400`, `[::1]:9400`.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
