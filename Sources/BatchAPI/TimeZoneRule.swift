/// The rule of `$timezone` (batch-api 2.4): a name of the IANA database.
public enum TimeZoneRule {
    /// Whether these bytes are exactly the name of a zone or of a link to one, with its case. Any thread.
    public static func accepts(_ name: Span<UInt8>) -> Bool { TimeZoneNames.contain(name, 0, name.count) }
}
