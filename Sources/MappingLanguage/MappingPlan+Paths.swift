internal import JSONDocument

extension MappingPlan {
    /// Follows steps from a value.
    static func locate(
        _ steps: Span<PathStep>,
        _ pool: Span<UInt8>,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        from start: JSONNode
    ) -> Location {
        var node = start
        for position in steps.indices {
            let step = steps[position]
            switch tape.kind(of: node) {
            case .object:
                guard let value = member(pool.extracting(step.name.range), of: node, tape, text) else { return .absent }
                node = value
            case .array:
                if step.isLength {
                    return position == steps.count - 1 ? .count(tape.count(of: node)) : .absent
                }
                guard let element = tape.element(at: Int(step.index), of: node) else { return .absent }
                node = element
            case .string, .number, .boolean, .null:
                return .absent
            }
        }
        return .value(node)
    }

    private static func member(
        _ name: Span<UInt8>,
        of object: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> JSONNode? {
        var members = tape.members(of: object)
        while let member = tape.next(&members) {
            if tape.hasContent(member.name, name, in: text) { return member.value }
        }
        return nil
    }

    /// What stands at a path of the current value.
    func locate(
        _ index: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ scratch: borrowing MappingScratch
    ) -> Location {
        if scope.isMessage {
            let slot = trie.slotOfPath[Int(index)]
            if slot >= 0 {
                guard let node = scratch.found[Int(slot)] else { return .absent }
                return .value(node)
            }
        }
        let path = tables.paths[Int(index)]
        let steps = Int(path.firstStep)..<Int(path.firstStep + path.stepCount)
        return Self.locate(tables.steps.span.extracting(steps), tables.pool.span, tape, text, from: scope.node)
    }

    /// The steps of a path into the record, behind `$kafka`.
    private func locateInRecord(_ path: PlanPath, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> Location {
        let steps = Int(path.firstStep) + 1..<Int(path.firstStep + path.stepCount)
        return Self.locate(tables.steps.span.extracting(steps), tables.pool.span, tape, text, from: tape.root)
    }

    /// Writes the value at a path.
    func writeValue(
        at index: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ fields: borrowing RecordFields,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) -> Bool {
        let path = tables.paths[Int(index)]
        if path.readsRecord, !fields.isEmpty {
            let isPresent = try fields.withDocument { (tape, text) throws(MappingFailure) -> Bool in
                try write(locateInRecord(path, tape, text), tape, text, scope, &scratch, &writer)
            }
            return isPresent ?? false
        }
        return try write(locate(index, tape, text, scope, scratch), tape, text, scope, &scratch, &writer)
    }

    func write(
        _ location: Location,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) -> Bool {
        switch location {
        case .absent: return false
        case .count(let count): writer.integer(count)
        case .value(let node): try copy(node, tape, text, scope, &scratch, &writer)
        }
        return true
    }

    /// Appends the text form of the value at a path to the text under construction.
    func appendText(
        at index: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ fields: borrowing RecordFields,
        _ scratch: inout MappingScratch
    ) throws(MappingFailure) {
        let path = tables.paths[Int(index)]
        if path.readsRecord, !fields.isEmpty {
            _ = fields.withDocument { (tape, text) in
                ValueText.append(locateInRecord(path, tape, text), tape, text, to: &scratch.text)
            }
            return
        }
        let location = locate(index, tape, text, scope, scratch)
        ValueText.append(location, tape, text, to: &scratch.text)
    }

    /// Copies a value: scalars as they are written, containers without white space and without members that are shadowed.
    func copy(
        _ node: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) {
        let range = tape.textRange(of: node)
        guard writer.bytes.count + range.count <= scope.limit else { throw tooLarge(scratch) }
        ValueText.write(node, tape, text, &scratch.name, &writer)
    }
}

extension JSONTape {
    /// Whether a string, escapes resolved, is exactly these bytes.
    func hasContent(_ node: JSONNode, _ content: Span<UInt8>, in text: Span<UInt8>) -> Bool {
        guard !isEscaped(node) else {
            var bytes: [UInt8] = []
            appendContent(of: node, in: text, to: &bytes)
            guard bytes.count == content.count else { return false }
            for offset in content.indices where bytes[offset] != content[offset] { return false }
            return true
        }
        let range = contentRange(of: node)
        guard range.count == content.count else { return false }
        for offset in content.indices where text[range.lowerBound + offset] != content[offset] { return false }
        return true
    }
}
