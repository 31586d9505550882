import BatchAPI
import DefaultMapping
public import Delivery
import JSONDocument
public import MappingLanguage
import StableHash

/// Turns messages into contributions: parse once, test each entry's trigger, write operations, validate them.
///
/// One a thread; keeps its buffers, so that a message allocates little more than what it contributes.
public struct MessageMapper: ~Copyable {
    private let mappings: MappingSet
    private let everyEntry: [Int]
    private var tape = JSONTape()
    private var writer = JSONWriter()
    private var reader = OperationReader()
    private let defaults: [StandardMapping]
    private var scratch = MappingScratch()
    private var planned = PlannedOperation()
    private var leftOut: [LeftOut] = []
    private var refused: [RefusedField] = []
    private var identityBytes: [UInt8] = []
    private var filteredReason: String?
    private var eventIDs: EventIDWriter?
    /// The entry that was applied last.
    private var lastEntry = 0
    private var room = 0

    private static let messageID: JSONName = "messageId"
    private static let type: JSONName = "type"

    /// Creates a mapper for these entries.
    ///
    /// - Parameters:
    ///   - mappings: the entries.
    ///   - eventIDAttribute: the event attribute that takes the message's id; nil for none.
    public init(mappings: MappingSet, eventIDAttribute: String? = nil) {
        self.mappings = mappings
        if let eventIDAttribute { eventIDs = EventIDWriter(attribute: eventIDAttribute) }
        everyEntry = Array(mappings.entries.indices)
        readsRecord = mappings.readsRecord
        defaults = mappings.options.map { StandardMapping($0) }
    }

    /// Fields that the last message lost, here or by Batch's rules.
    var lostFieldCount: Int { leftOut.count + refused.count }

    /// The same, each as the cause of a dead letter.
    var lostFields: [DeadLetterCause] {
        let mapping = lastMapping
        let ours = leftOut.map {
            DeadLetterCause(
                reason: $0.reason.rawValue,
                detail: "the mapping left the field out: \($0.reason.rawValue)",
                attribute: $0.path,
                mapping: mapping
            )
        }
        let theirs = refused.map {
            DeadLetterCause(
                reason: $0.code,
                detail: $0.reason.explanation,
                attribute: $0.path,
                mapping: mapping
            )
        }
        return ours + theirs
    }

    /// The entry that was applied last and the version of the files, as dead letters name them.
    private var lastMapping: String { "\(mappings.entries[lastEntry].entry.name) \(mappings.version)" }

    /// Calls `body` with the reason of each field that the last message lost.
    func forEachLostReason(_ body: (String) -> Void) {
        for field in leftOut { body(field.reason.rawValue) }
        for field in refused { body(field.code) }
    }

    /// Why the last message was filtered.
    var lastFilteredReason: String { filteredReason ?? "no_trigger" }

    /// Whether key, headers or place of the record are asked for.
    let readsRecord: Bool

    /// The entries that concern a topic, by their place.
    public func entries(forTopic topic: String) -> [Int] {
        everyEntry.filter { mappings.entries[$0].entry.applies(toTopic: topic) }
    }

    // MARK: For delivery

    /// Maps one message for delivery.
    ///
    /// - Parameters:
    ///   - text: the record's value.
    ///   - entries: the entries that concern its topic.
    ///   - fields: the record's other fields; empty where no entry asks for them.
    ///   - timestampMilliseconds: the record's timestamp, for the age of events without a time.
    ///   - room: bytes that each contribution can keep besides without moving.
    /// - Returns: what the engine takes.
    public mutating func verdict(
        _ text: Span<UInt8>,
        entries: [Int],
        fields: borrowing RecordFields,
        timestampMilliseconds: Int64?,
        room: Int = 0
    ) -> MappingVerdict {
        self.room = room
        if !leftOut.isEmpty { leftOut.removeAll(keepingCapacity: true) }
        if !refused.isEmpty { refused.removeAll(keepingCapacity: true) }
        filteredReason = nil
        do throws(JSONSyntaxError) {
            try tape.parse(text)
        } catch {
            return .deadLetter(UnreadableValue.malformed(error, text))
        }
        guard tape.kind(of: tape.root) == .object else {
            return .deadLetter(UnreadableValue.notAnObject)
        }
        var verdict = MappingVerdict.filtered
        for index in entries {
            // Not bound to a name: a copy of an entry retains all of its parts.
            guard mappings.entries[index].entry.trigger.matches(tape, text, fields: fields, scratch: &scratch) else {
                continue
            }
            lastEntry = index
            switch apply(index, text, fields, timestampMilliseconds) {
            case .filtered: break
            case .deadLetter(var cause):
                cause.mapping = lastMapping
                return .deadLetter(cause)
            case .part(let part): Self.add(part, to: &verdict)
            case .parts(let parts): for part in parts { Self.add(part, to: &verdict) }
            }
            if mappings.entries[index].entry.isFinal { break }
        }
        return verdict
    }

