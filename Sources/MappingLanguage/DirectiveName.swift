internal import Spelling

/// The names of the directives, in the order of the language's description.
enum DirectiveName: String, CaseIterable {
    case path = "@path"
    case template = "@template"
    case literal = "@literal"
    case choose = "@if"
    case changeCase = "@case"
    case replace = "@replace"
    case arrayPath = "@arrayPath"
    case json = "@json"
    case flatten = "@flatten"
    case merge = "@merge"
    case transform = "@transform"
    case excludeWhenNull = "@excludeWhenNull"
    case liquid = "@liquid"

    /// The keys of the argument, where that is an object of its own form (section 4).
    var keys: [String] {
        switch self {
        case .choose: ["exists", "blank", "then", "else"]
        case .changeCase: ["operator", "value"]
        case .replace: ["value", "pattern", "replacement", "pattern2", "replacement2", "ignorecase", "global"]
        case .json: ["mode", "value"]
        case .flatten: ["value", "separator", "omitArrays"]
        case .merge: ["objects", "direction"]
        case .transform: ["apply", "mapping"]
        case .path, .template, .literal, .arrayPath, .excludeWhenNull, .liquid: []
        }
    }

    /// The keys that no other object is likely to have.
    var ownKeys: [String] { keys.filter { $0 != "value" && $0 != "global" } }

    /// The keys whose values are words and flags, never mappings.
    var wordKeys: [String] {
        switch self {
        case .replace: keys.filter { $0 != "value" }
        case .changeCase: ["operator"]
        case .json: ["mode"]
        case .flatten: ["separator", "omitArrays"]
        case .merge: ["direction"]
        case .choose, .transform, .path, .template, .literal, .arrayPath, .excludeWhenNull, .liquid: []
        }
    }

    /// What to write instead of a key that the argument does not have.
    func advice(for key: String) -> String {
        if let nearest = Suggestion.nearest(to: key, among: keys) { return "did you mean '\(nearest)'?" }
        return "known are \(keys.joined(separator: ", "))"
    }

    /// What to write instead of `@liquid`.
    static let liquidAdvice = "@liquid is not supported; write it with @template, @if, @case and @replace"

    /// What to write instead of a name that is none.
    static func advice(for name: String) -> String {
        // Loading refuses @liquid, so that nobody is led to it.
        let known = allCases.filter { $0 != .liquid }.map(\.rawValue)
        if name.lowercased() == liquid.rawValue { return liquidAdvice }
        guard let nearest = Suggestion.nearest(to: name, among: known) else {
            return "known are \(known.joined(separator: ", "))"
        }
        let remark = nearest.lowercased() == name.lowercased() ? " (names are case-sensitive)" : ""
        return "did you mean \(nearest)?\(remark)"
    }
}
