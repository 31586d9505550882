internal import Glibc

/// Why a file was not read.
struct FileError: Error, Equatable {
    /// What came back, and what to change.
    let problem: String
}

/// Reads small files whole.
enum FileBytes {
    /// The bytes of a file; a file beyond the limit is refused without reading more of it.
    static func read(_ path: String, maximumByteCount: Int) throws(FileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            if count < 0 {
                guard errno == EINTR else { throw failure() }
                continue
            }
            bytes += chunk.prefix(count)
            guard bytes.count <= maximumByteCount else {
                throw FileError(problem: "it has more than \(maximumByteCount) bytes")
            }
        }
    }

    private static func failure() -> FileError {
        let code = errno
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        switch code {
        case ENOENT: return FileError(problem: "\(reason); create it or correct the path")
        case EACCES: return FileError(problem: "\(reason); let this user read it")
        default: return FileError(problem: reason)
        }
    }
}
