import BatchAPI
import JSONDocument

/// The native attributes, in the order of Batch's documentation (`batch-api` 2.4).
enum Native: Int, CaseIterable {
    case email
    case emailMarketing
    case phone
    case smsMarketing
    case language
    case region
    case timeZone
    case topicPreferences

    /// Its name in JSON, with the colon.
    var key: StaticString {
        switch self {
        case .email: "\"$email_address\":"
        case .emailMarketing: "\"$email_marketing\":"
        case .phone: "\"$phone_number\":"
        case .smsMarketing: "\"$sms_marketing\":"
        case .language: "\"$language\":"
        case .region: "\"$region\":"
        case .timeZone: "\"$timezone\":"
        case .topicPreferences: "\"$topic_preferences\":"
        }
    }

    /// Its name for the outline of an operation.
    var outlined: OperationOutline.Name {
        let quoted = [UInt8](UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
        return OperationOutline.Name(quoted.span.extracting(1..<quoted.count - 2))
    }

    /// Why a value is refused that breaks its rule.
    var refusal: MappingReason {
        switch self {
        case .email: .badEmail
        case .emailMarketing, .smsMarketing: .badOptIn
        case .phone: .badPhone
        case .language: .badLanguage
        case .region: .badRegion
        case .timeZone: .badTimeZone
        case .topicPreferences: .badTopicPreferences
        }
    }
}

/// A trait that is read as a native attribute.
struct NativeKey {
    let native: Native
    /// Whether the key is the native's own name, which comes before all others.
    let isOwnName: Bool

    /// - Parameter key: exactly the name of a native, or one of the traits it is read from.
    @inline(__always)
    init?(_ key: Span<UInt8>) {
        guard key.count >= 5 else { return nil }
        switch key[0] {
        case UInt8(ascii: "$"):
            guard let native = Self.native(named: key) else { return nil }
            self.native = native
            isOwnName = true
        case UInt8(ascii: "e"), UInt8(ascii: "p"), UInt8(ascii: "s"):
            guard let native = Self.native(from: key) else { return nil }
            self.native = native
            isOwnName = false
        default: return nil
        }
    }

    private static func native(named key: Span<UInt8>) -> Native? {
        switch key.count {
        case 7: TextRules.equals(key, "$region") ? .region : nil
        case 9:
            TextRules.equals(key, "$language") ? .language : TextRules.equals(key, "$timezone") ? .timeZone : nil
        case 13: TextRules.equals(key, "$phone_number") ? .phone : nil
        case 14:
            TextRules.equals(key, "$email_address")
                ? .email : TextRules.equals(key, "$sms_marketing") ? .smsMarketing : nil
        case 16: TextRules.equals(key, "$email_marketing") ? .emailMarketing : nil
        case 18: TextRules.equals(key, "$topic_preferences") ? .topicPreferences : nil
        default: nil
        }
    }

    private static func native(from key: Span<UInt8>) -> Native? {
        switch key.count {
        case 5: TextRules.equals(key, "email") ? .email : TextRules.equals(key, "phone") ? .phone : nil
        case 12: TextRules.equals(key, "smsMarketing") ? .smsMarketing : nil
        case 13: TextRules.equals(key, "sms_marketing") ? .smsMarketing : nil
        case 14: TextRules.equals(key, "emailMarketing") ? .emailMarketing : nil
        case 15: TextRules.equals(key, "email_marketing") ? .emailMarketing : nil
        default: nil
        }
    }
}

/// The traits found for each native, before any is looked at.
struct NativeCandidates {
    /// The traits of one native: its own name, then two more at most, in document order.
    struct Slot {
        var ownName: Member?
        var first: Member?
        var second: Member?
        /// Whether they stand in `context.traits`; these count only if `traits` has none.
        var isContext = false

        var isEmpty: Bool { ownName == nil && first == nil }
    }

    private var slots = [Slot](repeating: Slot(), count: Native.allCases.count)
    /// So that messages without any skip the rest.
    private(set) var isEmpty = true

    /// Forgets all.
    mutating func removeAll() {
        guard !isEmpty else { return }
        for index in slots.indices { slots[index] = Slot() }
        isEmpty = true
    }

    /// Takes note of a trait.
    mutating func note(_ key: NativeKey, _ member: Member, isContext: Bool) {
        let index = key.native.rawValue
        if isContext, !slots[index].isEmpty, !slots[index].isContext { return }
        isEmpty = false
        slots[index].isContext = isContext
        if key.isOwnName {
            slots[index].ownName = member
        } else if slots[index].first == nil {
            slots[index].first = member
        } else {
            slots[index].second = member
        }
    }

    /// The traits of a native.
    subscript(native: Native) -> Slot { slots[native.rawValue] }
}
