/// Why the default mapping leaves out a field, a part or a whole message. The raw value is the code that reports and
/// metrics show; the list is closed.
public enum MappingReason: String, Sendable, CaseIterable {
    /// The message's type is not one that says something about a person.
    case typeNotMapped = "type_not_mapped"
    /// The message's `integrations` switch Batch off.
    case integrationOff = "integration_off"
    /// No `userId`, or a word that stands for none.
    case noUserID = "no_user_id"
    /// A `userId` that is too long, or no text and no whole number.
    case badUserID = "bad_user_id"
    /// An event name that is no text, blank, or not usable after renaming.
    case badEventName = "bad_event_name"
    /// An event name over 30 characters.
    case eventNameTooLong = "event_name_too_long"
    /// An event over 25 000 bytes.
    case eventTooLarge = "event_too_large"
    /// No usable time; the event goes without one.
    case badTimestamp = "bad_timestamp"
    /// A part of the message that should be an object.
    case notAnObject = "not_an_object"
    /// Not an e-mail address by the rule of `$email_address`.
    case badEmail = "bad_email"
    /// Not a phone number by the rule of `$phone_number`.
    case badPhone = "bad_phone"
    /// Not a subscription state.
    case badOptIn = "bad_opt_in"
    /// Not a name of the IANA time zone database.
    case badTimeZone = "bad_time_zone"
    /// Not a locale.
    case badLocale = "bad_locale"
    /// `$language` is not two letters.
    case badLanguage = "bad_language"
    /// `$region` is not two letters.
    case badRegion = "bad_region"
    /// `$topic_preferences` breaks its rule.
    case badTopicPreferences = "bad_topic_preferences"
    /// `$label` breaks its rule.
    case badLabel = "bad_label"
    /// `$tags` breaks its rule.
    case badTags = "bad_tags"
    /// The value of a `date(…)` key is no date.
    case badDate = "bad_date"
    /// The value of a `url(…)` key is no address.
    case badURL = "bad_url"
    /// A language without a two-letter code.
    case languageUnsupported = "language_unsupported"
    /// A region without a two-letter code.
    case regionUnsupported = "region_unsupported"
    /// A key with `$` that Batch does not know.
    case unknownNative = "unknown_native"
    /// Nothing is left of the key after renaming.
    case nameEmpty = "name_empty"
    /// The key has other characters than `a-z`, `0-9` and `_`, and keys are kept.
    case nameInvalid = "name_invalid"
    /// The renamed key is over 30 characters.
    case nameTooLong = "name_too_long"
    /// An earlier field has the name.
    case nameCollision = "name_collision"
    /// Nothing but white space, or nothing in a list or object.
    case empty = "empty"
    /// A text over 300 characters.
    case textTooLong = "text_too_long"
    /// An address over 2 048 characters.
    case urlTooLong = "url_too_long"
    /// A number beyond 64 bits or a double.
    case numberOutOfRange = "number_out_of_range"
    /// A null inside an event.
    case nullInEvent = "null_in_event"
    /// A list of more than 25 items.
    case listTooLong = "list_too_long"
    /// A list or object inside a list of a profile.
    case listOfObjects = "list_of_objects"
    /// A list inside a list of an event.
    case listOfLists = "list_of_lists"
    /// Objects beside other values in one list.
    case mixedList = "mixed_list"
    /// An object among the traits, while objects are refused.
    case objectRefused = "object_refused"
    /// An object, or a list in an event, below the deepest level.
    case tooDeep = "too_deep"
    /// More than 20 attributes in one object of an event.
    case over20 = "over_20"
}

/// Something of a message that is not sent, with the reason.
public struct LeftOut: Sendable, Hashable {
    /// Where it stood: raw keys joined by `.`, items as `[0]`, such as `properties.products[1].sku`.
    public let path: String
    /// Why it was left out.
    public let reason: MappingReason

    /// Creates a report.
    public init(path: String, reason: MappingReason) {
        self.path = path
        self.reason = reason
    }
}

/// What became of a message.
public enum DefaultOutcome: Sendable, Equatable {
    /// One operation was written.
    case operation
    /// The message is not for Batch; nothing was written.
    case filtered(MappingReason)
    /// The message cannot be sent; nothing was written. `field` is the key of the message that is at fault.
    case deadLetter(MappingReason, field: String)
}
