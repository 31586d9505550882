import DefaultMapping
import MappingLanguage
import Spelling
import YAMLDocument

/// Reads mapping files one after the other and goes on after a fault, so that all faults of all files are known at once.
struct MappingSetReader {
    private(set) var entries: [MappingSet.Entry] = []
    /// The options of the default mapping, one set a file.
    private(set) var options: [DefaultMappingOptions] = []
    /// The bytes of all files, for the version.
    private(set) var hashed: [UInt8] = []
    var faults: [Fault] = []
    /// What is not refused but should be known.
    private(set) var warnings: [MappingFinding] = []
    /// The actions that entries may have.
    private let actions: Set<MappingAction>

    init(actions: Set<MappingAction>) { self.actions = actions }

    mutating func read(_ bytes: [UInt8], named name: String) {
        hashed += bytes
        do throws(FaultReport) {
            let file = try MappingFile(bytes, named: name) { entry in
                let findings = MappingCheck.findings(entry, in: name)
                warnings += findings.filter { $0.level != .fault }
                let faults = findings.filter { $0.level == .fault }.map(\.fault)
                return actions.contains(entry.action) ? faults : faults + [Self.refusal(ofActionOf: entry, in: name)]
            }
            options.append(readOptions(file.defaults, in: name))
            for entry in file.entries {
                entries.append(MappingSet.Entry(entry: entry, optionsIndex: options.count - 1))
            }
        } catch {
            faults += error.faults
            // A fault in an entry does not hide those of the options.
            if let root = try? YAMLReader.read(bytes, named: name, limits: YAMLLimits(maximumDepth: 72)) {
                _ = readOptions(root["defaults"], in: name)
            }
        }
    }

    private static func refusal(ofActionOf entry: MappingEntry, in name: String) -> Fault {
        Fault(
            at: .file(name, entry.actionMark),
            path: "\(entry.path).action",
            "the action '\(entry.action.rawValue)' is not available in this version; update_profile is"
        )
    }

    private mutating func readOptions(_ block: YAMLNode?, in name: String) -> DefaultMappingOptions {
        guard let block else { return DefaultMappingOptions() }
        guard case .map(let members) = block.value else {
            faults.append(Fault(at: .file(name, block.mark), path: "defaults", "must be a map of options"))
            return DefaultMappingOptions()
        }
        let values = members.map { (key: $0.key, value: OptionValue($0.value)) }
        do throws(OptionFaults) {
            return try DefaultMappingOptions(values: values)
        } catch {
            for fault in error.faults {
                let mark = members.first { $0.key == fault.key }?.keyMark ?? block.mark
                faults.append(Fault(at: .file(name, mark), path: "defaults.\(fault.key)", Self.words(for: fault)))
            }
            return DefaultMappingOptions()
        }
    }

    private static func words(for fault: OptionFault) -> String {
        switch fault.problem {
        case .unknownKey:
            guard let nearest = Suggestion.nearest(to: fault.key, among: DefaultMappingOptions.keys) else {
                return "unknown key; there are \(DefaultMappingOptions.keys.joined(separator: ", "))"
            }
            return "unknown key; did you mean '\(nearest)'?"
        case .repeatedKey: return "stands there twice; remove one"
        case .badValue(let value, let expected): return "\(value) is not \(expected)"
        }
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
