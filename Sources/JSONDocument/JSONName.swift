/// A member's name, made once and looked up often.
public struct JSONName: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The name as UTF-8.
    public let bytes: [UInt8]
    /// Equal to that of the node of an equal name written without escapes.
    let signature: UInt16

    /// Creates a name from UTF-8.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
        signature = NameSignature.of(bytes.span, from: 0, length: bytes.count)
    }

    /// Creates a name from a text.
    public init(_ text: some StringProtocol) { self.init(bytes: Array(text.utf8)) }

    /// Creates a name from a literal.
    public init(stringLiteral value: StaticString) {
        self.init(bytes: value.withUTF8Buffer { Array($0) })
    }
}
