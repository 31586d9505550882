import ServiceConfiguration
import YAMLDocument

/// Reads a configuration and its mapping files and says everything that is wrong with them at once.
public struct ConfigurationCheck: Sendable {
    /// A line for each fault and warning, or for each file that is in order.
    public let results: [CheckResult]
    /// What the service would run with; nil where there is a fault.
    public let options: RelayOptions?

    /// Reads all files; blocks while it does.
    ///
    /// - Parameters:
    ///   - path: the configuration file, or nil where the environment says everything.
    ///   - environment: the variables of the process.
    public init(file path: String?, environment: [String: String]) {
        var results: [CheckResult] = []
        let outline = ConfigurationOutline(file: path, environment: environment)
        let name = path ?? "the environment"
        var settings: ServiceSettings?
        do throws(FaultReport) {
            settings = try ServiceSettings.load(file: path, environment: environment)
        } catch {
            if path == nil { results.append(CheckResult("configuration", .failed, StandardFile.missing)) }
            results += error.faults.map { CheckResult("configuration", .failed, $0) }
        }
        var options: RelayOptions?
        if let settings, results.isEmpty {
            do throws(RelayError) {
                options = try RelayOptions(settings)
                results.append(CheckResult("configuration", .passed, "\(name) is complete"))
            } catch {
                results.append(CheckResult("configuration", .failed, error.description))
            }
        }
        for warning in settings?.warnings ?? [] { results.append(CheckResult("configuration", .warned, warning)) }
        if let key = settings?.batch.restAPIKey, let hint = RestKeyReader.hint(for: key.revealed) {
            results.append(CheckResult("configuration", .warned, hint))
        }
        for (index, file) in outline.mappings.enumerated() {
            let faults = MappingSet.faults(in: file.path, namedAt: file.place, key: "mappings[\(index)]")
            results += faults.map { CheckResult("mapping", .failed, $0) }
            if faults.isEmpty { results.append(CheckResult("mapping", .passed, "\(file.path) is in order")) }
            for finding in MappingSet.warnings(in: file.path) {
                results.append(CheckResult("mapping", .warned, "\(finding)", fault: finding.fault))
            }
        }
        if let settings, settings.mappings.isEmpty {
            results.append(
                CheckResult("mapping", .passed, "the mapping that is built in, since 'mappings' names no file")
            )
        }
        self.results = results
        self.options = results.contains { $0.verdict == .failed } ? nil : options
    }
}
