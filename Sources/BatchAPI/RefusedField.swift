/// A part of an operation that Batch would refuse and that was left out; the rest of the operation goes on.
public struct RefusedField: Sendable, Equatable, CustomStringConvertible {
    /// Where it stood, such as `attributes.plan` or `events[0].attributes.items[2].sku`. Names of foreign keys are cut at 64
    /// bytes, and what cannot be printed is shown as `?`; a path never holds a value.
    public let path: String
    /// What was wrong with it.
    public let reason: RefusalReason

    /// Creates a report.
    public init(path: String, reason: RefusalReason) {
        self.path = path
        self.reason = reason
    }

    /// Path, explanation and code, for a person.
    public var description: String { "\(path): \(explanation) (\(code))" }
}

/// How certain a rule of the contract is; see ``BatchLimits``.
public enum RuleLevel: String, Sendable {
    /// Stated by Batch's documentation.
    case documented = "A"
    /// Stated on Batch's update page, as recorded by an integrator.
    case recorded = "A2"
    /// Enforced by Batch's SDKs or stated by several integrators.
    case observed = "B"
    /// Not documented; this project's decision.
    case decided = "C"
}

/// Why a field was left out. What metrics, dead letters and reports carry is ``RefusedField/code``; raw values tell more finely
/// which rule it was.
public enum RefusalReason: String, Sendable, CaseIterable {
    /// A member of the operation that is not `identifiers`, `attributes` or `events`.
    case unknownOperationKey = "unknown_operation_key"
    /// `attributes` is not an object, or `events` not an array.
    case wrongContainer = "wrong_container"
    /// A key that is not 1 to 30 of `a-z0-9_`, with or without `date(…)` or `url(…)` around.
    case invalidKey = "invalid_key"
    /// A key that is right but for its length.
    case keyTooLong = "key_too_long"
    /// A key that starts with `$` and is no native attribute.
    case unknownNativeKey = "unknown_native_key"
    /// The same attribute stands again later in the operation, under another wrapper; the later one counts.
    case sameAttributeTwice = "same_attribute_twice"
    /// More attributes than one record may bring.
    case tooManyAttributes = "too_many_attributes"
    /// More array attributes than a profile may have.
    case tooManyArrays = "too_many_arrays"
    /// A value of a type that this key cannot have.
    case wrongType = "wrong_type"
    /// A string without characters.
    case emptyString = "empty_string"
    /// A string of white space only.
    case blankString = "blank_string"
    /// A string with too many characters.
    case stringTooLong = "string_too_long"
    /// A string of an event with a line break.
    case multilineString = "multiline_string"
    /// An integer that 64 bits with sign do not hold.
    case integerOutOfRange = "integer_out_of_range"
    /// A number with fraction or exponent that a double does not hold.
    case floatOutOfRange = "float_out_of_range"
    /// Not a date and time by RFC 3339.
    case invalidDate = "invalid_date"
    /// Not of the form `scheme://authority…`.
    case invalidURL = "invalid_url"
    /// A URL with too many characters.
    case urlTooLong = "url_too_long"
    /// An array without items.
    case emptyArray = "empty_array"
    /// An array, or a list of an array patch, with too many items.
    case tooManyItems = "too_many_items"
    /// An array with an item of a type it cannot have.
    case invalidItem = "invalid_item"
    /// An object or an array inside an array of a profile.
    case objectItem = "object_item"
    /// An array of an event with objects beside strings.
    case mixedItems = "mixed_items"
    /// An array inside an array of an event.
    case nestedArray = "nested_array"
    /// An array inside an object of the third level.
    case arrayTooDeep = "array_too_deep"
    /// An object as the value of a profile attribute that is not `{"$add": […], "$remove": […]}`.
    case invalidPatch = "invalid_patch"
    /// One value in both lists of an array patch.
    case patchContradiction = "patch_contradiction"
    /// `null` inside an event.
    case nullInEvent = "null_in_event"
    /// Not an e-mail address.
    case invalidEmail = "invalid_email"
    /// An e-mail address with too many characters.
    case emailTooLong = "email_too_long"
    /// Not `subscribed` or `unsubscribed`.
    case invalidSubscription = "invalid_subscription"
    /// Not a phone number by E.164.
    case invalidPhoneNumber = "invalid_phone_number"
    /// Not two lower-case letters.
    case invalidLanguage = "invalid_language"
    /// Not two upper-case letters.
    case invalidRegion = "invalid_region"
    /// Not the name of an IANA time zone.
    case invalidTimeZone = "invalid_timezone"
    /// A topic that is not of `a-z0-9_-`.
    case invalidTopic = "invalid_topic"
    /// An event that is not an object.
    case invalidEvent = "invalid_event"
    /// An event without a name, or with one that is not of `a-z0-9_`.
    case invalidEventName = "invalid_event_name"
    /// An event whose name is right but for its length.
    case eventNameTooLong = "event_name_too_long"
    /// A member of an event that is not `name`, `time` or `attributes`.
    case unknownEventKey = "unknown_event_key"
    /// The time of an event is not a date and time by RFC 3339.
    case invalidEventTime = "invalid_event_time"
    /// An object of an event with too many attributes; the event is left out.
    case eventTooWide = "event_too_wide"
    /// Objects of an event stand too deep inside one another; the event is left out.
    case eventTooDeep = "event_too_deep"
    /// An event with too many bytes.
    case eventTooLarge = "event_too_large"
    /// `$tags` that are not at most 10 strings.
    case invalidTags = "invalid_tags"
}
