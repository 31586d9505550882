import CommandOptions
import ServiceConfiguration
import YAMLDocument

/// Options that several commands have.
enum CommonOptions {
    static let config = CommandOption<String?>.optional(
        "config",
        short: "c",
        .file(),
        help: "the configuration file, YAML or JSON",
        example: "--config batchrelay.yaml"
    )
    static let json = CommandOption<Bool>.flag("json", help: "write JSON, an object a line, for scripts")

    /// The settings for a command that makes no call to Batch.
    ///
    /// - Returns: nil after the faults are printed.
    static func settings(_ invocation: Invocation) -> ServiceSettings? {
        do throws(FaultReport) {
            return try ServiceSettings.load(
                file: invocation[config],
                environment: Environment.variables,
                needsKey: false
            )
        } catch {
            Terminal.error(error.description)
            return nil
        }
    }
}
