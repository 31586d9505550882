internal import Glibc

/// The secret that opens the admin server.
public struct AdminToken: Sendable, CustomStringConvertible {
    /// Longest token in bytes.
    public static let maximumByteCount = 4_096

    private let bytes: [UInt8]

    /// Reads a token: the file's only line, without spaces around it, 1 to 4096 visible ASCII characters.
    ///
    /// - Throws: ``AdminError`` when the file cannot be read or holds something else.
    public init(file path: String) throws(AdminError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .tokenFile(path: path, code: errno) }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4_096)
        // A little more than the longest token with its line end; what is longer is no token whatever follows.
        while content.count <= Self.maximumByteCount + 64 {
            let count = read(descriptor, &piece, piece.count)
            guard count >= 0 else { throw .tokenFile(path: path, code: errno) }
            if count == 0 { break }
            content += piece.prefix(count)
        }
        try self.init(bytes: content, path: path)
    }

    init(bytes content: [UInt8], path: String) throws(AdminError) {
        let isSpace: (UInt8) -> Bool = { $0 == 32 || (9...13).contains($0) }
        let start = content.firstIndex { !isSpace($0) } ?? content.endIndex
        let end = content.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
        bytes = Array(content[start..<end])
        guard (1...Self.maximumByteCount).contains(bytes.count), bytes.allSatisfy({ (33...126).contains($0) }) else {
            throw .token(path: path, expected: "one line of 1 to 4096 visible ASCII characters")
        }
    }

    /// Whether an `Authorization` header carries this token: `Bearer TOKEN`.
    ///
    /// Looks at every byte whatever the first difference, so that the time taken does not tell how much was right.
    func accepts(_ authorization: String?) -> Bool {
        guard let authorization else { return false }
        let words = authorization.utf8.split(separator: 32)
        guard words.count == 2, words[0].elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 }) else { return false }
        let given = Array(words[1])
        var difference: UInt8 = given.count == bytes.count ? 0 : 1
        for index in bytes.indices { difference |= bytes[index] ^ (index < given.count ? given[index] : 0) }
        return difference == 0
    }

    /// Names the type only: the token is a secret.
    public var description: String { "AdminToken" }
}
