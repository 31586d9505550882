/// An attribute's key, taken apart.
struct AttributeKey: Sendable, Equatable {
    enum Form: Sendable {
        /// `k`
        case plain
        /// `date(k)`
        case date
        /// `url(k)`
        case url
        /// Begins with `$`.
        case reserved
        case invalid
    }

    let form: Form
    /// The key without `date()` and `url()`; for an invalid key, all of it.
    let name: String

    init(_ key: [UInt8]) {
        if key.first == UInt8(ascii: "$") {
            form = .reserved
            name = String(decoding: key, as: UTF8.self)
        } else if TextCheck.isKey(key) {
            form = .plain
            name = String(decoding: key, as: UTF8.self)
        } else if let inner = Self.inner(of: key, wrapper: "date(") {
            form = .date
            name = String(decoding: key[inner], as: UTF8.self)
        } else if let inner = Self.inner(of: key, wrapper: "url(") {
            form = .url
            name = String(decoding: key[inner], as: UTF8.self)
        } else {
            form = .invalid
            name = String(decoding: key, as: UTF8.self)
        }
    }

    /// Whether an operation about an app install loses it silently (section 2.2).
    var isContactDatum: Bool {
        guard form == .reserved else { return false }
        switch name {
        case "$email_address", "$email_marketing", "$phone_number", "$sms_marketing": return true
        default: return false
        }
    }

    private static func inner(of key: [UInt8], wrapper: StaticString) -> Range<Int>? {
        let length = wrapper.utf8CodeUnitCount
        guard key.count > length + 1, key.last == UInt8(ascii: ")") else { return nil }
        for index in 0..<length where key[index] != wrapper.utf8Start[index] { return nil }
        let inner = length..<key.count - 1
        return TextCheck.isKey(key, inner) ? inner : nil
    }
}
