public import JSONDocument

/// Why a whole operation cannot be sent: without a good Custom ID there is no profile to change.
public struct OperationRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong. Raw values of ``code`` are stable.
    public enum Problem: Sendable, Equatable {
        /// The text is not JSON.
        case notJSON(JSONSyntaxError)
        /// The text is not a JSON object.
        case notAnObject
        /// There is no `identifiers` object.
        case noIdentifiers
        /// There is no `custom_id`.
        case noCustomID
        /// An identifier beside or instead of `custom_id`, which this product does not send.
        case unsupportedIdentifier
        /// `custom_id` is not a string.
        case customIDNotAString
        /// `custom_id` is empty or white space only.
        case customIDBlank
        /// `custom_id` has more than 512 characters.
        case customIDTooLong
        /// `custom_id` is an accident of serialisation, such as `undefined` or `[object Object]`.
        case customIDIsPlaceholder
    }

    /// What is wrong.
    public let problem: Problem

    /// Creates a refusal.
    public init(_ problem: Problem) { self.problem = problem }

    /// The stable name of the problem, for metrics and dead letters; the default mapping's where it knows the same one.
    public var code: String {
        switch problem {
        case .notJSON: "not_json"
        case .notAnObject: "not_an_object"
        case .noIdentifiers: "no_identifiers"
        case .noCustomID, .customIDBlank, .customIDIsPlaceholder: "no_user_id"
        case .unsupportedIdentifier: "unsupported_identifier"
        case .customIDNotAString, .customIDTooLong: "bad_user_id"
        }
    }

    /// What is wrong and what to change, for a person; nothing of the operation itself.
    public var description: String {
        let what =
            switch problem {
            case .notJSON(let error): "the operation is not JSON: \(error)"
            case .notAnObject: "the operation is not a JSON object; map the message to an object with 'identifiers'"
            case .noIdentifiers: "the operation has no object 'identifiers'; map the user's id to identifiers.custom_id"
            case .noCustomID: "the operation has no identifiers.custom_id; map the user's id to it"
            case .unsupportedIdentifier: "identifiers has a member beside custom_id; only custom_id is sent"
            case .customIDNotAString: "identifiers.custom_id is not a string; convert it to one in the mapping"
            case .customIDBlank: "identifiers.custom_id is empty or white space only"
            case .customIDTooLong: "identifiers.custom_id has more than \(BatchLimits.customIDLength) characters"
            case .customIDIsPlaceholder:
                "identifiers.custom_id is a word such as 'null' or 'undefined'; the sender lost the user's id"
            }
        return "\(what) (\(code))"
    }
}
