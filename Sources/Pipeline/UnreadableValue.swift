import Delivery
import JSONDocument

/// A record's value that is no message at all: why it is a dead letter.
enum UnreadableValue {
    /// The value is JSON, of another kind.
    static let notAnObject = DeadLetterCause(
        reason: "not_an_object",
        detail: "the value is JSON but not an object"
    )

    /// The value is not JSON.
    static func malformed(_ error: JSONSyntaxError, _ text: Span<UInt8>) -> DeadLetterCause {
        let hasMark = text.count >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF
        return DeadLetterCause(
            reason: "malformed_json",
            detail: "the value is not JSON: \(error)"
                + (hasMark ? "; it begins with a byte order mark, which JSON has not: write it without one" : "")
        )
    }
}
