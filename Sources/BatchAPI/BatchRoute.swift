/// A route of Batch's API that this product calls.
public enum BatchRoute: String, Sendable, CaseIterable {
    /// `POST /profiles/update`, for streams. A, 2.
    case profilesUpdate = "profiles/update"
    /// `POST /profiles/mass-update`, for full syncs. A, 3.
    case profilesMassUpdate = "profiles/mass-update"
    /// `POST /audiences/create`. A, 4.2.
    case audiencesCreate = "audiences/create"
    /// `POST /audiences/update`. A, 4.2.
    case audiencesUpdate = "audiences/update"
    /// `POST /audiences/replace`. A, 4.2.
    case audiencesReplace = "audiences/replace"
    /// `POST /audiences/remove`. A, 4.2.
    case audiencesRemove = "audiences/remove"
    /// `GET /audiences/list`, also the read-only call that checks the credentials. A, 4.2 and 9.
    case audiencesList = "audiences/list"
    /// `GET /audiences/view`. A, 4.2.
    case audiencesView = "audiences/view"

    /// The address of the API without version. A, 1.1.
    public static let defaultBase = "https://api.batch.com"
    /// The version used unless the configuration says otherwise. C, 1.1.
    public static let defaultVersion = "2.11"
    /// The header of the key: `Bearer <REST API key>`. A, 1.2.
    public static let authorizationHeader = "Authorization"
    /// The header that names the project. A, 1.2.
    public static let projectHeader = "X-Batch-Project"
    /// The header of the body's type, ``contentType``. A, 1.2.
    public static let contentTypeHeader = "Content-Type"
    /// The type of every body. A, 1.2.
    public static let contentType = "application/json"
    /// The header of an answer that says how long to wait. Not documented by Batch; honoured when present. C, 1.5.
    public static let retryAfterHeader = "Retry-After"

    /// The path from the root of the host, such as `/2.11/profiles/update`.
    ///
    /// - Parameter version: the version of the API, such as `2.11`.
    /// - Returns: the path, to follow the address of the API.
    public func path(version: String) -> String { "/\(version)/\(rawValue)" }

    /// The HTTP method. A, 4.2.
    public var method: String {
        switch self {
        case .audiencesList, .audiencesView: "GET"
        case .profilesUpdate, .profilesMassUpdate, .audiencesCreate, .audiencesUpdate, .audiencesReplace,
            .audiencesRemove:
            "POST"
        }
    }

    /// How many operations (ids, for audiences) one call may carry; 1 where the route takes no list. A, 2.1, 3 and 4.2.
    public var maximumOperationCount: Int {
        switch self {
        case .profilesUpdate: BatchLimits.updateOperationCount
        case .profilesMassUpdate: BatchLimits.massUpdateOperationCount
        case .audiencesUpdate, .audiencesReplace: BatchLimits.audienceIDCount
        case .audiencesCreate, .audiencesRemove, .audiencesList, .audiencesView: 1
        }
    }
}
