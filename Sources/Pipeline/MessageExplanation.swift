import Delivery
import JSONDocument

/// What became of one message and of each of its fields.
public struct MessageExplanation: Sendable {
    /// What an entry of the mappings did with the message.
    public enum EntryFate: Sendable, Equatable {
        /// Its topics are others.
        case otherTopic
        /// Its trigger does not hold.
        case notTriggered
        /// A final entry before it took the message.
        case afterFinal
        /// It gave an update, or nothing but an update's identifiers.
        case mapped
        /// The message is not for Batch, for this reason.
        case filtered(String)
        /// The message cannot be sent, for this reason.
        case deadLetter(reason: String, detail: String)
    }

    /// An entry and what it did.
    public struct Entry: Sendable, Equatable {
        /// The entry's name.
        public let name: String
        /// What it did.
        public let fate: EntryFate
        /// The trigger that does not hold, and what the message has in the fields that it reads; nil for another fate.
        public let unmet: String?

        init(name: String, fate: EntryFate, unmet: String? = nil) {
            self.name = name
            self.fate = fate
            self.unmet = unmet
        }
    }

    /// A field of an operation and where it comes from.
    public struct Output: Sendable, Equatable {
        /// The field's place, such as `attributes.plan` or `events[0].attributes.items[1].sku`.
        public let path: String
        /// The fields of the message that it comes from; none for a constant.
        public var sources: [String]
        /// `default` for the mapping that ships, the directive such as `@path`, or `constant`.
        public let directive: String
        /// The entry that gave it.
        public let entry: String
    }

    /// A field that the mapping has and the operation has not, since its directive gave nothing, or a part of one that led
    /// nowhere.
    public struct Blank: Sendable, Equatable {
        /// The field's place in the mapping's result, such as `attributes.plan`.
        public let path: String
        /// The directive, such as `@path`.
        public let directive: String
        /// The path in the message that it looks at, where there is a single one.
        public let source: String?
        /// The entry that has it.
        public let entry: String
        /// What in the field led nowhere; nil where the field as a whole is not written.
        public let part: Part?

        /// A part of a field that led nowhere.
        public enum Part: Sendable, Equatable {
            /// A hole of a template: its path.
            case hole(String)
            /// A member of the shape of an `@arrayPath`, which found nothing in any item; empty for the shape itself.
            case member(String, hole: String?)
        }
    }

    /// A field of the message that did not arrive.
    public struct Loss: Sendable, Hashable {
        /// The field's place in the message; in an operation, where a constant or several fields made it.
        public let path: String
        /// The reason, a stable word.
        public let reason: String
        /// What it means and what to change.
        public let detail: String
        /// Whether something is wrong with the field, or it is merely not read.
        public let isUnused: Bool
        /// The parts of operations that were left out with all that they were made of, such as `attributes.address`; none
        /// where it is the field by itself that was.
        var parts: [String] = []
    }

    /// What the entries did, in the order of the files.
    public internal(set) var entries: [Entry] = []
    /// The operations as they would be sent, unmerged; results of other actions as they are.
    public internal(set) var operations: [[UInt8]] = []
    /// The fields of the operations, in their order.
    public internal(set) var outputs: [Output] = []
    /// The fields that own mappings would give and that this message has nothing for, in whole or in part.
    public internal(set) var blanks: [Blank] = []
    /// The fields of the message that did not arrive, in the order of the message. Empty where the message as a whole went
    /// nowhere: then the reason is the entries'.
    public internal(set) var losses: [Loss] = []
    /// The text is not a message at all.
    var unreadable: DeadLetterCause?

    /// Why the message as a whole gives nothing: the reason of the first entry that has one, else `no_trigger`.
    public var filteredReason: String? {
        guard deadLetter == nil, operations.isEmpty else { return nil }
        for entry in entries { if case .filtered(let reason) = entry.fate { return reason } }
        return "no_trigger"
    }

    /// Why the message cannot be sent.
    public var deadLetter: (reason: String, detail: String)? {
        if let unreadable { return (unreadable.reason, unreadable.detail) }
        for entry in entries { if case .deadLetter(let reason, let detail) = entry.fate { return (reason, detail) } }
        return nil
    }
}
