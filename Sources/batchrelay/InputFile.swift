import Glibc

/// Reads files that commands are given.
enum InputFile {
    /// The bytes of a file, or of stdin for `-`.
    ///
    /// - Parameters:
    ///   - path: the file's path.
    ///   - limit: the most bytes to read.
    /// - Returns: the bytes.
    /// - Throws: ``InputError`` naming the file and what came back.
    static func read(_ path: String, limit: Int) throws(InputError) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw InputError("cannot read '\(path)': \(String(cString: strerror(errno)))") }
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw InputError("cannot read '\(path)': \(String(cString: strerror(errno)))") }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else { throw InputError("'\(path)' is larger than \(limit) bytes; split it") }
        }
    }
}

/// Why a file cannot be used.
struct InputError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
