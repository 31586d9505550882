/// One value of a file that people write, with its place.
///
/// Immutable. Values typed by the core schema of YAML 1.2: only plain (unquoted) scalars are anything but text, and `yes`,
/// `no`, `on` and `off` are text.
public struct YAMLNode: Sendable, Equatable {
    /// What a node holds.
    public indirect enum Value: Sendable, Equatable {
        /// `null`, `~`, or nothing at all.
        case null
        /// `true` or `false`, also `True` and `TRUE`.
        case boolean(Bool)
        /// A whole number that fits.
        case integer(Int64)
        /// Any other number, as JSON would write it: digits and exponent as in the file, so that nothing is rounded;
        /// `.5` is `0.5` and `+1.0` is `1.0` here.
        case number(String)
        /// Anything else, and everything in quotes.
        case text(String)
        /// The elements in order.
        case list([YAMLNode])
        /// The members in the order of the file; no key stands twice.
        case map([Member])
    }

    /// A place in a file, counted from 1 as editors do; the column counts Unicode code points.
    public struct Mark: Sendable, Hashable, Comparable {
        /// The line, from 1.
        public let line: Int
        /// The column in code points, from 1.
        public let column: Int

        /// Creates a place from its line and column, both counted from 1.
        public init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }

        /// Whether one place stands before another.
        public static func < (left: Mark, right: Mark) -> Bool {
            (left.line, left.column) < (right.line, right.column)
        }
    }

    /// One key of a map with its value.
    public struct Member: Sendable, Equatable {
        /// The key as written, without quotes: `1:` and `"1":` are the same key.
        public let key: String
        /// Where the key stands.
        public let keyMark: Mark
        /// The value behind the colon.
        public let value: YAMLNode

        /// Creates a member.
        public init(key: String, keyMark: Mark, value: YAMLNode) {
            self.key = key
            self.keyMark = keyMark
            self.value = value
        }
    }

    /// What the node holds.
    public let value: Value
    /// Where it starts. An alias has the place of the alias, what stands inside it the place of the anchored value.
    public let mark: Mark
    /// The text of a scalar as written, quotes and escapes resolved; nil for lists and maps.
    public let scalarText: String?

    /// Creates a node; the reader does, and tests.
    public init(_ value: Value, mark: Mark, scalarText: String? = nil) {
        self.value = value
        self.mark = mark
        self.scalarText = scalarText
    }

    /// The value of the member with this key, or nil where there is none or this is no map.
    public subscript(key: String) -> YAMLNode? {
        guard case .map(let members) = value else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// What kind of value this is, in words for a message: `a list`, `text`.
    public var kindInWords: String {
        switch value {
        case .null: "null"
        case .boolean: "a boolean"
        case .integer, .number: "a number"
        case .text: "text"
        case .list: "a list"
        case .map: "a map"
        }
    }
}
