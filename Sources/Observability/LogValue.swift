/// One value of a log event's metadata.
public enum LogValue: Sendable, Hashable {
    /// Text that anybody who reads the log may see. At most ``LogLine/maximumTextBytes`` bytes of it are printed.
    case text(String)
    /// An integer.
    case integer(Int64)
    /// A number with a fraction.
    case number(Double)
    /// A length of time; printed in seconds.
    case duration(Duration)
    /// True or false.
    case boolean(Bool)
    /// Several values, of which ``LogLine/maximumListCount`` are printed.
    case list([LogValue])
    /// Something that identifies a person. Printed as a short hash that is the same in every process, so that the
    /// events of one person can be found without naming them, unless the logger was made with `showsPersonalData`.
    ///
    /// The hash is a pseudonym and not an encryption: whoever has the list of all values can compute it again.
    case personal(String)
    /// A secret was here. See ``secret(_:)``.
    case redacted

    /// Notes that there is a secret, and forgets it at once: no sink and no format ever sees it.
    public static func secret(_: String) -> LogValue { .redacted }

    /// An integer of any width; what does not fit is printed as the nearest limit of 64 bits.
    public static func integer(_ value: some BinaryInteger) -> LogValue { .integer(Int64(clamping: value)) }
}

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral
{
    /// Text.
    public init(stringLiteral value: String) { self = .text(value) }

    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }

    /// True or false.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }

    /// A number with a fraction.
    public init(floatLiteral value: Double) { self = .number(value) }

    /// A list.
    public init(arrayLiteral elements: LogValue...) { self = .list(elements) }
}
