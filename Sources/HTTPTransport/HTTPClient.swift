internal import CCurl
internal import Glibc
internal import Threads

/// Sends HTTP requests on the thread that polls it, many at once.
///
/// One thread owns a client: only ``waker`` may be used by another. Nothing is sent or received outside ``poll(timeout:)``.
/// Every request that was started has exactly one completion. The process has to ignore SIGPIPE.
///
/// ```swift
/// let client = try HTTPClient(settings: HTTPClientSettings())
/// client.start(HTTPRequest(url: "https://example.com/in", body: Array("hello".utf8)), id: 1)
/// while client.inFlightCount > 0 {
///     for completion in client.poll(timeout: .milliseconds(50)) { print(completion.id, completion.result) }
/// }
/// ```
public final class HTTPClient {
    /// Ends the wait of ``poll(timeout:)`` from any thread.
    public let waker: HTTPWaker
    private let settings: HTTPClientSettings
    private let multi: CurlMulti
    private let defaultHeaders: HTTPHeaderList
    private var active: [UInt64: Transfer] = [:]
    private var idle: [Transfer] = []
    private var finished: [HTTPCompletion] = []
    /// What of each address may be shown; also the memory of addresses that were checked.
    private var targets: [String: String] = [:]

    /// A client without connections.
    ///
    /// - Parameter settings: how it talks.
    /// - Throws: ``HTTPTransportError`` for a setting out of its range, a file of authorities that cannot be read, or a
    ///   libcurl that cannot start.
    public init(settings: HTTPClientSettings) throws(HTTPTransportError) {
        try settings.check()
        if let file = settings.caFile, access(file, R_OK) != 0 {
            throw HTTPTransportError(.tlsAuthorities, request: "read '\(file)'", detail: "error \(errno)")
        }
        self.settings = settings
        defaultHeaders = try HTTPHeaderList()
        multi = try CurlMulti(settings: settings)
        waker = multi.waker
        // Shows at once whether this libcurl knows every option.
        idle.append(try Transfer(multi: multi, settings: settings))
    }

    /// Requests without a completion handed out by ``poll(timeout:)`` yet.
    public var inFlightCount: Int { active.count + finished.count }

    /// Takes a request; it goes out with the next ``poll(timeout:)``. A request that cannot be sent completes there too.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - id: the caller's number; not that of a request in flight.
    public func start(_ request: HTTPRequest, id: UInt64) {
        precondition(active[id] == nil, "request \(id) is in flight already")
        do throws(HTTPTransportError) {
            let target = "\(request.method.rawValue) \(try shownTarget(of: request.url))"
            let transfer = try idleTransfer()
            if let code = transfer.begin(request, id: id, target: target, defaultHeaders: defaultHeaders) {
                finished.append(transfer.finish(.other(code: code), code: CURLE_OK))
                idle.append(transfer)
            } else {
                active[id] = transfer
            }
        } catch {
            finished.append(
                HTTPCompletion(
                    id: id,
                    result: .failure(error),
                    timing: HTTPTiming(),
                    bytesSent: 0,
                    reusedConnection: false
                )
            )
        }
    }

    /// Breaks a request off; its completion, with reason `cancelled`, comes with the next ``poll(timeout:)``. A request
    /// that is not in flight is left alone: its completion may be under way.
    public func cancel(id: UInt64) { end(id, .cancelled) }

    /// Sends and receives until a request is complete, the waker is used or the time is over.
    ///
    /// - Parameter timeout: how long to wait; zero does what can be done now.
    /// - Returns: the requests that ended, in the order in which they did.
    public func poll(timeout: Duration) -> [HTTPCompletion] {
        let deadline = Clocks.bootNanoseconds + timeout.clampedNanoseconds
        while true {
            stopLateWriters()
            var runningCount: Int32 = 0
            let performed = curl_multi_perform(multi.pointer, &runningCount)
            collect()
            if performed != CURLM_OK { endAll(.other(code: Int(performed.rawValue))) }
            let now = Clocks.bootNanoseconds
            if waker.takeSignal() || !finished.isEmpty || now >= deadline { break }
            // A request whose last moment comes while it waits is reported then, and not at the next event.
            let next = active.values.reduce(deadline) { next, transfer in
                transfer.notAfter >= now && transfer.notAfter < next ? transfer.notAfter + 1 : next
            }
            let milliseconds = (next - now + 999_999) / 1_000_000
            let polled = curl_multi_poll(multi.pointer, nil, 0, Int32(clamping: milliseconds), nil)
            if polled != CURLM_OK { endAll(.other(code: Int(polled.rawValue))) }
        }
        let result = finished
        finished.removeAll()
        return result
    }

    /// curl writes what it has buffered without asking, so a request that is late must leave before curl runs.
    private func stopLateWriters() {
        guard !active.isEmpty else { return }
        let now = Clocks.bootNanoseconds
        let late = active.values.filter { $0.mustStopWriting(now: now) }.map(\.id)
        for id in late { end(id, .notWritten) }
    }

    private func collect() {
        var waitingCount: Int32 = 0
        while let message = curl_multi_info_read(multi.pointer, &waitingCount) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let result = message_result(message)
            var context: UnsafeMutableRawPointer?
            guard easy_get_private(easy, &context) == CURLE_OK, let context else { continue }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            active[transfer.id] = nil
            complete(transfer, failure: nil, code: result)
        }
    }

    private func end(_ id: UInt64, _ reason: HTTPTransportError.Reason) {
        guard let transfer = active.removeValue(forKey: id) else { return }
        complete(transfer, failure: reason, code: CURLE_OK)
    }

    private func endAll(_ reason: HTTPTransportError.Reason) {
        for id in active.keys.sorted() { end(id, reason) }
    }

    private func complete(_ transfer: Transfer, failure: HTTPTransportError.Reason?, code: CURLcode) {
        finished.append(transfer.finish(failure, code: code))
        if idle.count < settings.maximumConnections { idle.append(transfer) }
    }

    private func idleTransfer() throws(HTTPTransportError) -> Transfer {
        if let transfer = idle.popLast() { return transfer }
        return try Transfer(multi: multi, settings: settings)
    }

    private func shownTarget(of url: String) throws(HTTPTransportError) -> String {
        if let known = targets[url] { return known }
        let target = try HTTPTarget.shown(url)
        // Programs use a few addresses; one that makes them up must not fill the memory.
        if targets.count >= 256 { targets.removeAll() }
        targets[url] = target
        return target
    }
}
