extension RefusedField {
    /// The stable name of what was wrong, for metrics, dead letters and reports: where the default mapping knows the same
    /// fault, its code (default mapping, section 5), so that one fault has one name whichever way a message is mapped.
    public var code: String {
        switch reason {
        // What is wrong with the key, or with its being there, says nothing about the value.
        case .invalidKey, .keyTooLong, .unknownNativeKey, .sameAttributeTwice, .tooManyAttributes, .tooManyArrays,
            .nullInEvent:
            return reason.code
        case .emptyString, .blankString: return reason.code
        default: return codeOfKey ?? reason.code
        }
    }

    /// The last name of the path; names in it may hold dots, but those of native attributes and wrappers do not.
    var key: Substring { path[(path.lastIndex(of: ".").map { path.index(after: $0) } ?? path.startIndex)...] }

    /// The code of everything that is wrong with the value of this key.
    private var codeOfKey: String? {
        let isDateOrURL = reason != .urlTooLong && reason != .eventTooWide
        switch key {
        case "$email_address": return "bad_email"
        case "$phone_number": return "bad_phone"
        case "$email_marketing", "$sms_marketing": return "bad_opt_in"
        case "$timezone": return "bad_time_zone"
        case "$language": return "bad_language"
        case "$region": return "bad_region"
        case "$topic_preferences": return "bad_topic_preferences"
        case "$label": return "bad_label"
        case "$tags": return "bad_tags"
        case _ where key.hasPrefix("date(") && isDateOrURL: return "bad_date"
        case _ where key.hasPrefix("url(") && isDateOrURL: return "bad_url"
        default: return nil
        }
    }
}

extension RefusalReason {
    /// The code where nothing is known of the key.
    var code: String {
        switch self {
        case .invalidKey: "name_invalid"
        case .keyTooLong: "name_too_long"
        case .unknownNativeKey: "unknown_native"
        case .emptyString, .blankString, .emptyArray: "empty"
        case .stringTooLong: "text_too_long"
        case .integerOutOfRange, .floatOutOfRange: "number_out_of_range"
        case .invalidDate: "bad_date"
        case .invalidURL: "bad_url"
        case .tooManyItems: "list_too_long"
        case .objectItem: "list_of_objects"
        case .mixedItems: "mixed_list"
        case .nestedArray: "list_of_lists"
        case .arrayTooDeep, .eventTooDeep: "too_deep"
        case .eventTooWide: "over_20"
        case .invalidEmail, .emailTooLong: "bad_email"
        case .invalidSubscription: "bad_opt_in"
        case .invalidPhoneNumber: "bad_phone"
        case .invalidLanguage: "bad_language"
        case .invalidRegion: "bad_region"
        case .invalidTimeZone: "bad_time_zone"
        case .invalidTopic: "bad_topic_preferences"
        case .invalidEventName: "bad_event_name"
        case .invalidEventTime: "bad_timestamp"
        case .invalidTags: "bad_tags"
        // The default mapping never meets these, or they have the same name there.
        case .unknownOperationKey, .wrongContainer, .sameAttributeTwice, .tooManyAttributes, .tooManyArrays, .wrongType,
            .multilineString, .urlTooLong, .invalidItem, .invalidPatch, .patchContradiction, .nullInEvent,
            .invalidEvent,
            .eventNameTooLong, .unknownEventKey, .eventTooLarge:
            rawValue
        }
    }
}
