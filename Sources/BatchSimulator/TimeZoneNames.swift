internal import Glibc

/// Whether a name is a time zone of this system. Independent of the list that the product carries, on purpose.
struct TimeZoneNames: Sendable {
    private let folder: String
    private let isAvailable: Bool
    /// Foreign names are bounded by ``capacity``, so that a hostile client cannot fill the memory.
    private var known: [String: Bool] = [:]
    private static let capacity = 10_000

    init(folder: String) {
        self.folder = folder
        isAvailable = Self.isZoneFile("\(folder)/UTC")
    }

    /// Whether the system has a file of compiled zone rules of that name, spelled exactly so.
    mutating func contains(_ name: [UInt8]) -> Bool {
        guard Self.isWellFormed(name) else { return false }
        guard isAvailable else { return true }
        let name = String(decoding: name, as: UTF8.self)
        if let answer = known[name] { return answer }
        let answer = Self.isZoneFile("\(folder)/\(name)")
        if known.count >= Self.capacity { known.removeAll() }
        known[name] = answer
        return answer
    }

    /// Letters, digits and `_+-` in parts divided by single slashes; not the folders and files that are no names of zones.
    private static func isWellFormed(_ name: [UInt8]) -> Bool {
        guard (1...64).contains(name.count) else { return false }
        let parts = name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for part in parts {
            guard !part.isEmpty else { return false }
            for byte in part where !TextCheck.isDigit(byte) && (byte | 0x20) &- UInt8(ascii: "a") >= 26 {
                guard "_+-".utf8.contains(byte) else { return false }
            }
        }
        let others = ["posix", "right", "posixrules", "localtime", "Factory"]
        return !others.contains(String(decoding: parts[0], as: UTF8.self))
    }

    /// Compiled zone files begin with `TZif` (RFC 8536).
    private static func isZoneFile(_ path: String) -> Bool {
        var information = stat()
        guard stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return false }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var magic: [UInt8] = [0, 0, 0, 0]
        guard read(descriptor, &magic, 4) == 4 else { return false }
        return magic == Array("TZif".utf8)
    }
}
