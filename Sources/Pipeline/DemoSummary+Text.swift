public import Delivery

extension DemoSummary {
    /// The summary for people. The sample message beside its operation fits a terminal of 80 columns.
    public var text: String {
        let seconds = "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100)"
        var lines = [
            isComplete
                ? "\(messageCount) sample messages of \(userCount) users went from an embedded Kafka broker"
                : "Of \(messageCount) sample messages \(account.consumed) went from an embedded Kafka broker",
            "through the service to a local Batch API in \(seconds) s.", "",
            "What became of them", "",
            AccountText.text(account), "",
            "Updates: \(account.delivered) messages went as \(account.updatesAccepted) updates in \(account.calls) calls.",
            "Saved by merging: \(savedUpdateCount) updates\(savedShare).",
            "Arrived, as the Batch API counts: \(arrival.updates) updates with \(arrival.events) events "
                + "of \(arrival.profiles) profiles.", "",
        ]
        lines += Self.list("Filtered messages, by reason (they are not for Batch)", filtered)
        lines += Self.list("Refused fields, by reason (left out; the rest of their messages went)", leftOut)
        lines += Self.list("Dead letters, by reason (the service keeps them in a topic of their own)", deadLetters)
        lines += ["A sample message, and the operation that Batch gets", ""]
        lines += Self.beside(IndentedJSON.lines(sampleMessage), IndentedJSON.lines(sampleOperation))
        lines += sampleLeftOut.map { "Left out: \($0.path) (\($0.reason))" }
        lines += ["", "What to do next", ""]
        lines += Self.nextSteps
        return lines.joined(separator: "\n")
    }

    private var savedShare: String {
        account.delivered > 0 ? " (\(100 * savedUpdateCount / account.delivered) %)" : ""
    }

    private static let nextSteps = [
        "  batchrelay map --explain events.jsonl     what your own messages become",
        "  batchrelay check --config batchrelay.yaml whether a configuration is right",
        "  batchrelay send --config batchrelay.yaml events.jsonl",
        "                                            send a few of them to Batch",
        "  batchrelay run --config batchrelay.yaml   the service",
    ]

    private static func list(_ title: String, _ counts: [Count]) -> [String] {
        guard !counts.isEmpty else { return [] }
        let lines = counts.map { entry in
            let number = "\(entry.count)"
            return String(repeating: " ", count: max(0, 8 - number.count)) + "\(number)  \(entry.reason)"
        }
        return [title, ""] + lines + [""]
    }

    /// Two texts in two columns.
    static func beside(_ left: [String], _ right: [String]) -> [String] {
        let width = left.map(\.count).max() ?? 0
        return (0..<max(left.count, right.count)).map { row in
            let first = row < left.count ? left[row] : ""
            guard row < right.count else { return first }
            return first + String(repeating: " ", count: width - first.count + 2) + right[row]
        }
    }
}

/// JSON for people: one member or item a line.
enum IndentedJSON {
    /// The lines of a valid JSON text without white space between its tokens.
    static func lines(_ json: [UInt8]) -> [String] {
        var lines: [String] = []
        var line: [UInt8] = []
        var depth = 0
        var isInString = false
        var isEscaped = false
        func finish() {
            lines.append(String(decoding: line, as: UTF8.self))
            line = [UInt8](repeating: UInt8(ascii: " "), count: 2 * max(0, depth))
        }
        for byte in json {
            guard !isInString else {
                line.append(byte)
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                line.append(byte)
                depth += 1
                finish()
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                finish()
                line.append(byte)
            case UInt8(ascii: ","):
                line.append(byte)
                finish()
            case UInt8(ascii: ":"): line += [byte, UInt8(ascii: " ")]
            default:
                isInString = byte == UInt8(ascii: "\"")
                line.append(byte)
            }
        }
        if !line.isEmpty { finish() }
        return lines
    }
}

/// The line that shows how far the demo is.
public enum DemoProgress {
    /// At most 79 characters, so that it never wraps.
    ///
    /// - Parameters:
    ///   - account: the service's account.
    ///   - messageCount: how many messages there are.
    ///   - milliseconds: since the start.
    /// - Returns: the line, without a line break.
    public static func line(_ account: Account, of messageCount: Int, milliseconds: Int) -> String {
        let time = "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
        guard account.consumed > 0 else { return "\(time)  joining the consumer group (the embedded broker takes 3 s)" }
        let settled = account.consumed - account.pending
        return "\(time)  read \(account.consumed) of \(messageCount), settled \(settled), "
            + "\(account.updatesAccepted) updates, \(account.calls) calls"
    }
}
