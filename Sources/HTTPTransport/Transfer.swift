internal import CCurl
internal import Threads

/// One easy handle and the request that uses it now. Handles are reused: making one costs more than a small request.
///
/// curl's callbacks get this object as their context, without a reference of their own: the client holds it while the
/// handle is in the multi handle, and callbacks run inside `curl_multi_perform` only.
final class Transfer {
    let easy: UnsafeMutableRawPointer
    /// libcurl: an easy handle must be removed from its multi handle before either is freed.
    private let multi: CurlMulti
    private let errorBuffer: UnsafeMutablePointer<CChar>
    private let maximumResponseBytes: Int
    private let socketTimeoutMilliseconds: UInt32
    private let sendBufferBytes: Int32
    private var isAttached = false

    private(set) var id: UInt64 = 0
    private(set) var target = ""
    private var body: [UInt8] = []
    private var headers: HTTPHeaderList?
    private(set) var notAfter = Int64.max
    /// How much of the body curl has taken in this attempt.
    private var takenByteCount = 0
    private var attemptCount = 0
    private var earlierAttemptWasTakenWhole = false
    private(set) var hasMissedDeadline = false
    private var isTooLarge = false
    private var headerBytes: [UInt8] = []
    private var responseBody: [UInt8] = []
    private var startedAt: Int64 = 0
    private var socketOpenedAt: Int64 = 0
    private var readyAt: Int64 = 0
    private var firstByteAt: Int64 = 0

    init(multi: CurlMulti, settings: HTTPClientSettings) throws(HTTPTransportError) {
        guard let easy = curl_easy_init() else {
            throw HTTPTransportError(.other(code: Int(CURLE_OUT_OF_MEMORY.rawValue)), request: "make a curl handle")
        }
        self.easy = easy
        self.multi = multi
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        maximumResponseBytes = settings.maximumResponseBytes
        socketTimeoutMilliseconds = UInt32(settings.timeout.clampedMilliseconds)
        sendBufferBytes = Int32(settings.sendBufferBytes ?? 0)
        try configure(settings)
    }

    deinit {
        detach()
        curl_easy_cleanup(easy)
        errorBuffer.deallocate()
    }

