/// How log lines look.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `2026-01-31T12:00:00.000Z info shop: order accepted order=17`
    case text
    /// One JSON object a line.
    case json
}

/// Writes one event as one line.
///
/// Whatever the values hold, the line has exactly one line feed, at its end, no control characters, and a bounded
/// length: a value from outside can neither forge a second event nor fill a disk with one.
public struct LogLine: Sendable {
    /// The longest line in bytes, its line feed included: Linux's `PIPE_BUF`, up to which a write to a pipe is atomic.
    public static let maximumBytes = 4_096
    /// The most bytes of one text that are printed, escapes counted.
    public static let maximumTextBytes = 1_024
    /// The most elements of one list that are printed.
    public static let maximumListCount = 32
    /// How deep lists may be nested.
    static let maximumDepth = 4
    /// Room for the note that values were left out, the closing brace and the line feed.
    private static let reservedBytes = 24

    private let format: LogFormat
    private let showsPersonalData: Bool
    private var bytes: [UInt8] = []
    private var isTruncated = false

    init(format: LogFormat, showsPersonalData: Bool) {
        self.format = format
        self.showsPersonalData = showsPersonalData
        bytes.reserveCapacity(256)
    }

    mutating func begin(wallMilliseconds: Int64, level: LogLevel, label: String, message: StaticString) {
        let time = UTCTimestamp(milliseconds: wallMilliseconds).description
        let message = message.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        switch format {
        case .text:
            append(time)
            append(" ")
            append(level.rawValue)
            append(" ")
            appendEscaped(label)
            append(": ")
            appendEscaped(message)
        case .json:
            append(#"{"time":""#)
            append(time)
            append(#"","level":""#)
            append(level.rawValue)
            append(#"","logger":"#)
            appendQuoted(label)
            append(#","message":"#)
            appendQuoted(message)
        }
    }

    /// Appends a value, or leaves all of it out when the line would become too long.
    mutating func append(_ entry: LogMetadata.Entry) {
        let start = bytes.count
        switch format {
        case .text:
            append(" ")
            appendEscaped(entry.key)
            append("=")
        case .json:
            append(",")
            // A value must not replace what every line has under these names.
            let isReserved = ["time", "level", "logger", "message", "truncated"].contains(entry.key)
            appendQuoted(isReserved ? entry.key + "_" : entry.key)
            append(":")
        }
        append(entry.value, depth: 0)
        if bytes.count > Self.maximumBytes - Self.reservedBytes {
            bytes.removeSubrange(start...)
            isTruncated = true
        }
    }

    consuming func finished() -> [UInt8] {
        switch format {
        case .text:
            if isTruncated { append(" truncated=true") }
            append("\n")
        case .json:
            if isTruncated { append(#","truncated":true"#) }
            append("}\n")
        }
        return bytes
    }

    private mutating func append(_ value: LogValue, depth: Int) {
        // The value is left out anyway, so the rest of a huge list need not be written.
        guard bytes.count <= Self.maximumBytes else { return }
        switch value {
        case .text(let text): appendText(text)
        case .integer(let integer): append("\(integer)")
        case .number(let number): number.isFinite ? append("\(number)") : appendText("\(number)")
        case .duration(let duration):
            append(Self.seconds(duration))
            if format == .text { append("s") }
        case .boolean(let boolean): append(boolean ? "true" : "false")
        case .list(let values): appendList(values, depth: depth)
        case .personal(let text): appendText(showsPersonalData ? text : "#" + Self.pseudonym(of: text))
        case .redacted: appendText("<secret>")
        }
    }

    private mutating func appendList(_ values: [LogValue], depth: Int) {
        guard depth < Self.maximumDepth else { return appendText("…") }
        append("[")
        for (index, value) in values.prefix(Self.maximumListCount).enumerated() {
            if index > 0 { append(",") }
            append(value, depth: depth + 1)
        }
        if values.count > Self.maximumListCount {
            append(",")
            appendText("… \(values.count - Self.maximumListCount) more")
        }
        append("]")
    }

    private mutating func appendText(_ text: String) {
        let needsQuotes =
            text.isEmpty || text.utf8.contains { $0 <= 0x20 || [0x22, 0x2C, 0x3D, 0x5B, 0x5C, 0x5D].contains($0) }
        if format == .json || needsQuotes { appendQuoted(text) } else { appendEscaped(text) }
    }

    private mutating func appendQuoted(_ text: String) {
        append("\"")
        appendEscaped(text)
        append("\"")
    }

    /// Appends at most ``maximumTextBytes`` of a text; both formats escape as JSON does, so that a text can be read back.
    private mutating func appendEscaped(_ text: String) {
        // The longest escape has six bytes.
        let end = bytes.count + Self.maximumTextBytes - 6
        for scalar in text.unicodeScalars {
            guard bytes.count <= end else { return append("…") }
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case _ where Self.isControl(scalar): appendHexadecimal(scalar)
            default: bytes.append(contentsOf: String(scalar).utf8)
            }
        }
    }

    /// C0, DEL, C1, the line and paragraph separators, and the marks that turn the direction of text in a terminal.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }

    private mutating func appendHexadecimal(_ scalar: Unicode.Scalar) {
        let digits = String(scalar.value, radix: 16)
        append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Seconds as a decimal number, exact to the nanosecond.
    static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = attoseconds / 1_000_000_000
        guard nanoseconds != 0 else { return "\(seconds)" }
        var digits = "\(nanoseconds.magnitude)"
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(attoseconds < 0 && seconds == 0 ? "-" : "")\(seconds).\(digits)"
    }

    /// Twelve hexadecimal digits: FNV-1a of 64 bits, then mixed, because FNV alone barely changes the upper digits when
    /// only the last byte differs.
    static func pseudonym(of text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ (hash >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        hash ^= hash >> 33
        let digits = String(hash >> 16, radix: 16)
        return String(repeating: "0", count: 12 - digits.count) + digits
    }
}
