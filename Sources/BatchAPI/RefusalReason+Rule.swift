extension RefusalReason {
    /// Where the rule stands, such as `batch-api 2.5 (A2)`.
    public var rule: String { "batch-api \(section) (\(level.rawValue))" }

    /// The section of the contract.
    public var section: String {
        switch self {
        case .unknownOperationKey, .wrongContainer: "2.1"
        case .invalidKey, .keyTooLong, .unknownNativeKey, .sameAttributeTwice, .tooManyAttributes, .tooManyArrays: "2.3"
        case .invalidEmail, .emailTooLong, .invalidSubscription, .invalidPhoneNumber, .invalidLanguage, .invalidRegion,
            .invalidTimeZone, .invalidTopic:
            "2.4"
        case .wrongType, .emptyString, .blankString, .stringTooLong, .integerOutOfRange, .floatOutOfRange,
            .invalidDate, .invalidURL, .urlTooLong, .emptyArray, .tooManyItems, .objectItem, .invalidPatch,
            .patchContradiction:
            "2.5"
        case .invalidEvent, .invalidEventName, .eventNameTooLong, .unknownEventKey, .invalidEventTime, .eventTooLarge:
            "2.6"
        case .multilineString, .invalidItem, .mixedItems, .nestedArray, .arrayTooDeep, .nullInEvent, .eventTooWide,
            .eventTooDeep,
            .invalidTags:
            "2.7"
        }
    }

    /// How certain the rule is.
    public var level: RuleLevel {
        switch self {
        case .wrongContainer, .invalidKey, .keyTooLong, .wrongType, .invalidDate, .invalidURL, .urlTooLong,
            .invalidSubscription,
            .invalidLanguage, .invalidRegion, .invalidTimeZone, .invalidEvent, .invalidItem, .objectItem:
            .documented
        case .emptyString, .stringTooLong, .invalidEventName, .eventNameTooLong, .invalidEventTime, .eventTooLarge:
            .recorded
        case .tooManyArrays, .blankString, .multilineString, .emptyArray, .tooManyItems, .mixedItems, .nestedArray,
            .arrayTooDeep,
            .nullInEvent, .invalidEmail, .emailTooLong, .invalidPhoneNumber, .invalidTopic, .eventTooWide,
            .eventTooDeep, .invalidTags:
            .observed
        case .unknownOperationKey, .unknownNativeKey, .sameAttributeTwice, .tooManyAttributes, .integerOutOfRange,
            .floatOutOfRange, .invalidPatch, .patchContradiction, .unknownEventKey:
            .decided
        }
    }

    /// What was wrong and what Batch accepts, for a person.
    public var explanation: String {
        switch self {
        case .unknownOperationKey: "not a member that an operation can have"
        case .wrongContainer: "attributes must be an object and events an array"
        case .invalidKey: "a key is 1 to 30 of a-z, 0-9 and _, with or without date(…) or url(…) around"
        case .keyTooLong: "a key has at most \(BatchLimits.keyLength) characters"
        case .unknownNativeKey: "no native attribute has this name"
        case .sameAttributeTwice: "the attribute stands again later in the operation; the later one counts"
        case .tooManyAttributes: "a record may bring \(BatchLimits.contributionAttributeCount) attributes"
        case .tooManyArrays: "a profile may have \(BatchLimits.arrayAttributeCount) array attributes"
        case .wrongType: "this key cannot have a value of this type"
        case .emptyString: "a string must not be empty; use null to delete an attribute"
        case .blankString: "a string must not be white space only"
        case .stringTooLong: "the string has too many characters"
        case .multilineString: "a string of an event must be one line"
        case .integerOutOfRange: "an integer must fit 64 bits"
        case .floatOutOfRange: "a number must be a finite double"
        case .invalidDate: "a date needs RFC 3339, such as 2026-11-21T10:00:00Z"
        case .invalidURL: "a URL needs the form scheme://host/path"
        case .urlTooLong: "a URL may have \(BatchLimits.urlLength) characters"
        case .emptyArray: "an array must not be empty; use null to delete an attribute"
        case .tooManyItems: "an array may have \(BatchLimits.arrayItemCount) items"
        case .invalidItem: "an array holds strings (in events: or objects) and nothing else"
        case .objectItem: "an array holds strings and nothing else: a profile has no objects or arrays in it"
        case .mixedItems: "an array of an event holds strings or objects, not both"
        case .nestedArray: "an array must not hold arrays"
        case .arrayTooDeep: "an object of the third level must not hold arrays"
        case .invalidPatch:
            "an object is no value of a profile attribute: name its members, or use $add/$remove for lists of strings"
        case .patchContradiction: "a value stands in both $add and $remove"
        case .nullInEvent: "an event must not hold null"
        case .invalidEmail: "not an e-mail address"
        case .emailTooLong: "an e-mail address may have \(BatchLimits.emailLength) characters"
        case .invalidSubscription: "must be subscribed or unsubscribed"
        case .invalidPhoneNumber: "a phone number needs E.164, such as +33612345678"
        case .invalidLanguage: "a language is two lower-case letters (ISO 639-1)"
        case .invalidRegion: "a region is two upper-case letters (ISO 3166-1)"
        case .invalidTimeZone: "not the name of an IANA time zone"
        case .invalidTopic: "a topic is of a-z, 0-9, _ and -"
        case .invalidEvent: "an event must be an object"
        case .invalidEventName: "an event needs a name of 1 to 30 of a-z, 0-9 and _"
        case .eventNameTooLong: "the name of an event has at most \(BatchLimits.keyLength) characters"
        case .unknownEventKey: "not a member that an event can have"
        case .invalidEventTime: "a time needs RFC 3339, such as 2026-11-21T10:00:00Z"
        case .eventTooWide: "an object of an event may have \(BatchLimits.eventAttributeCount) attributes"
        case .eventTooDeep: "objects of an event may stand \(BatchLimits.eventNesting) levels deep"
        case .eventTooLarge: "an event may have \(BatchLimits.eventByteCount) bytes"
        case .invalidTags: "$tags are at most 10 strings of 1 to 64 characters"
        }
    }
}
