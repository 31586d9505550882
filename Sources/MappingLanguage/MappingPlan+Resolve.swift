public import JSONDocument

extension MappingPlan {
    /// Builds the output for one message and writes it as one JSON value.
    ///
    /// - Parameters:
    ///   - tape: the parsed message.
    ///   - text: the text that was parsed.
    ///   - fields: the Kafka record, or an empty value.
    ///   - scratch: memory that is reused from call to call.
    ///   - writer: receives the value; as before where nothing is given and after a failure.
    /// - Returns: false if the mapping gives nothing for this message.
    /// - Throws: ``MappingFailure`` if this message cannot be mapped.
    public func resolve(
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        fields: borrowing RecordFields,
        scratch: inout MappingScratch,
        into writer: inout JSONWriter
    ) throws(MappingFailure) -> Bool {
        scratch.reset()
        guard tape.kind(of: tape.root) == .object else { throw MappingFailure(.messageIsNotAnObject) }
        let count = writer.bytes.count
        let needsComma = writer.isAfterValue
        do throws(MappingFailure) {
            trie.find(tables.pool.span, tape, text, in: &scratch.found)
            let limit = count + scratch.maximumOutputByteCount
            let scope = Scope(node: tape.root, limit: limit, isMessage: true)
            return try resolve(root, tape, text, scope, fields, &scratch, &writer)
        } catch {
            writer.truncate(to: count, needsComma: needsComma)
            throw error
        }
    }

    /// Builds the output for a message that did not come from Kafka.
    ///
    /// - Throws: ``MappingFailure`` if this message cannot be mapped.
    public func resolve(
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        scratch: inout MappingScratch,
        into writer: inout JSONWriter
    ) throws(MappingFailure) -> Bool {
        try resolve(tape, text, fields: RecordFields(), scratch: &scratch, into: &writer)
    }

    /// The current value, and how long the writer's text may become.
    struct Scope {
        let node: JSONNode
        let limit: Int
        /// Whether the current value is the message of the call, whose paths were all found beforehand.
        var isMessage = false
    }

    /// What stands at a path.
    enum Location {
        case absent
        /// A value of the tape that was asked.
        case value(JSONNode)
        /// The number of elements of a list.
        case count(Int)
    }

    // The recursion is bounded by the depth of the mapping, which loading bounds.
    func resolve(
        _ index: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ fields: borrowing RecordFields,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) -> Bool {
        guard writer.bytes.count <= scope.limit else { throw tooLarge(scratch) }
        switch tables.nodes[Int(index)] {
        case .absent:
            return false
        case .constant(let range):
            writer.raw(tables.pool.span, range.range)
            return true
        case .object(let first, let count):
            try resolveMembers(first, count, tape, text, scope, fields, &scratch, &writer)
            return true
        case .list(let first, let count):
            writer.beginArray()
            for position in 0..<count {
                if scratch.isTracing { scratch.trace.enter(String(position)) }
                let child = tables.children[Int(first + position)]
                if try !resolve(child, tape, text, scope, fields, &scratch, &writer) { writer.null() }
                if scratch.isTracing { scratch.trace.leave() }
            }
            writer.endArray()
            return true
        case .choose(let condition, let test, let then, let otherwise):
            let holds = try holds(test, of: condition, tape, text, scope, fields, &scratch)
            return try resolve(holds ? then : otherwise, tape, text, scope, fields, &scratch, &writer)
        case .path, .template, .inspect, .merge, .transform:
            guard scratch.isTracing else {
                return try resolveDirective(index, tape, text, scope, fields, &scratch, &writer)
            }
            // Values inside the directive are not parts of the result, so that they are not recorded.
            scratch.isTracing = false
            scratch.isInTracedDirective = true
            defer {
                scratch.isTracing = true
                scratch.isInTracedDirective = false
            }
            let isPresent = try resolveDirective(index, tape, text, scope, fields, &scratch, &writer)
            scratch.trace.add(
                name(of: index),
                source: source(of: index),
                copied: copiedSteps(of: index),
                isAbsent: !isPresent,
                gaps: emptyHoles(of: index, tape, text, scope, scratch)
            )
            return isPresent
        }
    }

    private func resolveMembers(
        _ first: Int32,
        _ count: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ fields: borrowing RecordFields,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) {
        writer.beginObject()
        for position in first..<first + count {
            let member = tables.members[Int(position)]
            let start = writer.bytes.count
            let needsComma = writer.isAfterValue
            writer.rawName(tables.pool.span, member.written.range)
            if scratch.isTracing { scratch.trace.enter(constantText(member.name)) }
            if try !resolve(member.value, tape, text, scope, fields, &scratch, &writer) {
                writer.truncate(to: start, needsComma: needsComma)
            }
            if scratch.isTracing { scratch.trace.leave() }
        }
        writer.endObject()
    }

    private func resolveDirective(
        _ index: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ fields: borrowing RecordFields,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) -> Bool {
        switch tables.nodes[Int(index)] {
        case .path(let path):
            return try writeValue(at: path, tape, text, scope, fields, &scratch, &writer)
        case .template(let template):
            scratch.text.removeAll(keepingCapacity: true)
            let compiled = tables.templates[Int(template)]
            for position in compiled.firstPiece..<compiled.firstPiece + compiled.pieceCount {
                switch tables.pieces[Int(position)] {
                case .text(let range): scratch.text.append(contentsOf: tables.pool[range.range])
                case .hole(let path): try appendText(at: path, tape, text, scope, fields, &scratch)
                }
                guard scratch.text.count <= scratch.maximumOutputByteCount else { throw tooLarge(scratch) }
            }
            writer.string(utf8: scratch.text.span)
            return true
        case .inspect(let inspection, let value):
            return try inspect(inspection, value, index, tape, text, scope, fields, &scratch, &writer)
        case .merge(let first, let count, let isLeft):
            return try merge(first, count, isLeft, tape, text, scope, fields, &scratch, &writer)
        case .transform(let apply, let mapping):
            return try transform(apply, mapping, index, tape, text, scope, fields, &scratch, &writer)
        case .absent, .constant, .object, .list, .choose:
            return try resolve(index, tape, text, scope, fields, &scratch, &writer)
        }
    }

    func tooLarge(_ scratch: borrowing MappingScratch) -> MappingFailure {
        MappingFailure(.outputTooLarge(limit: scratch.maximumOutputByteCount))
    }

    func constantText(_ range: ByteRange) -> String { String(decoding: tables.pool[range.range], as: UTF8.self) }

    func place(of index: Int32) -> String { tables.pointers[index] ?? "" }
}
