/// Builds nodes from events, with every check that libyaml leaves to its user.
struct YAMLComposer: ~Copyable {
    /// A finished value that an alias may stand for.
    private struct Anchored {
        let node: YAMLNode
        /// The values and keys in it, aliases written out.
        let weight: Int
        /// How many lists and maps stand inside one another in it.
        let height: Int
    }

    private let events: YAMLEvents
    private let limits: YAMLLimits
    private var anchored: [String: Anchored] = [:]
    private var openAnchors: Set<String> = []
    private var nodeCount = 0

    init(events: consuming YAMLEvents, limits: YAMLLimits) {
        self.events = events
        self.limits = limits
    }

    mutating func document() throws(YAMLSyntaxError) -> YAMLNode {
        let start = try events.next()
        guard case .documentStart = start.event else { return YAMLNode(.null, mark: start.mark, scalarText: "") }
        let first = try events.next()
        let (node, _) = try node(first, depth: 0)
        let next = try events.next()
        if case .documentStart = next.event {
            throw YAMLSyntaxError(
                at: next.mark,
                "a second document starts here",
                remedy: "write one document a file, without '---' between parts"
            )
        }
        return node
    }

    /// - Returns: the node, and how many lists and maps stand inside one another in it.
    private mutating func node(_ first: MarkedEvent, depth: Int) throws(YAMLSyntaxError) -> (YAMLNode, height: Int) {
        if case .alias(let name) = first.event { return try alias(name, at: first.mark, depth: depth) }
        try count(1, at: first.mark)
        let countBefore = nodeCount
        if let anchor = first.anchor { openAnchors.insert(anchor) }
        let node: YAMLNode
        var height = 0
        switch first.event {
        case .scalar(let text, let isPlain):
            node = try scalar(text, isPlain: isPlain, first)
        case .listStart:
            try checkTag(first, "tag:yaml.org,2002:seq")
            (node, height) = try list(first.mark, depth: depth)
        case .mapStart:
            try checkTag(first, "tag:yaml.org,2002:map")
            (node, height) = try map(first.mark, depth: depth)
        case .alias, .documentStart, .collectionEnd, .end:
            preconditionFailure("libyaml gives a value where a value stands")
        }
        if let anchor = first.anchor {
            openAnchors.remove(anchor)
            anchored[anchor] = Anchored(node: node, weight: nodeCount - countBefore + 1, height: height)
        }
        return (node, height)
    }

    private mutating func list(_ mark: YAMLNode.Mark, depth: Int) throws(YAMLSyntaxError) -> (YAMLNode, height: Int) {
        try check(depth: depth + 1, at: mark)
        var elements: [YAMLNode] = []
        var height = 0
        while true {
            let next = try events.next()
            if case .collectionEnd = next.event { return (YAMLNode(.list(elements), mark: mark), height + 1) }
            let (element, elementHeight) = try node(next, depth: depth + 1)
            height = max(height, elementHeight)
            elements.append(element)
        }
    }

    private mutating func map(_ mark: YAMLNode.Mark, depth: Int) throws(YAMLSyntaxError) -> (YAMLNode, height: Int) {
        try check(depth: depth + 1, at: mark)
        var members: [YAMLNode.Member] = []
        var places: [String: YAMLNode.Mark] = [:]
        var height = 0
        while true {
            let next = try events.next()
            if case .collectionEnd = next.event { return (YAMLNode(.map(members), mark: mark), height + 1) }
            let key = try key(next, depth: depth + 1)
            if let earlier = places.updateValue(next.mark, forKey: key) {
                throw YAMLSyntaxError.duplicate(key, at: next.mark, earlier: earlier)
            }
            let (value, valueHeight) = try node(try events.next(), depth: depth + 1)
            height = max(height, valueHeight)
            members.append(YAMLNode.Member(key: key, keyMark: next.mark, value: value))
        }
    }

    private mutating func key(_ event: MarkedEvent, depth: Int) throws(YAMLSyntaxError) -> String {
        if case .listStart = event.event { throw keyError(event, "a list") }
        if case .mapStart = event.event { throw keyError(event, "a map") }
        let (node, _) = try node(event, depth: depth)
        guard let text = node.scalarText else { throw keyError(event, node.kindInWords) }
        return text
    }

    private func keyError(_ event: MarkedEvent, _ kind: String) -> YAMLSyntaxError {
        YAMLSyntaxError(at: event.mark, "a key is \(kind)", remedy: "write text; a value in braces needs quotes")
    }

