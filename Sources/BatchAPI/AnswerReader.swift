import JSONDocument

/// Reads the bodies of answers (batch-api 1.3 and 2.8). They are foreign: nothing is believed but what is checked.
struct AnswerReader: ~Copyable {
    private var tape = JSONTape(limits: JSONLimits(maximumDepth: 32))
    private let isObject: Bool

    init(_ body: [UInt8]) {
        do throws(JSONSyntaxError) {
            try tape.parse(body.span)
            isObject = tape.kind(of: tape.root) == .object
        } catch {
            isObject = false
        }
    }

    /// The text of a member of the root, at most 500 characters; a number counts as its text.
    borrowing func text(_ name: JSONName, _ body: Span<UInt8>) -> String? {
        guard isObject, let value = tape.member(name, of: tape.root, in: body) else { return nil }
        return shortText(value, body)
    }

    /// The answer to an accepted call; nil when the body is not the documented one.
    borrowing func accepted(_ body: Span<UInt8>) -> BatchAnswer? {
        switch text("code", body) {
        case "SUCCESS", "SUCCESS_WITH_PARTIAL_ERRORS": break
        default: return nil
        }
        guard let list = tape.member("errors", of: tape.root, in: body) else {
            let isComplete = text("code", body) == "SUCCESS"
            return .accepted(partialErrors: [], unreadErrorCount: 0, isReadable: isComplete)
        }
        guard tape.kind(of: list) == .array else {
            return .accepted(partialErrors: [], unreadErrorCount: 0, isReadable: false)
        }
        var errors: [PartialError] = []
        var unreadCount = 0
        var elements = tape.elements(of: list)
        while let element = tape.next(&elements) {
            if errors.count < BatchLimits.partialErrorCount, let error = partialError(element, body) {
                errors.append(error)
            } else {
                unreadCount += 1
            }
        }
        return .accepted(partialErrors: errors, unreadErrorCount: unreadCount, isReadable: true)
    }

    private borrowing func partialError(_ node: JSONNode, _ body: Span<UInt8>) -> PartialError? {
        guard tape.kind(of: node) == .object,
            let index = tape.member("bulk_index", of: node, in: body),
            let value = tape.int64(of: index, in: body), value >= 0, let bulkIndex = Int(exactly: value)
        else { return nil }
        return PartialError(
            bulkIndex: bulkIndex,
            attribute: tape.member("attribute", of: node, in: body).flatMap { shortText($0, body) },
            category: tape.member("category", of: node, in: body).flatMap { shortText($0, body) } ?? "",
            reason: tape.member("reason", of: node, in: body).flatMap { shortText($0, body) } ?? ""
        )
    }

    private borrowing func shortText(_ node: JSONNode, _ body: Span<UInt8>) -> String? {
        switch tape.kind(of: node) {
        case .string: Self.shortened(tape.string(of: node, in: body))
        case .number: Self.shortened(tape.verbatim(node, in: body))
        case .object, .array, .boolean, .null: nil
        }
    }

    private static func shortened(_ text: String?) -> String? {
        guard let text else { return nil }
        guard text.unicodeScalars.count > BatchLimits.reasonLength else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(BatchLimits.reasonLength)))
    }
}
