/// How a value is written in a file: what is expected, and how it becomes a value of its own.
public struct ValueRule<Value: Sendable>: Sendable {
    /// What is expected, with its range but without an example, as it follows "is not": `an integer from 1 to 200`.
    public let range: String
    /// A value as it stands in a file, or nil where the range says enough.
    public let example: String?
    /// What is expected of an environment variable, with an example, as it follows "set it to"; as in a file unless it is a
    /// list, which has commas there and no brackets.
    public let expectedOfVariable: String
    /// The range with the example: `a duration of 0 ms or more, such as 100ms`.
    public var expected: String { example.map { "\(range), such as \($0)" } ?? range }
    private let body: @Sendable (NodeCursor) throws(Refused) -> Value
    /// Reads a single value without recording a fault; nil for rules that record their own.
    let parse: (@Sendable (YAMLNode) -> Value?)?
    /// Writes a value as it stands in a file, for documentation.
    public let write: @Sendable (Value) -> String

    /// Creates a rule that reads a value and records its faults itself.
    ///
    /// - Parameters:
    ///   - range: what is expected, as it follows "is not".
    ///   - example: a value as it stands in a file.
    ///   - write: the form in a file.
    ///   - read: gives the value, or records a fault and throws ``Refused``.
    public init(
        expected range: String,
        example: String? = nil,
        write: @escaping @Sendable (Value) -> String,
        read: @escaping @Sendable (NodeCursor) throws(Refused) -> Value
    ) {
        self.init(range: range, example: example, parse: nil, write: write, body: read)
    }

    /// Creates a rule of which an environment variable is written in another way; see ``init(expected:example:write:read:)``.
    init(
        expected range: String,
        example: String,
        ofVariable: String,
        write: @escaping @Sendable (Value) -> String,
        read: @escaping @Sendable (NodeCursor) throws(Refused) -> Value
    ) {
        self.init(range: range, example: example, ofVariable: ofVariable, parse: nil, write: write, body: read)
    }

    private init(
        range: String,
        example: String?,
        ofVariable: String? = nil,
        parse: (@Sendable (YAMLNode) -> Value?)?,
        write: @escaping @Sendable (Value) -> String,
        body: @escaping @Sendable (NodeCursor) throws(Refused) -> Value
    ) {
        self.range = range
        self.example = example
        expectedOfVariable = ofVariable ?? (example.map { "\(range), such as \($0)" } ?? range)
        self.parse = parse
        self.write = write
        self.body = body
    }

    /// Creates a rule for a single value; the fault is "'…' is not `expected`".
    ///
    /// - Parameters:
    ///   - range: what is expected, as it follows "is not".
    ///   - example: a value as it stands in a file.
    ///   - write: the form in a file.
    ///   - parse: gives the value, or nil for what is not expected.
    public init(
        scalar range: String,
        example: String? = nil,
        write: @escaping @Sendable (Value) -> String,
        parse: @escaping @Sendable (YAMLNode) -> Value?
    ) {
        let expected = example.map { "\(range), such as \($0)" } ?? range
        self.init(
            range: range,
            example: example,
            parse: parse,
            write: write,
            body: { (cursor) throws(Refused) in
                guard let value = parse(cursor.node) else { throw cursor.refusal(expected: expected) }
                return value
            }
        )
    }

    /// Reads a value.
    ///
    /// - Throws: ``Refused`` after a fault has been recorded.
    public func read(_ cursor: NodeCursor) throws(Refused) -> Value { try body(cursor) }
}
