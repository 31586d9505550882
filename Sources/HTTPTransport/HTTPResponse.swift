/// An answer, whatever its status.
public struct HTTPResponse: Sendable {
    /// The status code, 100 to 999.
    public let status: Int
    /// The body.
    public let body: [UInt8]
    private let headerBytes: [UInt8]

    init(status: Int, headerBytes: [UInt8], body: [UInt8]) {
        self.status = status
        self.headerBytes = headerBytes
        self.body = body
    }

    /// The header fields in the order received; read from the received text at each call. Bytes that are not UTF-8 are
    /// replaced.
    public var headers: [(name: String, value: String)] {
        headerBytes.split(separator: 0x0A).compactMap { line in
            guard let colon = line.firstIndex(of: 0x3A) else { return nil }
            return (String(decoding: line[..<colon], as: UTF8.self), Self.trimmed(line[(colon + 1)...]))
        }
    }

    /// The value of the first header field of this name, in any case; nil if there is none.
    public func header(_ name: String) -> String? {
        for line in headerBytes.split(separator: 0x0A) {
            guard let colon = line.firstIndex(of: 0x3A), colon - line.startIndex == name.utf8.count else { continue }
            let isEqual = zip(line[..<colon], name.utf8).allSatisfy { Self.lowercased($0) == Self.lowercased($1) }
            if isEqual { return Self.trimmed(line[(colon + 1)...]) }
        }
        return nil
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        var bytes = bytes.drop(while: isSpace)
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Where the time of a request went, in nanoseconds of a clock that runs while the process is stopped.
public struct HTTPTiming: Sendable, Equatable {
    /// From `start` until a kept connection was free, or a new one was begun: waiting for a place, resolving the name.
    public var queued: Int64 = 0
    /// From there until the TCP connection was there; 0 on a kept connection.
    public var connect: Int64 = 0
    /// The TLS handshake; 0 on a kept connection and without TLS.
    public var tls: Int64 = 0
    /// From `start` until the first byte of the answer; 0 if none came.
    public var firstByte: Int64 = 0
    /// From `start` until the end.
    public var total: Int64 = 0
}

/// The end of a request: every request that was started has exactly one.
public struct HTTPCompletion: Sendable {
    /// The number given to `start`.
    public let id: UInt64
    /// An answer of any status, or why there is none.
    public let result: Result<HTTPResponse, HTTPTransportError>
    /// Where the time went.
    public let timing: HTTPTiming
    /// Bytes of the body that were handed to the kernel, in the last attempt if curl made two.
    public let bytesSent: Int
    /// Whether a kept connection was used.
    public let reusedConnection: Bool
}