    private mutating func alias(
        _ name: String,
        at mark: YAMLNode.Mark,
        depth: Int
    ) throws(YAMLSyntaxError) -> (YAMLNode, height: Int) {
        guard !openAnchors.contains(name) else {
            throw YAMLSyntaxError(at: mark, "'*\(name)' stands inside its own anchor '&\(name)'", remedy: "remove it")
        }
        guard let target = anchored[name] else {
            throw YAMLSyntaxError(
                at: mark,
                "no anchor '&\(name)' stands before '*\(name)'",
                remedy: "put a text that starts with '*' in quotes"
            )
        }
        try count(target.weight, at: mark)
        if target.height > 0 { try check(depth: depth + target.height, at: mark) }
        return (YAMLNode(target.node.value, mark: mark, scalarText: target.node.scalarText), target.height)
    }

    // MARK: Scalars and tags

    private func scalar(_ text: String, isPlain: Bool, _ event: MarkedEvent) throws(YAMLSyntaxError) -> YAMLNode {
        guard let tag = event.tag else {
            return YAMLNode(
                isPlain ? try typed(text, event.mark) : .text(text),
                mark: event.mark,
                scalarText: text
            )
        }
        guard tag != "!", tag != "tag:yaml.org,2002:str" else {
            return YAMLNode(.text(text), mark: event.mark, scalarText: text)
        }
        let value = try typed(text, event.mark)
        switch (tag, value) {
        case ("tag:yaml.org,2002:null", .null), ("tag:yaml.org,2002:bool", .boolean),
            ("tag:yaml.org,2002:int", .integer), ("tag:yaml.org,2002:float", .number):
            return YAMLNode(value, mark: event.mark, scalarText: text)
        case ("tag:yaml.org,2002:float", .integer(let integer)):
            return YAMLNode(.number("\(integer).0"), mark: event.mark, scalarText: text)
        case ("tag:yaml.org,2002:int", .number(let digits))
        where digits.utf8.allSatisfy({ $0 == 45 || $0 > 47 && $0 < 58 }):
            return YAMLNode(value, mark: event.mark, scalarText: text)
        default:
            throw tagError(event, tag)
        }
    }

    private func typed(_ text: String, _ mark: YAMLNode.Mark) throws(YAMLSyntaxError) -> YAMLNode.Value {
        do throws(CoreSchema.Failure) {
            return try CoreSchema.value(ofPlain: text)
        } catch {
            switch error {
            case .notFinite:
                throw YAMLSyntaxError(at: mark, "'\(text)' is not a number", remedy: "put it in quotes if it is text")
            case .tooLarge:
                throw YAMLSyntaxError(
                    at: mark,
                    "'\(text)' is more than \(Int64.max)",
                    remedy: "write it in decimal, or in quotes if it is text"
                )
            }
        }
    }

    private func checkTag(_ event: MarkedEvent, _ expected: String) throws(YAMLSyntaxError) {
        guard let tag = event.tag, tag != "!", tag != expected else { return }
        throw tagError(event, tag)
    }

    private func tagError(_ event: MarkedEvent, _ tag: String) -> YAMLSyntaxError {
        let core = "tag:yaml.org,2002:"
        let short = tag.hasPrefix(core) ? "!!" + tag.dropFirst(core.count) : tag
        let isScalar = if case .scalar = event.event { true } else { false }
        return YAMLSyntaxError(
            at: event.mark,
            isScalar && ["!!null", "!!bool", "!!int", "!!float"].contains(short)
                ? "the value is not what its tag '\(short)' says" : "the tag '\(short)' is not known",
            remedy: "remove it, and put a text that starts with '!' in quotes"
        )
    }

    // MARK: Bounds

    private func check(depth: Int, at mark: YAMLNode.Mark) throws(YAMLSyntaxError) {
        guard depth > limits.maximumDepth else { return }
        throw YAMLSyntaxError(at: mark, "more than \(limits.maximumDepth) lists and maps stand inside one another")
    }

    private mutating func count(_ weight: Int, at mark: YAMLNode.Mark) throws(YAMLSyntaxError) {
        // Never overflows: each addition is at most the limit, and the first excess ends the reading.
        nodeCount += weight
        guard nodeCount > limits.maximumNodeCount else { return }
        throw YAMLSyntaxError(
            at: mark,
            "the file stands for more than \(limits.maximumNodeCount) values, aliases written out",
            remedy: "split it"
        )
    }
}

extension YAMLSyntaxError {
    /// A key that stands twice in one map; the error is at the second one.
    static func duplicate(_ key: String, at mark: YAMLNode.Mark, earlier: YAMLNode.Mark) -> YAMLSyntaxError {
        YAMLSyntaxError(
            at: mark,
            "the key '\(key)' stands twice, first at \(earlier.line):\(earlier.column)",
            remedy: "remove one"
        )
    }
}
