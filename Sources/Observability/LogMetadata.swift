/// The named values of a log event, in the order in which they were given.
public struct LogMetadata: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One named value.
    public struct Entry: Sendable, Hashable {
        /// The name, lower case with underscores by custom, fixed in the program.
        public let key: String
        /// The value.
        public let value: LogValue
    }

    /// The values; no key twice.
    public private(set) var entries: [Entry] = []

    /// No values.
    public init() {}

    /// The values of a literal; of a key given twice the last value counts.
    public init(dictionaryLiteral elements: (String, LogValue)...) {
        entries.reserveCapacity(elements.count)
        for (key, value) in elements { self[key] = value }
    }

    /// The value of a key. Setting nil removes it; setting a value of a known key keeps its place.
    public subscript(key: String) -> LogValue? {
        get { entries.first { $0.key == key }?.value }
        set {
            let place = entries.firstIndex { $0.key == key }
            switch (place, newValue) {
            case (.some(let place), .some(let value)): entries[place] = Entry(key: key, value: value)
            case (.some(let place), .none): entries.remove(at: place)
            case (.none, .some(let value)): entries.append(Entry(key: key, value: value))
            case (.none, .none): break
            }
        }
    }

    /// These values followed by `other`'s, whose values win where both have a key.
    public func merging(_ other: LogMetadata) -> LogMetadata {
        if entries.isEmpty { return other }
        var merged = self
        for entry in other.entries { merged[entry.key] = entry.value }
        return merged
    }
}
