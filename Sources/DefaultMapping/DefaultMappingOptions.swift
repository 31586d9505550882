/// The options of the default mapping: the block `defaults:` of a mapping file.
public struct DefaultMappingOptions: Sendable, Equatable {
    /// How keys become names.
    public enum Names: String, Sendable, CaseIterable {
        /// Folded to ASCII, words split at capitals and joined by `_`.
        case snakeCase = "snake_case"
        /// As they are, or refused.
        case keep
        /// As Segment's own destinations do.
        case segment
    }

    /// What happens to names over 30 characters.
    public enum LongNames: String, Sendable, CaseIterable {
        /// The field is left out.
        case refuse
        /// Cut, and marked with four characters of a hash.
        case shorten
    }

    /// What happens to objects among the traits.
    public enum Objects: String, Sendable, CaseIterable {
        /// Their keys are joined, down to three levels.
        case flatten
        /// They are left out.
        case refuse
    }

    /// Which texts become dates.
    public enum Dates: String, Sendable, CaseIterable {
        /// RFC 3339 date-times with a zone.
        case detect
        /// These, and days (`2026-01-31`).
        case detectDays = "detect_days"
        /// None.
        case off
    }

    /// Which texts become addresses.
    public enum URLs: String, Sendable, CaseIterable {
        /// `http`, `https` and `ftp` addresses.
        case detect
        /// None.
        case off
    }

    /// What happens to texts over 300 characters.
    public enum LongText: String, Sendable, CaseIterable {
        /// The field is left out.
        case refuse
        /// The first 300 characters are sent.
        case cut
    }

    /// What happens to lists with nothing in them.
    public enum EmptyLists: String, Sendable, CaseIterable {
        /// The attribute keeps its value.
        case leave
        /// The attribute is deleted.
        case delete
    }

    /// How keys become names; `snake_case` as shipped.
    public var names = Names.snakeCase
    /// What happens to names over 30 characters; `refuse` as shipped.
    public var longNames = LongNames.refuse
    /// What happens to objects among the traits; `flatten` as shipped.
    public var objects = Objects.flatten
    /// Which texts become dates; `detect` as shipped.
    public var dates = Dates.detect
    /// Which texts become addresses; `detect` as shipped.
    public var urls = URLs.detect
    /// What happens to texts over 300 characters; `refuse` as shipped.
    public var longText = LongText.refuse
    /// What happens to lists with nothing in them; `leave` as shipped.
    public var emptyLists = EmptyLists.leave
    /// The calling code that one leading 0 of a phone number stands for: one to three digits without `+`. Nil refuses such numbers.
    public private(set) var phoneCallingCode: String?

    /// The options as shipped.
    public init() {}

    /// Reads the entries of a `defaults:` block; what is absent is as shipped.
    ///
    /// - Parameter values: the entries in the order of the file.
    /// - Throws: ``OptionFaults`` with every unknown key, repeated key and unknown value, in the order of the file.
    public init(values: [(key: String, value: OptionValue)]) throws(OptionFaults) {
        var faults: [OptionFault] = []
        var seen: Set<String> = []
        for (key, value) in values {
            if !seen.insert(key).inserted {
                faults.append(OptionFault(key: key, problem: .repeatedKey))
            } else if let problem = set(key, value) {
                faults.append(OptionFault(key: key, problem: problem))
            }
        }
        if !faults.isEmpty { throw OptionFaults(faults: faults) }
    }

    /// The keys a `defaults:` block may have.
    public static let keys = [
        "names", "long_names", "objects", "dates", "urls", "long_text", "empty_lists", "phone_calling_code",
    ]

    private mutating func set(_ key: String, _ value: OptionValue) -> OptionFault.Problem? {
        switch key {
        case "names": Self.choose(&names, value)
        case "long_names": Self.choose(&longNames, value)
        case "objects": Self.choose(&objects, value)
        case "dates": Self.choose(&dates, value)
        case "urls": Self.choose(&urls, value)
        case "long_text": Self.choose(&longText, value)
        case "empty_lists": Self.choose(&emptyLists, value)
        case "phone_calling_code": setCallingCode(value)
        default: .unknownKey
        }
    }

    private static func choose<Choice: RawRepresentable<String> & CaseIterable>(
        _ option: inout Choice,
        _ value: OptionValue
    ) -> OptionFault.Problem? {
        // YAML 1.1 reads a bare `off` as false.
        let word: String? =
            switch value {
            case .text(let text): text
            case .boolean(false): "off"
            case .boolean(true), .null, .other: nil
            }
        guard let word, let choice = Choice(rawValue: word) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            return .badValue(value.description, expected: "one of \(choices)")
        }
        option = choice
        return nil
    }

    private mutating func setCallingCode(_ value: OptionValue) -> OptionFault.Problem? {
        switch value {
        case .null:
            phoneCallingCode = nil
            return nil
        case .text(let digits)
        where (1...3).contains(digits.utf8.count)
            && digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            && digits.utf8.first != UInt8(ascii: "0"):
            phoneCallingCode = digits
            return nil
        case .text, .boolean, .other:
            return .badValue(
                value.description,
                expected: "null, or one to three digits in quotes, without + and without leading zero, such as \"33\""
            )
        }
    }
}

/// The value of one option as the file's syntax gives it.
public enum OptionValue: Sendable, Equatable, CustomStringConvertible {
    /// A text.
    case text(String)
    /// A boolean; `off` may arrive as false.
    case boolean(Bool)
    /// Null.
    case null
    /// Anything else, as it is to be shown to a person: a number's text, `a list`, `a mapping`.
    case other(String)

    /// The value for a message to a person.
    public var description: String {
        switch self {
        case .text(let text): "'\(text)'"
        case .boolean(let value): value ? "true" : "false"
        case .null: "null"
        case .other(let text): text
        }
    }
}

/// One mistake in a `defaults:` block.
public struct OptionFault: Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Sendable, Equatable {
        /// There is no such option.
        case unknownKey
        /// The option stands there twice.
        case repeatedKey
        /// The option has no such value.
        case badValue(String, expected: String)
    }

    /// The key as written.
    public let key: String
    /// What is wrong.
    public let problem: Problem

    /// The mistake and what to write instead.
    public var description: String {
        switch problem {
        case .unknownKey:
            "defaults.\(key): no such option; there are \(DefaultMappingOptions.keys.joined(separator: ", "))"
        case .repeatedKey: "defaults.\(key): stands there twice; remove one"
        case .badValue(let value, let expected): "defaults.\(key): \(value) is not \(expected)"
        }
    }
}

/// All mistakes of a `defaults:` block.
public struct OptionFaults: Error, Sendable, Equatable, CustomStringConvertible {
    /// The mistakes in the order of the file, at least one.
    public let faults: [OptionFault]

    /// The mistakes, a line each.
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
