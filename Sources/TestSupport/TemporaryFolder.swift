internal import Glibc

/// A new folder that is removed with everything in it when this object is released or this process dies.
public final class TemporaryFolder: Sendable {
    /// The folder's path, without a slash at the end.
    public let path: String

    /// Creates a folder in `TMPDIR`, or in the system's place for temporary files.
    ///
    /// - Parameter name: the first part of its name, for people who look.
    /// - Throws: ``ProcessError`` if it cannot be created.
    public init(_ name: String = "batchrelay-test") throws(ProcessError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        var template = Array("\(parent)/\(name)-XXXXXX".utf8CString)
        let isMade = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkdtemp($0) != nil } ?? false }
        let made = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard isMade else {
            throw ProcessError(attempt: "create a folder in '\(parent)'", reason: String(cString: strerror(errno)))
        }
        path = made
        Watchdog.watch(folder: made)
    }

    deinit { Self.remove(path) }

    /// The path of a file in it.
    public func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file in it and gives its path.
    ///
    /// - Returns: the file's path.
    /// - Throws: ``ProcessError`` if it cannot be written.
    @discardableResult
    public func write(_ text: String, to name: String) throws(ProcessError) -> String {
        let path = path(name)
        guard let file = fopen(path, "w") else {
            throw ProcessError(attempt: "write '\(path)'", reason: String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        let bytes = Array(text.utf8)
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
            throw ProcessError(attempt: "write '\(path)'", reason: String(cString: strerror(errno)))
        }
        return path
    }

    /// Reads a file in it; nil if there is none.
    public func read(_ name: String) -> String? { Self.read(path(name)) }

    static func read(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[0..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func makeFolder(_ path: String) throws(ProcessError) {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
            throw ProcessError(attempt: "create '\(path)'", reason: String(cString: strerror(errno)))
        }
    }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        if let folder = opendir(path) {
            while let entry = Glibc.readdir(folder) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { remove("\(path)/\(name)") }
            }
            closedir(folder)
        }
        rmdir(path)
    }
}
