import Glibc
import HTTPTransport

/// The header list with the REST key, made anew when the key file changes.
struct RestKeyReader {
    private let source: RestKeySource
    private let projectKey: String
    private var current: String

    private(set) var headers: HTTPHeaderList

    /// - Throws: ``RelayError`` if the file cannot be read or holds no key.
    init(endpoint: BatchEndpoint) throws(RelayError) {
        source = endpoint.key
        projectKey = endpoint.projectKey
        current = try Self.read(endpoint.key)
        headers = try Self.list(current, projectKey)
    }

    /// What the key is instead, where its shape gives that away.
    ///
    /// The shape of REST API keys is not documented, so that this only explains a refusal and refuses nothing itself.
    var hint: String? { Self.hint(for: current) }

    static func hint(for key: String) -> String? {
        if key.hasPrefix("DEV") {
            return
                "the key begins with DEV, as the Dev API key of an app does: use the REST API key of the company, which "
                + "the dashboard shows beside it"
        }
        if key.hasPrefix("project_") {
            return
                "the key begins with project_, as a project key does: use the REST API key, and write the project key to "
                + "batch.project_key"
        }
        return nil
    }

    /// Reads the key again; what cannot be read leaves the old one.
    mutating func refresh() {
        guard let key = try? Self.read(source), key != current, let list = try? Self.list(key, projectKey) else {
            return
        }
        current = key
        headers = list
    }

    private static func list(_ key: String, _ projectKey: String) throws(RelayError) -> HTTPHeaderList {
        do {
            return try HTTPHeaderList([
                (name: "Authorization", value: "Bearer \(key)"), (name: "X-Batch-Project", value: projectKey),
                (name: "Content-Type", value: "application/json"), (name: "Accept", value: "application/json"),
            ])
        } catch {
            throw RelayError(
                "the REST key or the project key cannot be sent as an HTTP header: remove line breaks and control characters"
            )
        }
    }

    private static func read(_ source: RestKeySource) throws(RelayError) -> String {
        switch source {
        case .value(let key): return key.text
        case .file(let path):
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw RelayError(
                    "cannot read the REST key file '\(path)': \(String(cString: strerror(errno))); "
                        + "check batch.rest_api_key_file"
                )
            }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 4_097)
            let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
            let text = bytes[..<max(0, count)].drop(while: isSpace)
            let trimmed = text.reversed().drop(while: isSpace).reversed()
            guard !trimmed.isEmpty, trimmed.count <= 4_096 else {
                throw RelayError("the REST key file '\(path)' must hold the key and nothing else")
            }
            return String(decoding: Array(trimmed), as: UTF8.self)
        }
    }
}
