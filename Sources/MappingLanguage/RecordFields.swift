internal import JSONDocument

/// What a path or a trigger can read of the Kafka record beside its message: `$kafka.key`, `.topic`, `.partition`, `.offset`,
/// `.timestamp` (milliseconds since 1970), `.tombstone` and `.headers.NAME`.
///
/// Key and headers are texts if they are valid UTF-8, otherwise absent; of headers with one name the last counts. Fill one
/// value again for each record; only records that a mapping or trigger asks about (``MappingPlan/readsRecord``) need it. An
/// empty value means that there is no record: then `$kafka` is an ordinary key of the message. Not for use by two threads at
/// once.
public struct RecordFields: ~Copyable {
    private var document: Document?
    /// Whether there is a record.
    public private(set) var isEmpty = true

    /// The tape is made with the first record, so that an empty value costs nothing.
    private struct Document: ~Copyable {
        var tape = JSONTape()
        var writer = JSONWriter()
        var isTextComplete = false
    }

    /// Creates a value without a record.
    public init() {}

    /// Forgets the record and keeps the memory.
    public mutating func removeAll() { isEmpty = true }

    /// Starts a record. Headers may follow; ``finish()`` must.
    ///
    /// - Parameters:
    ///   - topic: the topic's name.
    ///   - partition: the partition's number.
    ///   - offset: the record's offset.
    ///   - timestampMilliseconds: since 1970, UTC; nil if the record has none.
    ///   - key: nil if the record has none.
    ///   - isTombstone: whether the record has no value.
    public mutating func begin(
        topic: some StringProtocol,
        partition: Int32,
        offset: Int64,
        timestampMilliseconds: Int64?,
        key: Span<UInt8>?,
        isTombstone: Bool = false
    ) {
        var document = self.document.take() ?? Document()
        document.writer.removeAll()
        document.writer.beginObject()
        document.writer.name("topic")
        document.writer.string(topic)
        document.writer.name("partition")
        document.writer.integer(partition)
        document.writer.name("offset")
        document.writer.integer(offset)
        if let timestampMilliseconds {
            document.writer.name("timestamp")
            document.writer.integer(timestampMilliseconds)
        }
        document.writer.name("tombstone")
        document.writer.boolean(isTombstone)
        if let key, UTF8Text.isValid(key) {
            document.writer.name("key")
            document.writer.string(utf8: key)
        }
        document.writer.name("headers")
        document.writer.beginObject()
        self.document = consume document
        isEmpty = true
    }

    /// Adds a header of the record that was begun.
    public mutating func header(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        guard document != nil, UTF8Text.isValid(name), UTF8Text.isValid(value) else { return }
        document?.writer.name(utf8: name)
        document?.writer.string(utf8: value)
    }

    /// Ends the record that was begun; from now on it can be read.
    public mutating func finish() {
        guard var document = self.document.take() else { return }
        document.writer.endObject()
        document.writer.endObject()
        // What the writer has put together is always valid; were it not, the record would merely be unknown.
        let bytes = document.writer.bytes
        isEmpty = (try? document.tape.parse(bytes.span)) == nil
        self.document = consume document
    }

    /// Lends the fields as a JSON object.
    func withDocument<Result, Failure: Error>(
        _ body: (borrowing JSONTape, Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard !isEmpty else { return nil }
        switch document {
        case .some(let document): return try body(document.tape, document.writer.bytes.span)
        case .none: return nil
        }
    }
}

/// Checks foreign bytes.
enum UTF8Text {
    static func isValid(_ bytes: Span<UInt8>) -> Bool {
        var index = 0
        while index < bytes.count {
            let first = bytes[index]
            if first < 0x80 {
                index += 1
                continue
            }
            let length: Int
            var second: ClosedRange<UInt8> = 0x80...0xBF
            switch first {
            case 0xC2...0xDF: length = 2
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: length = 3
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF1...0xF3: length = 4
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            default: return false
            }
            guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return false }
            for offset in 2..<max(2, length) where bytes[index + offset] & 0xC0 != 0x80 { return false }
            index += length
        }
        return true
    }
}
