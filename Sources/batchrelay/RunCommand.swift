import AdminServer
import CommandOptions
import Delivery
import Glibc
import Observability
import Pipeline
import ServiceConfiguration
import Threads
import YAMLDocument

/// `batchrelay run`: the service.
enum RunCommand {
    static let command = Command(
        "run",
        summary: "Reads topics, maps messages, sends updates and commits what Batch has acknowledged.",
        discussion:
            "SIGTERM and SIGINT drain and exit; a second one ends at once. SIGHUP reads the key again and tries what is "
            + "held. Every key of the configuration can be set by the environment: BATCHRELAY_KAFKA_GROUP_ID.",
        options: [CommonOptions.config],
        examples: ["batchrelay run --config batchrelay.yaml"],
        exitCodes: [
            .init(ExitCode.done, "all calls in flight were answered, unsent records given back"),
            .init(ExitCode.failed, "failed"),
            .init(ExitCode.abandoned, "a call was abandoned because time ran out"),
            .init(ExitCode.held, "stopped while held for 401 or 403"),
            .init(ExitCode.configuration, "the configuration is wrong"),
        ]
    )

    static func run(_ invocation: Invocation) -> Int32 {
        let file = CommonOptions.file(invocation)
        let settings: ServiceSettings
        do throws(FaultReport) {
            settings = try ServiceSettings.load(file: file, environment: Environment.variables)
        } catch {
            return CommonOptions.refuse(invocation, error.description)
        }
        let logger = Logger(settings.log)
        logger.info("configuration", ["file": .text(file ?? "none, the environment says everything")])
        for warning in settings.warnings { logger.warning("configuration", ["detail": .text("\(warning)")]) }
        let mappings: MappingSet
        do throws(RelayError) {
            mappings = try MappingSet(files: settings.mappings)
        } catch {
            return CommonOptions.refuse(invocation, error.description)
        }
        for warning in mappings.warnings where warning.level == .warning {
            logger.warning("mapping", ["detail": .text("\(warning)")])
        }
        do throws(RelayError) {
            return try serve(settings, mappings, logger)
        } catch {
            Terminal.error(error.description)
            return ExitCode.configuration
        }
    }

    private static func serve(
        _ settings: ServiceSettings,
        _ mappings: MappingSet,
        _ logger: Logger
    ) throws(RelayError) -> Int32 {
        let metrics = RelayMetrics()
        let service = RelayService(
            options: try RelayOptions(settings),
            mappings: mappings,
            logger: logger,
            metrics: metrics
        )
        let admin: AdminListener
        do throws(AdminError) {
            admin = try AdminListener(
                host: settings.admin.listen.host,
                port: settings.admin.listen.port,
                tokenFile: settings.admin.tokenFile,
                source: RelayAdmin(
                    service: service,
                    metrics: metrics,
                    isReadyWhenHeld: settings.admin.isReadyWhenHeld
                )
            )
        } catch {
            throw RelayError("\(error); set admin.listen to a free port, or to port 0 for any")
        }
        logger.info("admin page", ["address": .text("http://\(settings.admin.listen.host):\(admin.port)")])
        defer { withExtendedLifetime(admin) {} }
        OwnThread.start(name: "signals") { obeySignals(service, logger) }
        let outcome = try service.run()
        Terminal.output(AccountText.text(outcome.account))
        if let failure = outcome.failure { Terminal.error(failure) }
        if let hold = outcome.hold { Terminal.error("stopped while held: \(hold.text)") }
        return outcome.exitCode
    }

    private static func obeySignals(_ service: RelayService, _ logger: Logger) {
        var firstStop: Int64?
        while true {
            switch Signals.wait() {
            case .reload: service.reload()
            case .stop:
                let now = Clocks.bootNanoseconds
                guard let first = firstStop else {
                    firstStop = now
                    logger.notice("stopping: calls in flight are finished, then everything is committed")
                    service.stop()
                    continue
                }
                // Supervisors that signal the process and its group send two at once: these count as one.
                guard now - first > 500_000_000 else { continue }
                Terminal.error("second signal: ending at once; calls without an answer may be sent again")
                _exit(ExitCode.abandoned)
            }
        }
    }
}

extension Logger {
    /// The logger that a configuration asks for, writing to stderr.
    init(_ log: ServiceSettings.Log) {
        self.init(
            label: "batchrelay",
            level: LogLevel(rawValue: log.level.rawValue) ?? .error,
            sink: StandardErrorLogSink(),
            format: LogFormat(rawValue: log.format.rawValue) ?? .text
        )
    }
}
