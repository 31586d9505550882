import DefaultMapping
import Glibc
import MappingLanguage
import StableHash
import YAMLDocument

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

    /// Whether some entry asks for key, headers or place of the record.
    var readsRecord: Bool { entries.contains { $0.entry.readsRecord } }

    /// Reads and compiles mapping files; no file at all means the mapping that ships, with its default options.
    ///
    /// - Throws: ``RelayError`` with all faults of all files, each with line and column.
    public init(files: [String]) throws(RelayError) {
        var read: [(name: String, bytes: [UInt8])] = []
        for path in files { read.append((path, try Self.bytes(of: path))) }
        if read.isEmpty { read = [(ShippedMapping.name, Array(ShippedMapping.text.utf8))] }
        try self.init(read)
    }

    init(_ files: [(name: String, bytes: [UInt8])]) throws(RelayError) {
        var entries: [Entry] = []
        var options: [DefaultMappingOptions] = []
        var faults: [String] = []
        var hashed: [UInt8] = []
        for (name, bytes) in files {
            hashed += bytes
            do throws(FaultReport) {
                let file = try MappingFile(bytes, named: name)
                options.append(Self.options(file, &faults))
                for entry in file.entries {
                    if entry.action != .updateProfile {
                        faults.append(
                            "\(name): mappings: entry '\(entry.name)': the action '\(entry.action.rawValue)' is not available "
                                + "in this version; update_profile is"
                        )
                    }
                    entries.append(Entry(entry: entry, optionsIndex: options.count - 1))
                }
            } catch {
                faults.append(error.description)
            }
        }
        guard faults.isEmpty else { throw RelayError(faults.joined(separator: "\n")) }
        self.entries = entries
        self.options = options
        version = HashText.hex(xxh3(hashed))
    }

    private static func options(_ file: MappingFile, _ faults: inout [String]) -> DefaultMappingOptions {
        guard let block = file.defaults else { return DefaultMappingOptions() }
        guard case .map(let members) = block.value else {
            faults.append("\(file.name):\(block.mark.line):\(block.mark.column): defaults: must be a map of options")
            return DefaultMappingOptions()
        }
        let values = members.map { (key: $0.key, value: OptionValue($0.value)) }
        do throws(OptionFaults) {
            return try DefaultMappingOptions(values: values)
        } catch {
            for fault in error.faults {
                let mark = members.first { $0.key == fault.key }?.keyMark ?? block.mark
                faults.append("\(file.name):\(mark.line):\(mark.column): defaults.\(fault)")
            }
            return DefaultMappingOptions()
        }
    }

    private static func bytes(of path: String) throws(RelayError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw RelayError(
                "cannot read the mapping file '\(path)': \(String(cString: strerror(errno))); check mappings"
            )
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= 1 << 20 {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else {
                throw RelayError("cannot read the mapping file '\(path)': \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
        throw RelayError("the mapping file '\(path)' is larger than 1 MiB")
    }
}

extension OptionValue {
    /// A value of a YAML file; numbers are refused by each option with its own words.
    fileprivate init(_ node: YAMLNode) {
        switch node.value {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .text(let text): self = .text(text)
        case .integer, .number, .list, .map: self = .other(node.scalarText ?? "")
        }
    }
}
