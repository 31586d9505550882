internal import JSONDocument

/// Directives that look at the value of another node. A value at a path is looked at where it stands; any other is first
/// written into a slot of the scratch and parsed there.
extension MappingPlan {
    func inspect(
        _ inspection: PlanInspection,
        _ value: Int32,
        _ index: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ fields: borrowing RecordFields,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) -> Bool {
        switch inspection {
        case .usePath, .useTemplate:
            let argument = try textValue(of: value, index, tape, text, scope, fields, &scratch)
            return try useText(argument, inspection, tape, text, scope, fields, &scratch, &writer)
        case .changeCase, .replace, .eachItem, .encode, .decode, .flatten, .excludeNulls: break
        }
        if case .path(let pathIndex) = tables.nodes[Int(value)] {
            let path = tables.paths[Int(pathIndex)]
            if !path.readsRecord || fields.isEmpty {
                switch locate(pathIndex, tape, text, scope, scratch) {
                case .absent: return inspectAbsent(inspection, &writer)
                case .value(let node):
                    let found = Scope(node: node, limit: scope.limit)
                    return try apply(inspection, tape, text, found, fields, &scratch, &writer)
                case .count: break
                }
            }
        }
        let slot = scratch.takeSlot()
        defer { scratch.returnSlot() }
        guard try resolve(value, tape, text, slotScope(scope, scratch), fields, &scratch, &slot.writer) else {
            return inspectAbsent(inspection, &writer)
        }
        try slot.parse()
        let bytes = slot.writer.bytes
        let found = Scope(node: slot.tape.root, limit: scope.limit)
        return try apply(inspection, slot.tape, bytes.span, found, fields, &scratch, &writer)
    }

    func slotScope(_ scope: Scope, _ scratch: borrowing MappingScratch) -> Scope {
        Scope(node: scope.node, limit: scratch.maximumOutputByteCount, isMessage: scope.isMessage)
    }

    private func inspectAbsent(_ inspection: PlanInspection, _ writer: inout JSONWriter) -> Bool {
        guard case .flatten = inspection else { return false }
        writer.beginObject()
        writer.endObject()
        return true
    }

    /// Does the directive's work on a value, which is the scope's node.
    private func apply(
        _ inspection: PlanInspection,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ fields: borrowing RecordFields,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) -> Bool {
        switch inspection {
        case .changeCase(let toUpper):
            try changeCase(toUpper, tape, text, scope, &scratch, &writer)
        case .replace(let index):
            try replace(tables.replacements[Int(index)], tape, text, scope, &scratch, &writer)
        case .eachItem(let shape):
            try rebuildItems(shape, tape, text, scope, fields, &scratch, &writer)
        case .encode:
            scratch.text.removeAll(keepingCapacity: true)
            ValueText.appendJSON(scope.node, tape, text, to: &scratch.text)
            writer.string(utf8: scratch.text.span)
        case .decode:
            try decode(tape, text, scope, &scratch, &writer)
        case .flatten(let separator, let omitsArrays):
            let flattener = Flattener(separator: Array(tables.pool[separator.range]), omitsArrays: omitsArrays)
            let entries = try flattener.flatten(scope.node, tape, text, limit: scratch.maximumOutputByteCount)
            try write(entries, tape, text, scope, &scratch, &writer)
        case .excludeNulls:
            guard tape.kind(of: scope.node) != .null else { return false }
            try excludeNulls(tape, text, scope, &scratch, &writer)
        case .usePath, .useTemplate:
            // These need the value around them too and are done by `inspect`.
            return false
        }
        return true
    }

    // MARK: Text

    private func changeCase(
        _ toUpper: Bool,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) {
        guard tape.kind(of: scope.node) == .string else {
            return try copy(scope.node, tape, text, scope, &scratch, &writer)
        }
        scratch.text.removeAll(keepingCapacity: true)
        if tape.isEscaped(scope.node) {
            scratch.name.removeAll(keepingCapacity: true)
            tape.appendContent(of: scope.node, in: text, to: &scratch.name)
            let name = scratch.name
            LetterCase.append(name.span, toUpper: toUpper, to: &scratch.text)
        } else {
            let content = text.extracting(tape.contentRange(of: scope.node))
            LetterCase.append(content, toUpper: toUpper, to: &scratch.text)
        }
        writer.string(utf8: scratch.text.span)
    }