    /// Sets what is the same for every request. No option may fail silently: a protocol filter or a certificate check
    /// that is not set would not be missed until it is needed.
    private func configure(_ settings: HTTPClientSettings) throws(HTTPTransportError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        var results = [
            easy_set_private(easy, context),
            easy_set_error_buffer(easy, errorBuffer),
            easy_set_long(easy, CURLOPT_NOSIGNAL, 1),
            easy_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https"),
            easy_set_long(easy, CURLOPT_FOLLOWLOCATION, 0),
            easy_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1),
            easy_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2),
            easy_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            easy_set_long(
                easy,
                CURLOPT_HTTP_VERSION,
                Int(settings.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
            ),
            easy_set_long(easy, CURLOPT_TIMEOUT_MS, settings.timeout.clampedMilliseconds),
            easy_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeout.clampedMilliseconds),
            easy_set_string(easy, CURLOPT_USERAGENT, settings.userAgent),
            easy_set_offset(easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(settings.maximumResponseBytes)),
            easy_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1),
            // Else removing a request whose name is being looked up would wait for the name service.
            easy_set_long(easy, CURLOPT_QUICK_EXIT, 1),
        ]
        results += [
            easy_set_read(easy, readBody, context), easy_set_seek(easy, seekBody, context),
            easy_set_write(easy, receiveBody, context), easy_set_header(easy, receiveHeader, context),
            easy_set_prerequest(easy, beforeRequest, context),
            easy_set_socket_option(easy, socketOpened, context),
        ]
        if let caFile = settings.caFile {
            // "Instead of the system's": Debian's curl would go on trusting its directory of authorities as well.
            results.append(easy_set_string(easy, CURLOPT_CAINFO, caFile))
            results.append(easy_set_string(easy, CURLOPT_CAPATH, nil))
        }
        if !settings.usesEnvironmentProxy { results.append(easy_set_string(easy, CURLOPT_PROXY, "")) }
        if let failure = results.first(where: { $0 != CURLE_OK }) {
            throw HTTPTransportError(.other(code: Int(failure.rawValue)), request: "set up a curl handle")
        }
    }

    /// Takes a request and hands it to curl, which writes nothing before the next `curl_multi_perform`.
    ///
    /// - Returns: nil, or why curl refused it.
    func begin(_ request: HTTPRequest, id: UInt64, target: String, defaultHeaders: HTTPHeaderList) -> Int? {
        self.id = id
        self.target = target
        let headers = request.headers ?? defaultHeaders
        self.headers = headers
        notAfter = request.notAfter ?? Int64.max
        takenByteCount = 0
        attemptCount = 0
        earlierAttemptWasTakenWhole = false
        hasMissedDeadline = false
        isTooLarge = false
        startedAt = Clocks.bootNanoseconds
        socketOpenedAt = 0
        readyAt = 0
        firstByteAt = 0
        errorBuffer.pointee = 0
        // Removing and adding again counts the timeout from here.
        var results = [
            easy_set_string(easy, CURLOPT_URL, request.url), easy_set_headers(easy, headers.pointer),
            easy_set_long(easy, CURLOPT_NOBODY, 0),
        ]
        switch request.method {
        case .get:
            results.append(easy_set_long(easy, CURLOPT_HTTPGET, 1))
            results.append(easy_set_string(easy, CURLOPT_CUSTOMREQUEST, nil))
        case .head:
            results.append(easy_set_long(easy, CURLOPT_NOBODY, 1))
            results.append(easy_set_string(easy, CURLOPT_CUSTOMREQUEST, nil))
        case .post, .put, .patch, .delete:
            body = request.body
            results.append(easy_set_long(easy, CURLOPT_POST, 1))
            results.append(easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
            let name = request.method == .post ? nil : request.method.rawValue
            results.append(easy_set_string(easy, CURLOPT_CUSTOMREQUEST, name))
        }
        if let failure = results.first(where: { $0 != CURLE_OK }) { return Int(failure.rawValue) }
        let added = curl_multi_add_handle(multi.pointer, easy)
        isAttached = added == CURLM_OK
        return isAttached ? nil : Int(added.rawValue)
    }

    /// Takes the handle away from curl, which ends the connection unless the answer was complete, and lets go of the
    /// body.
    func detach() {
        if isAttached { curl_multi_remove_handle(multi.pointer, easy) }
        isAttached = false
        body = []
        headers = nil
        headerBytes = []
        responseBody = []
    }

    /// Whether every byte of the request has been handed to the kernel in this attempt.
    private var isWrittenWhole: Bool {
        attemptCount > 0 && takenByteCount == body.count && uploadedByteCount >= body.count
    }

    private var uploadedByteCount: Int {
        var count: curl_off_t = 0
        return easy_get_offset(easy, CURLINFO_SIZE_UPLOAD_T, &count) == CURLE_OK ? Int(count) : 0
    }

    /// Whether a byte of the request is still to be written after its last moment. Also true of bytes that curl has
    /// taken into its own buffer and that the socket did not accept: curl writes those without asking.
    func mustStopWriting(now: Int64) -> Bool { now > notAfter && !isWrittenWhole }

    /// Ends the request and frees the handle for the next one.
    ///
    /// - Parameters:
    ///   - failure: why the request ends, or nil to take curl's word.
    ///   - code: curl's word.
    /// - Returns: what the caller is told.
    func finish(_ failure: HTTPTransportError.Reason?, code: CURLcode) -> HTTPCompletion {
        let timing = timing()
        let bytesSent = uploadedByteCount
        let requestWritten = earlierAttemptWasTakenWhole || isWrittenWhole
        var connectCount = 0
        _ = easy_get_long(easy, CURLINFO_NUM_CONNECTS, &connectCount)
        let result: Result<HTTPResponse, HTTPTransportError>
        if failure == nil, code == CURLE_OK {
            var status = 0
            _ = easy_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
            result = .success(HTTPResponse(status: status, headerBytes: headerBytes, body: responseBody))
        } else {
            let reason = failure ?? self.reason(of: code)
            result = .failure(
                HTTPTransportError(
                    reason,
                    request: target,
                    requestWritten: requestWritten,
                    detail: failure == nil ? detail(for: reason) : ""
                )
            )
        }
        detach()
        return HTTPCompletion(
            id: id,
            result: result,
            timing: timing,
            bytesSent: bytesSent,
            reusedConnection: attemptCount > 0 && connectCount == 0
        )
    }

    private func reason(of code: CURLcode) -> HTTPTransportError.Reason {
        if hasMissedDeadline { return .notWritten }
        if isTooLarge || code == CURLE_FILESIZE_EXCEEDED {
            return .responseTooLarge(maximumBytes: maximumResponseBytes)
        }
        return CurlCodes.reason(of: code)
    }

    /// curl's words where they say which part of a connection failed. Not for other reasons: messages about a proxy can
    /// quote its password.
    private func detail(for reason: HTTPTransportError.Reason) -> String {
        switch reason {
        case .couldNotConnect, .tlsHandshake, .tlsVerification: String(cString: errorBuffer)
        default: ""
        }
    }

    private func timing() -> HTTPTiming {
        var timing = HTTPTiming()
        let now = Clocks.bootNanoseconds
        timing.total = now - startedAt
        timing.firstByte = firstByteAt == 0 ? 0 : firstByteAt - startedAt
        let ready = readyAt == 0 ? now : readyAt
        timing.queued = (socketOpenedAt == 0 ? ready : min(socketOpenedAt, ready)) - startedAt
        if socketOpenedAt > 0 {
            var tcp: curl_off_t = 0
            var tls: curl_off_t = 0
            _ = easy_get_offset(easy, CURLINFO_CONNECT_TIME_T, &tcp)
            _ = easy_get_offset(easy, CURLINFO_APPCONNECT_TIME_T, &tls)
            let setup = max(0, ready - socketOpenedAt)
            timing.tls = min(setup, Int64(max(0, tls - tcp)) * 1_000)
            timing.connect = setup - timing.tls
        }
        return timing
    }

    // MARK: What curl's callbacks do

    func socketWasOpened(_ descriptor: curl_socket_t) {
        socketOpenedAt = Clocks.bootNanoseconds
        bound_socket(descriptor, socketTimeoutMilliseconds, sendBufferBytes)
    }

    /// The connection is ready and the headers are about to be written.
    func mayStartWriting() -> Bool {
        readyAt = Clocks.bootNanoseconds
        // curl sends a request again by itself if a kept connection turns out to be dead before any byte came back.
        if attemptCount > 0, takenByteCount == body.count { earlierAttemptWasTakenWhole = true }
        attemptCount += 1
        hasMissedDeadline = readyAt > notAfter
        return !hasMissedDeadline
    }

    func rewind(to offset: Int) -> Bool {
        guard (0...body.count).contains(offset) else { return false }
        if takenByteCount == body.count { earlierAttemptWasTakenWhole = true }
        takenByteCount = offset
        return true
    }

    func give(to buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, body.count - takenByteCount)
        guard count > 0 else { return 0 }
        guard Clocks.bootNanoseconds <= notAfter else {
            hasMissedDeadline = true
            return Int(CURL_READFUNC_ABORT)
        }
        body.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[takenByteCount...].prefix(count)))
        }
        takenByteCount += count
        return count
    }

    func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        if firstByteAt == 0 { firstByteAt = Clocks.bootNanoseconds }
        // An interim answer (1xx) and a proxy's answer come before the real one: only the last block counts.
        if line.starts(with: "HTTP/".utf8) { headerBytes.removeAll(keepingCapacity: true) }
        guard hasRoom(for: line.count) else { return false }
        headerBytes.append(contentsOf: line)
        return true
    }

    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard hasRoom(for: bytes.count) else { return false }
        responseBody.append(contentsOf: bytes)
        return true
    }

    private func hasRoom(for count: Int) -> Bool {
        isTooLarge = headerBytes.count + responseBody.count + count > maximumResponseBytes
        return !isTooLarge
    }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private let readBody: curl_read_callback = { buffer, size, count, context in
    guard let transfer = transfer(context), let buffer else { return Int(CURL_READFUNC_ABORT) }
    return transfer.give(to: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
}

private let seekBody: curl_seek_callback = { context, offset, origin in
    // curl only ever seeks from the start (SEEK_SET).
    guard let transfer = transfer(context), origin == 0, transfer.rewind(to: Int(offset)) else {
        return CURL_SEEKFUNC_FAIL
    }
    return CURL_SEEKFUNC_OK
}

private let receiveBody: curl_write_callback = { buffer, size, count, context in
    let bytes = UnsafeRawBufferPointer(start: buffer, count: size * count)
    return transfer(context)?.takeBody(bytes) == true ? bytes.count : Int(CURL_WRITEFUNC_ERROR)
}

private let receiveHeader: curl_write_callback = { buffer, size, count, context in
    let line = UnsafeRawBufferPointer(start: buffer, count: size * count)
    return transfer(context)?.takeHeader(line) == true ? line.count : Int(CURL_WRITEFUNC_ERROR)
}

private let beforeRequest: curl_prereq_callback = { context, _, _, _, _ in
    transfer(context)?.mayStartWriting() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

private let socketOpened: curl_sockopt_callback = { context, descriptor, _ in
    transfer(context)?.socketWasOpened(descriptor)
    return CURL_SOCKOPT_OK
}
