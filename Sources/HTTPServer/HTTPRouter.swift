/// Chooses a handler by method and path.
///
/// A pattern such as `/profiles/{id}/events` has literal parts and parameters; a parameter stands for exactly one part of the
/// path, not an empty one, and is handed over decoded. Where several patterns match, the one that is literal first wins. A
/// path without a route is answered with 404, a path whose routes have other methods with 405 and `Allow`. `GET` routes
/// answer `HEAD` as well.
public struct HTTPRouter: Sendable {
    /// The values of a pattern's parameters.
    public struct Parameters: Sendable {
        private let values: [(name: String, value: String)]

        fileprivate init(_ values: [(name: String, value: String)]) { self.values = values }

        /// The value of the parameter `{name}`; empty when the pattern has none of this name.
        public subscript(_ name: String) -> String { values.first { $0.name == name }?.value ?? "" }
    }

    /// Answers one request, taking its time.
    public typealias Handler = @Sendable (HTTPServerRequest, Parameters) async -> HTTPServerReply

    /// Answers one request at once; must not block.
    public typealias ImmediateHandler = @Sendable (HTTPServerRequest, Parameters) -> HTTPServerReply

    /// Makes the answer when there is no route: the request, and the status 404 or 405.
    public typealias Refusal = @Sendable (HTTPServerRequest, Int) -> HTTPServerResponse

    private enum Action {
        case asynchronous(Handler)
        case immediate(ImmediateHandler)
    }

    private enum Part: Equatable {
        case literal(String)
        case parameter(String)

        var isLiteral: Bool { if case .literal = self { true } else { false } }
    }

    private struct Route {
        let method: String
        let parts: [Part]
        let action: Action
    }

    private enum Outcome {
        case found(Action, Parameters)
        case refused(HTTPServerResponse)
    }

    /// Routes by number of parts, each list ordered so that the first match is the most literal one.
    private var routes: [Int: [Route]] = [:]
    private let refusal: Refusal

    /// Creates a router without routes.
    ///
    /// - Parameter refusal: makes the answers 404 and 405; `Allow` is added. Plain text by default.
    public init(
        refusal: @escaping Refusal = { request, status in
            .text(
                status,
                status == 404 ? "there is nothing at \(request.path)\n" : "\(request.method) is not allowed here\n"
            )
        }
    ) {
        self.refusal = refusal
    }

    /// Adds a route.
    ///
    /// - Parameters:
    ///   - method: in capitals, such as `POST`.
    ///   - pattern: starts with `/`; a part in braces is a parameter. A malformed pattern, or the same route twice, is a
    ///     mistake of the program and traps.
    ///   - handler: answers the requests.
    public mutating func on(_ method: String, _ pattern: String, _ handler: @escaping Handler) {
        add(method, pattern, .asynchronous(handler))
    }

    /// Adds a route that is answered at once, on the server's thread (see ``HTTPImmediateHandler``).
    ///
    /// - Parameters:
    ///   - method: in capitals, such as `GET`.
    ///   - pattern: as in ``on(_:_:_:)``.
    ///   - handler: answers the requests; must not block.
    public mutating func onImmediate(_ method: String, _ pattern: String, _ handler: @escaping ImmediateHandler) {
        add(method, pattern, .immediate(handler))
    }

    /// Answers a request by its route. To be given to a listener together with ``immediate(_:)``, see
    /// ``HTTPListener/init(settings:router:)``; alone it serves immediate routes too.
    public func handle(_ request: HTTPServerRequest) async -> HTTPServerReply {
        switch find(request) {
        case .found(.asynchronous(let handler), let parameters): await handler(request, parameters)
        case .found(.immediate(let handler), let parameters): handler(request, parameters)
        case .refused(let response): .response(response)
        }
    }

    /// Answers a request whose route is immediate or that has none; nil when its route takes time.
    public func immediate(_ request: HTTPServerRequest) -> HTTPServerReply? {
        switch find(request) {
        case .found(.asynchronous, _): nil
        case .found(.immediate(let handler), let parameters): handler(request, parameters)
        case .refused(let response): .response(response)
        }
    }

    private mutating func add(_ method: String, _ pattern: String, _ action: Action) {
        precondition(pattern.hasPrefix("/"), "the route '\(pattern)' does not start with '/'")
        let parts = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            Self.part($0, pattern)
        }
        var list = routes[parts.count] ?? []
        precondition(
            !list.contains { $0.method == method && Self.isSame($0.parts, parts) },
            "the route '\(method) \(pattern)' exists already"
        )
        let index = list.firstIndex { Self.isMoreLiteral(parts, than: $0.parts) } ?? list.count
        list.insert(Route(method: method, parts: parts, action: action), at: index)
        routes[parts.count] = list
    }

    private static func part(_ text: Substring, _ pattern: String) -> Part {
        guard text.contains(where: { $0 == "{" || $0 == "}" }) else { return .literal(String(text)) }
        let name = text.dropFirst().dropLast()
        precondition(
            text.first == "{" && text.last == "}" && !name.isEmpty && !name.contains { $0 == "{" || $0 == "}" },
            "the part '\(text)' of the route '\(pattern)' is not a parameter such as {name}"
        )
        return .parameter(String(name))
    }

    /// Whether two patterns match the same paths, whatever their parameters are called.
    private static func isSame(_ left: [Part], _ right: [Part]) -> Bool {
        zip(left, right).allSatisfy { $0 == $1 || (!$0.isLiteral && !$1.isLiteral) }
    }

    private static func isMoreLiteral(_ left: [Part], than right: [Part]) -> Bool {
        for (left, right) in zip(left, right) where left.isLiteral != right.isLiteral { return left.isLiteral }
        return false
    }

    private func find(_ request: HTTPServerRequest) -> Outcome {
        let segments = request.pathSegments
        var methods: [String] = []
        var head: (Action, Parameters)?
        for route in routes[segments.count] ?? [] {
            guard let parameters = Self.match(route.parts, segments) else { continue }
            if route.method == request.method { return .found(route.action, parameters) }
            if request.method == "HEAD", route.method == "GET", head == nil { head = (route.action, parameters) }
            if !methods.contains(route.method) { methods.append(route.method) }
        }
        if let head { return .found(head.0, head.1) }
        guard !methods.isEmpty else { return .refused(refusal(request, 404)) }
        if methods.contains("GET"), !methods.contains("HEAD") { methods.append("HEAD") }
        var response = refusal(request, 405)
        response.headers.append(("Allow", methods.sorted().joined(separator: ", ")))
        return .refused(response)
    }

    private static func match(_ parts: [Part], _ segments: [String]) -> Parameters? {
        var values: [(name: String, value: String)] = []
        for (part, segment) in zip(parts, segments) {
            switch part {
            case .literal(let text):
                guard text == segment else { return nil }
            case .parameter(let name):
                guard !segment.isEmpty else { return nil }
                values.append((name, segment))
            }
        }
        return Parameters(values)
    }
}

extension HTTPListener {
    /// Starts listening and answers by a router's routes, the immediate ones at once.
    ///
    /// - Parameters:
    ///   - settings: where to listen, and the limits.
    ///   - router: the routes.
    /// - Throws: ``HTTPServerError`` as the other initialiser.
    public convenience init(
        settings: HTTPServerSettings = HTTPServerSettings(),
        router: HTTPRouter
    ) throws(HTTPServerError) {
        try self.init(settings: settings, immediate: { router.immediate($0) }, handler: { await router.handle($0) })
    }
}
