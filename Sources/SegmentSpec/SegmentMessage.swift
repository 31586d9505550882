public import JSONDocument

/// What every part of the product needs to know of a Segment message, read from its tape in one pass without allocating.
///
/// Values stay where they are: a node is of use with the tape and the text that were read, until that tape parses again.
public struct SegmentMessage: Sendable {
    /// The types of the Segment specification.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Who somebody is: traits.
        case identify
        /// What somebody did: an event with properties.
        case track
        /// A page of a web site was seen.
        case page
        /// A screen of an app was seen.
        case screen
        /// Somebody belongs to an organisation.
        case group
        /// Two ids are one person.
        case alias
    }

    /// What is odd about a message. None of these keeps it from being mapped; whoever maps it decides.
    public enum Problem: String, Sendable, Hashable, CaseIterable {
        /// The message is a list, a text, a number, a boolean or null.
        case notAnObject = "not_an_object"
        /// There is no `type`, or it is null.
        case noType = "no_type"
        /// `type` is not text, or not a type of the specification.
        case unknownType = "unknown_type"
        /// There is neither `userId` nor `anonymousId`, or both are null.
        case noIdentity = "no_identity"
        /// `userId` is neither text nor a whole number.
        case badUserID = "bad_user_id"
        /// A track message without a text in `event`.
        case noEvent = "no_event"
        /// `timestamp` or `originalTimestamp` is there and not a date-time of RFC 3339.
        case badTimestamp = "bad_timestamp"
        /// `integrations` is there and not an object.
        case badIntegrations = "bad_integrations"
    }

    /// The type, in whatever case it was written; nil where it is missing or unknown.
    public private(set) var kind: Kind?
    /// `userId`, unless it is missing or null. Text, a number, or what ``Problem/badUserID`` says.
    public private(set) var userID: JSONNode?
    /// `anonymousId`, unless it is missing or null.
    public private(set) var anonymousID: JSONNode?
    /// `messageId`, if it is text.
    public private(set) var messageID: JSONNode?
    /// `event`, if it is text.
    public private(set) var event: JSONNode?
    /// `timestamp`: when it happened, corrected by the sender's clock skew; nil where missing or no date-time.
    public private(set) var timestamp: Timestamp?
    /// `originalTimestamp`: when it happened by the sender's clock; nil where missing or no date-time.
    public private(set) var originalTimestamp: Timestamp?
    /// What is odd about the message, each at most once.
    public private(set) var problems: [Problem] = []

    private var hasTimestamp = false
    private var integrations: JSONNode?

    /// When it happened: `timestamp`, and only where that is absent or null `originalTimestamp`. Milliseconds since 1970, UTC.
    public var timeMilliseconds: Int64? {
        hasTimestamp ? timestamp?.milliseconds : originalTimestamp?.milliseconds
    }

    /// Reads a parsed message.
    public init(_ tape: borrowing JSONTape, _ text: Span<UInt8>) {
        guard tape.kind(of: tape.root) == .object else {
            problems.append(.notAnObject)
            return
        }
        var hasType = false
        var members = tape.members(of: tape.root)
        while let member = tape.next(&members) {
            guard tape.kind(of: member.value) != .null, let key = Key(member.name, tape, text) else { continue }
            let isText = tape.kind(of: member.value) == .string
            switch key {
            case .type:
                hasType = true
                kind = Self.kind(member.value, tape, text)
            case .userID: userID = member.value
            case .anonymousID: anonymousID = member.value
            case .messageID: if isText { messageID = member.value }
            case .event: if isText { event = member.value }
            case .timestamp:
                hasTimestamp = true
                timestamp = readTimestamp(member.value, tape, text)
            case .originalTimestamp: originalTimestamp = readTimestamp(member.value, tape, text)
            case .integrations: integrations = member.value
            }
        }
        findProblems(hasType: hasType, tape)
    }

    /// Whether `integrations` switches a destination off: one of its names is false, or `All` is false and none of its
    /// names is true or an object. Names keep their case; anything but an object switches nothing off.
    public func isIntegrationOff(
        _ names: [JSONName],
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Bool {
        guard let integrations else { return false }
        var isNamed = false
        for name in names {
            guard let value = tape.member(name, of: integrations, in: text) else { continue }
            if tape.boolean(of: value) == false { return true }
            if tape.boolean(of: value) == true || tape.kind(of: value) == .object { isNamed = true }
        }
        guard !isNamed, let all = tape.member(Self.all, of: integrations, in: text) else { return false }
        return tape.boolean(of: all) == false
    }

    private static let all: JSONName = "All"

    private mutating func findProblems(hasType: Bool, _ tape: borrowing JSONTape) {
        if kind == nil { problems.append(hasType ? .unknownType : .noType) }
        if userID == nil, anonymousID == nil { problems.append(.noIdentity) }
        if let userID, tape.kind(of: userID) != .string, !tape.isInteger(userID) { problems.append(.badUserID) }
        if kind == .track, event == nil { problems.append(.noEvent) }
        if let integrations, tape.kind(of: integrations) != .object { problems.append(.badIntegrations) }
    }

    private mutating func readTimestamp(
        _ node: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Timestamp? {
        var found: Timestamp?
        if tape.kind(of: node) == .string {
            if tape.isEscaped(node) {
                var content: [UInt8] = []
                tape.appendContent(of: node, in: text, to: &content)
                found = Timestamp.parse(content.span)
            } else {
                found = Timestamp.parse(text.extracting(tape.contentRange(of: node)))
            }
        }
        if found == nil, !problems.contains(.badTimestamp) { problems.append(.badTimestamp) }
        return found
    }

    private static func kind(_ node: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> Kind? {
        guard tape.kind(of: node) == .string else { return nil }
        if tape.isEscaped(node) {
            return tape.string(of: node, in: text).flatMap { Kind(rawValue: $0.lowercased()) }
        }
        let range = tape.contentRange(of: node)
        return Kind.allCases.first { kind in
            let name = kind.rawValue.utf8
            guard name.count == range.count else { return false }
            for (index, letter) in zip(range, name) where text[index] | 0x20 != letter { return false }
            return true
        }
    }

    /// The members of the message that count.
    private enum Key {
        case type, userID, anonymousID, messageID, event, timestamp, originalTimestamp, integrations

        /// Most names differ in length from all of these, so that they are not compared at all.
        init?(_ name: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) {
            let candidate: (key: Key, name: JSONName)
            switch tape.isEscaped(name) ? Self.unescapedLength(name, tape, text) : tape.contentRange(of: name).count {
            case 4: candidate = (.type, Self.typeName)
            case 5: candidate = (.event, Self.eventName)
            case 6: candidate = (.userID, Self.userIDName)
            case 9:
                let isTimestamp = tape.equals(name, Self.timestampName, in: text)
                candidate = isTimestamp ? (.timestamp, Self.timestampName) : (.messageID, Self.messageIDName)
            case 11: candidate = (.anonymousID, Self.anonymousIDName)
            case 12: candidate = (.integrations, Self.integrationsName)
            case 17: candidate = (.originalTimestamp, Self.originalTimestampName)
            default: return nil
            }
            guard tape.equals(name, candidate.name, in: text) else { return nil }
            self = candidate.key
        }

        private static func unescapedLength(
            _ name: JSONNode,
            _ tape: borrowing JSONTape,
            _ text: Span<UInt8>
        ) -> Int {
            var content: [UInt8] = []
            tape.appendContent(of: name, in: text, to: &content)
            return content.count
        }

        private static let typeName: JSONName = "type"
        private static let userIDName: JSONName = "userId"
        private static let anonymousIDName: JSONName = "anonymousId"
        private static let messageIDName: JSONName = "messageId"
        private static let eventName: JSONName = "event"
        private static let timestampName: JSONName = "timestamp"
        private static let originalTimestampName: JSONName = "originalTimestamp"
        private static let integrationsName: JSONName = "integrations"
    }
}
