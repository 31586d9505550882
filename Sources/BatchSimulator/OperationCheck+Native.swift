internal import JSONDocument

/// Section 2.4: native attributes.
extension OperationCheck {
    mutating func nativeAttribute(
        _ name: String,
        _ value: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> AttributeVerdict {
        guard let attribute = NativeAttribute(rawValue: name) else {
            // With the rule off an unknown name does nothing, and there is nothing of that name to remove.
            return rules.contains(.attributesReserved) ? .refused(.attributesReserved) : .accepted(.remove)
        }
        let kind = tape.kind(of: value)
        if kind == .null { return .accepted(.remove) }
        if attribute == .topicPreferences { return topics(value, kind, tape, text) }
        guard kind == .string else { return .refused(.nativeType) }
        loadContent(of: value, tape, text)
        var warning: SimulatorRule?
        if let rule = breach(of: attribute, warning: &warning), rules.contains(rule) { return .refused(rule) }
        return .accepted(.set(.scalar(.string, json: canonicalString(value, tape, text))), warning: warning)
    }

    private static let subscriptions = [Array("subscribed".utf8), Array("unsubscribed".utf8)]

    /// The rule that the string in ``content`` breaks.
    private mutating func breach(of attribute: NativeAttribute, warning: inout SimulatorRule?) -> SimulatorRule? {
        switch attribute {
        case .emailAddress:
            let count = TextCheck.codePointCount(content)
            if count > 256 { return .nativeEmailLength }
            if count > 128 { warning = .nativeEmailLong }
            return TextCheck.isEmail(content) ? nil : .nativeEmail
        case .emailMarketing, .smsMarketing:
            return Self.subscriptions.contains(content) ? nil : .nativeSubscription
        case .phoneNumber:
            return TextCheck.isPhoneNumber(content) ? nil : .nativePhone
        case .language:
            return TextCheck.isTwoLetters(content, from: UInt8(ascii: "a")) ? nil : .nativeLanguage
        case .region:
            return TextCheck.isTwoLetters(content, from: UInt8(ascii: "A")) ? nil : .nativeRegion
        case .timezone:
            return zones.contains(content) ? nil : .nativeTimeZone
        case .topicPreferences:
            return .nativeType
        }
    }

    private mutating func topics(
        _ value: JSONNode,
        _ kind: JSONKind,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> AttributeVerdict {
        var add: [ByteText] = []
        var remove: [ByteText] = []
        var hasDash = false
        switch kind {
        case .array:
            guard topicList(value, tape, text, into: &add, &hasDash) else { return .refused(.nativeTopic) }
            return .accepted(.set(.array(add)), warning: hasDash ? .nativeTopicDash : nil)
        case .object:
            if patchShapeBreach(value, tape, text) != nil { return .refused(.patchShape) }
            if let list = tape.member(Names.add, of: value, in: text) {
                guard topicList(list, tape, text, into: &add, &hasDash) else { return .refused(.nativeTopic) }
            }
            if let list = tape.member(Names.remove, of: value, in: text) {
                guard topicList(list, tape, text, into: &remove, &hasDash) else { return .refused(.nativeTopic) }
            }
            return patch(add: add, remove: remove)
        case .string, .number, .boolean, .null:
            return .refused(.nativeType)
        }
    }

    /// - Returns: whether it is an array of 1 to 25 topics.
    private mutating func topicList(
        _ value: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        into items: inout [ByteText],
        _ hasDash: inout Bool
    ) -> Bool {
        var elements = tape.elements(of: value)
        while let element = tape.next(&elements) {
            guard tape.kind(of: element) == .string, items.count < StoredProfile.maximumItemCount else { return false }
            loadContent(of: element, tape, text)
            guard content.count <= 300, TextCheck.isTopic(content) else { return false }
            if content.contains(UInt8(ascii: "-")) { hasDash = true }
            items.append(ByteText(content))
        }
        return !items.isEmpty
    }
}

/// The native attributes of section 2.4.
enum NativeAttribute: String, Sendable, CaseIterable {
    case emailAddress = "$email_address"
    case emailMarketing = "$email_marketing"
    case phoneNumber = "$phone_number"
    case smsMarketing = "$sms_marketing"
    case language = "$language"
    case region = "$region"
    case timezone = "$timezone"
    case topicPreferences = "$topic_preferences"
}
