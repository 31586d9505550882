/// What a string must be in the place where it stands.
enum StringRule {
    /// A value or an item of a custom attribute of a profile.
    case profileText
    /// A value or an item of an attribute of an event.
    case eventText
    /// The same where line breaks are accepted.
    case multilineEventText
    case label, tag, url, email, subscription, phoneNumber, language, region, timeZone, topic

    /// - Returns: what is wrong with these characters, nil when nothing is.
    @inline(__always)
    func check(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> RefusalReason? {
        switch self {
        case .profileText, .multilineEventText: checkText(text, start, end, limit: BatchLimits.stringLength)
        case .eventText: checkLine(text, start, end, limit: BatchLimits.stringLength)
        default: checkSpecial(text, start, end)
        }
    }

    private func checkSpecial(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> RefusalReason? {
        guard let reason = checkForm(text, start, end) else { return nil }
        // A native attribute that is blank is empty, as in the default mapping, rather than a bad address or number.
        switch self {
        case .email, .subscription, .phoneNumber, .language, .region, .timeZone:
            return start == end ? .emptyString : TextRules.isBlank(text, start, end) ? .blankString : reason
        case .profileText, .multilineEventText, .eventText, .label, .tag, .url, .topic: return reason
        }
    }

    private func checkForm(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> RefusalReason? {
        switch self {
        case .profileText, .multilineEventText, .eventText: nil
        case .label: checkLine(text, start, end, limit: BatchLimits.labelLength)
        case .tag:
            checkText(text, start, end, limit: BatchLimits.tagLength) == nil ? nil : .invalidTags
        case .url:
            if TextRules.isLonger(text, start, end, than: BatchLimits.urlLength) {
                .urlTooLong
            } else {
                TextRules.isURL(text, start, end) ? nil : .invalidURL
            }
        case .email:
            if TextRules.isLonger(text, start, end, than: BatchLimits.emailLength) {
                .emailTooLong
            } else {
                TextRules.isEmail(text, start, end) ? nil : .invalidEmail
            }
        case .subscription:
            TextRules.equals(text, start, end, "subscribed") || TextRules.equals(text, start, end, "unsubscribed")
                ? nil : .invalidSubscription
        case .phoneNumber: TextRules.isPhoneNumber(text, start, end) ? nil : .invalidPhoneNumber
        case .language:
            end - start == 2 && TextRules.isLower(text[start]) && TextRules.isLower(text[start + 1])
                ? nil : .invalidLanguage
        case .region:
            end - start == 2 && TextRules.isUpper(text[start]) && TextRules.isUpper(text[start + 1])
                ? nil : .invalidRegion
        case .timeZone: TimeZoneNames.contain(text, start, end) ? nil : .invalidTimeZone
        case .topic:
            if TextRules.isLonger(text, start, end, than: BatchLimits.stringLength) {
                .stringTooLong
            } else {
                TextRules.isTopic(text, start, end) ? nil : .invalidTopic
            }
        }
    }

    @inline(__always)
    private func checkText(_ text: Span<UInt8>, _ start: Int, _ end: Int, limit: Int) -> RefusalReason? {
        if start == end { return .emptyString }
        if TextRules.isLonger(text, start, end, than: limit) { return .stringTooLong }
        return TextRules.isBlank(text, start, end) ? .blankString : nil
    }

    @inline(__always)
    private func checkLine(_ text: Span<UInt8>, _ start: Int, _ end: Int, limit: Int) -> RefusalReason? {
        if let reason = checkText(text, start, end, limit: limit) { return reason }
        return TextRules.hasLineBreak(text, start, end) ? .multilineString : nil
    }
}
