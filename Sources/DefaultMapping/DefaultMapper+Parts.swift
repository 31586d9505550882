public import JSONDocument

/// The types that say something about a person.
enum MessageType {
    case identify
    case track
    case page
    case screen
}

/// The values of a message that the mapping reads.
struct MessageParts {
    var type: JSONNode?
    var messageID: JSONNode?
    var userID: JSONNode?
    var integrations: JSONNode?
    var context: JSONNode?
    var traits: JSONNode?
    var properties: JSONNode?
    var event: JSONNode?
    var timestamp: JSONNode?
    var originalTimestamp: JSONNode?
    /// Name and value.
    var name: Member?
    /// Name and value.
    var category: Member?
}

/// The values of `context` that the mapping reads.
struct ContextParts {
    var traits: JSONNode?
    var timeZone: Member?
    var locale: Member?
}

/// What names a message, as the mapping came across it.
public struct MessageNaming: Sendable {
    /// The value of `messageId`.
    public let id: JSONNode?
    /// The value of `type`.
    public let type: JSONNode?
}

/// A member of an object.
struct Member {
    let name: JSONNode
    let value: JSONNode
}

extension DefaultMapper {
    /// Finds the parts in one pass over the message.
    func messageParts(_ tape: borrowing JSONTape, _ text: Span<UInt8>) -> MessageParts {
        var parts = MessageParts()
        var members = tape.members(of: tape.root)
        while let (name, value) = tape.next(&members) {
            let member = Member(name: name, value: value)
            if tape.isEscaped(name) {
                Self.take(escaped: member, &parts, tape, text)
            } else {
                Self.take(member, text.extracting(tape.contentRange(of: name)), &parts)
            }
        }
        return parts
    }

    @inline(never)
    private static func take(
        escaped member: Member,
        _ parts: inout MessageParts,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) {
        var key: [UInt8] = []
        tape.appendContent(of: member.name, in: text, to: &key)
        take(member, key.span, &parts)
    }

    @inline(__always)
    private static func take(_ member: Member, _ key: Span<UInt8>, _ parts: inout MessageParts) {
        switch key.count {
        case 4:
            if TextRules.equals(key, "type") {
                parts.type = member.value
            } else if TextRules.equals(key, "name") {
                parts.name = member
            }
        case 5: if TextRules.equals(key, "event") { parts.event = member.value }
        case 6:
            if TextRules.equals(key, "userId") {
                parts.userID = member.value
            } else if TextRules.equals(key, "traits") {
                parts.traits = member.value
            }
        case 7: if TextRules.equals(key, "context") { parts.context = member.value }
        case 8: if TextRules.equals(key, "category") { parts.category = member }
        case 9:
            if TextRules.equals(key, "timestamp") {
                parts.timestamp = member.value
            } else if TextRules.equals(key, "messageId") {
                parts.messageID = member.value
            }
        case 10: if TextRules.equals(key, "properties") { parts.properties = member.value }
        case 12: if TextRules.equals(key, "integrations") { parts.integrations = member.value }
        case 17: if TextRules.equals(key, "originalTimestamp") { parts.originalTimestamp = member.value }
        default: break
        }
    }

    /// The type, read in any case.
    mutating func type(
        _ node: JSONNode?,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> MessageType? {
        guard let node, tape.kind(of: node) == .string else { return nil }
        if tape.isEscaped(node) {
            let content = takeContent(of: node, tape, text)
            defer { contentBuffer = content }
            return Self.type(content.span)
        }
        return Self.type(text.extracting(tape.contentRange(of: node)))
    }

    private static func type(_ word: Span<UInt8>) -> MessageType? {
        switch word.count {
        case 4: TextRules.equalsIgnoringCase(word, "page") ? .page : nil
        case 5: TextRules.equalsIgnoringCase(word, "track") ? .track : nil
        case 6: TextRules.equalsIgnoringCase(word, "screen") ? .screen : nil
        case 8: TextRules.equalsIgnoringCase(word, "identify") ? .identify : nil
        default: nil
        }
    }

    /// Whether `integrations` keep a message from Batch.
    func isSwitchedOff(_ node: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> Bool {
        guard tape.kind(of: node) == .object else { return false }
        var isOffForAll = false
        var isOn = false
        var members = tape.members(of: node)
        while let (name, value) = tape.next(&members) {
            if tape.equals(name, IntegrationNames.all, in: text) {
                isOffForAll = tape.boolean(of: value) == false
            } else if tape.equals(name, IntegrationNames.batch, in: text)
                || tape.equals(name, IntegrationNames.batchActions, in: text)
            {
                switch tape.kind(of: value) {
                case .boolean:
                    if tape.boolean(of: value) == false { return true }
                    isOn = true
                case .object: isOn = true
                case .array, .string, .number, .null: break
                }
            }
        }
        return isOffForAll && !isOn
    }

    /// Finds the parts of `context` in one pass, and reports those that are of another type.
    mutating func contextParts(
        _ node: JSONNode?,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> ContextParts {
        var parts = ContextParts()
        place.enter("context")
        guard let context = object(node, tape, text) else { return parts }
        var members = tape.members(of: context)
        while let (name, value) = tape.next(&members) {
            let content = tape.contentRange(of: name)
            let isEscaped = tape.isEscaped(name)
            // So long are the keys that count; most others stop here.
            guard content.count == 6 || content.count == 8 || isEscaped else { continue }
            let member = Member(name: name, value: value)
            if isEscaped {
                var key: [UInt8] = []
                tape.appendContent(of: name, in: text, to: &key)
                Self.take(member, key.span, &parts)
            } else {
                Self.take(member, text.extracting(content), &parts)
            }
        }
        place.enter("context.traits")
        parts.traits = object(parts.traits, tape, text)
        return parts
    }

    @inline(__always)
    private static func take(_ member: Member, _ key: Span<UInt8>, _ parts: inout ContextParts) {
        switch key.count {
        case 6:
            if TextRules.equals(key, "traits") {
                parts.traits = member.value
            } else if TextRules.equals(key, "locale") {
                parts.locale = member
            }
        case 8: if TextRules.equals(key, "timezone") { parts.timeZone = member }
        default: break
        }
    }

    /// The node if it is an object; null and nothing are silently none, anything else is reported at the place.
    mutating func object(_ node: JSONNode?, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> JSONNode? {
        guard let node else { return nil }
        switch tape.kind(of: node) {
        case .object: return node
        case .null: return nil
        case .array, .string, .number, .boolean:
            report(.notAnObject, tape, text)
            return nil
        }
    }
}

private enum IntegrationNames {
    static let all: JSONName = "All"
    static let batch: JSONName = "Batch"
    static let batchActions: JSONName = "Batch (Actions)"
}
