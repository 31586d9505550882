extension ServiceSettings {
    /// The Batch API.
    public struct Batch: Sendable, Equatable {
        /// `https://api.batch.com`, without a slash at the end.
        public let baseURL: String
        /// The version in the path, such as `2.11`.
        public let apiVersion: String
        /// The project, for the header of each call.
        public let projectKey: String
        /// The REST API key; nil only where settings were read for a command that makes no call.
        public let restAPIKey: Secret?
        /// The file of the key, to be read again when the key is refused or at a reload; nil if the environment gave the key.
        public let restAPIKeyFile: String?
        /// A PEM file of trusted authorities instead of the system's.
        public let caFile: String?
        /// How long one call may take.
        public let timeout: Duration
        /// The pace of profile updates.
        public let updateRate: UpdateRate
        /// The pace and size of calls to mass-update, for a replay.
        public let massUpdate: MassUpdate
        /// After this long of failing alone an operation is a dead letter; nil for never.
        public let poisonAfter: Duration?
        /// The app API keys of the legacy routes.
        public let legacyApps: LegacyApps
        /// How audiences are kept.
        public let audiences: Audiences
    }

    /// The pace of profile updates, of the whole group.
    public struct UpdateRate: Sendable, Equatable {
        /// Updates a second, 1 to 1 000 000.
        public let perSecond: Int
        /// Updates at once after a pause, 1 to 1 000 000.
        public let burst: Int
    }

    /// The pace and size of calls to mass-update.
    public struct MassUpdate: Sendable, Equatable {
        /// The most operations in a call, 1 to 10 000.
        public let maximumUpdateCount: Int
        /// The longest body of a call in bytes.
        public let maximumByteCount: Int
        /// Updates a second, 1 to 1 000 000.
        public let perSecond: Int
    }

    /// The app API keys of the legacy routes, by platform; none is used where all are nil.
    public struct LegacyApps: Sendable, Equatable {
        /// The key of the iOS app.
        public let ios: String?
        /// The key of the Android app.
        public let android: String?
        /// The key of the web site.
        public let web: String?
    }

    /// How audiences are kept.
    public struct Audiences: Sendable, Equatable {
        /// What to do about an audience that is not there.
        public enum Creation: String, Sendable, CaseIterable {
            /// Membership of it is refused.
            case never
            /// It is created first.
            case ifMissing = "if_missing"
        }

        /// What to do about an audience that is not there.
        public let create: Creation
        /// How long the oldest waiting change waits for company.
        public let linger: Duration
    }
}
