import CommandOptions
import Pipeline
import ServiceConfiguration
import YAMLDocument

/// Options that several commands have.
enum CommonOptions {
    static let config = CommandOption<String?>.optional(
        "config",
        short: "c",
        .file(),
        help:
            "the configuration file, YAML or JSON; none: \(StandardFile.name) of the working folder where there is one, "
            + "else the environment says everything",
        example: "--config batchrelay.yaml"
    )
    static let json = CommandOption<Bool>.flag("json", help: "write JSON, an object a line, for scripts")

    /// The configuration file that counts; nil where the environment says everything.
    static func file(_ invocation: Invocation) -> String? { StandardFile.file(named: invocation[config]) }

    /// The settings for a command that makes no call to Batch.
    ///
    /// - Returns: nil after the faults are printed.
    static func settings(_ invocation: Invocation) -> ServiceSettings? {
        let file = file(invocation)
        do throws(FaultReport) {
            return try ServiceSettings.load(file: file, environment: Environment.variables, needsKey: false)
        } catch {
            if file == nil { Terminal.error(StandardFile.missing) }
            Terminal.error(error.description)
            return nil
        }
    }

    /// Prints every fault of the configuration and its mapping files: the first one that was met shall not hide the others.
    ///
    /// - Parameters:
    ///   - invocation: the command line, with ``config``.
    ///   - problem: the fault that was met.
    /// - Returns: the exit code.
    static func refuse(_ invocation: Invocation, _ problem: String) -> Int32 {
        let check = ConfigurationCheck(file: file(invocation), environment: Environment.variables)
        let faults = check.results.filter { $0.verdict == .failed }
        for fault in faults { Terminal.error(fault.text) }
        // A file may have been mended meanwhile.
        if faults.isEmpty { Terminal.error(problem) }
        return ExitCode.configuration
    }
}
