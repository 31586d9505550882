public import JSONDocument

/// A compiled trigger: says whether a mapping applies to a message. Immutable, and a pure function of the message.
public struct Trigger: Sendable {
    /// The trigger as written.
    public let text: String
    /// Whether it asks for fields of the Kafka record (`$kafka.…`).
    public let readsRecord: Bool

    let nodes: ContiguousArray<TriggerNode>
    let children: ContiguousArray<Int32>
    let names: ContiguousArray<ByteRange>
    let pool: [UInt8]
    let root: Int32
    /// What stands where it is most likely not meant as it is read.
    let words: [TriggerWord]

    /// Compiles a trigger of at most 5 KB.
    ///
    /// - Throws: ``TriggerFault`` with the column of the first mistake.
    public init(_ text: String) throws(TriggerFault) {
        var parser = TriggerParser(text)
        root = try parser.parse()
        self.text = text
        readsRecord = parser.readsRecord
        nodes = parser.nodes
        children = parser.children
        names = parser.names
        pool = parser.pool
        words = parser.words
    }

    /// Whether the trigger holds for a message. Never fails: types that do not fit are false or null.
    ///
    /// - Parameters:
    ///   - tape: the parsed message.
    ///   - text: the text that was parsed.
    ///   - fields: the Kafka record, or an empty value.
    ///   - scratch: memory that is reused from call to call.
    /// - Returns: whether the mapping applies to the message.
    public func matches(
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        fields: borrowing RecordFields,
        scratch: inout MappingScratch
    ) -> Bool {
        scratch.text.removeAll(keepingCapacity: true)
        return holds(root, tape, text, fields, &scratch.text)
    }

    /// Whether the trigger holds for a message that did not come from Kafka.
    public func matches(_ tape: borrowing JSONTape, _ text: Span<UInt8>) -> Bool {
        var buffer: [UInt8] = []
        return holds(root, tape, text, RecordFields(), &buffer)
    }
}
