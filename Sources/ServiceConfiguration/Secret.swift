/// A text that must not be seen: its description, debug description and mirror are redacted.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself, for the one place that sends it. Never put it into a log, an error or a description.
    public let revealed: String

    /// Wraps a text.
    public init(_ text: String) { revealed = text }

    /// `(redacted)`.
    public var description: String { "(redacted)" }
    /// `(redacted)`.
    public var debugDescription: String { description }
    /// Nothing: `dump` shows no more than the description.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a file with a secret gives none.
public struct SecretFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file's path.
    public let path: String
    /// What is wrong, and what to change.
    public let problem: String

    /// Creates an error; nothing of the content goes into it.
    public init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    /// What was read, what came back and what to change; nothing of the content.
    public var description: String { "cannot use '\(path)': \(problem)" }
}

extension Secret {
    /// The longest secret in bytes.
    static let maximumByteCount = 8_192

    /// Reads a secret from a file; spaces and line ends around it do not count.
    ///
    /// Called at start, and again by a service whose secret is refused or that is told to reload.
    public static func read(file path: String) throws(SecretFileError) -> Secret {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileBytes.read(path, maximumByteCount: maximumByteCount)
        } catch {
            throw SecretFileError(path: path, problem: error.problem)
        }
        return try read(bytes, ofFile: path)
    }

    /// The secret in the content of a file; see ``read(file:)``.
    public static func read(_ bytes: [UInt8], ofFile path: String) throws(SecretFileError) -> Secret {
        do throws(Unusable) {
            return try checked(bytes)
        } catch {
            throw SecretFileError(path: path, problem: error.problem)
        }
    }

    /// Why a text is no secret to be sent in a header.
    struct Unusable: Error { let problem: String }

    /// The secret in a text, without the white space around it.
    ///
    /// A secret goes into the header of a request, where a line end would begin another header.
    static func checked(_ bytes: [UInt8]) throws(Unusable) -> Secret {
        let isSpace: (UInt8) -> Bool = { $0 == 32 || (9...13).contains($0) }
        guard let first = bytes.firstIndex(where: { !isSpace($0) }),
            let last = bytes.lastIndex(where: { !isSpace($0) })
        else { throw Unusable(problem: "it is empty; write the secret and nothing else") }
        let content = bytes[first...last]
        guard content.allSatisfy({ (33...126).contains($0) }) else {
            throw Unusable(
                problem: "it holds spaces, control characters or letters that are not ASCII; "
                    + "write the secret and nothing else"
            )
        }
        return Secret(String(decoding: content, as: UTF8.self))
    }
}
