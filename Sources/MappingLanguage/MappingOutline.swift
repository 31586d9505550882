public import YAMLDocument

/// What a mapping can give, as far as that is known before any message: for checks when it is loaded.
public struct MappingOutline: Sendable, Equatable {
    /// What a part can be.
    public indirect enum Value: Sendable, Equatable {
        /// Nothing.
        case absent
        /// Whatever the message holds; with the path where it is read from, if that is known and nothing is done to it.
        case unknown(path: String?)
        /// A text that depends on the message.
        case text
        /// A constant text, number, boolean or null, as JSON.
        case constant([UInt8])
        /// A list with these elements; what gives nothing stands there as null.
        case list([MappingOutline])
        /// A list of any length, all of whose items have one form.
        case items(MappingOutline)
        /// An object with at most these members, or, if it is open, with any others too.
        case object([Member], isOpen: Bool)
        /// One of several.
        case oneOf([MappingOutline])
    }

    /// A key with what its value can be.
    public struct Member: Sendable, Equatable {
        /// The key.
        public let key: String
        /// Where the key stands in the file.
        public let mark: YAMLNode.Mark
        /// What the value can be.
        public let value: MappingOutline
    }

    /// What the part can be.
    public let value: Value
    /// Where the part stands in the file.
    public let mark: YAMLNode.Mark

    /// Draws the outline of a mapping that has been accepted by ``MappingPlan``.
    public init(_ node: YAMLNode) {
        guard case .map(let members) = node.value,
            let outer = members.first(where: { $0.key == PlanCompiler.internalDirective })
        else {
            self = Self.outline(node)
            return
        }
        let rest = YAMLNode(.map(members.filter { $0.key != outer.key }), mark: node.mark)
        // Only @transform takes a `mapping`; any other directive gives what it gives by itself.
        self = outer.value["@transform"] == nil ? Self.outline(outer.value) : Self.outline(rest)
    }

    init(_ value: Value, mark: YAMLNode.Mark) {
        self.value = value
        self.mark = mark
    }

    /// The directive that an object with one ordinary key is named like: `@path` for `{ path: … }`; nil for anything else.
    public var directiveNamedLike: String? {
        guard case .object(let members, false) = value, members.count == 1 else { return nil }
        return DirectiveName(rawValue: "@\(members[0].key)")?.rawValue
    }

    // MARK: Drawing

    // The recursion is bounded by the depth of the mapping, which loading bounds.
    private static func outline(_ node: YAMLNode) -> MappingOutline {
        switch node.value {
        case .null, .boolean, .integer, .number, .text: return Self(.constant(node.json), mark: node.mark)
        case .list(let nodes): return Self(.list(nodes.map { outline($0) }), mark: node.mark)
        case .map(let members):
            guard let directive = members.first(where: { $0.key.hasPrefix("@") }) else {
                let found = members.map { Member(key: $0.key, mark: $0.keyMark, value: outline($0.value)) }
                return Self(.object(found, isOpen: false), mark: node.mark)
            }
            if let folded = folded(node) { return folded }
            return outline(of: DirectiveName(rawValue: directive.key), directive.value, node.mark)
        }
    }

    /// A directive that does not depend on the message and gives no list or object, whose parts keep their places.
    private static func folded(_ node: YAMLNode) -> MappingOutline? {
        guard let plan = try? MappingPlan(node) else { return nil }
        switch plan.tables.nodes[Int(plan.root)] {
        case .absent: return Self(.absent, mark: node.mark)
        case .constant(let range):
            let text = Array(plan.tables.pool[range.range])
            guard text.first != UInt8(ascii: "{"), text.first != UInt8(ascii: "[") else { return nil }
            return Self(.constant(text), mark: node.mark)
        case .object, .list, .path, .template, .choose, .inspect, .merge, .transform: return nil
        }
    }

