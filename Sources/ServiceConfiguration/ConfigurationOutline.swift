public import YAMLDocument

/// A configuration as far as it can be read while it still has faults: which mapping files it names, and where its keys stand.
///
/// With it, a mistake in the configuration does not hide those in its mapping files.
public struct ConfigurationOutline: Sendable {
    private let fileName: String
    private let root: YAMLNode?
    private let overrides: [String: Reading.Override]

    /// Reads what can be read. A file that is missing, or is not YAML at all, leaves the environment and the defaults.
    ///
    /// - Parameters:
    ///   - path: the configuration file, or nil for none.
    ///   - environment: the variables of the process.
    public init(file path: String?, environment: [String: String]) {
        fileName = path ?? ""
        overrides = EnvironmentVariables(environment).overrides
        root = path.flatMap { path in
            guard let bytes = try? FileBytes.read(path, maximumByteCount: YAMLLimits().maximumByteCount) else {
                return nil
            }
            return try? YAMLReader.read(bytes, named: path)
        }
    }

    /// The mapping files that are named, each with the place where its name stands; none where the key is not there, or
    /// cannot be read.
    public var mappings: [(path: String, place: Fault.Place)] {
        if let override = overrides["mappings"] {
            return override.text.split(separator: ",").map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
                .map { ($0, .environment(override.variable)) }
        }
        guard case .list(let nodes)? = root?["mappings"]?.value else { return [] }
        return nodes.compactMap { node in
            switch node.value {
            case .text, .integer, .number: return (node.scalarText ?? "", .file(fileName, node.mark))
            case .null, .boolean, .list, .map: return nil
            }
        }
    }

    /// Where a key stands, such as `events.id_attribute`; the beginning of the file where it stands nowhere.
    public func place(of path: String) -> Fault.Place {
        if let override = overrides[path] { return .environment(override.variable) }
        var mark = YAMLNode.Mark(line: 1, column: 1)
        var node = root
        for key in path.split(separator: ".") {
            guard case .map(let members)? = node?.value, let member = members.first(where: { $0.key == key }) else {
                break
            }
            mark = member.keyMark
            node = member.value
        }
        return .file(fileName, mark)
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    fileprivate func trimmingSpaces() -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
