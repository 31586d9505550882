/// The routes of Batch that exist here. The other audience routes, exports and the legacy API get their cases here.
enum SimulatorRoute: String, Sendable, Hashable {
    case update = "profiles/update"
    case massUpdate = "profiles/mass-update"
    case audiencesList = "audiences/list"

    private var method: String {
        switch self {
        case .update, .massUpdate: "POST"
        case .audiencesList: "GET"
        }
    }

    /// Reads `/{version}/{route}`.
    ///
    /// - Throws: 404 for an unknown version, an unknown route, and the wrong method.
    init(_ request: SimulatorRequest, settings: borrowing SimulatorSettings) throws(CallRefusal) {
        let parts = request.path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: true)
        guard request.path.hasPrefix("/"), parts.count == 2, let route = SimulatorRoute(rawValue: String(parts[1])),
            request.method == route.method
        else { throw CallRefusal(.routeNotFound, .routeUnknown) }
        let version = String(parts[0])
        guard settings.versions.contains(version) || !settings.rules.contains(.versionUnknown) else {
            throw CallRefusal(.routeNotFound, .versionUnknown)
        }
        if route == .massUpdate, ["2.1", "2.2", "2.3"].contains(version), settings.rules.contains(.versionMassUpdate) {
            throw CallRefusal(.routeNotFound, .versionMassUpdate)
        }
        self = route
    }
}

/// `GET /audiences/list` of section 4.5: there are no audiences yet, so that every page is empty.
enum AudienceList {
    static func answer(_ request: SimulatorRequest) throws(CallRefusal) -> SimulatorAnswer {
        if let limit = request.parameter("limit") {
            guard let limit = Int(limit), (1...100).contains(limit) else {
                throw CallRefusal(.malformedParameter, .listParameter)
            }
        }
        // The count is on the first page only.
        let count = request.parameter("from") == nil ? "\"count\":0," : ""
        return SimulatorAnswer(status: 200, body: Array("{\"audiences\":[],\(count)\"has_more\":false}".utf8))
    }
}
