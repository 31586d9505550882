/// Why a text is not JSON, or not within the bounds, and where.
public struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Sendable, Equatable {
        /// A character that cannot stand here.
        case unexpectedCharacter
        /// The text ends inside a value.
        case unexpectedEnd
        /// Something follows the value.
        case trailingCharacters
        /// A control character below U+0020 inside a string.
        case controlCharacter
        /// A backslash with a character that is no escape.
        case invalidEscape
        /// Half of a surrogate pair (`\ud83d` alone).
        case loneSurrogate
        /// Bytes that are not UTF-8.
        case invalidUTF8
        /// Not a number by JSON's grammar (`01`, `1.`, `+1`).
        case invalidNumber
        /// More objects and arrays inside one another than allowed.
        case tooDeep(limit: Int)
        /// More bytes than allowed.
        case tooLarge(limit: Int)
    }

    /// What is wrong.
    public let problem: Problem
    /// The offset of the first byte that is wrong, from 0.
    public let byteOffset: Int

    init(_ problem: Problem, at byteOffset: Int) {
        self.problem = problem
        self.byteOffset = byteOffset
    }

    /// What is wrong and where, for a person; nothing of the text itself.
    public var description: String {
        switch problem {
        case .unexpectedCharacter: "unexpected character at byte \(byteOffset)"
        case .unexpectedEnd: "the text ends too early, at byte \(byteOffset)"
        case .trailingCharacters: "something follows the value, at byte \(byteOffset)"
        case .controlCharacter: "control character inside a string at byte \(byteOffset); write it as an escape"
        case .invalidEscape: "invalid escape at byte \(byteOffset)"
        case .loneSurrogate: "half of a surrogate pair at byte \(byteOffset)"
        case .invalidUTF8: "not UTF-8 at byte \(byteOffset)"
        case .invalidNumber: "not a number by JSON's rules at byte \(byteOffset)"
        case .tooDeep(let limit): "more than \(limit) objects and lists inside one another at byte \(byteOffset)"
        case .tooLarge(let limit): "longer than \(limit) bytes"
        }
    }
}
