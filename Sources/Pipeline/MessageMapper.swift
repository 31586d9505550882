import BatchAPI
import DefaultMapping
public import Delivery
import JSONDocument
import StableHash

/// Turns messages into contributions: parse once, test each entry's trigger, write operations, validate them.
///
/// One a thread; keeps its buffers, so that a message allocates little more than what it contributes.
public struct MessageMapper: ~Copyable {
    private var tape = JSONTape()
    private var writer = JSONWriter()
    private var reader = OperationReader()
    private var defaults: DefaultMapper
    private var leftOut: [LeftOut] = []
    private var refused: [RefusedField] = []
    private var identityBytes: [UInt8] = []

    private static let messageID: JSONName = "messageId"
    private static let type: JSONName = "type"

    /// Creates a mapper for these entries.
    public init(mappings: MappingSet) {
        defaults = DefaultMapper(options: mappings.defaults) { TimeZoneRule.accepts($0) }
    }

    /// Fields that the last message lost, here or by Batch's rules.
    var lostFieldCount: Int { leftOut.count + refused.count }

    /// Maps one message for delivery.
    mutating func verdict(_ text: Span<UInt8>) -> MappingVerdict {
        writer.removeAll()
        leftOut.removeAll(keepingCapacity: true)
        refused.removeAll(keepingCapacity: true)
        do throws(JSONSyntaxError) {
            try tape.parse(text)
        } catch {
            return .deadLetter(DeadLetterCause(reason: "malformed_json", detail: "the value is not JSON: \(error)"))
        }
        guard tape.kind(of: tape.root) == .object else {
            return .deadLetter(DeadLetterCause(reason: "not_an_object", detail: "the value is JSON but not an object"))
        }
        switch defaults.map(tape, text, into: &writer, leftOut: &leftOut) {
        case .filtered(let reason):
            filteredReason = reason.rawValue
            return .filtered
        case .deadLetter(let reason, let field):
            return .deadLetter(
                DeadLetterCause(
                    reason: reason.rawValue, detail: "the message cannot be sent: \(reason.rawValue)", attribute: field))
        case .operation: return part(text)
        }
    }

    private var filteredReason: String?

    private mutating func part(_ text: Span<UInt8>) -> MappingVerdict {
        let identity = identity(text)
        let operation = writer.bytes
        do throws(OperationRefusal) {
            let contribution = try reader.read(operation.span, identity: identity, refused: &refused)
            return .part(RecordPart(destination: DestinationID(0), contribution: contribution))
        } catch {
            return .deadLetter(DeadLetterCause(reason: error.code, detail: error.description))
        }
    }

    /// What makes two messages repeats of one another; nil where the message has no id.
    private mutating func identity(_ text: Span<UInt8>) -> RepeatIdentity? {
        guard let id = tape.member(Self.messageID, of: tape.root, in: text), tape.kind(of: id) == .string,
            !tape.contentRange(of: id).isEmpty
        else { return nil }
        identityBytes.removeAll(keepingCapacity: true)
        tape.appendContent(of: id, in: text, to: &identityBytes)
        if let type = tape.member(Self.type, of: tape.root, in: text) {
            identityBytes.append(0)
            tape.appendContent(of: type, in: text, to: &identityBytes)
        }
        return RepeatIdentity(high: xxh3(identityBytes), low: xxh3(writer.bytes))
    }

    // MARK: For people

    /// What became of one message, for `map` and `send`.
    public struct Result: Sendable {
        /// The operations as JSON texts, unmerged.
        public var operations: [[UInt8]] = []
        /// Why the message is not for Batch; nil if it is.
        public var filteredReason: String?
        /// Why it cannot be sent; nil if it can.
        public var deadLetter: DeadLetterCause?
        /// What was left out.
        public var leftOut: [(path: String, reason: String)] = []
    }

    /// Maps one message and says what became of it.
    public mutating func map(_ message: [UInt8]) -> Result {
        filteredReason = nil
        var result = Result()
        switch verdict(message.span) {
        case .filtered: result.filteredReason = filteredReason ?? "no_trigger"
        case .deadLetter(let cause): result.deadLetter = cause
        case .part(let part): result.operations = operations(part)
        case .parts(let parts): result.operations = parts.flatMap { operations($0) }
        }
        result.leftOut = leftOut.map { ($0.path, $0.reason.rawValue) } + refused.map { ($0.path, $0.reason.rawValue) }
        return result
    }

    private func operations(_ part: RecordPart) -> [[UInt8]] {
        var fold = ProfileFold()
        var operations: [[UInt8]] = []
        var firstEvent = 0
        var isDelivered = false
        while true {
            fold.begin(customID: part.contribution.customID, ages: .none)
            let added = fold.add(part.contribution, firstEvent: firstEvent, attributesDelivered: isDelivered)
            for update in 0..<fold.updateCount {
                var operation: [UInt8] = []
                fold.appendUpdate(update, to: &operation)
                operations.append(operation)
            }
            guard case .partly(let events) = added else { return operations }
            firstEvent = events
            isDelivered = true
        }
    }
}
