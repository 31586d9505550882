import Foundation
import FoundationNetworking
package import TestSupport

/// What a test sets in the configuration of `batchrelay run`; all else is as shipped.
package struct RelaySettings {
    package var baseURL: String
    /// Updates a second.
    package var rate = 100_000
    package var burst = 100_000
    /// Less than half of the session below.
    package var callTimeout = "2900ms"
    package var shutdownTimeout = "20s"
    /// The text of the section `dead_letter`.
    package var deadLetter: String
    package var authorityFile: String?
    package var keyFile: String
    /// What takes the place of the scene's brokers, topic and project, and of any port for the admin page.
    package var bootstrapServers: String?
    package var topics: String?
    package var projectKey: String?
    package var adminListen = "127.0.0.1:0"
    /// Records read and not settled at most; nil for as shipped.
    package var windowRecords: Int?
    /// What becomes of refused fields; nil for as shipped.
    package var refusedFields: String?
    /// Where a partition without a committed offset begins; nil for as shipped.
    package var start: String?
    /// librdkafka's properties.
    package var client = ["session.timeout.ms": "6000"]
}

/// `batchrelay run` as a process of its own.
package struct RelayProcess: Sendable {
    package let child: ChildProcess

    /// Nothing of this process's own environment configures the programs under test.
    package static var environment: [String: String?] {
        let names = ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("BATCHRELAY_") }
        return Dictionary(uniqueKeysWithValues: names.map { ($0, nil) })
    }

    /// The top of the repository, where the paths of shipped mappings begin.
    package static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    package init(configuration: String) throws {
        child = try ChildProcess(
            TestExecutable.batchrelay,
            ["run", "--config", configuration],
            environment: Self.environment,
            folder: Self.repository
        )
    }

    /// Starts it with a bound on the files that it writes: a write beyond it fails, as on a full disk.
    ///
    /// - Parameters:
    ///   - configuration: the file's path.
    ///   - kilobytes: of 1 024 bytes.
    /// - Throws: what keeps the process from starting.
    package init(configuration: String, fileKilobytes kilobytes: Int) throws {
        let command = "trap '' XFSZ; ulimit -S -f \(kilobytes); exec \"$0\" run --config \"$1\""
        child = try ChildProcess(
            "/bin/bash",
            ["-c", command, TestExecutable.batchrelay, configuration],
            environment: Self.environment,
            folder: Self.repository
        )
    }

    /// Lifts the bound on files.
    package func liftFileLimit() async throws {
        let tool = try ChildProcess("/usr/bin/prlimit", ["--pid", "\(child.processID)", "--fsize=unlimited"])
        guard await tool.wait(within: .seconds(10)) == .exited(0) else { throw IntegrationError(tool.standardError) }
    }

    /// What it has logged.
    package var log: String { child.standardError }

    /// Waits until its log has a text.
    package func awaitLog(_ text: String, within limit: Duration = .seconds(60)) async -> Bool {
        let isThere = await eventually(within: limit, every: .milliseconds(50)) {
            log.contains(text) || !child.isRunning
        }
        return isThere && log.contains(text)
    }

    /// What its page of metrics says of a counter, all labels added up; nil where the page does not answer or has no such line.
    package func metric(_ name: String) async -> Int? {
        guard let mark = log.range(of: "address=\"http://") ?? log.range(of: "address=http://") else { return nil }
        let place = log[mark.upperBound...].prefix { $0 != "\"" && !$0.isWhitespace }
        guard let url = URL(string: "http://\(place)/metrics"),
            let (data, _) = try? await URLSession.shared.data(from: url)
        else { return nil }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        let values = lines.filter { $0.hasPrefix("\(name) ") || $0.hasPrefix("\(name){") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
        return values.isEmpty ? nil : Int(values.reduce(0, +))
    }

    /// The memory that it holds now, in KiB, as the kernel counts it.
    package var residentKilobytes: Int {
        let status = (try? String(contentsOfFile: "/proc/\(child.processID)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    /// Waits for a time, or until the process ends by itself, which it should not.
    ///
    /// - Returns: whether it still runs.
    package func lives(for time: Duration) async -> Bool {
        !(await eventually(within: time, every: .milliseconds(10)) { !child.isRunning })
    }

    /// How it ended after SIGTERM, and how long that took.
    package struct Ending {
        package let status: ChildProcess.ExitStatus?
        package let seconds: Double
        package let account: Account
    }

    /// Sends SIGTERM and waits for the end, which must come within 30 s whatever the backlog.
    package func stop() async -> Ending {
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
    package func kill() async -> Int64 {
        let moment = Int64(Date().timeIntervalSince1970 * 1_000)
        child.signal(SIGKILL)
        _ = await child.wait(within: .seconds(10))
        return moment
    }

    /// The account that is printed at the end, read as a person would.
    package struct Account: CustomStringConvertible {
        package let description: String
        private let numbers: [String: Int]

        package init(_ text: String) {
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

        private func number(after words: String) -> Int {
            guard let place = description.range(of: words) else { return -1 }
            let rest = description[place.upperBound...].drop { $0 == " " }
            return Int(rest.prefix { $0.isNumber }) ?? -1
        }

        private func number(before words: String) -> Int {
            guard let place = description.range(of: words) else { return -1 }
            let digits = description[..<place.lowerBound].reversed().drop { $0 == " " }.prefix { $0.isNumber }
            return Int(String(digits.reversed())) ?? -1
        }

        package var consumed: Int { number("consumed") }
        package var delivered: Int { number("delivered") }
        package var filtered: Int { number("filtered") }
        package var deadLettered: Int { number("dead-lettered") }
        package var released: Int { number("released") }
        package var alreadySettled: Int { number("already settled") }
        package var pending: Int { number("pending") }
        package var updates: Int { number("updates") }
        /// Calls whose answer was not waited for.
        package var abandonedCalls: Int { number(before: "abandoned)") }
        /// Events that were too old when they were read.
        package var lateEvents: Int { number(after: "late events") }

        /// Promise 1, computed here and not taken from the program's own word.
        package var addsUp: Bool {
            consumed >= 0 && consumed == delivered + filtered + deadLettered + released + alreadySettled + pending
                && pending == 0
        }
    }
}
