import Foundation
import Glibc
import HTTPTransport
import Testing
import Threads

@Suite("HTTP client: TLS")
struct TLSTests {
    @Test("speaks with a server whose authority is trusted, keeping the connection's times")
    func trusted() async throws {
        let server = try await TLSServer.start(name: "IP:127.0.0.1")
        defer { server.stop() }
        let completion = try #require(try await server.get(authority: server.certificatePath))
        #expect(completion.response?.status == 200)
        #expect(completion.timing.tls > 0)
        #expect(completion.timing.connect > 0)
        #expect(completion.timing.total >= completion.timing.tls + completion.timing.connect)
    }

    @Test("refuses a server whose authority is another, the system's, or whose name differs")
    func untrusted() async throws {
        let server = try await TLSServer.start(name: "IP:127.0.0.1")
        defer { server.stop() }
        let other = try await TLSServer.start(name: "IP:127.0.0.2")
        defer { other.stop() }
        let cases = [
            try await server.get(authority: other.certificatePath), try await server.get(authority: nil),
            try await other.get(authority: other.certificatePath),
        ]
        for completion in cases {
            let error = try #require(completion?.error)
            #expect(error.reason == .tlsVerification)
            #expect(!error.serverMayHaveActed && !error.isTransient)
            #expect(error.description.contains("certificate"))
        }
    }

    @Test("a server that does not speak TLS is a failed handshake")
    func notTLS() async throws {
        let server = ScriptedServer { connection in
            _ = connection.receive()
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
        }
        defer { server.stop() }
        let completions = try await Exchange.run([HTTPRequest(url: "https://127.0.0.1:\(server.port)/")])
        #expect(completions.first?.error?.reason == .tlsHandshake)
        #expect(completions.first?.error?.serverMayHaveActed == false)
    }

    @Test("a file of authorities without a certificate is told apart")
    func emptyAuthorities() async throws {
        let server = try await TLSServer.start(name: "IP:127.0.0.1")
        defer { server.stop() }
        let file = server.folder.appendingPathComponent("empty.pem")
        try Data("no certificate\n".utf8).write(to: file)
        let completion = try await server.get(authority: file.path)
        #expect(completion?.error?.reason == .tlsAuthorities)
    }
}

/// `openssl s_server` with a certificate of its own, which is also its authority.
struct TLSServer {
    let port: UInt16
    let folder: URL
    private let child: Child

    var certificatePath: String { folder.appendingPathComponent("certificate.pem").path }

    /// Makes a certificate for a subject alternative name and serves a page with it on a free port.
    static func start(name: String) async throws -> TLSServer {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let certificate = folder.appendingPathComponent("certificate.pem").path
        let key = folder.appendingPathComponent("key.pem").path
        let server = await OwnThread.run(name: "openssl") { () -> TLSServer? in
            let request = [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=test", "-addext", "subjectAltName=\(name)", "-keyout", key, "-out", certificate,
            ]
            guard let making = Child("openssl", request) else { return nil }
            _ = making.read { _ in false }
            making.wait()
            let serve = ["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", certificate, "-key", key]
            guard let serving = Child("openssl", serve) else {
                return nil
            }
            // It prints "ACCEPT 127.0.0.1:43211" when it listens.
            let line = serving.read { $0.contains("ACCEPT ") && $0.hasSuffix("\n") }
            let digits = line.split(separator: "\n").first { $0.hasPrefix("ACCEPT ") }?.split(separator: ":").last
            guard let port = UInt16(digits ?? "") else { return nil }
            return TLSServer(port: port, folder: folder, child: serving)
        }
        guard let server else { throw Unavailable() }
        return server
    }

    struct Unavailable: Error, CustomStringConvertible {
        let description = "openssl cannot be run: install Debian's package openssl"
    }

    func get(authority: String?) async throws -> HTTPCompletion? {
        var settings = Exchange.settings
        settings.caFile = authority
        let request = HTTPRequest(method: .get, url: "https://127.0.0.1:\(port)/")
        return try await Exchange.run([request], settings: settings).first
    }

    func stop() {
        kill(child.process, SIGTERM)
        child.wait()
        try? FileManager.default.removeItem(at: folder)
    }
}

/// A child with its standard output on a pipe. The file is used by one thread.
struct Child {
    let process: pid_t
    private let output: Int32
    private let input: Int32

    init?(_ program: String, _ arguments: [String]) {
        var ends: [Int32] = [0, 0]
        var inputEnds: [Int32] = [0, 0]
        guard pipe(&ends) == 0, pipe(&inputEnds) == 0 else { return nil }
        // Else a child that another test starts would hold them open.
        for descriptor in ends + inputEnds { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        // An input that never ends: `openssl s_server` stops at the end of its input.
        posix_spawn_file_actions_adddup2(&actions, inputEnds[0], 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var mask = sigset_t()
        sigemptyset(&mask)
        posix_spawnattr_setsigmask(&attributes, &mask)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var process = pid_t()
        let result = posix_spawnp(&process, program, &actions, &attributes, &words, environ)
        close(ends[1])
        close(inputEnds[0])
        guard result == 0 else {
            close(ends[0])
            close(inputEnds[1])
            return nil
        }
        self.process = process
        output = ends[0]
        input = inputEnds[1]
    }

    /// Reads until a part `isLast` or the output ends.
    func read(until isLast: (_ part: String) -> Bool) -> String {
        var text = ""
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(output, &part, part.count)
            guard count > 0 else { break }
            let piece = String(decoding: part[..<count], as: UTF8.self)
            text += piece
            if isLast(piece) { break }
        }
        return text
    }

    func wait() {
        var status: Int32 = 0
        waitpid(process, &status, 0)
        close(output)
        close(input)
    }
}
