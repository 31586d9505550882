/// Finds out which lines of an input belong to one message, so that JSON that goes over several lines is one message too.
///
/// Lines are put together only where that is what somebody meant: brackets are open at the end of a line, and the next line is
/// indented or begins with a closing bracket. So a line that was cut short takes none of the messages behind it along.
public struct MessageLines: Sendable {
    /// What to do about a message that goes over several lines in another form, or was cut short.
    public static let advice =
        "a value is open at the end of its line: write one message a line; `jq -c . FILE` makes them so"

    private var depth = 0
    private var isBroken = false

    /// Starts without a line.
    public init() {}

    /// Whether the message so far has brackets that are still open.
    public var isOpen: Bool { depth > 0 && !isBroken }

    /// Starts a message with its first line.
    public mutating func begin(_ line: some Sequence<UInt8>) {
        self = MessageLines()
        add(line)
    }

    /// Goes on with a message.
    public mutating func add(_ line: some Sequence<UInt8>) {
        var isText = false
        var isEscaped = false
        for byte in line {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
        // No text of JSON goes over a line's end.
        if isText || depth < 0 { isBroken = true }
    }

    /// Whether a line, which is not blank, goes on with this message.
    public func isContinued(by line: some Collection<UInt8>) -> Bool {
        guard isOpen, let first = line.first else { return false }
        return first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") || first == UInt8(ascii: "}")
            || first == UInt8(ascii: "]")
    }
}
