internal import CMicroHTTPD
internal import Glibc

/// One connection of libmicrohttpd.
///
/// `@unchecked Sendable`: the pointer is constant. libmicrohttpd allows `MHD_resume_connection` from any thread for a
/// suspended connection, which it cannot free; everything else here is called on the connection's own thread, inside a
/// callback.
struct MHDConnection: @unchecked Sendable {
    let pointer: OpaquePointer

    func suspend() { MHD_suspend_connection(pointer) }

    func resume() { MHD_resume_connection(pointer) }

    /// Makes the coming close a reset: dissolving the association sends RST at once. (`SO_LINGER` of zero would do so only
    /// in libmicrohttpd's turbo mode, which skips its own `shutdown`.)
    func reset() {
        var unspecified = sockaddr()
        unspecified.sa_family = sa_family_t(AF_UNSPEC)
        _ = connect(
            relay_mhd_connection_socket(pointer),
            &unspecified,
            socklen_t(MemoryLayout<sockaddr>.size)
        )
    }

    /// Queues an answer, copying the body.
    func queue(_ response: HTTPServerResponse, closing: Bool = false) -> MHD_Result {
        let body = response.body
        guard (200...599).contains(response.status),
            let answer = body.withUnsafeBytes({ bytes in
                // The library only reads: MUST_COPY makes it copy before it returns.
                MHD_create_response_from_buffer(
                    bytes.count,
                    UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                    .RESPMEM_MUST_COPY
                )
            })
        else { return queueMistake("a status outside 200...599") }
        defer { MHD_destroy_response(answer) }
        for (name, value) in response.headers where !Self.isOwnHeader(name) {
            guard Self.isSendable(name: name, value: value), MHD_add_response_header(answer, name, value) == .YES else {
                return queueMistake("a header that HTTP does not allow")
            }
        }
        if closing { _ = MHD_add_response_header(answer, "Connection", "close") }
        return MHD_queue_response(pointer, UInt32(response.status), answer)
    }

    /// Queues the open answer whose body is the stream. The listener is told of its begin and end.
    func queue(_ stream: HTTPEventStream, of core: ListenerCore) -> MHD_Result {
        guard
            stream.attach(
                to: self,
                onClose: { [weak core, weak stream] in
                    if let core, let stream { core.remove(stream) }
                }
            )
        else { return queueMistake("an event stream that was used before") }
        // A stop finishes the streams that it sees; one that comes too late is finished here.
        if !core.add(stream) { stream.finish() }
        let context = Unmanaged.passRetained(stream)
        let answer = MHD_create_response_from_callback(
            .max,  // MHD_SIZE_UNKNOWN, a macro with a cast that Swift does not import.
            16_384,
            { context, _, buffer, limit in
                guard let context, let buffer else { return relay_mhd_end_of_stream() }
                let stream = Unmanaged<HTTPEventStream>.fromOpaque(context).takeUnretainedValue()
                return stream.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: limit))
            },
            context.toOpaque(),
            { context in
                // Called once, when the answer is destroyed: the stream ended or its client left.
                if let context { Unmanaged<HTTPEventStream>.fromOpaque(context).takeRetainedValue().close() }
            }
        )
        guard let answer else {
            context.release()
            stream.close()
            return .NO
        }
        defer { MHD_destroy_response(answer) }
        _ = MHD_add_response_header(answer, "Content-Type", "text/event-stream")
        _ = MHD_add_response_header(answer, "Cache-Control", "no-store")
        return MHD_queue_response(pointer, 200, answer)
    }

    private func queueMistake(_ what: String) -> MHD_Result {
        queue(.text(500, "the handler of this request gave \(what)\n"))
    }

    /// Headers that follow from the body; libmicrohttpd sets them.
    private static func isOwnHeader(_ name: String) -> Bool {
        equalIgnoringCase(name, "Content-Length") || equalIgnoringCase(name, "Transfer-Encoding")
    }

    /// C strings end at a zero, so it would cut the header; the rest libmicrohttpd checks itself.
    private static func isSendable(name: String, value: String) -> Bool {
        !name.utf8.contains(0) && !value.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 })
    }
}
