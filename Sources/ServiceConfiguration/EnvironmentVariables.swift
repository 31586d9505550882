internal import Spelling
internal import YAMLDocument

/// The variables that begin with `BATCHRELAY_`, sorted into values of keys and mistakes.
struct EnvironmentVariables {
    /// Variables of the test suite begin so, and are none of this module's business.
    private static let testPrefix = "BATCHRELAY_TEST_"

    private(set) var overrides: [String: Reading.Override] = [:]
    private(set) var faults: [Fault] = []

    init(_ environment: [String: String]) {
        let declarations = ServiceSettings.declarations
        var paths: [String: String] = [:]
        for declaration in declarations {
            if let variable = declaration.variable { paths[variable] = declaration.path }
        }
        let known = Array(paths.keys) + [SettingsAssembly.keyVariable]
        for (name, text) in environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix(SettingsReader.variablePrefix) {
            if let path = paths[name] {
                overrides[path] = Reading.Override(variable: name, text: text)
            } else if name != SettingsAssembly.keyVariable, !name.hasPrefix(Self.testPrefix) {
                faults.append(Fault(at: .environment(name), path: "", Self.problem(name, known, declarations)))
            }
        }
    }

    private static func problem(_ name: String, _ known: [String], _ declarations: [SettingDeclaration]) -> String {
        if let inFile = declarations.first(where: { $0.variable == nil && SettingsReader.variable(of: $0.path) == name }
        ) {
            return "'\(inFile.path)' can only be set in the file; remove the variable"
        }
        let prefix = SettingsReader.variablePrefix
        // The prefix that all share would make any two names look alike.
        let names = known.map { String($0.dropFirst(prefix.count)) }.sorted()
        guard let nearest = Suggestion.nearest(to: String(name.dropFirst(prefix.count)), among: names) else {
            return "is not known; remove it, or see the table of keys for its name"
        }
        return "is not known; did you mean \(prefix)\(nearest)?"
    }
}
