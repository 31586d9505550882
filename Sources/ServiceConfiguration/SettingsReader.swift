internal import YAMLDocument

/// Collects declarations and places while the file is read.
final class DeclarationLog {
    /// Whether there is a file at all; without one, a missing key is a missing variable.
    let hasFile: Bool
    fileprivate(set) var declarations: [SettingDeclaration] = []
    /// Where each key that is written stands, by path.
    fileprivate(set) var places: [String: Fault.Place] = [:]

    init(hasFile: Bool) { self.hasFile = hasFile }
}

/// Reads a part of the configuration; each call declares a key and reads it.
///
/// Since reading and declaring are one, the table of keys, the variables and the file cannot disagree.
struct SettingsReader {
    static let variablePrefix = "BATCHRELAY_"

    let map: MapReader
    let log: DeclarationLog

    /// The variable of a path: `kafka.group_id` is `BATCHRELAY_KAFKA_GROUP_ID`.
    static func variable(of path: String) -> String {
        variablePrefix + path.map { $0 == "." ? "_" : $0.uppercased() }.joined()
    }

    func section(_ key: String) -> SettingsReader { SettingsReader(map: map.map(key), log: log) }

    /// A key with a default.
    func value<Value>(
        _ key: String,
        _ rule: ValueRule<Value>,
        default standard: Value,
        _ meaning: String
    ) -> Value {
        declare(key, rule, standard: rule.write(standard), meaning)
        return map.value(key, rule, default: standard)
    }

    /// A key that may be missing or null; `standard` says in the table what happens then.
    func optional<Value>(
        _ key: String,
        _ rule: ValueRule<Value>,
        standard: String = "null",
        hasVariable: Bool = true,
        _ meaning: String
    ) -> Value? {
        declare(key, rule, standard: standard, hasVariable: hasVariable, meaning)
        return map.optional(key, rule)
    }

    /// A key that must be there; nil after a fault.
    func required<Value>(_ key: String, _ rule: ValueRule<Value>, _ meaning: String) -> Value? {
        declare(key, rule, standard: nil, meaning)
        guard !map.has(key) else { return map.required(key, rule) }
        map.allow(key)
        missing(key, rule.expected, ofVariable: rule.expectedOfVariable)
        return nil
    }

    /// Records that a key is missing, and how to set it.
    func missing(_ key: String, _ expected: String, ofVariable: String? = nil) {
        let path = path(to: key)
        let variable = Self.variable(of: path)
        let place = log.hasFile ? map.cursor.place : .environment(variable)
        let way = log.hasFile ? "write \(expected), or set \(variable)" : "set it to \(ofVariable ?? expected)"
        map.cursor.reading.add(Fault(at: place, path: path, "is missing; \(way)"))
    }

    func path(to key: String) -> String { map.cursor.path.isEmpty ? key : "\(map.cursor.path).\(key)" }

    private func declare<Value>(
        _ key: String,
        _ rule: ValueRule<Value>,
        standard: String?,
        hasVariable: Bool = true,
        _ meaning: String
    ) {
        let path = path(to: key)
        if map.has(key), let cursor = map.cursor(key) { log.places[path] = cursor.place }
        log.declarations.append(
            SettingDeclaration(
                path: path,
                variable: hasVariable ? Self.variable(of: path) : nil,
                range: rule.range,
                standard: standard,
                meaning: meaning,
                example: rule.example
            )
        )
    }
}
