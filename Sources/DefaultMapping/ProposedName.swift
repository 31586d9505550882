/// Proposes a name that Batch takes, for a person who wrote one that it does not.
public enum ProposedName {
    /// The name that `names: snake_case` makes of a key, shortened if it must be; `date(…)` and `url(…)` stay around it.
    ///
    /// - Returns: nil where nothing is left of the key.
    public static func forKey(_ key: String) -> String? {
        var options = DefaultMappingOptions()
        options.longNames = .shorten
        var rule = NameRule(options, isForEvents: false)
        let bytes = Array(key.utf8)
        let renamed = rule.rename(bytes.span, allowsTypes: true)
        guard renamed.problem == nil else { return nil }
        let name = renamed.name.text
        return switch renamed.type {
        case .detected: name
        case .date: "date(\(name))"
        case .address: "url(\(name))"
        }
    }
}