    private static func outline(
        of directive: DirectiveName?,
        _ argument: YAMLNode,
        _ mark: YAMLNode.Mark
    ) -> MappingOutline {
        let none = Self(.absent, mark: mark)
        let unknown = Self(.unknown(path: nil), mark: mark)
        switch directive {
        case .path:
            guard case .text(let path) = argument.value else { return unknown }
            return Self(.unknown(path: path), mark: mark)
        case .template: return Self(.text, mark: mark)
        case .literal: return outline(argument)
        case .choose:
            return Self(.oneOf(["then", "else"].map { argument[$0].map { outline($0) } ?? none }), mark: mark)
        case .changeCase, .replace:
            guard let value = argument["value"].map({ outline($0) }), case .text = value.value else { return unknown }
            return Self(.text, mark: mark)
        case .arrayPath:
            guard case .list(let parts) = argument.value, parts.count == 2, case .map(let shape) = parts[1].value,
                !shape.isEmpty
            else { return unknown }
            return Self(.items(outline(parts[1])), mark: mark)
        case .json:
            guard argument["mode"]?.scalarText?.lowercased() == "encode" else { return unknown }
            return Self(.text, mark: mark)
        case .flatten: return Self(.object([], isOpen: true), mark: mark)
        case .merge: return merged(argument, mark)
        case .transform: return argument["mapping"].map { outline($0) } ?? unknown
        case .excludeWhenNull: return outline(argument).withoutNulls
        case .liquid, nil: return unknown
        }
    }

    private static func merged(_ argument: YAMLNode, _ mark: YAMLNode.Mark) -> MappingOutline {
        guard case .list(let nodes)? = argument["objects"]?.value else {
            return Self(.object([], isOpen: true), mark: mark)
        }
        let isLeft = argument["direction"]?.scalarText?.lowercased() == "left"
        var members: [Member] = []
        var isOpen = false
        for element in (isLeft ? nodes.reversed() : nodes).map({ outline($0) }) {
            switch element.value {
            case .object(let found, let isElementOpen):
                if isElementOpen { isOpen = true }
                for member in found { lay(member, over: &members) }
            case .oneOf(let alternatives):
                for alternative in alternatives {
                    guard case .object(let found, let isElementOpen) = alternative.value else { continue }
                    if isElementOpen { isOpen = true }
                    for member in found {
                        let perhaps = Self(.oneOf([member.value, Self(.absent, mark: mark)]), mark: member.value.mark)
                        lay(Member(key: member.key, mark: member.mark, value: perhaps), over: &members)
                    }
                }
                if alternatives.contains(where: { $0.isUnknown }) { isOpen = true }
            case .unknown: isOpen = true
            case .absent, .text, .constant, .list, .items: break
            }
        }
        return Self(.object(members, isOpen: isOpen), mark: mark)
    }

    /// An absent value never covers another (mapping language, section 4.10).
    private static func lay(_ member: Member, over members: inout [Member]) {
        guard let index = members.firstIndex(where: { $0.key == member.key }) else { return members.append(member) }
        guard member.value.canBeAbsent else { return members[index] = member }
        let either = Self(.oneOf([members[index].value, member.value]), mark: member.value.mark)
        members[index] = Member(key: member.key, mark: member.mark, value: either)
    }

    private var isUnknown: Bool { if case .unknown = value { true } else { false } }

    /// Whether there can be nothing.
    public var canBeAbsent: Bool {
        switch value {
        case .absent, .unknown: true
        case .text, .constant, .list, .items, .object: false
        case .oneOf(let alternatives): alternatives.contains { $0.canBeAbsent }
        }
    }

    private var withoutNulls: MappingOutline {
        switch value {
        case .constant(let json): json == Array("null".utf8) ? Self(.absent, mark: mark) : self
        case .object(let members, let isOpen):
            Self(
                .object(
                    members.map { Member(key: $0.key, mark: $0.mark, value: $0.value.withoutNulls) },
                    isOpen: isOpen
                ),
                mark: mark
            )
        case .oneOf(let alternatives): Self(.oneOf(alternatives.map { $0.withoutNulls }), mark: mark)
        case .absent, .unknown, .text, .list, .items: self
        }
    }
}
