internal import CMicroHTTPD

/// One request from its first byte to the end of its answer.
///
/// Belongs to one connection, and all its functions run on that connection's thread, inside libmicrohttpd's callbacks.
final class Exchange {
    private let core: ListenerCore
    private let method: String
    private let rawPath: [UInt8]
    private var headers: [(name: String, value: String)] = []
    private var headerByteCount = 0
    private var body: [UInt8] = []
    /// Bytes of a body that is too long, read and forgotten so that the client gets to reading the answer.
    private var swallowedByteCount = 0
    private var pending: PendingAnswer?

    init(core: ListenerCore, method: String, rawPath: [UInt8]) {
        self.core = core
        self.method = method
        self.rawPath = rawPath
    }

    /// The first call, after the headers: refuses what is too large already.
    func begin(_ connection: MHDConnection) -> MHD_Result {
        forEachValue(connection, .HEADER_KIND) { exchange, name, value in
            exchange.headerByteCount += name.count + value.count
            exchange.headers.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        let settings = core.settings
        guard headerByteCount <= settings.maximumHeaderBytes else {
            let limit = settings.maximumHeaderBytes
            return connection.queue(.text(431, "the headers are longer than \(limit) bytes\n"), closing: true)
        }
        let length = headers.first { equalIgnoringCase($0.name, "Content-Length") }.flatMap { UInt64($0.value) }
        if let length {
            guard length <= UInt64(settings.maximumBodyBytes) else { return queueTooLong(connection) }
            // A client can claim any length, so memory beyond 1 MiB is taken when the bytes are there.
            body.reserveCapacity(Int(min(length, 1 << 20)))
        }
        return .YES
    }

    /// A piece of the body.
    ///
    /// - Returns: `.NO`, which closes the connection, when a client goes on and on sending what it was too long for.
    func receive(_ bytes: UnsafeRawBufferPointer) -> MHD_Result {
        let limit = core.settings.maximumBodyBytes
        if swallowedByteCount == 0, body.count + bytes.count <= limit {
            body.append(contentsOf: bytes)
            return .YES
        }
        body = []
        swallowedByteCount += bytes.count
        return swallowedByteCount <= limit + 1 << 20 ? .YES : .NO
    }

    /// The last call, after the body, and each call after a resume.
    func answer(_ connection: MHDConnection) -> MHD_Result {
        if let pending {
            guard let reply = pending.take() else { return .YES }
            return queue(reply, connection)
        }
        guard swallowedByteCount == 0 else { return queueTooLong(connection) }
        let request = takeRequest(connection)
        if core.isStopping { return queueStopping(connection) }
        if let reply = core.immediate?(request) { return queue(reply, connection) }
        let pending = PendingAnswer()
        guard pending.start(connection, request, in: core) else { return queueStopping(connection) }
        self.pending = pending
        return .YES
    }

    /// The connection's last word: the answer was sent, or will never be.
    func end() { pending?.take()?.drop() }

    private func queue(_ reply: HTTPServerReply, _ connection: MHDConnection) -> MHD_Result {
        switch reply {
        case .response(let response):
            return connection.queue(response, closing: core.isStopping)
        case .reset:
            connection.reset()
            return .NO
        case .close:
            return .NO
        case .events(let stream):
            return connection.queue(stream, of: core)
        }
    }

    private func queueTooLong(_ connection: MHDConnection) -> MHD_Result {
        let limit = core.settings.maximumBodyBytes
        return connection.queue(.text(413, "the body is longer than \(limit) bytes\n"), closing: true)
    }

    private func queueStopping(_ connection: MHDConnection) -> MHD_Result {
        connection.queue(ListenerCore.stoppingResponse, closing: true)
    }

    private func takeRequest(_ connection: MHDConnection) -> HTTPServerRequest {
        query = []
        forEachValue(connection, .GET_ARGUMENT_KIND) { exchange, name, value in
            exchange.query.append((PercentEncoding.decode(name), PercentEncoding.decode(value)))
        }
        let request = HTTPServerRequest(method: method, rawPath: rawPath, query: query, headers: headers, body: body)
        // The request has them now; two owners would copy at the first change and keep the body for the whole wait.
        (query, headers, body) = ([], [], [])
        return request
    }

    private var query: [(name: String, value: String)] = []

    private typealias Visit = (Exchange, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void

    private var visit: Visit?

    /// Lends every name and value of one kind; the bytes are valid during the call only.
    private func forEachValue(_ connection: MHDConnection, _ kind: MHD_ValueKind, _ visit: @escaping Visit) {
        self.visit = visit
        defer { self.visit = nil }
        _ = MHD_get_connection_values_n(
            connection.pointer,
            kind,
            { context, _, name, nameLength, value, valueLength in
                guard let context else { return .NO }
                let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
                exchange.visit?(
                    exchange,
                    UnsafeRawBufferPointer(start: name, count: name == nil ? 0 : nameLength),
                    UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueLength)
                )
                return .YES
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }
}
