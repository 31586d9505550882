/// The key of an attribute, taken apart.
struct AttributeKey {
    enum Wrapper {
        case none, date, url
    }

    /// The native attribute of this name, which has no wrapper.
    let native: NativeAttribute?
    let wrapper: Wrapper
    /// The bytes of the whole key.
    let length: Int
    /// Where the bare name starts inside the key: 5 after `date(`, 4 after `url(`, else 0.
    let bareOffset: Int
    let bareLength: Int

    /// Reads `key`, `date(key)` or `url(key)` with a key of `^[a-z0-9_]{1,30}$` (batch-api 2.3, A).
    ///
    /// - Returns: nil for anything else; keys that start with `$` are read by ``NativeAttribute``.
    @inline(__always)
    init?(_ text: Span<UInt8>, _ start: Int, _ end: Int) {
        native = nil
        length = end - start
        if TextRules.isKey(text, start, end) {
            (wrapper, bareOffset, bareLength) = (.none, 0, end - start)
            return
        }
        guard end - start > 5, text[end - 1] == UInt8(ascii: ")") else { return nil }
        if TextRules.equals(text, start, start + 5, "date(") {
            (wrapper, bareOffset) = (.date, 5)
        } else if TextRules.equals(text, start, start + 4, "url(") {
            (wrapper, bareOffset) = (.url, 4)
        } else {
            return nil
        }
        bareLength = end - start - bareOffset - 1
        guard TextRules.isKey(text, start + bareOffset, end - 1) else { return nil }
    }

    /// Reads a key of a profile: the same, or the name of a native attribute.
    @inline(__always)
    init?(ofProfile text: Span<UInt8>, _ start: Int, _ end: Int) {
        guard start < end, text[start] == UInt8(ascii: "$") else {
            self.init(text, start, end)
            return
        }
        guard let native = NativeAttribute(text, start, end) else { return nil }
        self.init(native: native, wrapper: .none, length: end - start, bareOffset: 0, bareLength: end - start)
    }

    private init(native: NativeAttribute?, wrapper: Wrapper, length: Int, bareOffset: Int, bareLength: Int) {
        self.native = native
        self.wrapper = wrapper
        self.length = length
        self.bareOffset = bareOffset
        self.bareLength = bareLength
    }

    /// The place of the bare name inside a key that a person or Batch wrote; the whole of it if there is no wrapper.
    static func bareRange(_ text: Span<UInt8>) -> Range<Int> {
        guard let last = text.indices.last, text[last] == UInt8(ascii: ")") else { return 0..<text.count }
        if text.count > 6, TextRules.equals(text, 0, 5, "date(") { return 5..<last }
        if text.count > 5, TextRules.equals(text, 0, 4, "url(") { return 4..<last }
        return 0..<text.count
    }

    /// A hash of a bare name. The same everywhere in one process, which is all that is needed of it.
    @inline(__always)
    static func hash(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> UInt32 {
        var hash = UInt64(end - start) &* 0x9E37_79B9_7F4A_7C15
        var index = start
        while index < end {
            let word: UInt64
            if index + 8 <= text.count {
                let loaded = text.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
                let left = end - index
                word = left >= 8 ? loaded.littleEndian : loaded.littleEndian & ((1 << UInt64(8 * left)) &- 1)
            } else {
                var collected: UInt64 = 0
                for offset in 0..<min(8, end - index) {
                    collected |= UInt64(text[index + offset]) << UInt64(8 * offset)
                }
                word = collected
            }
            hash = (hash ^ word) &* 0xD6E8_FEB8_6659_FD93
            hash ^= hash >> 32
            index += 8
        }
        return UInt32(truncatingIfNeeded: hash)
    }
}

/// The attributes whose names Batch has given (batch-api 2.4).
enum NativeAttribute: CaseIterable {
    case emailAddress, emailMarketing, phoneNumber, smsMarketing, language, region, timezone, topicPreferences

    var name: StaticString {
        switch self {
        case .emailAddress: "$email_address"
        case .emailMarketing: "$email_marketing"
        case .phoneNumber: "$phone_number"
        case .smsMarketing: "$sms_marketing"
        case .language: "$language"
        case .region: "$region"
        case .timezone: "$timezone"
        case .topicPreferences: "$topic_preferences"
        }
    }

    /// What its value must be; nil for ``topicPreferences``, whose value is an array or an array patch.
    var rule: StringRule? {
        switch self {
        case .emailAddress: .email
        case .emailMarketing, .smsMarketing: .subscription
        case .phoneNumber: .phoneNumber
        case .language: .language
        case .region: .region
        case .timezone: .timeZone
        case .topicPreferences: nil
        }
    }

    init?(_ text: Span<UInt8>, _ start: Int, _ end: Int) {
        for attribute in NativeAttribute.allCases where TextRules.equals(text, start, end, attribute.name) {
            self = attribute
            return
        }
        return nil
    }
}
