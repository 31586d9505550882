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

    /// A file, or the YAML files of a folder by name.
    ///
    /// - Throws: ``InputError`` if there is neither, or the folder has none.
    static func yamlFiles(at path: String) throws(InputError) -> [String] {
        guard let folder = opendir(path) else {
            guard errno == ENOTDIR else {
                throw InputError("cannot read '\(path)': \(String(cString: strerror(errno)))")
            }
            return [path]
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".yaml") || name.hasSuffix(".yml"), !name.hasPrefix(".") { names.append(name) }
        }
        guard !names.isEmpty else { throw InputError("'\(path)' has no file that ends in .yaml") }
        let separator = path.hasSuffix("/") ? "" : "/"
        return names.sorted().map { path + separator + $0 }
    }

    /// Puts a text in the place of a file, all or nothing.
    ///
    /// - Throws: ``InputError`` naming the file and what came back; then the file is as before.
    static func write(_ text: String, to path: String) throws(InputError) {
        let next = path + ".new"
        let descriptor = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw InputError("cannot write '\(next)': \(String(cString: strerror(errno)))") }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        let isWritten = rest.isEmpty && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, rename(next, path) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(next)
            throw InputError("cannot write '\(path)': \(reason)")
        }
    }
}

/// Why a file cannot be used.
struct InputError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
