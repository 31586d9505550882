import BatchSimulator
import CommandOptions
import HTTPServer
import Threads

/// `batchrelay simulate`: the local Batch API.
enum SimulateCommand {
    private static let listen = CommandOption<String>.value(
        "listen",
        .text(
            "HOST:PORT",
            expected: "an address and a port, such as 127.0.0.1:8411 (others than loopback can be reached from outside)"
        ),
        default: "127.0.0.1:8411",
        help: "where to listen; port 0 lets the system choose",
        example: "--listen 127.0.0.1:0"
    )
    private static let restKey = CommandOption<String>.value(
        "rest-key",
        .text("KEY"),
        default: "simulator-rest-key",
        help: "the REST API key that is accepted",
        example: "--rest-key secret"
    )
    private static let project = CommandOption<String>.value(
        "project-key",
        .text("KEY"),
        default: "project_simulator",
        help: "the project key that is accepted",
        example: "--project-key project_demo"
    )
    private static let rate = CommandOption<Int>.value(
        "rate",
        .integer(in: 1...1_000_000),
        default: 300,
        help: "updates per second on profiles/update",
        example: "--rate 300"
    )
    private static let burst = CommandOption<Int>.value(
        "burst",
        .integer(in: 1...10_000_000),
        default: 1_000,
        help: "size of the bucket of profiles/update",
        example: "--burst 1000"
    )
    private static let unlimited = CommandOption<Bool>.flag("no-limit", help: "answer no 429 for the rate")
    private static let latency = CommandOption<String>.value(
        "latency",
        .text("MS-MS", expected: "one number of milliseconds, or two such as 5-200"),
        default: "0",
        help: "how long answers take, drawn evenly from a range in milliseconds",
        example: "--latency 5-200"
    )
    private static let rate429 = percent("fault-429", "share of calls answered with 429")
    private static let rate500 = percent("fault-500", "share of calls answered with 500 and not applied")
    private static let rate503 = percent("fault-503", "share of calls answered with 503")
    private static let resetBefore = percent("fault-reset-before", "share of calls reset before they are applied")
    private static let resetAfter = percent("fault-reset-after", "share of calls reset after they were applied")
    private static let partial = percent("fault-partial", "share of operations with a partial error")
    private static let retryAfter = CommandOption<Int?>.optional(
        "retry-after",
        .integer(in: 0...3_600),
        help: "seconds in a Retry-After header of each 429",
        example: "--retry-after 5"
    )
    private static let maximumAge = CommandOption<Int>.value(
        "event-max-age-hours",
        .integer(in: 1...1_000_000),
        default: 24,
        help: "events older than this are refused",
        example: "--event-max-age-hours 24"
    )
    private static let appliedLog = CommandOption<Int>.value(
        "applied-log",
        .integer(in: 1...10_000_000),
        default: 250_000,
        help: "operations kept for GET /__sim/applied",
        example: "--applied-log 1000000"
    )
    private static let seed = CommandOption<Int>.value(
        "seed",
        .integer(in: 0...Int.max),
        default: 1,
        help: "the same seed gives the same faults",
        example: "--seed 7"
    )
    private static let certificate = CommandOption<String?>.optional(
        "tls-certificate",
        .file(),
        help: "a PEM certificate: serve HTTPS; needs --tls-key",
        example: "--tls-certificate server.pem"
    )
    private static let key = CommandOption<String?>.optional(
        "tls-key",
        .file(),
        help: "the certificate's private key, PEM",
        example: "--tls-key server.key"
    )

    private static func percent(_ name: String, _ help: String) -> CommandOption<Int> {
        .value(name, .integer("PERCENT", in: 0...100), default: 0, help: help, example: "--\(name) 5")
    }

    static let command = Command(
        "simulate",
        summary: "Serves a strict local Batch API, with limits, faults and inspection under /__sim/.",
        options: [
            listen, restKey, project, rate, burst, unlimited, latency, rate429, rate500, rate503, resetBefore,
            resetAfter,
            partial, retryAfter, maximumAge, appliedLog, seed, certificate, key,
        ],
        examples: ["batchrelay simulate --listen 127.0.0.1:8411 --latency 5-200"]
    )

