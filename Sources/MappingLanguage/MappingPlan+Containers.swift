internal import JSONDocument

/// Directives that rebuild objects and lists.
extension MappingPlan {
    /// `@arrayPath`: each item becomes the current value in turn.
    func rebuildItems(
        _ shape: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ fields: borrowing RecordFields,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) {
        switch tape.kind(of: scope.node) {
        case .array:
            writer.beginArray()
            var elements = tape.elements(of: scope.node)
            while let element = tape.next(&elements) {
                let item = Scope(node: element, limit: scope.limit)
                if scratch.isInTracedDirective { noteItem(shape, tape, text, item, &scratch) }
                if try !resolve(shape, tape, text, item, fields, &scratch, &writer) { writer.null() }
            }
            writer.endArray()
        case .object:
            writer.beginArray()
            let item = Scope(node: scope.node, limit: scope.limit)
            if scratch.isInTracedDirective { noteItem(shape, tape, text, item, &scratch) }
            if try !resolve(shape, tape, text, item, fields, &scratch, &writer) { writer.null() }
            writer.endArray()
        case .string, .number, .boolean, .null:
            try copy(scope.node, tape, text, scope, &scratch, &writer)
        }
    }

    /// `@merge`: the children are resolved into one list, whose objects are then laid over one another.
    func merge(
        _ first: Int32,
        _ count: Int32,
        _ isLeft: Bool,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ fields: borrowing RecordFields,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) -> Bool {
        let slot = scratch.takeSlot()
        defer { scratch.returnSlot() }
        let inner = slotScope(scope, scratch)
        slot.writer.beginArray()
        for position in first..<first + count {
            // With `left` the earlier ones win: they are laid on last.
            let child = tables.children[Int(isLeft ? 2 * first + count - 1 - position : position)]
            _ = try resolve(child, tape, text, inner, fields, &scratch, &slot.writer)
        }
        slot.writer.endArray()
        try slot.parse()
        let bytes = slot.writer.bytes
        var entries = OrderedEntries()
        var elements = slot.tape.elements(of: slot.tape.root)
        while let element = slot.tape.next(&elements) {
            guard slot.tape.kind(of: element) == .object else { continue }
            var members = slot.tape.members(of: element)
            while let member = slot.tape.next(&members) {
                var name: [UInt8] = []
                slot.tape.appendContent(of: member.name, in: bytes.span, to: &name)
                entries.set(name, member.value)
            }
        }
        try write(entries, slot.tape, bytes.span, scope, &scratch, &writer)
        return true
    }

    /// `@transform`: a mapping of the result of a mapping.
    func transform(
        _ applied: Int32,
        _ mapping: Int32,
        _ index: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ fields: borrowing RecordFields,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) -> Bool {
        guard tape.kind(of: scope.node) == .object else {
            throw MappingFailure(.transformWithoutObject, at: place(of: index))
        }
        let slot = scratch.takeSlot()
        defer { scratch.returnSlot() }
        let inner = slotScope(scope, scratch)
        guard try resolve(applied, tape, text, inner, fields, &scratch, &slot.writer) else {
            throw MappingFailure(.transformWithoutObject, at: place(of: index))
        }
        try slot.parse()
        guard slot.tape.kind(of: slot.tape.root) == .object else {
            throw MappingFailure(.transformWithoutObject, at: place(of: index))
        }
        let bytes = slot.writer.bytes
        let result = Scope(node: slot.tape.root, limit: scope.limit)
        return try resolve(mapping, slot.tape, bytes.span, result, fields, &scratch, &writer)
    }

    /// `@excludeWhenNull`: leaves out null members, at every depth that is reached through objects only.
    func excludeNulls(
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) {
        guard tape.kind(of: scope.node) == .object else {
            return try copy(scope.node, tape, text, scope, &scratch, &writer)
        }
        writer.beginObject()
        var members = tape.members(of: scope.node)
        while let member = tape.next(&members) {
            guard tape.kind(of: member.value) != .null else { continue }
            ValueText.writeName(member.name, tape, text, &scratch.name, &writer)
            try excludeNulls(tape, text, Scope(node: member.value, limit: scope.limit), &scratch, &writer)
        }
        writer.endObject()
    }

    /// Writes an object from entries of one tape.
    func write(
        _ entries: OrderedEntries,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) throws(MappingFailure) {
        writer.beginObject()
        for entry in entries.list {
            writer.name(utf8: entry.name.span)
            try copy(entry.value, tape, text, scope, &scratch, &writer)
        }
        writer.endObject()
    }
}

/// Names with values; a name set again keeps its place and takes the new value.
struct OrderedEntries {
    private(set) var list: [(name: [UInt8], value: JSONNode)] = []
    private var places: [[UInt8]: Int] = [:]

    mutating func set(_ name: [UInt8], _ value: JSONNode) {
        if let place = places[name] {
            list[place].value = value
        } else {
            places[name] = list.count
            list.append((name, value))
        }
    }
}

/// `@flatten`: the leaves of a value under the names on their way.
struct Flattener {
    let separator: [UInt8]
    let omitsArrays: Bool
    private var entries = OrderedEntries()
    private var name: [UInt8] = []
    private var byteCount = 0

    init(separator: [UInt8], omitsArrays: Bool) {
        self.separator = separator
        self.omitsArrays = omitsArrays
    }

    /// - Throws: ``MappingFailure`` where the names together exceed the limit: each level repeats those above it.
    consuming func flatten(
        _ root: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        limit: Int
    ) throws(MappingFailure) -> OrderedEntries {
        if isContainer(root, tape) { try add(root, isRoot: true, tape, text, limit) }
        return entries
    }

    private func isContainer(_ node: JSONNode, _ tape: borrowing JSONTape) -> Bool {
        switch tape.kind(of: node) {
        case .object: true
        case .array: !omitsArrays
        case .string, .number, .boolean, .null: false
        }
    }

    private mutating func add(
        _ node: JSONNode,
        isRoot: Bool,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ limit: Int
    ) throws(MappingFailure) {
        guard isContainer(node, tape) else {
            byteCount += name.count
            guard byteCount <= limit else { throw MappingFailure(.outputTooLarge(limit: limit)) }
            entries.set(name, node)
            return
        }
        let length = name.count
        if !isRoot { name.append(contentsOf: separator) }
        let prefix = name.count
        var members = tape.members(of: node)
        while let member = tape.next(&members) {
            tape.appendContent(of: member.name, in: text, to: &name)
            try add(member.value, isRoot: false, tape, text, limit)
            name.removeLast(name.count - prefix)
        }
        var elements = tape.elements(of: node)
        var position = 0
        while let element = tape.next(&elements) {
            name.append(contentsOf: String(position).utf8)
            try add(element, isRoot: false, tape, text, limit)
            name.removeLast(name.count - prefix)
            position += 1
        }
        name.removeLast(name.count - length)
    }
}
