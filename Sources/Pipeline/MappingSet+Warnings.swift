import MappingLanguage

extension MappingSet {
    /// The warnings of a mapping file, whether or not it has faults too; none for one that cannot be read.
    public static func warnings(in path: String) -> [MappingFinding] {
        var reader = MappingSetReader(actions: [.updateProfile])
        guard let bytes = try? bytes(of: path) else { return [] }
        reader.read(bytes, named: path)
        return reader.warnings
    }
}
