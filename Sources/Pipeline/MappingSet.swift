import DefaultMapping
import Glibc
public import MappingLanguage
import StableHash
public import YAMLDocument

/// The mapping entries of a service, compiled, in the order in which they apply.
public struct MappingSet: Sendable {
    /// One entry, and which options its default mapping has.
    struct Entry: Sendable {
        let entry: MappingEntry
        let optionsIndex: Int
    }

    let entries: [Entry]
    /// The options of the default mapping, one set a file.
    let options: [DefaultMappingOptions]
    /// A hash over all files: each record is mapped by exactly one version.
    public let version: String
    /// What is not refused but should be known: parts that Batch will probably not accept, and differences from Segment.
    public let warnings: [MappingFinding]

    /// Whether some entry asks for key, headers or place of the record.
    var readsRecord: Bool { entries.contains { $0.entry.readsRecord } }

    /// Reads and compiles mapping files; no file at all means the mapping that ships, with its default options.
    ///
    /// - Parameters:
    ///   - files: the paths in order.
    ///   - actions: the actions that entries may have; others are refused.
    /// - Throws: ``RelayError`` with all faults of all files, each with line and column, and with the warnings of those files.
    public init(files: [String], actions: Set<MappingAction> = [.updateProfile]) throws(RelayError) {
        var read: [(name: String, bytes: [UInt8])] = []
        for path in files { read.append((path, try Self.bytes(of: path))) }
        if read.isEmpty { read = [(ShippedMapping.name, Array(ShippedMapping.text.utf8))] }
        try self.init(read, actions: actions)
    }

    init(
        _ files: [(name: String, bytes: [UInt8])],
        actions: Set<MappingAction> = [.updateProfile]
    ) throws(RelayError) {
        var reader = MappingSetReader(actions: actions)
        for file in files { reader.read(file.bytes, named: file.name) }
        guard reader.faults.isEmpty else { throw Self.refusal(reader) }
        entries = reader.entries
        options = reader.options
        warnings = reader.warnings
        version = HashText.hex(xxh3(reader.hashed))
    }

    /// All faults, and the warnings of the files that have some: often a warning is the cause of a fault.
    private static func refusal(_ reader: MappingSetReader) -> RelayError {
        let faults = FaultReport(reader.faults)
        let files = Set(faults.faults.compactMap(\.file))
        var lines = faults.faults.map(\.description)
        for warning in reader.warnings where warning.level == .warning {
            guard let file = warning.fault.file, files.contains(file) else { continue }
            lines.append(warning.description)
        }
        return RelayError(lines.joined(separator: "\n"))
    }

    /// All faults of a mapping file; none for one that ``init(files:)`` takes.
    ///
    /// - Parameters:
    ///   - path: the file's path.
    ///   - place: where the path is written; a file that cannot be read is a fault of that place.
    ///   - key: the key that stands there, such as `mappings[0]`.
    /// - Returns: the faults in the order of the file.
    public static func faults(in path: String, namedAt place: Fault.Place, key: String) -> [Fault] {
        do throws(RelayError) {
            return faults(in: try bytes(of: path), named: path)
        } catch {
            return [Fault(at: place, path: key, error.description)]
        }
    }

    static func faults(in bytes: [UInt8], named name: String) -> [Fault] {
        var reader = MappingSetReader(actions: [.updateProfile])
        reader.read(bytes, named: name)
        return FaultReport(reader.faults).faults
    }

    /// The bytes of a file of at most 1 MiB; `kind` says what it is, for errors.
    static func bytes(of path: String, _ kind: String = "mapping file") throws(RelayError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw RelayError("cannot read the \(kind) '\(path)': \(reason(path))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= 1 << 20 {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else {
                throw RelayError("cannot read the \(kind) '\(path)': \(reason(path))")
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
        throw RelayError("the \(kind) '\(path)' is larger than 1 MiB")
    }

    /// What came back from the system, and what to change; a relative path says where it begins.
    private static func reason(_ path: String) -> String {
        let code = errno
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        guard code == ENOENT else { return reason }
        guard !path.hasPrefix("/") else { return "\(reason); create it or correct the path" }
        var buffer = [CChar](repeating: 0, count: 4_096)
        guard getcwd(&buffer, buffer.count) != nil else { return "\(reason); create it or correct the path" }
        let folder = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(reason); create it or correct the path, which begins at the working folder \(folder)"
    }
}
