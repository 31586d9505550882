extension RefusedField {
    /// What was wrong and what Batch accepts, for a person; where the type is wrong, with the values that the key takes.
    public var explanation: String {
        guard reason == .wrongType, let values = valuesOfKey else { return reason.explanation }
        return "\(reason.explanation); it takes \(values)"
    }

    /// The values that the key takes; nil for one that may have values of several types.
    private var valuesOfKey: String? {
        switch key {
        case "$email_address": "an e-mail address as text, or null"
        case "$phone_number": "a phone number as text, such as \"+33612345678\", or null"
        case "$email_marketing", "$sms_marketing": "subscribed, unsubscribed or null"
        case "$timezone": "the name of an IANA time zone, such as Europe/Paris, or null"
        case "$language": "two lower-case letters, such as fr, or null"
        case "$region": "two upper-case letters, such as FR, or null"
        case "$topic_preferences": "a list of topics, such as [news, sport], lists under $add and $remove, or null"
        case "$label": "a text"
        case "$tags": "a list of texts"
        case _ where key.hasPrefix("date("): "a text such as 2026-11-21T10:00:00Z\(orNull)"
        case _ where key.hasPrefix("url("): "a text such as https://example.com/\(orNull)"
        default: nil
        }
    }

    /// Null deletes an attribute of a profile, and an event must not hold it.
    private var orNull: String { path.hasPrefix("attributes.") ? ", or null" : "" }
}