    static func run(_ invocation: Invocation) -> Int32 {
        let server: SimulatorServer
        let address: (host: String, port: UInt16)
        do {
            do throws(InputError) {
                address = try self.address(invocation[listen])
            } catch {
                Terminal.error("\(error)")
                return ExitCode.usage
            }
            server = try SimulatorServer(
                settings: try settings(invocation),
                listening: try listening(invocation, address)
            )
        } catch {
            Terminal.error("\(error)")
            return ExitCode.failed
        }
        let scheme = invocation[certificate] == nil ? "http" : "https"
        let url = "\(scheme)://\(address.host):\(server.port)"
        // Its own keys, which are no secrets. Before the address, so that who waits for it finds everything there.
        Terminal.error(
            """
            the project key is \(invocation[project]), the REST API key \(invocation[restKey])
            for a configuration:     batch: { base_url: "\(url)", project_key: "\(invocation[project])" }
            and for the environment: export BATCHRELAY_BATCH_REST_API_KEY='\(invocation[restKey])'
            """
        )
        Terminal.output("listening on \(url)")
        while Signals.wait() != .stop {}
        let stopped = Gate()
        Task {
            await server.stop()
            stopped.open()
        }
        stopped.wait(timeout: .seconds(5))
        return ExitCode.done
    }

    private static func address(_ text: String) throws(InputError) -> (host: String, port: UInt16) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw InputError("--listen: '\(text)' is not an address and a port such as 127.0.0.1:8411")
        }
        return (String(text[..<colon]), port)
    }

    private static func settings(_ invocation: Invocation) throws(InputError) -> SimulatorSettings {
        var settings = SimulatorSettings()
        settings.restKey = invocation[restKey]
        settings.projectKey = invocation[project]
        settings.update.ratePerSecond = invocation[rate]
        settings.update.burst = invocation[burst]
        settings.isRateLimited = !invocation[unlimited]
        settings.retryAfterSeconds = invocation[retryAfter]
        settings.eventMaximumAgeMilliseconds = Int64(invocation[maximumAge]) * 3_600_000
        settings.appliedLogCapacity = invocation[appliedLog]
        let bounds = invocation[latency].split(separator: "-").map { Int($0) }
        guard let low = bounds.first ?? nil, let high = bounds.last ?? nil, bounds.count <= 2, 0 <= low, low <= high
        else {
            throw InputError("--latency: '\(invocation[latency])' is not a range of milliseconds such as 5-200")
        }
        settings.faults.latencyMilliseconds = low...high
        settings.faults.tooManyRequestsRate = Double(invocation[rate429]) / 100
        settings.faults.serverErrorRate = Double(invocation[rate500]) / 100
        settings.faults.maintenanceRate = Double(invocation[rate503]) / 100
        settings.faults.resetBeforeRate = Double(invocation[resetBefore]) / 100
        settings.faults.resetAfterRate = Double(invocation[resetAfter]) / 100
        settings.faults.partialErrorRate = Double(invocation[partial]) / 100
        settings.faults.seed = UInt64(invocation[seed])
        return settings
    }

    private static func listening(
        _ invocation: Invocation,
        _ address: (host: String, port: UInt16)
    ) throws(InputError) -> HTTPServerSettings {
        var tls: TLSIdentity?
        switch (invocation[certificate], invocation[key]) {
        case (nil, nil): break
        case (let certificate?, let key?):
            tls = TLSIdentity(
                certificate: String(decoding: try InputFile.read(certificate, limit: 1 << 20), as: UTF8.self),
                privateKey: String(decoding: try InputFile.read(key, limit: 1 << 20), as: UTF8.self)
            )
        default: throw InputError("--tls-certificate and --tls-key go together")
        }
        return HTTPServerSettings(host: address.host, port: address.port, tls: tls)
    }
}