    private func replace(
        _ replacement: PlanReplacement,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) {
        switch tape.kind(of: scope.node) {
        case .string, .number, .boolean:
            var content: [UInt8] = []
            ValueText.append(scope.node, tape, text, to: &content)
            for pair in replacement.pairs {
                content = TextReplacement.replace(
                    pair,
                    in: content,
                    ignoresCase: replacement.ignoresCase,
                    isGlobal: replacement.isGlobal
                )
                guard content.count <= scratch.maximumOutputByteCount else { throw tooLarge(scratch) }
            }
            writer.string(utf8: content.span)
        case .object, .array, .null:
            try copy(scope.node, tape, text, scope, &scratch, &writer)
        }
    }

    private func decode(
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) {
        if tape.kind(of: scope.node) == .string {
            var content: [UInt8] = []
            tape.appendContent(of: scope.node, in: text, to: &content)
            let slot = scratch.takeSlot()
            defer { scratch.returnSlot() }
            if (try? slot.tape.parse(content.span)) != nil {
                return try copy(slot.tape.root, slot.tape, content.span, scope, &scratch, &writer)
            }
        }
        try copy(scope.node, tape, text, scope, &scratch, &writer)
    }

    /// The value of a node, which must be text.
    private func textValue(
        of value: Int32,
        _ index: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ fields: borrowing RecordFields,
        _ scratch: inout MappingScratch
    ) throws(MappingFailure) -> [UInt8] {
        let slot = scratch.takeSlot()
        defer { scratch.returnSlot() }
        guard try resolve(value, tape, text, slotScope(scope, scratch), fields, &scratch, &slot.writer) else {
            throw MappingFailure(.notText, at: place(of: index))
        }
        try slot.parse()
        guard slot.tape.kind(of: slot.tape.root) == .string else {
            throw MappingFailure(.notText, at: place(of: index))
        }
        let bytes = slot.writer.bytes
        var content: [UInt8] = []
        slot.tape.appendContent(of: slot.tape.root, in: bytes.span, to: &content)
        return content
    }

    /// Resolves a path or a template that is known only now.
    private func useText(
        _ argument: [UInt8],
        _ inspection: PlanInspection,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ fields: borrowing RecordFields,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) -> Bool {
        var tables = PlanTables()
        let root: PlanNode
        if case .usePath = inspection {
            root = .path(tables.addPath(argument))
        } else {
            root = tables.addTemplate(argument)
        }
        let index = tables.add(root)
        let plan = MappingPlan(tables: tables, root: index)
        // The tree of paths belongs to the plan of the call, not to this one.
        let other = Scope(node: scope.node, limit: scope.limit)
        return try plan.resolve(index, tape, text, other, fields, &scratch, &writer)
    }

    // MARK: Conditions

    /// Whether an `@if` takes its first branch.
    func holds(
        _ test: PlanTest,
        of condition: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ fields: borrowing RecordFields,
        _ scratch: inout MappingScratch
    ) throws(MappingFailure) -> Bool {
        if case .path(let pathIndex) = tables.nodes[Int(condition)] {
            let path = tables.paths[Int(pathIndex)]
            if !path.readsRecord || fields.isEmpty {
                switch locate(pathIndex, tape, text, scope, scratch) {
                case .absent: return false
                case .count(let count): return test == .exists || count > 0
                case .value(let node): return Self.holds(test, node, tape, text)
                }
            }
        }
        let isTracing = scratch.isTracing
        scratch.isTracing = false
        defer { scratch.isTracing = isTracing }
        let slot = scratch.takeSlot()
        defer { scratch.returnSlot() }
        let limited = slotScope(scope, scratch)
        guard try resolve(condition, tape, text, limited, fields, &scratch, &slot.writer) else { return false }
        try slot.parse()
        let bytes = slot.writer.bytes
        return Self.holds(test, slot.tape.root, slot.tape, bytes.span)
    }

    private static func holds(
        _ test: PlanTest,
        _ node: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Bool {
        switch (test, tape.kind(of: node)) {
        case (_, .null): false
        case (.exists, _): true
        case (.blank, .string): !tape.contentRange(of: node).isEmpty
        case (.blank, .boolean): tape.boolean(of: node) == true
        case (.blank, .number): !NumberText.isZero(text.extracting(tape.textRange(of: node)))
        case (.blank, .array): tape.count(of: node) > 0
        case (.blank, .object): true
        }
    }
}

extension MappingPlan {
    /// A plan made while resolving; its record fields are those of the call.
    init(tables: PlanTables, root: Int32) {
        self.tables = tables
        self.root = root
        trie = PathTrie(PlanTables())
        readsRecord = true
    }
}
