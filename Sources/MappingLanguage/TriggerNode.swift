/// One part of a compiled trigger; trivial, like ``PlanNode``.
enum TriggerNode: Sendable {
    case null
    case boolean(Bool)
    case number(TriggerNumber)
    /// UTF-8 in the pool.
    case text(ByteRange)
    /// Children `first..<first + count`.
    case list(first: Int32, count: Int32)
    /// Names `first..<first + count` of the table of names.
    case field(first: Int32, count: Int32, readsRecord: Bool)
    case call(TriggerFunction, first: Int32, count: Int32)
    case compare(TriggerOperator, left: Int32, right: Int32)
    case all(first: Int32, count: Int32)
    case any(first: Int32, count: Int32)
    case not(Int32)
    /// A negated `contains` or `match`: true only for a text (rule T1).
    case notForText(call: Int32)
}

enum TriggerOperator: Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, contained
    /// `!=` with a number literal: true only for another number (rule T2).
    case otherNumber
}

/// The functions of the language (section 7.4).
enum TriggerFunction: String, Sendable, CaseIterable {
    case contains, match, length, lowercase, uppercase, snakecase, kebabcase, titlecase, typeof, string, number, bool

    var argumentCount: Int {
        switch self {
        case .contains, .match: 2
        case .length, .lowercase, .uppercase, .snakecase, .kebabcase, .titlecase, .typeof, .string, .number, .bool: 1
        }
    }
}

/// A number that compares by value: whole numbers of 64 bits exactly, all others as doubles.
struct TriggerNumber: Sendable, Hashable {
    private let integer: Int64
    private let double: Double
    private let isInteger: Bool

    init(_ value: Int64) {
        integer = value
        double = Double(value)
        isInteger = true
    }

    init(_ value: Double) {
        double = value
        let whole = Int64(exactly: value)
        integer = whole ?? 0
        isInteger = whole != nil
    }

    /// Reads optional sign, digits, optional point and digits, optional exponent; nil for anything else.
    init?(_ text: Span<UInt8>) {
        var bytes: [UInt8] = []
        for index in text.indices { bytes.append(text[index]) }
        guard Self.isNumber(bytes) else { return nil }
        let string = String(decoding: bytes, as: UTF8.self)
        if let value = Int64(string) {
            self.init(value)
        } else if let value = Double(string), value.isFinite {
            self.init(value)
        } else {
            return nil
        }
    }

    private static func isNumber(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        guard takeDigits(&rest) else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            guard takeDigits(&rest) else { return false }
        }
        if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            guard takeDigits(&rest) else { return false }
        }
        return rest.isEmpty
    }

    private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> Bool {
        let count = rest.prefix { $0 &- UInt8(ascii: "0") < 10 }.count
        rest.removeFirst(count)
        return count > 0
    }

    static func == (left: Self, right: Self) -> Bool {
        left.isInteger && right.isInteger ? left.integer == right.integer : left.double == right.double
    }

    static func < (left: Self, right: Self) -> Bool {
        left.isInteger && right.isInteger ? left.integer < right.integer : left.double < right.double
    }

    var isZero: Bool { double == 0 }

    func appendText(to buffer: inout [UInt8]) {
        if isInteger {
            buffer.append(contentsOf: String(integer).utf8)
        } else {
            NumberText.append(Array(double.description.utf8).span, to: &buffer)
        }
    }
}

/// A part of a trigger that is most likely not meant as it is read.
struct TriggerWord: Sendable, Hashable {
    enum Kind: Sendable {
        /// A field of one name where a text is usual: `type = track`.
        case field
        /// A text or number where a condition belongs: `event = "a" or "b"`.
        case constant
    }

    let kind: Kind
    let text: String
    /// The column in code points from 1.
    let column: Int

    /// Fields of one kind, two of which somebody may want to compare.
    static let comparable: Set = ["userId", "anonymousId", "previousId", "groupId", "messageId", "name", "event"]
}

/// Why a trigger is refused, and where.
public struct TriggerFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The column in code points from 1; line breaks count as one each.
    public let column: Int
    /// What is wrong and what to write instead.
    public let message: String

    init(column: Int, _ message: String) {
        self.column = column
        self.message = message
    }

    /// `column N: message`.
    public var description: String { "column \(column): \(message)" }
}