    private static func add(_ part: RecordPart, to verdict: inout MappingVerdict) {
        switch verdict {
        case .filtered, .deadLetter: verdict = .part(part)
        case .part(let first): verdict = .parts([first, part])
        case .parts(let parts): verdict = .parts(parts + [part])
        }
    }

    private mutating func apply(
        _ index: Int,
        _ text: Span<UInt8>,
        _ fields: borrowing RecordFields,
        _ timestampMilliseconds: Int64?
    ) -> MappingVerdict {
        switch mappings.entries[index].entry.method {
        case .standard:
            let standard = defaults[mappings.entries[index].optionsIndex]
            switch standard.mapper.map(tape, text, leftOut: &leftOut) {
            case .filtered(let reason):
                filteredReason = reason.rawValue
                return .filtered
            case .deadLetter(let reason, let field):
                return .deadLetter(
                    DeadLetterCause(
                        reason: reason.rawValue,
                        detail: "\(field): \(reason.explanation)",
                        attribute: field
                    )
                )
            case .operation:
                if eventIDs == nil {
                    let naming = standard.mapper.messageNaming()
                    let hash = messageHash(naming.id, naming.type, text)
                    if let contribution = standard.mapper.contribution(
                        messageHash: hash,
                        ageTime: timestampMilliseconds,
                        room: room
                    ) {
                        return .part(RecordPart(destination: DestinationID(0), contribution: contribution))
                    }
                }
                writer.removeAll()
                writer.raw(standard.mapper.operation.span)
            }
        case .plan(let plan):
            writer.removeAll()
            do throws(MappingFailure) {
                guard try planned.write(plan, tape, text, fields, &scratch, into: &writer) else {
                    filteredReason = "no_user_id"
                    return .filtered
                }
            } catch {
                return .deadLetter(DeadLetterCause(reason: "mapping_failed", detail: error.description))
            }
        }
        return part(text, timestampMilliseconds)
    }

    private mutating func part(_ text: Span<UInt8>, _ timestampMilliseconds: Int64?) -> MappingVerdict {
        let operation = withEventIDs(writer.bytes, text)
        let id = tape.member(Self.messageID, of: tape.root, in: text)
        let type = tape.member(Self.type, of: tape.root, in: text)
        let identity = messageHash(id, type, text).map { RepeatIdentity(high: $0, low: xxh3(writer.bytes)) }
        do throws(OperationRefusal) {
            let contribution = try reader.read(
                operation.span,
                identity: identity,
                ageTime: timestampMilliseconds,
                room: room,
                refused: &refused
            )
            return .part(RecordPart(destination: DestinationID(0), contribution: contribution))
        } catch {
            return .deadLetter(DeadLetterCause(reason: error.code, detail: error.description))
        }
    }

    /// The operation with the message's id in its events, where that is asked for and the message has one.
    private mutating func withEventIDs(_ operation: [UInt8], _ text: Span<UInt8>) -> [UInt8] {
        guard eventIDs != nil, let id = tape.member(Self.messageID, of: tape.root, in: text),
            tape.kind(of: id) == .string, !tape.contentRange(of: id).isEmpty
        else { return operation }
        var content: [UInt8] = []
        tape.appendContent(of: id, in: text, to: &content)
        return eventIDs?.adding(content.span, to: operation) ?? operation
    }

    /// A hash of what names the message; nil where it has no id. It never leaves the process.
    private mutating func messageHash(_ id: JSONNode?, _ type: JSONNode?, _ text: Span<UInt8>) -> UInt64? {
        guard let id, tape.kind(of: id) == .string, !tape.contentRange(of: id).isEmpty else { return nil }
        let hash = contentHash(id, text)
        guard let type else { return hash }
        // An odd factor, so that the two cannot change places.
        return hash &* 0x9E37_79B9_7F4A_7C15 ^ contentHash(type, text)
    }

    /// A hash of the characters of a string; that of nothing for anything else.
    private mutating func contentHash(_ node: JSONNode, _ text: Span<UInt8>) -> UInt64 {
        if !tape.isEscaped(node) { return xxh3(text.extracting(tape.contentRange(of: node))) }
        identityBytes.removeAll(keepingCapacity: true)
        tape.appendContent(of: node, in: text, to: &identityBytes)
        return xxh3(identityBytes)
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
        /// What the operations do to profiles, to be folded with those of other messages.
        var parts: [RecordPart] = []
    }

    /// Maps one message by all entries and says what became of it.
    public mutating func map(_ message: [UInt8]) -> Result {
        var result = Result()
        switch verdict(message.span, entries: everyEntry, fields: RecordFields(), timestampMilliseconds: nil) {
        case .filtered: result.filteredReason = lastFilteredReason
        case .deadLetter(let cause): result.deadLetter = cause
        case .part(let part): result.parts = [part]
        case .parts(let parts): result.parts = parts
        }
        result.operations = result.parts.flatMap { $0.contribution.operations(ages: .none) }
        result.leftOut = leftOut.map { ($0.path, $0.reason.rawValue) } + refused.map { ($0.path, $0.code) }
        return result
    }
}
