import Foundation
import Glibc
import Threads

/// Runs the `openssl` program, in a temporary folder of its own that is removed in the end.
final class OpenSSLProgram: Sendable {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "http-server-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Runs one command to its end.
    ///
    /// - Returns: the exit code (-1 when it did not run) and what it wrote to its standard output.
    func run(_ arguments: [String], input: String = "") async throws -> (code: Int32, output: String) {
        let inputFile = folder.appending(path: "input")
        let outputFile = folder.appending(path: "output")
        try Data(input.utf8).write(to: inputFile)
        let code = await OwnThread.run(name: "openssl") {
            Self.spawn(arguments, inputFile.path, outputFile.path)
        }
        return (code, String(decoding: Self.bytes(outputFile.path), as: UTF8.self))
    }

    /// The path of a file in the folder.
    func path(_ name: String) -> String { folder.appending(path: name).path }

    func read(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// The bytes of a file, none when it cannot be read (`Data(contentsOf:)` leaks 4 KiB for an empty file).
    private static func bytes(_ path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = Glibc.read(descriptor, &piece, piece.count), count > 0 { bytes += piece.prefix(count) }
        return bytes
    }

    private static func spawn(_ arguments: [String], _ input: String, _ output: String) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words: [UnsafeMutablePointer<CChar>?] = (["openssl"] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        words.append(nil)
        var pid: pid_t = 0
        guard posix_spawnp(&pid, "openssl", &actions, nil, words, environ) == 0 else { return -1 }
        var status: Int32 = 0
        guard waitpid(pid, &status, 0) == pid, status & 0x7f == 0 else { return -1 }
        return status >> 8 & 0xff
    }
}
