internal import JSONDocument

/// Turns a mapping as written into a plan and finds all its faults. Parts that do not depend on the message become
/// constants.
struct PlanCompiler {
    static let maximumDepth = 64
    static let maximumByteCount = 256 << 10

    var tables = PlanTables()
    private(set) var faults: [MappingFault] = []
    /// What constants are, by node: resolving needs only their text.
    var constants: [Int32: SourceNode] = [:]

    /// Compiles a whole mapping.
    ///
    /// - Returns: the node of the root; meaningless if there are faults.
    mutating func compileRoot(_ source: SourceNode) -> Int32 {
        guard case .object(let members) = source.value else {
            fault("", source, "a mapping is an object; this is \(source.kindInWords)")
            return tables.add(.absent)
        }
        guard source.byteCount <= Self.maximumByteCount else {
            fault("", source, "the mapping has more than \(Self.maximumByteCount >> 10) KB; divide it into several")
            return tables.add(.absent)
        }
        guard let outer = members.last(where: { $0.key == Self.internalDirective }) else {
            return compile(source, at: "", depth: 0)
        }
        return compileInternalDirective(
            outer.value,
            around: members.filter { $0.key != Self.internalDirective },
            source
        )
    }

    static let internalDirective = "__segment_internal_directive"

    /// The mapping of the result of another mapping at the root (mapping language, section 2.2).
    private mutating func compileInternalDirective(
        _ directive: SourceNode,
        around rest: [SourceNode.Member],
        _ source: SourceNode
    ) -> Int32 {
        let pointer = "/\(Self.internalDirective)"
        guard case .object(let members) = directive.value, members.count == 1, let member = members.first,
            member.key.hasPrefix("@"), case .object(let arguments) = member.value.value
        else {
            fault(pointer, directive, "must be an object with exactly one directive whose argument is an object")
            return tables.add(.absent)
        }
        let mapping = SourceNode(value: .object(rest), mark: source.mark)
        let complete = arguments.filter { $0.key != "mapping" } + [SourceNode.Member(key: "mapping", value: mapping)]
        let argument = SourceNode(value: .object(complete), mark: member.value.mark)
        let whole = SourceNode.Member(key: member.key, value: argument)
        return compile(SourceNode(value: .object([whole]), mark: directive.mark), at: pointer, depth: 0)
    }

    mutating func fault(_ pointer: String, _ source: SourceNode, _ message: String) {
        faults.append(
            MappingFault(path: pointer, message: message, line: source.mark?.line, column: source.mark?.column)
        )
    }

    // MARK: Any mapping

    mutating func compile(_ source: SourceNode, at pointer: String, depth: Int) -> Int32 {
        switch source.value {
        case .null, .boolean, .number, .text: return constant(source)
        case .list(let elements):
            guard isShallow(source, pointer, depth) else { return tables.add(.absent) }
            var children: [Int32] = []
            for (index, element) in elements.enumerated() {
                children.append(compile(element, at: "\(pointer)/\(index)", depth: depth + 1))
            }
            return list(children, source)
        case .object(let members):
            guard isShallow(source, pointer, depth) else { return tables.add(.absent) }
            guard source.isDirective else { return compileObject(members, source, pointer, depth) }
            return compileDirectiveObject(members, source, pointer, depth)
        }
    }

    private mutating func isShallow(_ source: SourceNode, _ pointer: String, _ depth: Int) -> Bool {
        guard depth >= Self.maximumDepth else { return true }
        fault(pointer, source, "more than \(Self.maximumDepth) objects and lists inside one another")
        return false
    }

    private mutating func compileObject(
        _ members: [SourceNode.Member],
        _ source: SourceNode,
        _ pointer: String,
        _ depth: Int
    ) -> Int32 {
        var compiled: [(key: String, value: Int32)] = []
        for member in members {
            let value = compile(member.value, at: Self.pointer(pointer, member.key), depth: depth + 1)
            if tables.nodes[Int(value)] != .absent { compiled.append((member.key, value)) }
        }
        let parts = compiled.compactMap { member in
            constants[member.value].map { SourceNode.Member(key: member.key, value: $0) }
        }
        if parts.count == compiled.count { return constant(SourceNode(value: .object(parts), mark: source.mark)) }
        let first = Int32(tables.members.count)
        for member in compiled {
            let key = Array(member.key.utf8)
            let name = tables.store(key)
            tables.members.append(PlanMember(name: name, written: tables.storeWritten(key), value: member.value))
        }
        return tables.add(.object(first: first, count: Int32(compiled.count)))
    }

    private mutating func list(_ children: [Int32], _ source: SourceNode) -> Int32 {
        let parts = children.compactMap { child in
            tables.nodes[Int(child)] == .absent ? SourceNode(value: .null, mark: nil) : constants[child]
        }
        if parts.count == children.count { return constant(SourceNode(value: .list(parts), mark: source.mark)) }
        let first = Int32(tables.children.count)
        tables.children.append(contentsOf: children)
        return tables.add(.list(first: first, count: Int32(children.count)))
    }

    private mutating func compileDirectiveObject(
        _ members: [SourceNode.Member],
        _ source: SourceNode,
        _ pointer: String,
        _ depth: Int
    ) -> Int32 {
        let directives = members.filter { $0.key.hasPrefix("@") }
        let others = members.filter { !$0.key.hasPrefix("@") && $0.key != "_metadata" }
        if directives.count > 1 {
            let names = directives.map(\.key).joined(separator: " and ")
            fault(pointer, source, "\(names) stand in one object; an object holds one directive")
        }
        for other in others {
            fault(
                Self.pointer(pointer, other.key),
                other.value,
                "stands beside \(directives[0].key); a directive stands alone in its object"
            )
            _ = compile(other.value, at: Self.pointer(pointer, other.key), depth: depth + 1)
        }
        var result: Int32?
        for directive in directives {
            let place = Self.pointer(pointer, directive.key)
            guard let name = DirectiveName(rawValue: directive.key) else {
                fault(place, directive.value, "no directive has this name; \(DirectiveName.advice(for: directive.key))")
                _ = compile(directive.value, at: place, depth: depth + 1)
                continue
            }
            result = compileDirective(name, Argument(source: directive.value, pointer: place, depth: depth + 1))
        }
        return result ?? tables.add(.absent)
    }

    // MARK: Constants

    mutating func constant(_ source: SourceNode) -> Int32 {
        var writer = JSONWriter()
        source.write(to: &writer)
        let node = tables.add(.constant(tables.store(writer.bytes)))
        constants[node] = source
        return node
    }

    func isAbsent(_ node: Int32) -> Bool { tables.nodes[Int(node)] == .absent }

    /// Appends a key to a JSON Pointer (RFC 6901).
    static func pointer(_ pointer: String, _ key: String) -> String {
        var escaped = ""
        for character in key.unicodeScalars {
            switch character {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return "\(pointer)/\(escaped)"
    }
}

/// The argument of a directive with its place.
struct Argument {
    let source: SourceNode
    let pointer: String
    let depth: Int
}
