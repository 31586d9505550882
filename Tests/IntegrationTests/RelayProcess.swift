import Foundation
import TestSupport

/// What a test sets in the configuration of `batchrelay run`; all else is as shipped.
struct RelaySettings {
    var baseURL: String
    /// Updates a second.
    var rate = 100_000
    var burst = 100_000
    /// Less than half of the session below.
    var callTimeout = "2900ms"
    var shutdownTimeout = "20s"
    /// The text of the section `dead_letter`.
    var deadLetter: String
    var authorityFile: String?
    var keyFile: String
    /// What takes the place of the scene's brokers, topic and project, and of any port for the admin page.
    var bootstrapServers: String?
    var topics: String?
    var projectKey: String?
    var adminListen = "127.0.0.1:0"
    /// librdkafka's properties.
    var client = ["session.timeout.ms": "6000"]
}

/// `batchrelay run` as a process of its own.
struct RelayProcess: Sendable {
    let child: ChildProcess

    /// Nothing of this process's own environment configures the programs under test.
    static var environment: [String: String?] {
        let names = ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("BATCHRELAY_") }
        return Dictionary(uniqueKeysWithValues: names.map { ($0, nil) })
    }

    /// The top of the repository, where the paths of shipped mappings begin.
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    init(configuration: String) throws {
        child = try ChildProcess(
            TestExecutable.batchrelay,
            ["run", "--config", configuration],
            environment: Self.environment,
            folder: Self.repository
        )
    }

    /// What it has logged.
    var log: String { child.standardError }

    /// Waits until its log has a text.
    func awaitLog(_ text: String, within limit: Duration = .seconds(60)) async -> Bool {
        let isThere = await eventually(within: limit, every: .milliseconds(50)) {
            log.contains(text) || !child.isRunning
        }
        return isThere && log.contains(text)
    }

    /// How it ended after SIGTERM, and how long that took.
    struct Ending {
        let status: ChildProcess.ExitStatus?
        let seconds: Double
        let account: Account
    }

    /// Sends SIGTERM and waits for the end, which must come within 30 s whatever the backlog.
    func stop() async -> Ending {
        let start = ContinuousClock.now
        child.signal(SIGTERM)
        let status = await child.wait(within: .seconds(30))
        let time = (ContinuousClock.now - start).components
        if status == nil { child.signalGroup(SIGKILL) }
        return Ending(
            status: status,
            seconds: Double(time.seconds) + Double(time.attoseconds) * 1e-18,
            account: Account(child.standardOutput)
        )
    }

    /// Kills it as a machine that loses power would.
    ///
    /// - Returns: when, in milliseconds since 1970.
    func kill() async -> Int64 {
        let moment = Int64(Date().timeIntervalSince1970 * 1_000)
        child.signal(SIGKILL)
        _ = await child.wait(within: .seconds(10))
        return moment
    }

    /// The account that is printed at the end, read as a person would.
    struct Account: CustomStringConvertible {
        let description: String
        private let numbers: [String: Int]

        init(_ text: String) {
            description = text
            var numbers: [String: Int] = [:]
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                guard let place = words.firstIndex(where: { Int($0) != nil }) else { continue }
                numbers[words[..<place].joined(separator: " ")] = Int(words[place])
            }
            self.numbers = numbers
        }

        private func number(_ name: String) -> Int { numbers[name] ?? -1 }

        var consumed: Int { number("consumed") }
        var delivered: Int { number("delivered") }
        var filtered: Int { number("filtered") }
        var deadLettered: Int { number("dead-lettered") }
        var released: Int { number("released") }
        var alreadySettled: Int { number("already settled") }
        var pending: Int { number("pending") }
        var updates: Int { number("updates") }

        /// Promise 1, computed here and not taken from the program's own word.
        var addsUp: Bool {
            consumed >= 0 && consumed == delivered + filtered + deadLettered + released + alreadySettled + pending
                && pending == 0
        }
    }
}
